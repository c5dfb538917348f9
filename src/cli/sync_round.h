/* SPDX-License-Identifier: MIT */
/*
 * sync_round.h - bring the cache to what the source says, once
 *
 * Read, validate, compare, publish. On any failure the last good table stays.
 * Pages are no snapshot: where a key is gone, the path is read again (up to
 * three times in all) until two readings in a row miss it.
 */
#ifndef ALIASBRIDGE_SYNC_ROUND_H
#define ALIASBRIDGE_SYNC_ROUND_H

#include <glib.h>
#include <stdbool.h>

#include "core/table_source.h"
#include "io/config.h"
#include "net/aws.h"

typedef struct SyncRound {
	const Config *config;      /* borrowed */
	const TableSource *source; /* borrowed */
	AwsClient *client;         /* borrowed; NULL: a file */
	bool force;                /* let the table shrink */
	bool quiet;                /* say nothing of warnings: they were said */
	const char *mark;          /* borrowed; the last result's, or NULL */
} SyncRound;

typedef struct SyncResult {
	bool changed;    /* the table was replaced */
	guint aliases;   /* entries it has now */
	guint documents; /* parameters read */
	char *mark;      /* owned by the caller; for the next round */
} SyncResult;

/*
 * false: FAILURE_INPUT where the table is refused (it does not validate, or
 * shrinks), else what table_fetch and table_entries_write say. Logs what
 * changed and the table's warnings; the failure is the caller's to log.
 */
bool sync_round(const SyncRound *round, SyncResult *result, GError **error);

#endif
