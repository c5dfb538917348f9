/* SPDX-License-Identifier: MIT */
/*
 * snapshot.h - one configuration and its table, as a message sees them
 *
 * A message takes the current snapshot at MAIL and keeps it to its end, so a
 * reload never changes the rules under it. The old snapshot goes when its
 * last message is done. For many threads.
 */
#ifndef ALIASBRIDGE_SNAPSHOT_H
#define ALIASBRIDGE_SNAPSHOT_H

#include <glib.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "io/config.h"
#include "io/table.h"

typedef struct Snapshot {
	Config *config; /* owned */
	Table *table;   /* owned */
	atomic_uint references;
} Snapshot;

/* Make config, which is taken over, the current one; NULL: none. */
void snapshot_set(Config *config);

/* The current one. Give it back with snapshot_unref. */
Snapshot *snapshot_ref_current(void) G_GNUC_WARN_UNUSED_RESULT;
void snapshot_unref(Snapshot *snapshot);

/* Can a process that was started with running go on with next? The socket,
 * its group and the user are done with at the start, and bodies cannot be
 * asked for (body: they were) once they were declined, because libmilter has
 * one set of protocol flags a process. FAILURE_CONFIG says what is in the
 * way. */
bool snapshot_can_follow(
    const Config *running, const Config *next, bool body, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Snapshot, snapshot_unref)

#endif
