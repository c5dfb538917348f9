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
	GHashTable *by_key;  /* char * -> Alias *, both owned */
	GPtrArray *warnings; /* of char *, owned; at most BOUND_TABLE_ERRORS */
	GHashTable *origins; /* of table_build.c: where each key stood */
	GPtrArray *names;    /* of char *, owned; of what was parsed */
} TableEntries;

TableEntries *table_entries_new(void);
void table_entries_free(TableEntries *entries);

/*
 * Read one JSON object of aliases into entries. name is what errors call it
 * (a file, a parameter). Every error found is reported, one a line
 * ("NAME:LINE:COLUMN: key: ..."), up to BOUND_TABLE_ERRORS, in one GError
 * (FAILURE_INPUT): bad JSON, duplicate keys, bad addresses, unknown members,
 * wrong types, dates that are none, entries without targets, keys of domains
 * that are not handled, more than max_targets targets. A key that differs
 * from one before in spelling only, or that another parameter holds too, is a
 * warning where both entries say the same and an error where they do not.
 * After an error entries are of no use.
 */
bool table_entries_parse(TableEntries *entries, const char *name,
    const char *json, gsize len, const Policy *policy, guint max_targets,
    GError **error);

/* The checks over the whole: an alias that leads to itself, cycles, chains
 * deeper than BOUND_ALIAS_DEPTH, the bounce address in the table. Warnings: a
 * target at a handled domain that is no alias, a catch-all that takes the
 * bounce address, a table without entries. FAILURE_INPUT. */
bool table_entries_check(
    TableEntries *entries, const Policy *policy, GError **error);

/* The entry that would serve address, by the rules of alias_keys and the
 * policy's domains, or NULL. Borrowed. */
const Alias *table_entries_find(
    const TableEntries *entries, const Address *address, const Policy *policy);

/* The keys in the order in which they are written (strcmp), count of them;
 * borrowed, but the array: g_free. */
char **table_entries_keys(const TableEntries *entries, guint *count);

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

/* What state.json says of a table made from this text under this policy; owned
 * by the caller. */
char *table_checksum(const Policy *policy, const char *json, gsize len);

/* Are the files of the cache all there, whole, and of the table with this
 * checksum? FAILURE_TEMPORARY names the first that is not. */
bool table_files_check(
    const char *directory, const char *checksum, GError **error);

/* Do these files hold every record that entries make? Likewise. */
bool table_records_check(const char *directory, const TableEntries *entries,
    const Policy *policy, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(TableEntries, table_entries_free)

#endif
