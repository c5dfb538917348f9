/* SPDX-License-Identifier: MIT */
/*
 * table_write.h - validated entries -> the files of the cache
 *
 * aliases.json, aliases.cdb (for Postfix), domains.cdb, entries.cdb (for us),
 * state.json: each written beside, fsynced, read back, renamed, the folder
 * fsynced; state.json last. A failure anywhere leaves the old table in use.
 */
#ifndef ALIASBRIDGE_TABLE_WRITE_H
#define ALIASBRIDGE_TABLE_WRITE_H

#include <glib.h>
#include <stdbool.h>

#include "core/policy.h"
#include "core/table_entries.h"

/* What state.json says beside the counts: where the table is from. */
typedef struct TableOrigin {
	const char *source;   /* "file:/etc/aliasbridge/aliases.json" */
	const char *versions; /* JSON object text of parameter -> version, or
				 NULL */
} TableOrigin;

/* Write the cache in directory (made if missing). json is the table as read
 * (one object). Where the table in the cache is the same and whole, nothing
 * is written at all, state.json only where the origin is another. changed
 * (or NULL): whether the table was replaced. FAILURE_TEMPORARY on any error
 * of the system; then the old table is in use. now is written down. Writers
 * wait for each other (flock on the directory). */
bool table_entries_write(const TableEntries *entries, const char *json,
    gsize json_len, const Policy *policy, const TableOrigin *origin,
    const char *directory, gint64 now, bool *changed, GError **error);

#endif
