/* SPDX-License-Identifier: MIT */
#include "milter/snapshot.h"

#include <pthread.h>

#include "core/failure.h"
#include "io/log.h"

/* pthread, not GMutex: ThreadSanitizer knows it. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static Snapshot *current; /* owned; under lock */

static void
warn(const char *text)
{
	log_line(LOG_LEVEL_WARNING, NULL, "%s", text);
}

static Snapshot *
snapshot_new(Config *config)
{
	Snapshot *snapshot = g_new0(Snapshot, 1);

	snapshot->config = config;
	snapshot->table = table_open(config->settings->table);
	table_report_to(snapshot->table, warn);
	atomic_init(&snapshot->references, 1);
	return snapshot;
}

void
snapshot_set(Config *config)
{
	Snapshot *next = config ? snapshot_new(config) : NULL;

	pthread_mutex_lock(&lock);
	Snapshot *previous = current;
	current = next;
	pthread_mutex_unlock(&lock);
	snapshot_unref(previous);
}

Snapshot *
snapshot_ref_current(void)
{
	pthread_mutex_lock(&lock);
	Snapshot *snapshot = current;
	atomic_fetch_add(&snapshot->references, 1);
	pthread_mutex_unlock(&lock);
	return snapshot;
}

void
snapshot_unref(Snapshot *snapshot)
{
	if (!snapshot || atomic_fetch_sub(&snapshot->references, 1) > 1)
		return;
	table_free(snapshot->table);
	config_free(snapshot->config);
	g_free(snapshot);
}

static bool
same(const char *name, const char *running, const char *next, GError **error)
{
	if (g_strcmp0(running, next) == 0)
		return true;
	return failure_set(error, FAILURE_CONFIG,
	    "%s cannot change from %s to %s without a restart", name,
	    running ? running : "nothing", next ? next : "nothing");
}

bool
snapshot_can_follow(
    const Config *running, const Config *next, bool body, GError **error)
{
	const Settings *old = running->settings, *new = next->settings;

	if (!same("the socket", old->socket, new->socket, error) ||
	    !same("the socket's group", old->socket_group, new->socket_group,
		error) ||
	    !same("the user", old->user, new->user, error))
		return false;
	if (policy_needs_body(next->policy) && !body)
		return failure_set(error, FAILURE_CONFIG,
		    "message bodies are needed now but were not asked for at "
		    "the start: this takes a restart");
	return true;
}
