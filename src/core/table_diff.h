/* SPDX-License-Identifier: MIT */
/*
 * table_diff.h - what changes from one alias table to the next
 */
#ifndef ALIASBRIDGE_TABLE_DIFF_H
#define ALIASBRIDGE_TABLE_DIFF_H

#include <glib.h>
#include <stdbool.h>

#include "core/alias.h"

typedef struct TableChange {
	const char *key;     /* borrowed from the tables */
	const Alias *before; /* borrowed; NULL: added */
	const Alias *after;  /* borrowed; NULL: removed */
} TableChange;

typedef struct TableDiff {
	GPtrArray *changes; /* of TableChange, owned; by key */
	guint added, removed, altered;
	guint before; /* how many entries there were */
} TableDiff;

/* Both tables are folded key -> Alias and must outlive the result, which is
 * owned by the caller. */
TableDiff *table_diff_new(GHashTable *before, GHashTable *after);
void table_diff_free(TableDiff *diff);

/* Are more than max_shrink of 100 entries removed? Entries that were added
 * meanwhile do not make up for them. */
bool table_diff_shrinks(const TableDiff *diff, int max_shrink);

/* Is every entry that later removes removed by earlier, too? Both from the
 * same table before. */
bool table_diff_confirms(const TableDiff *earlier, const TableDiff *later);

/* One line for people and logs: "+ key -> targets", "- key -> targets",
 * "~ key -> targets (was targets)", or what else of the entry differs. Masked.
 * Owned by the caller. */
char *table_change_to_text(const TableChange *change);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(TableDiff, table_diff_free)

#endif
