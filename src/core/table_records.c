/* SPDX-License-Identifier: MIT */
#include "core/table_records.h"

#include <string.h>

#include "core/table_format.h"

TableContent *
table_content_new(const TableEntries *entries, const Policy *policy)
{
	TableContent *content = g_new0(TableContent, 1);

	content->entries = entries;
	content->policy = policy;
	content->keys = table_entries_keys(entries, &content->count);
	return content;
}

void
table_content_free(TableContent *content)
{
	if (!content)
		return;
	g_free(content->keys);
	g_free(content);
}

static const Alias *
alias_at(const TableContent *content, guint i)
{
	return g_hash_table_lookup(content->entries->by_key, content->keys[i]);
}

bool
table_records_entries(
    const TableContent *content, TableRecord each, void *context)
{
	for (char **domain = content->policy->domains; *domain; domain++) {
		g_autofree char *key =
		    g_strconcat(TABLE_DOMAIN_PREFIX, *domain, NULL);
		if (!each(context, key, *domain))
			return false;
	}
	for (guint i = 0; i < content->count; i++) {
		g_autofree char *record = alias_to_record(alias_at(content, i));
		if (!each(context, content->keys[i], record))
			return false;
	}
	return true;
}

static bool
is_key(const TableContent *content, const char *key)
{
	return g_hash_table_contains(content->entries->by_key, key);
}

/* A mailbox key or "@" at each handled domain where nothing that goes before
 * it in the order of lookup stands. */
static bool
make_everywhere(const TableContent *content, const char *key, const char *value,
    TableRecord each, void *context)
{
	const char *local = strcmp(key, "@") == 0 ? "" : key;

	for (char **domain = content->policy->domains; *domain; domain++) {
		g_autofree char *exact = g_strconcat(local, "@", *domain, NULL);
		const char *catch_all = exact + strlen(local);
		if (!is_key(content, exact) && !is_key(content, catch_all) &&
		    !each(context, exact, value))
			return false;
	}
	return true;
}

static bool
make_alias(const TableContent *content, const Alias *alias, TableRecord each,
    void *context)
{
	/* What cannot forward is left out, so that Postfix refuses it; an
	 * empty value would kill smtpd. */
	if (!alias->enabled || !alias->targets[0])
		return true;
	g_autofree char *value = g_strjoinv(", ", alias->targets);
	const char *at = strrchr(alias->key, '@');
	return at && at[1] != '\0'
		   ? each(context, alias->key, value)
		   : make_everywhere(content, alias->key, value, each, context);
}

bool
table_records_aliases(
    const TableContent *content, TableRecord each, void *context)
{
	for (guint i = 0; i < content->count; i++)
		if (!make_alias(content, alias_at(content, i), each, context))
			return false;
	return true;
}

bool
table_records_domains(
    const TableContent *content, TableRecord each, void *context)
{
	for (char **domain = content->policy->domains; *domain; domain++)
		if (!each(context, *domain, *domain))
			return false;
	return true;
}

/* A length before each part, so that no two lists give the same octets. */
static void
sum_part(GChecksum *sum, const char *octets, gsize len)
{
	g_autofree char *size = g_strdup_printf("%" G_GSIZE_FORMAT ":", len);

	g_checksum_update(sum, (const guchar *)size, -1);
	while (len > 0) {
		gsize part = MIN(len, (gsize)1 << 30);
		g_checksum_update(sum, (const guchar *)octets, (gssize)part);
		octets += part;
		len -= part;
	}
}

char *
table_checksum(const Policy *policy, const char *json, gsize len)
{
	GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);

	sum_part(sum, TABLE_SENTINEL, strlen(TABLE_SENTINEL));
	for (char **domain = policy->domains; *domain; domain++)
		sum_part(sum, *domain, strlen(*domain));
	sum_part(sum, json, len);
	char *text = g_strdup(g_checksum_get_string(sum));
	g_checksum_free(sum);
	return text;
}
