/* SPDX-License-Identifier: MIT */
/*
 * table_state.h - state.json of the cache directory: what the table in it is
 *
 * Written last, read by `aliasbridge check`, `sync`, and whoever monitors a
 * site. aliasbridge-table(5) documents it.
 */
#ifndef ALIASBRIDGE_TABLE_STATE_H
#define ALIASBRIDGE_TABLE_STATE_H

#include <glib.h>
#include <stdbool.h>

typedef struct TableState {
	char *source;    /* owned; "file:/path", "ssm:/name", ... */
	char *versions;  /* owned; JSON object parameter -> version, or NULL */
	char *checksum;  /* owned; of JSON and domains, hexadecimal */
	gint64 time;     /* when it was written, seconds since the epoch */
	gint64 aliases;  /* entries */
	gint64 inactive; /* of these disabled, or without targets */
	gint64 targets;  /* of all entries */
	gint64 domains;  /* handled */
	gint64 octets;   /* of aliases.json */
} TableState;

void table_state_free(TableState *state);

/* NULL with FAILURE_TEMPORARY: not there, not readable, not ours. Owned by
 * the caller. */
TableState *table_state_read(const char *directory, GError **error);

/* The text of state.json, with its line end; owned by the caller. NULL with
 * FAILURE_INPUT when versions is no JSON object. */
char *table_state_to_text(const TableState *state, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(TableState, table_state_free)

#endif
