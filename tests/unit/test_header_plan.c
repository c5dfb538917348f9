/* SPDX-License-Identifier: MIT */
#include "core/header_plan.h"

#include <string.h>

#include "core/bounds.h"
#include "unit.h"

static Header *
sample(void)
{
	Header *header = header_new();

	header_add(header, "A", " 1", 2);
	header_add(header, "B", " 2", 2);
	header_add(header, "a", " 3", 2);
	header_add(header, "A", " 4", 2);
	return header;
}

static void
check(const HeaderPlan *plan, const char *label, const char *want)
{
	g_autoptr(EditList) edits = edit_list_new();

	header_plan_to_edits(plan, edits);
	g_autofree char *text = edit_list_to_text(edits);
	UNIT_TEXT(label, text, want);
}

static void
last_to_first(void)
{
	g_autoptr(Header) header = sample();
	g_autoptr(HeaderPlan) plan = header_plan_new(header);

	check(plan, "untouched", "");
	header_plan_add(plan, "X", "new");
	header_plan_add(plan, "X", "new"); /* the same: once */
	header_plan_remove(plan, 0);
	header_plan_change(plan, 2, "three");
	header_plan_remove(plan, 3);
	check(plan, "order",
	    "remove \"A\" 3\nchange \"a\" 2 \" three\"\nremove \"A\" 1\n"
	    "add \"X\" \" new\"\n");
	UNIT_NUMBER("found", header_plan_find(plan, "A"), 2);
	UNIT_NUMBER("gone", header_plan_find(plan, "C"), -1);
}

static void
changes(void)
{
	g_autoptr(Header) header = sample();
	g_autoptr(HeaderPlan) plan = header_plan_new(header);

	header_plan_change(plan, 1, "2");
	check(plan, "the same text is no change", "");
	header_plan_change(plan, 1, "x");
	header_plan_change(plan, 1, "y");
	UNIT_TEXT("last one counts", header_plan_value(plan, 1), " y");
	header_plan_remove(plan, 1);
	UNIT_TRUE("removed", header_plan_value(plan, 1) == NULL);
	header_plan_change(plan, 1, "2");
	check(plan, "back to what it was", "");
}

static void
folds(void)
{
	g_autoptr(Header) header = sample();
	g_autoptr(HeaderPlan) plan = header_plan_new(header);
	g_autofree char *word = g_strnfill(50, 'w');
	g_autofree char *value = g_strconcat(word, " ", word, NULL);
	g_autofree char *want =
	    g_strdup_printf("add \"X\" \" %s\\n %s\"\n", word, word);

	header_plan_add(plan, "X", value);
	check(plan, "folded", want);
	UNIT_TEXT("name", header_plan_added_name(plan, 0), "X");
	UNIT_NUMBER("count", header_plan_count_added(plan), 1);
}

static void
by_name(void)
{
	g_autoptr(Header) header = sample();
	g_autoptr(HeaderPlan) plan = header_plan_new(header);

	header_plan_remove(plan, 0);
	header_plan_set(plan, "A", "set");
	header_plan_set(plan, "C", "new");
	check(plan, "set",
	    "change \"a\" 2 \" set\"\nremove \"A\" 1\n"
	    "add \"C\" \" new\"\n");
	header_plan_remove_named(plan, "a");
	UNIT_NUMBER("removed", header_plan_find(plan, "A"), -1);
	UNIT_NUMBER("another", header_plan_find(plan, "B"), 1);
}

static void
lengths(void)
{
	g_autoptr(Header) header = sample();
	g_autoptr(HeaderPlan) plan = header_plan_new(header);
	g_autofree char *fits = g_strnfill(BOUND_HEADER_VALUE - 2, 'x');
	g_autofree char *over = g_strnfill(BOUND_HEADER_VALUE - 1, 'x');

	header_plan_change(plan, 0, fits);
	header_plan_add(plan, "X", fits);
	UNIT_TRUE("fits", header_plan_refusal(plan) == NULL);
	header_plan_add(plan, "Y", over);
	g_autoptr(Reply) added = header_plan_refusal(plan);
	UNIT_TEXT("added", added ? added->text : NULL,
	    "The header field Y would be too long (over 59000 octets)");
	header_plan_change(plan, 1, over);
	g_autoptr(Reply) changed = header_plan_refusal(plan);
	UNIT_TEXT("changed", changed ? changed->text : NULL,
	    "The header field B would be too long (over 59000 octets)");
}

static char *
words(const char *word, guint count)
{
	GString *value = g_string_new(NULL);

	for (guint i = 0; i < count; i++)
		g_string_append_printf(value, "\n %s", word);
	return g_string_free(value, FALSE);
}

/* All words are there, in fields that are short enough and legal. */
static void
check_pieces(const char *label, const char *word, guint count)
{
	g_autoptr(Header) header = sample();
	g_autoptr(HeaderPlan) plan = header_plan_new(header);
	g_autoptr(EditList) edits = edit_list_new();
	g_autofree char *value = words(word, count);
	guint seen = 0;

	header_plan_add_long(plan, "X-Name", value);
	header_plan_add_long(plan, "X-Name", value);
	header_plan_to_edits(plan, edits);
	for (guint i = 0; i < edit_list_count(edits); i++) {
		const char *piece = edit_list_at(edits, i)->value;
		UNIT_TRUE(label, strlen(piece) <= BOUND_HEADER_PIECE);
		UNIT_TRUE(label, header_value_is_legal("X-Name", piece));
		for (const char *p = piece; (p = strstr(p, word)); p++)
			seen++;
	}
	UNIT_NUMBER(label, seen, count);
	UNIT_NUMBER(label, header_plan_count_added(plan),
	    strlen(value) / BOUND_HEADER_PIECE + 1);
}

static void
pieces(void)
{
	g_autofree char *wide = g_strnfill(BOUND_LINE - 1, 'w');

	check_pieces("one", "word", 100);
	check_pieces("several, each the same", "words", 20000);
	check_pieces("lines that are full", wide, 100);
}

static const UnitCase cases[] = {
    {"pieces", pieces},
    {"lengths", lengths},
    {"by_name", by_name},
    {"last_to_first", last_to_first},
    {"changes", changes},
    {"folds", folds},
};
UNIT_MAIN("header_plan", cases)
