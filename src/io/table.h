/* SPDX-License-Identifier: MIT */
/*
 * table.h - the compiled alias table: found, absent or failed
 *
 * Reads entries.cdb of the cache directory. A handle is for many threads: a
 * lookup takes no lock that a swap to a new table could hold, and a swap
 * closes the old one when its last reader is done.
 */
#ifndef ALIASBRIDGE_TABLE_H
#define ALIASBRIDGE_TABLE_H

#include <glib.h>
#include <stdbool.h>

#include "core/alias.h"

typedef struct Table Table;

typedef enum TableResult {
	TABLE_FOUND,
	TABLE_ABSENT, /* the table was read and does not hold it */
	TABLE_FAILED, /* it cannot answer: error says why */
} TableResult;

typedef struct TableMatch {
	Alias *alias;	/* owned */
	AliasRule rule;
	char **targets; /* owned; aliases among the entry's targets resolved
			   down to mailboxes, without duplicates */
} TableMatch;

/* A handle on directory. Never fails: a table that is missing answers
 * TABLE_FAILED until it is there. Owned by the caller. */
Table *table_open(const char *directory);
void table_free(Table *table);

/* Look for a new table now (at most one stat a second is spent on it by
 * table_lookup itself). */
void table_refresh(Table *table);

/* Look address up by the keys of alias_keys, following targets that are
 * aliases themselves (domains handled by the table) to BOUND_ALIAS_DEPTH.
 * match is filled on TABLE_FOUND only; clear it with table_match_clear. */
TableResult table_lookup(Table *table, const Address *address,
    const char *delimiters, gint64 now, TableMatch *match, GError **error);
void table_match_clear(TableMatch *match);

/* Exactly this key, as in the JSON. */
TableResult table_get(
    Table *table, const char *key, Alias **alias, GError **error);

/* Call each for every entry in the order of keys; false from it stops. */
bool table_each(Table *table,
    bool (*each)(const Alias *alias, void *context), void *context,
    GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Table, table_free)

#endif
