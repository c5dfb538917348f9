/* SPDX-License-Identifier: MIT */
/* A table that is taken is JSON to jansson too, and every entry of it is
 * usable and comes back from its record. Errors are lines of text. */
#include <jansson.h>
#include <stdint.h>
#include <string.h>

#include "core/bounds.h"
#include "core/failure.h"
#include "core/table_entries_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static Policy *
sample_policy(void)
{
	Policy *policy = policy_new();

	g_strfreev(policy->domains);
	policy->domains = g_strsplit("example.com example.net", " ", -1);
	policy->bounce_address = g_strdup("b@example.com");
	return policy;
}

static void
check_lines(const char *text)
{
	g_assert(*text && g_utf8_validate(text, -1, NULL));
	for (const char *c = text; *c; c++)
		g_assert(*c == '\n' || !g_ascii_iscntrl(*c));
}

static void
check_alias(const char *key, const Alias *alias)
{
	g_autofree char *folded = alias_fold_key(key, NULL);
	g_autofree char *record = alias_to_record(alias);
	g_autoptr(Alias) again =
	    alias_from_record(key, record, strlen(record), NULL);

	g_assert(folded && strcmp(folded, key) == 0);
	g_assert(strcmp(alias->key, key) == 0);
	g_assert(again && alias_same(alias, again));
	g_assert(alias->targets[0] || alias->reject || !alias->enabled);
	g_assert(g_strv_length(alias->targets) <= 5);
	for (char **target = alias->targets; *target; target++) {
		g_autoptr(Address) address = address_parse(*target, -1, NULL);
		g_assert(address && address_is_ascii(address));
	}
}

static void
check_entries(TableEntries *entries, const Policy *policy)
{
	GHashTableIter iter;
	void *key, *alias;

	g_hash_table_iter_init(&iter, entries->by_key);
	while (g_hash_table_iter_next(&iter, &key, &alias))
		check_alias(key, alias);
	g_autoptr(GError) error = NULL;
	if (!table_entries_check(entries, policy, &error))
		check_lines(error->message);
	for (guint i = 0; i < entries->warnings->len; i++)
		check_lines(entries->warnings->pdata[i]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	g_autoptr(Policy) policy = sample_policy();
	g_autoptr(TableEntries) entries = table_entries_new();
	g_autoptr(GError) error = NULL;
	bool taken =
	    table_entries_parse(entries, "t", text, size, policy, 5, &error);
	json_t *json = json_loadb(text, size, 0, NULL);

	g_assert(taken == !error);
	if (taken)
		g_assert(json_is_object(json));
	else
		g_assert(g_error_matches(error, FAILURE, FAILURE_INPUT));
	if (error)
		check_lines(error->message);
	else
		check_entries(entries, policy);
	json_decref(json);
	return 0;
}
