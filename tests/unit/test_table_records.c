/* SPDX-License-Identifier: MIT */
#include "core/table_records.h"

#include "unit.h"

static const char json[] =
    "{\"user\": [\"u@x.org\", \"v@x.org\"], \"@example.net\": [\"n@x.org\"],"
    " \"off@example.com\": {\"targets\": [\"o@x.org\"], \"enabled\": false}}";

static const struct {
	const char *name;
	TableRecords records;
	const char *want;
} rows[] = {
    {"entries", table_records_entries,
	"\002example.com=example.com;\002example.net=example.net;"
	"@example.net=Tn@x.org\n;off@example.com=To@x.org\nD\n;"
	"user=Tu@x.org\nTv@x.org\n;"},
    {"aliases", table_records_aliases,
	"@example.net=n@x.org;user@example.com=u@x.org, v@x.org;"},
    {"domains", table_records_domains,
	"example.com=example.com;example.net=example.net;"},
};

/* Records as they come, up to a number of them. */
typedef struct Taken {
	GString *text;
	guint left;
} Taken;

static bool
take(void *context, const char *key, const char *value)
{
	Taken *taken = context;

	if (taken->left == 0)
		return false;
	taken->left--;
	g_string_append_printf(taken->text, "%s=%s;", key, value);
	return true;
}

static bool
take_some(const TableContent *content, TableRecords records, guint most,
    GString *text)
{
	Taken taken = {text, most};

	g_string_truncate(text, 0);
	return records(content, take, &taken);
}

static guint
count_of(const char *text)
{
	guint count = 0;

	for (; *text; text++)
		count += *text == ';';
	return count;
}

/* Each record is taken, in order; and none after the first that is not. */
static void
records(void)
{
	g_autoptr(Policy) policy = policy_new();
	g_autoptr(TableEntries) entries = table_entries_new();
	g_autoptr(GString) text = g_string_new(NULL);

	g_strfreev(policy->domains);
	policy->domains = g_strsplit("example.com example.net", " ", -1);
	UNIT_TRUE("parsed", table_entries_parse(entries, "t", json,
				strlen(json), policy, 50, NULL));
	g_autoptr(TableContent) content = table_content_new(entries, policy);
	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		guint count = count_of(rows[i].want);
		UNIT_TRUE(rows[i].name,
		    take_some(content, rows[i].records, count, text));
		UNIT_TEXT(rows[i].name, text->str, rows[i].want);
		for (guint most = 0; most < count; most++) {
			UNIT_TRUE(rows[i].name,
			    !take_some(content, rows[i].records, most, text));
			UNIT_NUMBER(rows[i].name, count_of(text->str), most);
		}
	}
}

static void
checksums(void)
{
	g_autoptr(Policy) one = policy_new();
	g_autoptr(Policy) two = policy_new();

	g_strfreev(one->domains);
	g_strfreev(two->domains);
	one->domains = g_strsplit("a.example b.example", " ", -1);
	two->domains = g_strsplit("a.example", " ", -1);
	g_autofree char *sum = table_checksum(one, "{}", 2);
	g_autofree char *same = table_checksum(one, "{}", 2);
	g_autofree char *text = table_checksum(one, "{ }", 3);
	g_autofree char *domains = table_checksum(two, "b.example{}", 11);
	UNIT_TEXT("the same", same, sum);
	UNIT_TRUE("another text", strcmp(text, sum) != 0);
	UNIT_TRUE("other domains", strcmp(domains, sum) != 0);
}

static const UnitCase cases[] = {
    {"records", records}, {"checksums", checksums}};
UNIT_MAIN("table_records", cases)
