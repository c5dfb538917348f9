/* SPDX-License-Identifier: MIT */
/*
 * alias_json.h - one entry of the JSON table -> Alias, with every fault named
 *
 * An entry is an array of targets or an object: see aliasbridge-table(5).
 */
#ifndef ALIASBRIDGE_ALIAS_JSON_H
#define ALIASBRIDGE_ALIAS_JSON_H

#include <glib.h>
#include <jansson.h>

#include "core/alias.h"

/* The entry that value says under key (folded). What is wrong is appended to
 * errors, what was put right to warnings (both of char *). max_targets: the
 * most one entry may have. Owned by the caller; usable when no error was
 * added. */
Alias *alias_from_json(const char *key, json_t *value, guint max_targets,
    GPtrArray *errors, GPtrArray *warnings);

/* An "expires" text: "2027-01-01" is over when that day has ended in UTC, an
 * RFC 3339 time at that time. Returns the first second at which it is over,
 * or 0 where the text is neither. */
gint64 alias_parse_expires(const char *text);

#endif
