/* SPDX-License-Identifier: MIT */
/*
 * table_records.h - what records a table makes in each cdb of the cache
 *
 * entries.cdb is ours: every entry by its key, every handled domain.
 * aliases.cdb and domains.cdb are for Postfix's virtual_mailbox_maps and
 * virtual_mailbox_domains: only what forwards, at full addresses. Keys and
 * values are without their NUL, in all files alike: Postfix takes the style of
 * the first hit for all.
 */
#ifndef ALIASBRIDGE_TABLE_RECORDS_H
#define ALIASBRIDGE_TABLE_RECORDS_H

#include <glib.h>
#include <stdbool.h>

#include "core/policy.h"
#include "core/table_entries.h"

/* What the records are made from. */
typedef struct TableContent {
	const TableEntries *entries; /* borrowed */
	const Policy *policy;        /* borrowed */
	char **keys;                 /* owned: table_entries_keys */
	guint count;
} TableContent;

TableContent *table_content_new(
    const TableEntries *entries, const Policy *policy);
void table_content_free(TableContent *content);

/* Takes one record. False ends the making. */
typedef bool (*TableRecord)(void *context, const char *key, const char *value);

/* Makes the records of one cdb, always in the same order; the sentinel is not
 * among them. False: each was. */
typedef bool (*TableRecords)(
    const TableContent *content, TableRecord each, void *context);

bool table_records_entries(
    const TableContent *content, TableRecord each, void *context);
bool table_records_aliases(
    const TableContent *content, TableRecord each, void *context);
bool table_records_domains(
    const TableContent *content, TableRecord each, void *context);

/* The sentinels' value: of the table's text, and of the domains, for they make
 * records too. Hexadecimal, owned by the caller. */
char *table_checksum(const Policy *policy, const char *json, gsize len);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(TableContent, table_content_free)

#endif
