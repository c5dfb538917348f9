/* SPDX-License-Identifier: MIT */
/*
 * json_text.h - a JSON value as text, in memory that is GLib's
 *
 * jansson's memory is malloc's, and may not be given to g_free.
 */
#ifndef ALIASBRIDGE_JSON_TEXT_H
#define ALIASBRIDGE_JSON_TEXT_H

#include <jansson.h>

/* flags: json_dumps's; any value is taken, not only objects and arrays. NULL
 * for NULL, and for what jansson cannot write. Owned by the caller. */
char *json_text_dup(const json_t *value, size_t flags);

/* The same, and value, which may be NULL, is given away. */
char *json_text_take(json_t *value, size_t flags);

#endif
