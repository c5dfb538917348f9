/* SPDX-License-Identifier: MIT */
/*
 * table_entries.h - the aliases of a table, read from JSON
 *
 * Each entry is checked as it is read; what only the whole can tell is
 * table_entries_check.h's.
 */
#ifndef ALIASBRIDGE_TABLE_ENTRIES_H
#define ALIASBRIDGE_TABLE_ENTRIES_H

#include <glib.h>
#include <stdbool.h>

#include "core/alias.h"
#include "core/policy.h"

/* Validated entries by folded key. */
typedef struct TableEntries {
	GHashTable *by_key;  /* char * -> Alias *, both owned */
	GPtrArray *warnings; /* of char *, owned; at most BOUND_TABLE_ERRORS */
	GHashTable *origins; /* of table_entries.c: where each key stood */
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

/* Where the entry of key (folded, and there) stands, "NAME:LINE:COLUMN". Owned
 * by the caller. */
char *table_entries_place(const TableEntries *entries, const char *key);

/* Add to the warnings, masked; those over the bound become one line. */
void table_entries_warn(TableEntries *entries, const char *format, ...)
    G_GNUC_PRINTF(2, 3);

/* The entry that would serve address, by the rules of alias_keys and the
 * policy's domains, or NULL. Borrowed. */
const Alias *table_entries_find(
    const TableEntries *entries, const Address *address, const Policy *policy);

/* The keys in the order in which they are written (strcmp), count of them;
 * borrowed, but the array: g_free. */
char **table_entries_keys(const TableEntries *entries, guint *count);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(TableEntries, table_entries_free)

#endif
