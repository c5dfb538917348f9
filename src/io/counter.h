/* SPDX-License-Identifier: MIT */
/*
 * counter.h - how often what bounced: a small file beside the table
 *
 * One line an event, appended under a lock:
 *
 *   TIME PERMANENT TEMPORARY UNCLEAR COMPLAINT ALIAS TARGET
 *
 * Lines of one alias and target add up. When the file passes
 * BOUND_COUNTER_FILE it is written anew, summed up, those that bounced last
 * kept. A line that was cut off (a crash, a full disk) counts for nothing.
 * Nothing acts on the counters: they are for people.
 */
#ifndef ALIASBRIDGE_COUNTER_H
#define ALIASBRIDGE_COUNTER_H

#include <glib.h>
#include <stdbool.h>

#include "core/bounce.h"

/* Its name in the cache directory. */
#define COUNTER_FILE "bounces"

typedef struct CounterRow {
	char *alias;  /* owned; "" unknown */
	char *target; /* owned; "" unknown. May hold any octets but NUL */
	guint64 count[BOUNCE_EVENT_COMPLAINT + 1]; /* by BounceEvent */
	gint64 last;                               /* seconds since the epoch */
} CounterRow;

/* Count one event of alias and target (each may be NULL) in directory.
 * BOUNCE_EVENT_NONE does nothing. FAILURE_TEMPORARY where it cannot be
 * written: say so and go on, for mail does not depend on it. */
bool counter_add(const char *directory, BounceEvent event, const char *alias,
    const char *target, gint64 now, GError **error);

/* Of CounterRow, one an alias and target, the latest first; owned by the
 * caller. No file: empty. FAILURE_TEMPORARY where it cannot be read. */
GPtrArray *counter_read(
    const char *directory, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
