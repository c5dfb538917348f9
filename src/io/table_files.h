/* SPDX-License-Identifier: MIT */
/*
 * table_files.h - the files of the cache, and whether they are whole
 *
 * state.json, which tells of the others, is table_state.h's.
 */
#ifndef ALIASBRIDGE_TABLE_FILES_H
#define ALIASBRIDGE_TABLE_FILES_H

#include <glib.h>
#include <stdbool.h>

#include "core/table_records.h"

typedef struct TableFile {
	const char *name;
	const char *sentinel; /* key of the cdb's record of the checksum */
	TableRecords records; /* NULL: no cdb but the text itself */
} TableFile;

/* In the order of publishing. For us first: an address that Postfix takes and
 * we do not know would bounce; the other way round it is refused as before. */
#define TABLE_FILES 4
extern const TableFile table_files[TABLE_FILES];

/* Does the cdb at fd hold its sentinel with this checksum, and (count > 0) that
 * many records? If not, errno says why; 0: it is damaged. */
bool table_file_is_whole(
    int fd, const TableFile *file, const char *checksum, gsize count);

/* The name of the first cdb in directory (open) that is missing, damaged, not
 * of the table with this checksum, or lacks a record of content (NULL: its
 * records are not looked at). NULL: none. */
const char *table_files_find_bad(
    int directory, const char *checksum, const TableContent *content);

/* The same as an error, FAILURE_TEMPORARY. */
bool table_files_check(const char *directory, const char *checksum,
    const TableContent *content, GError **error);

#endif
