/* SPDX-License-Identifier: MIT */
/*
 * table_entries_check.h - what only a whole table can tell
 *
 * Aliases may lead to aliases; Postfix expands them one by one.
 */
#ifndef ALIASBRIDGE_TABLE_ENTRIES_CHECK_H
#define ALIASBRIDGE_TABLE_ENTRIES_CHECK_H

#include "core/table_entries.h"

/* Errors: an alias that leads to itself, cycles, chains deeper than
 * BOUND_ALIAS_DEPTH, the bounce address in the table. Warnings: a target at a
 * handled domain that is no alias, a catch-all that takes the bounce address,
 * a table without entries. FAILURE_INPUT. */
bool table_entries_check(
    TableEntries *entries, const Policy *policy, GError **error);

#endif
