/* SPDX-License-Identifier: MIT */
#include "io/table_reading.h"

#include <string.h>

#include "core/bounds.h"
#include "core/failure.h"
#include "core/json_object.h"
#include "core/json_text.h"
#include "core/table_entries_check.h"

guint
table_max_targets(const Settings *settings)
{
	return settings->relay == RELAY_SES ? BOUND_SES_RECIPIENTS
					    : BOUND_TARGETS;
}

void
table_reading_free(TableReading *reading)
{
	if (!reading)
		return;
	table_entries_free(reading->entries);
	g_free(reading->json);
	g_free(reading->versions);
	g_free(reading);
}

/* Errors of several documents are one error, up to a bound. */
static bool
parse_all(TableEntries *entries, const GPtrArray *documents,
    const Config *config, GError **error)
{
	g_autoptr(GString) faults = g_string_new(NULL);
	guint bad = 0;

	for (guint i = 0; i < documents->len && bad < BOUND_TABLE_ERRORS; i++) {
		const Document *document = documents->pdata[i];
		g_autoptr(GError) fault = NULL;
		if (table_entries_parse(entries, document->name, document->text,
			document->len, config->policy,
			table_max_targets(config->settings), &fault))
			continue;
		g_string_append_printf(
		    faults, "%s%s", bad > 0 ? "\n" : "", fault->message);
		bad++;
	}
	if (bad == 0)
		return table_entries_check(entries, config->policy, error);
	return failure_set(error, FAILURE_INPUT, "%s", faults->str);
}

/* Copies the members of one valid document whose keys are not in seen. */
static void
join(GString *json, GHashTable *seen, const Document *document)
{
	JsonObject object;
	JsonMember member;

	json_object_start(&object, document->text, document->len);
	while (json_object_next(&object, &member) == JSON_MEMBER) {
		if (!g_hash_table_contains(seen, member.key)) {
			g_string_append(json, json->len > 1 ? ",\n" : "");
			g_string_append_len(json,
			    document->text + member.key_at,
			    (gssize)(object.at - member.key_at));
			g_hash_table_add(seen, g_steal_pointer(&member.key));
		}
		json_member_clear(&member);
	}
	json_member_clear(&member);
}

static void
join_all(TableReading *reading, const GPtrArray *documents)
{
	g_autoptr(GHashTable) seen =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	GString *json = g_string_new("{");

	for (guint i = 0; i < documents->len; i++)
		join(json, seen, documents->pdata[i]);
	g_string_append(json, "}\n");
	reading->len = json->len;
	reading->json = g_string_free(json, FALSE);
}

static char *
versions_of(const GPtrArray *documents)
{
	json_t *versions = json_object();

	for (guint i = 0; i < documents->len; i++) {
		const Document *document = documents->pdata[i];
		if (document->version > 0)
			json_object_set_new(versions, document->name,
			    json_integer(document->version));
	}
	if (json_object_size(versions) > 0)
		return json_text_take(versions, JSON_COMPACT);
	json_decref(versions);
	return NULL;
}

TableReading *
table_reading_new(
    const GPtrArray *documents, const Config *config, GError **error)
{
	g_autoptr(TableReading) reading = g_new0(TableReading, 1);

	reading->entries = table_entries_new();
	if (!parse_all(reading->entries, documents, config, error))
		return NULL;
	if (documents->len == 1) {
		const Document *document = documents->pdata[0];
		reading->json = g_strdup(document->text);
		reading->len = document->len;
	} else {
		join_all(reading, documents);
	}
	reading->versions = versions_of(documents);
	return g_steal_pointer(&reading);
}
