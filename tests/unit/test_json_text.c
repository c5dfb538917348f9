/* SPDX-License-Identifier: MIT */
#include "core/json_text.h"

#include "unit.h"

static const struct {
	const char *json;
	size_t flags;
	const char *want;
} rows[] = {
    {"{\"a\": [1, null]}", JSON_COMPACT, "{\"a\":[1,null]}"},
    {"{\"a\": [1, null]}", 0, "{\"a\": [1, null]}"},
    {"\"a\\u00e9\\n\"", 0, "\"a\xC3\xA9\\n\""},
    {"3", JSON_COMPACT, "3"},
    {NULL, JSON_COMPACT, NULL},
};

static void
texts(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		json_t *value = rows[i].json ? json_loads(rows[i].json,
						   JSON_DECODE_ANY, NULL)
					     : NULL;
		g_autofree char *text = json_text_dup(value, rows[i].flags);
		UNIT_TEXT(rows[i].json, text, rows[i].want);
		g_autofree char *taken = json_text_take(value, rows[i].flags);
		UNIT_TEXT(rows[i].json, taken, rows[i].want);
	}
}

static const UnitCase cases[] = {{"texts", texts}};
UNIT_MAIN("json_text", cases)
