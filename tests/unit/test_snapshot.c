/* SPDX-License-Identifier: MIT */
#include "milter/snapshot.h"

#include <pthread.h>

#include "unit.h"

static Config *
config(const char *more)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *text =
	    g_strconcat("domains = [ \"x.test\" ];\n"
			"bounce_address = \"bounces@x.test\";\n",
		more, NULL);
	Config *read = config_parse("test", text, strlen(text), &error);

	UNIT_TEXT(more, error ? error->message : NULL, NULL);
	return read;
}

static void
set(void)
{
	snapshot_set(config("from_format = \"bare\";"));
	Snapshot *old = snapshot_ref_current();
	snapshot_set(config("from_format = \"name\";"));
	Snapshot *new = snapshot_ref_current();

	UNIT_NUMBER("kept", old->config->policy->from_format, FROM_BARE);
	UNIT_NUMBER("new", new->config->policy->from_format, FROM_NAME);
	UNIT_NUMBER("one holder", atomic_load(&old->references), 1);
	snapshot_unref(old);
	snapshot_unref(new);
	snapshot_set(NULL);
}

static const struct {
	const char *running, *next;
	bool body;
	const char *refusal; /* a part of it; NULL: none */
} follows[] = {
    {"", "", true, NULL},
    {"", "from_format = \"bare\"; several_aliases = \"defer\";", true, NULL},
    {"", "milter: { spool = \"/tmp\"; };", true, NULL},
    {"", "milter: { socket = \"unix:/other\"; };", true, "unix:/other"},
    {"", "milter: { socket_group = \"postfix\"; };", true, "group"},
    {"milter: { user = \"nobody\"; };", "", true, "nobody"},
    {"", "ses_rules = false;", true, NULL},
    {"ses_rules = false;", "ses_rules = false;", false, NULL},
    {"ses_rules = false;", "ses_rules = true;", false, "restart"},
};

static void
can_follow(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(follows); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(Config) running = config(follows[i].running);
		g_autoptr(Config) next = config(follows[i].next);
		const char *refusal = follows[i].refusal;

		UNIT_NUMBER(follows[i].next,
		    snapshot_can_follow(running, next, follows[i].body, &error),
		    refusal == NULL);
		UNIT_TRUE(follows[i].next,
		    !refusal || strstr(error->message, refusal));
	}
}

static void *
reader(void *unused)
{
	(void)unused;
	for (int i = 0; i < 20000; i++) {
		g_autoptr(Snapshot) snapshot = snapshot_ref_current();
		if (snapshot->config->policy->domains[0][0] != 'x')
			return snapshot;
	}
	return NULL;
}

static void
threads(void)
{
	pthread_t ids[4];
	void *failed;

	snapshot_set(config(""));
	for (guint i = 0; i < G_N_ELEMENTS(ids); i++)
		pthread_create(&ids[i], NULL, reader, NULL);
	for (int i = 0; i < 200; i++)
		snapshot_set(config(""));
	for (guint i = 0; i < G_N_ELEMENTS(ids); i++) {
		pthread_join(ids[i], &failed);
		UNIT_TRUE("read", failed == NULL);
	}
	snapshot_set(NULL);
}

static const UnitCase cases[] = {
    {"set", set}, {"can_follow", can_follow}, {"threads", threads}};
UNIT_MAIN("snapshot", cases)
