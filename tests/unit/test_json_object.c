/* SPDX-License-Identifier: MIT */
#include "core/json_object.h"

#include "unit.h"

/* want: "key=value " each, then what ended it: "end" or "LINE:COLUMN". */
static const struct {
	const char *text, *want;
} rows[] = {
    {"{}", "end"},
    {" \t\r\n{ } \n", "end"},
    {"{\"a\":1}", "a=1 end"},
    {"{\"a\" : [1, \"]\"] , \"b\":{\"c\":\"}\\\"\"}}",
	"a=[1,\"]\"] b={\"c\":\"}\\\"\"} end"},
    {"{\"a\":true,\"a\":null}", "a=true a=null end"},
    {"{\"\\u0061\\n\":\"x\"}", "a\n=\"x\" end"},
    {"{\"a\":[1,],\"b\":2}", "a=fault@1:9 b=2 end"},
    {"{\"a\":[1},\"b\":2}", "a=fault@1:8 b=2 end"},
    {"{\"a\":tru,\"b\":2}", "a=fault@1:8 b=2 end"},
    {"{\"a\":{\"x\":1,\"x\":2},\"b\":2}", "a=fault@1:15 b=2 end"},
    {"{\"a\":,\"b\":2}", "a=fault@1:6 b=2 end"},
    {"{\"a\":1 2}", "a=1 1:8"},
    {"{\"a\":1,}", "a=1 1:8"},
    {"{\"a\":1", "a=1 1:7"},
    {"{\"a\":", "1:6"},
    {"{\"a\"", "1:5"},
    {"{\"a", "1:3"},
    {"{\n \"\xc3\xa9\": 1,\n  b", "\xc3\xa9=1 3:3"},
    {"{\"a\":\"open", "1:10"},
    {"{\"a\":[1,2", "1:9"},
    {"{\"\xff\":1}", "1:2"},
    {"{\"a\\u0000\":1}", "1:10"},
    {"[]", "1:1"},
    {"", "1:1"},
    {"{} x", "1:4"},
    {"{}{}", "1:3"},
    {"\xef\xbb\xbf{}", "1:1"},
};

static char *
walk(const char *text, gsize len)
{
	JsonObject object;
	JsonMember member;
	JsonNext next;
	JsonPlace place = JSON_PLACE_START;
	GString *got = g_string_new(NULL);

	json_object_start(&object, text, len);
	while ((next = json_object_next(&object, &member)) == JSON_MEMBER) {
		char *value =
		    json_dumps(member.value, JSON_ENCODE_ANY | JSON_COMPACT);
		json_place_move(&place, text, len, member.fault_at);
		if (value)
			g_string_append_printf(
			    got, "%s=%s ", member.key, value);
		else
			g_string_append_printf(got, "%s=fault@%u:%u ",
			    member.key, place.line, place.column);
		g_autofree char *key = json_string_at(text, len, member.key_at);
		UNIT_TEXT("key again", key, member.key);
		free(value);
		json_member_clear(&member);
	}
	json_place_move(&place, text, len, member.fault_at);
	if (next == JSON_END)
		g_string_append(got, "end");
	else
		g_string_append_printf(got, "%u:%u", place.line, place.column);
	UNIT_TRUE("broken says why", (next == JSON_BROKEN) == !!member.why);
	json_member_clear(&member);
	return g_string_free(got, FALSE);
}

static void
members(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		gsize len = strlen(rows[i].text);
		g_autofree char *octets = unit_octets(rows[i].text, len);
		g_autofree char *got = walk(octets, len);
		UNIT_TEXT(rows[i].text, got, rows[i].want);
	}
}

/* Deep nesting is refused, not followed. */
static void
deep(void)
{
	g_autoptr(GString) text = g_string_new("{\"a\":");

	for (guint i = 0; i < 100000; i++)
		g_string_append_c(text, '[');
	g_autofree char *open = walk(text->str, text->len);
	UNIT_TRUE("not closed", !g_str_has_suffix(open, "end"));
	for (guint i = 0; i < 100000; i++)
		g_string_append_c(text, ']');
	g_string_append_c(text, '}');
	g_autofree char *closed = walk(text->str, text->len);
	UNIT_TRUE("closed", g_str_has_prefix(closed, "a=fault"));
}

static const UnitCase cases[] = {{"members", members}, {"deep", deep}};
UNIT_MAIN("json_object", cases)
