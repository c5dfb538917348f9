/* SPDX-License-Identifier: MIT */
/*
 * table_slot.h - what stands behind a table's handle: files, loaded, watched
 * and replaced under their readers
 *
 * For table.c alone. Implements table_open, table_free, table_refresh,
 * table_report_to and table_is_there of table.h as well.
 */
#ifndef ALIASBRIDGE_TABLE_SLOT_H
#define ALIASBRIDGE_TABLE_SLOT_H

#include <cdb.h>
#include <glib.h>
#include <stdbool.h>

#include "io/table.h"

/* A loaded file. */
typedef struct TableSlot TableSlot;

/* The table to answer from, to be given back soon with one of the releases; a
 * newer one is looked for as table_refresh says. NULL with FAILURE_TEMPORARY:
 * there is none. */
TableSlot *table_slot_hold(Table *table, GError **error);
void table_slot_release(TableSlot *slot);

/* Give slot back, and up if its file was written in place: false, then, and
 * what was read from it is no answer. */
bool table_slot_release_intact(Table *table, TableSlot *slot);

/* A copy to look into: cdb_find writes into its argument. Good until the
 * release. */
struct cdb table_slot_cdb(const TableSlot *slot);

/* Has another file taken the place of the one that slot holds? */
bool table_slot_is_outdated(const Table *table, const TableSlot *slot);

/* Sets error to FAILURE_TEMPORARY: the file was written in place. False. */
bool table_changed_meanwhile(const Table *table, GError **error);

#endif
