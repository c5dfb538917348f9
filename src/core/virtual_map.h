/* SPDX-License-Identifier: MIT */
/*
 * virtual_map.h - Postfix's virtual(5) table source
 *
 * Lines as postmap(1) reads them: one that begins with white space continues
 * the last, even over comments and empty lines; '#' begins a comment only as
 * a line's first visible character; the key ends at white space outside
 * quotes; the first of two equal keys counts. Values are addresses with commas
 * or white space between.
 */
#ifndef ALIASBRIDGE_VIRTUAL_MAP_H
#define ALIASBRIDGE_VIRTUAL_MAP_H

#include <glib.h>
#include <stdbool.h>

typedef struct VirtualMap {
	const char *text; /* borrowed */
	gsize len;
	gsize at;
	guint line; /* read so far */
} VirtualMap;

typedef struct VirtualEntry {
	char *key;      /* owned; in lower case, quotes kept */
	char *value;    /* owned; trimmed; may be empty */
	char **targets; /* owned; addresses, without brackets, phrases and
			   comments */
	guint line;     /* where it begins, from 1 */
} VirtualEntry;

void virtual_map_start(VirtualMap *map, const char *text, gsize len);

/* false at the end. Clear what was filled. */
bool virtual_map_next(VirtualMap *map, VirtualEntry *entry);
void virtual_entry_clear(VirtualEntry *entry);

/* Append one entry: "key target, target", continued below when long. */
void virtual_map_append(
    GString *out, const char *key, const char *const *targets);

#endif
