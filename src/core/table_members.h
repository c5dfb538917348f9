/* SPDX-License-Identifier: MIT */
/*
 * table_members.h - the members of a table's JSON text, as push writes them
 *
 * Compact, one text a member: "\"key\":value". "{{", which SSM takes for a
 * reference to another parameter, is written "{\u007b".
 */
#ifndef ALIASBRIDGE_TABLE_MEMBERS_H
#define ALIASBRIDGE_TABLE_MEMBERS_H

#include <glib.h>
#include <stdbool.h>

/* Adds folded key -> member text (char *, both given to members) for each
 * member of an object that table_entries_parse took; the first of two equal
 * keys stays. FAILURE_INPUT where it did not. */
bool table_members_add(
    GHashTable *members, const char *text, gsize len, GError **error);

#endif
