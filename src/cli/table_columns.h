/* SPDX-License-Identifier: MIT */
/*
 * table_columns.h - an alias entry as a row of CSV, and as a member of JSON
 *
 * The columns are key, targets (with spaces between), enabled (yes or no),
 * reject, senders (spaces), expires (a time in UTC), from_name,
 * subject_prefix, comment. Empty: not set.
 */
#ifndef ALIASBRIDGE_TABLE_COLUMNS_H
#define ALIASBRIDGE_TABLE_COLUMNS_H

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

#include "core/alias.h"

/* The names, NULL-terminated; static. */
const char *const *table_columns_header(void);

/* The fields of a row, in that order. Owned by the caller. */
char **table_columns_of(const Alias *alias);

/* "\"key\": entry"; the array form where there is nothing but targets. Owned
 * by the caller. */
char *table_columns_to_json(const Alias *alias);

/* The entry that a row says. header names the columns of fields; *key is set
 * to the key (borrowed from fields). NULL with FAILURE_INPUT: no key, more
 * fields than columns, enabled is neither yes nor no. Owned by the caller. */
json_t *table_columns_read(
    char *const *header, char *const *fields, const char **key, GError **error);

/* Does header have a key and no unknown column? FAILURE_INPUT says which. */
bool table_columns_check(char *const *header, GError **error);

#endif
