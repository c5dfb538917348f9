/* SPDX-License-Identifier: MIT */
#include "core/table_diff.h"

#include "unit.h"

/* "key=target,target key=target" */
static GHashTable *
table(const char *text)
{
	GHashTable *entries = g_hash_table_new_full(
	    g_str_hash, g_str_equal, g_free, (GDestroyNotify)alias_free);
	g_auto(GStrv) words = g_strsplit(text, " ", -1);

	for (guint i = 0; words[i]; i++) {
		g_auto(GStrv) sides = g_strsplit(words[i], "=", 2);
		if (!sides[0] || !sides[1])
			continue;
		Alias *alias = alias_new(sides[0]);
		g_strfreev(alias->targets);
		alias->targets = g_strsplit(sides[1], ",", -1);
		g_hash_table_insert(entries, g_strdup(sides[0]), alias);
	}
	return entries;
}

static const struct {
	const char *before, *after, *want;
} diffs[] = {
    {"", "", ""},
    {"a=x", "a=x", ""},
    {"a=x", "", "- a -> x\n"},
    {"", "a=x", "+ a -> x\n"},
    {"a=x", "a=x,y", "~ a -> x, y (was x)\n"},
    {"c=1 a=1 b=1", "b=2 d=1 a=1", "~ b -> 2 (was 1)\n- c -> 1\n+ d -> 1\n"},
};

static void
difference(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(diffs); i++) {
		g_autoptr(GHashTable) before = table(diffs[i].before);
		g_autoptr(GHashTable) after = table(diffs[i].after);
		g_autoptr(TableDiff) diff = table_diff_new(before, after);
		g_autoptr(GString) got = g_string_new(NULL);
		for (guint n = 0; n < diff->changes->len; n++) {
			g_autofree char *line =
			    table_change_to_text(diff->changes->pdata[n]);
			g_string_append_printf(got, "%s\n", line);
		}
		UNIT_TEXT(diffs[i].after, got->str, diffs[i].want);
	}
}

static void
settings(void)
{
	g_autoptr(GHashTable) before = table("a=x");
	g_autoptr(GHashTable) after = table("a=x");
	Alias *alias = g_hash_table_lookup(after, "a");

	alias->comment = g_strdup("ordered");
	g_autoptr(TableDiff) diff = table_diff_new(before, after);
	UNIT_NUMBER("altered", diff->altered, 1);
	g_autofree char *text = table_change_to_text(diff->changes->pdata[0]);
	UNIT_TEXT("said", text, "~ a -> x (settings)");
	alias->enabled = false;
	g_autofree char *off = table_change_to_text(diff->changes->pdata[0]);
	UNIT_TEXT("off", off, "~ a -> x (disabled) (was x)");
}

static const struct {
	const char *before, *after;
	int max_shrink;
	bool want;
} shrinks[] = {
    {"a=1 b=1 c=1 d=1 e=1", "a=1 b=1 c=1 d=1", 20, false},
    {"a=1 b=1 c=1 d=1 e=1", "a=1 b=1 c=1", 20, true},
    {"a=1 b=1 c=1 d=1 e=1", "a=1 b=1 c=1 f=1 g=1", 20, true},
    {"a=1", "a=2", 0, false},
    {"a=1", "", 100, false},
    {"a=1", "", 99, true},
    {"", "a=1", 0, false},
};

static void
shrink(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(shrinks); i++) {
		g_autoptr(GHashTable) before = table(shrinks[i].before);
		g_autoptr(GHashTable) after = table(shrinks[i].after);
		g_autoptr(TableDiff) diff = table_diff_new(before, after);
		UNIT_NUMBER(shrinks[i].after,
		    table_diff_shrinks(diff, shrinks[i].max_shrink),
		    shrinks[i].want);
	}
}

static const struct {
	const char *first, *second;
	bool want;
} confirmations[] = {
    {"a=1", "a=1", true},         /* b and c are gone twice */
    {"a=1", "a=1 b=1 c=1", true}, /* they came back */
    {"a=1 b=1", "a=1", false},    /* b is gone only now */
    {"a=1 b=2", "a=1 b=3 d=1", true},
};

static void
confirm(void)
{
	g_autoptr(GHashTable) before = table("a=1 b=1 c=1");

	for (guint i = 0; i < G_N_ELEMENTS(confirmations); i++) {
		g_autoptr(GHashTable) one = table(confirmations[i].first);
		g_autoptr(GHashTable) two = table(confirmations[i].second);
		g_autoptr(TableDiff) earlier = table_diff_new(before, one);
		g_autoptr(TableDiff) later = table_diff_new(before, two);
		UNIT_NUMBER(confirmations[i].second,
		    table_diff_confirms(earlier, later), confirmations[i].want);
	}
}

static const UnitCase cases[] = {{"difference", difference},
    {"settings", settings}, {"shrink", shrink}, {"confirm", confirm}};
UNIT_MAIN("table_diff", cases)
