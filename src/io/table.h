/* SPDX-License-Identifier: MIT */
/*
 * table.h - the compiled alias table: found, absent or failed
 *
 * Reads entries.cdb of the cache directory. A handle is for many threads:
 * lookups take no lock, and never wait for a swap to a new table. The old one
 * is closed when its last reader is done. A table that was loaded stays in
 * use when its file goes away or another one, damaged, takes its place.
 *
 * The file is mapped, and nobody may write to it in place: a new table is
 * renamed over it. Where somebody does (cp, rsync --inplace), lookups see it
 * by the file's size and time of modification, and answer TABLE_FAILED until
 * it is a whole table again and was left alone for a while. One that reads
 * at the very moment at which the file is cut can still be ended by SIGBUS.
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
	Alias *alias; /* owned */
	AliasRule rule;
	char **targets; /* owned; aliases among the entry's targets resolved
			   down to mailboxes, without duplicates */
} TableMatch;

/* A handle on directory. Never fails: a table that is missing answers
 * TABLE_FAILED until it is there. Owned by the caller. */
Table *table_open(const char *directory);
void table_free(Table *table);

/* Look for a new table now and use it before returning. (table_lookup spends
 * at most one stat a second on it and leaves opening to a thread, but after a
 * quiet time, and before it says that an address is absent.) */
void table_refresh(Table *table);

/* Have report called, from any thread, once for each file at the table's place
 * that cannot be used; text says why and what to do. Call before lookups. */
void table_report_to(Table *table, void (*report)(const char *text));

/* Is there a table to answer from? error, of FAILURE_TEMPORARY, says why
 * not. */
bool table_is_there(Table *table, GError **error);

/* Look address up by the keys of alias_keys, following targets that are
 * aliases themselves to BOUND_ALIAS_DEPTH. Aliases that are disabled or over
 * at now contribute nothing to another one's targets; a target at a handled
 * domain that is no alias stays one. Where no target is left of an entry that
 * is active itself, the answer is TABLE_FAILED. An entry that is not active
 * is found, with targets as they stand: see alias_refusal. match is filled on
 * TABLE_FOUND only; clear it with table_match_clear. error is of
 * FAILURE_TEMPORARY. */
TableResult table_lookup(Table *table, const Address *address,
    const char *delimiters, gint64 now, TableMatch *match, GError **error);
void table_match_clear(TableMatch *match);

/* Exactly this key, as in the JSON, in any spelling. alias is owned by the
 * caller. What can be no key is absent. */
TableResult table_get(
    Table *table, const char *key, Alias **alias, GError **error);

/* Call each for every entry in the order of keys (strcmp); false from it
 * stops. False with FAILURE_TEMPORARY when the table cannot be read. */
bool table_each(Table *table, bool (*each)(const Alias *alias, void *context),
    void *context, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Table, table_free)

#endif
