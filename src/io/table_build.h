/* SPDX-License-Identifier: MIT */
/*
 * table_build.h - JSON -> validated entries -> the files of the cache
 *
 * aliases.json, aliases.cdb (for Postfix), domains.cdb, entries.cdb (for us),
 * state.json: each written beside, fsynced, read back, renamed, the folder
 * fsynced; state.json last. A failure anywhere leaves the old table in use.
 */
#ifndef ALIASBRIDGE_TABLE_BUILD_H
#define ALIASBRIDGE_TABLE_BUILD_H

#include <glib.h>
#include <stdbool.h>

#include "core/alias.h"
#include "core/policy.h"

/* Validated entries by folded key. */
typedef struct TableEntries {
	GHashTable *by_key; /* char * -> Alias *, both owned */
	GPtrArray *warnings; /* of char *, owned */
} TableEntries;

TableEntries *table_entries_new(void);
void table_entries_free(TableEntries *entries);

/*
 * Read one JSON object of aliases into entries. name is what errors call it
 * (a file, a parameter). Every error found is reported, one a line
 * ("NAME:LINE:COLUMN: ..." for syntax, "NAME: key: ..." else), in one GError
 * (FAILURE_INPUT): bad JSON, duplicate keys, bad addresses, unknown members,
 * wrong types, dates that are none, empty target lists, keys of domains that
 * are not handled, more than 50 targets with relay ses (max_targets).
 */
bool table_entries_parse(TableEntries *entries, const char *name,
    const char *json, gsize len, const Policy *policy, guint max_targets,
    GError **error);

/* The checks over the whole: an alias that leads to itself, cycles, chains
 * deeper than BOUND_ALIAS_DEPTH, the bounce address in the table. */
bool table_entries_check(
    TableEntries *entries, const Policy *policy, GError **error);

/* What state.json says beside the counts: where the table is from. */
typedef struct TableOrigin {
	const char *source;   /* "file:/etc/aliasbridge/aliases.json" */
	const char *versions; /* JSON object text of parameter -> version, or
				 NULL */
} TableOrigin;

/* Write the cache in directory. json is the table as read (one object).
 * FAILURE_TEMPORARY on any error of the system. now is written down. */
bool table_entries_write(const TableEntries *entries, const char *json,
    gsize json_len, const Policy *policy, const TableOrigin *origin,
    const char *directory, gint64 now, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(TableEntries, table_entries_free)

#endif
