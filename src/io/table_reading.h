/* SPDX-License-Identifier: MIT */
/*
 * table_reading.h - documents -> the entries they hold, and the one JSON text
 * that they make
 *
 * One document stays as it is, octet by octet. Of several the members are put
 * together, each as it was written; a key that is in two of them, with equal
 * entries, is kept once (table_entries_parse warns, and refuses different
 * ones).
 */
#ifndef ALIASBRIDGE_TABLE_READING_H
#define ALIASBRIDGE_TABLE_READING_H

#include <glib.h>

#include "core/document.h"
#include "core/table_entries.h"
#include "io/config.h"

typedef struct TableReading {
	TableEntries *entries; /* owned; checked */
	char *json;            /* owned; one object */
	gsize len;
	char *versions; /* owned; JSON object name -> version; NULL: a file */
} TableReading;

/* How many targets one entry may have. */
guint table_max_targets(const Settings *settings);

/* documents are sorted by name. NULL with FAILURE_INPUT: the errors of all
 * documents and of the whole. Owned by the caller. */
TableReading *table_reading_new(
    const GPtrArray *documents, const Config *config, GError **error);
void table_reading_free(TableReading *reading);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(TableReading, table_reading_free)

#endif
