/* SPDX-License-Identifier: MIT */
/*
 * table_source.h - where the alias table is kept
 *
 *   file:PATH          one JSON file
 *   ssm:NAME           one parameter: the Lambda's format
 *   ssm-path:/PREFIX/  every parameter directly below the prefix
 */
#ifndef ALIASBRIDGE_TABLE_SOURCE_H
#define ALIASBRIDGE_TABLE_SOURCE_H

#include <glib.h>
#include <stdbool.h>

typedef enum TableSourceKind {
	TABLE_SOURCE_FILE,
	TABLE_SOURCE_SSM,
	TABLE_SOURCE_SSM_PATH,
} TableSourceKind;

typedef struct TableSource {
	TableSourceKind kind;
	char *name; /* owned; path, parameter name, or prefix that begins and
		       ends with '/' */
	char *text; /* owned; as state.json and messages show it */
} TableSource;

/* NULL with FAILURE_CONFIG: no such kind, no name, a relative file, a
 * parameter name with characters that SSM does not take (letters, digits,
 * "_.-/", and ":" for a version or an ARN) or over BOUND_SSM_NAME. Owned by
 * the caller. */
TableSource *table_source_parse(
    const char *text, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void table_source_free(TableSource *source);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(TableSource, table_source_free)

#endif
