/* SPDX-License-Identifier: MIT */
#include "table_sample.h"

#include "io/table_write.h"
#include "unit.h"

Policy *
table_sample_policy(void)
{
	Policy *policy = policy_new();

	g_strfreev(policy->domains);
	policy->domains = g_strsplit(
	    "example.com example.net xn--bcher-kva.example", " ", -1);
	policy->bounce_address = g_strdup("bounces@example.com");
	return policy;
}

TableCache
table_cache_new(void)
{
	return (TableCache){table_sample_policy(), unit_new_folder()};
}

void
table_cache_free(TableCache *cache)
{
	unit_remove_folder(cache->folder);
	g_free(cache->folder);
	policy_free(cache->policy);
}

char *
table_cache_file(const TableCache *cache, const char *name)
{
	return g_build_filename(cache->folder, name, NULL);
}

void
table_sample_write(
    const char *folder, const char *json, const Policy *policy, gint64 now)
{
	g_autoptr(TableEntries) entries = table_entries_new();
	g_autoptr(GError) error = NULL;
	TableOrigin origin = {"file:/t.json", NULL};
	bool written = table_entries_parse(entries, "t", json, strlen(json),
			   policy, 50, &error) &&
		       table_entries_write(entries, json, strlen(json), policy,
			   &origin, folder, now, NULL, &error);

	UNIT_TEXT("written", written ? NULL : error->message, NULL);
}
