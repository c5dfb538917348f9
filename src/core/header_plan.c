/* SPDX-License-Identifier: MIT */
#include "core/header_plan.h"

#include <string.h>

#include "core/bounds.h"

typedef struct Fate {
	char *value; /* owned; NULL: as received, or removed */
	bool removed;
	guint nth; /* of its name, from 1 */
} Fate;

typedef struct Added {
	char *name;  /* owned */
	char *value; /* owned; folded, with its leading space */
} Added;

struct HeaderPlan {
	const Header *header; /* borrowed */
	Fate *fates;          /* owned; one a field */
	GArray *added;        /* of Added, owned */
	GHashTable *seen;     /* owned; "name:value" of each of them */
};

static void
added_clear(gpointer data)
{
	Added *added = data;

	g_free(added->name);
	g_free(added->value);
}

/* Number the fields by name in one pass. */
static void
number_fields(HeaderPlan *plan)
{
	g_autoptr(GHashTable) counts =
	    g_hash_table_new(header_name_hash, header_name_equal);

	for (guint i = 0; i < header_count(plan->header); i++) {
		char *name = header_at(plan->header, i)->name;
		gpointer seen = g_hash_table_lookup(counts, name);
		plan->fates[i].nth = GPOINTER_TO_UINT(seen) + 1;
		g_hash_table_insert(
		    counts, name, GUINT_TO_POINTER(plan->fates[i].nth));
	}
}

HeaderPlan *
header_plan_new(const Header *header)
{
	HeaderPlan *plan = g_new0(HeaderPlan, 1);

	plan->header = header;
	plan->fates = g_new0(Fate, header_count(header) + 1);
	plan->added = g_array_new(FALSE, FALSE, sizeof(Added));
	g_array_set_clear_func(plan->added, added_clear);
	plan->seen =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	number_fields(plan);
	return plan;
}

void
header_plan_free(HeaderPlan *plan)
{
	if (!plan)
		return;
	for (guint i = 0; i < header_count(plan->header); i++)
		g_free(plan->fates[i].value);
	g_free(plan->fates);
	g_array_unref(plan->added);
	g_hash_table_unref(plan->seen);
	g_free(plan);
}

const Header *
header_plan_header(const HeaderPlan *plan)
{
	return plan->header;
}

const char *
header_plan_value(const HeaderPlan *plan, guint index)
{
	const Fate *fate = &plan->fates[index];

	if (fate->removed)
		return NULL;
	return fate->value ? fate->value
			   : header_at(plan->header, index)->value;
}

/* As it will be written: with a leading space, folded where it is long. */
static char *
written(const char *name, const char *value)
{
	if (strchr(value, '\n'))
		return *value == ' ' || *value == '\t'
			   ? g_strdup(value)
			   : g_strconcat(" ", value, NULL);
	return header_fold(name, value + strspn(value, " \t"));
}

void
header_plan_change(HeaderPlan *plan, guint index, const char *value)
{
	const HeaderField *field = header_at(plan->header, index);
	Fate *fate = &plan->fates[index];
	g_autofree char *new_value = written(field->name, value);

	fate->removed = false;
	g_clear_pointer(&fate->value, g_free);
	if (strlen(new_value) != field->value_len ||
	    memcmp(new_value, field->value, field->value_len) != 0)
		fate->value = g_steal_pointer(&new_value);
}

void
header_plan_remove(HeaderPlan *plan, guint index)
{
	plan->fates[index].removed = true;
	g_clear_pointer(&plan->fates[index].value, g_free);
}

/* Takes text over. */
static void
append_added(HeaderPlan *plan, const char *name, char *text)
{
	Added added = {g_strdup(name), text};

	g_array_append_val(plan->added, added);
}

static bool
is_new(HeaderPlan *plan, const char *name, const char *text)
{
	return g_hash_table_add(plan->seen, g_strconcat(name, ":", text, NULL));
}

void
header_plan_add(HeaderPlan *plan, const char *name, const char *value)
{
	g_autofree char *text = written(name, value);

	if (is_new(plan, name, text))
		append_added(plan, name, g_steal_pointer(&text));
}

/* Up to the last fold within the bound, or all where that is within it. */
static gsize
piece_len(const char *text)
{
	const char *fold = NULL;

	if (strnlen(text, BOUND_HEADER_PIECE + 1) > BOUND_HEADER_PIECE)
		fold = g_strrstr_len(text, BOUND_HEADER_PIECE, "\n");
	return fold ? (gsize)(fold - text) : strlen(text);
}

void
header_plan_add_long(HeaderPlan *plan, const char *name, const char *value)
{
	g_autofree char *text = written(name, value);

	if (!is_new(plan, name, text))
		return;
	for (const char *p = text; *p;) {
		gsize len = piece_len(p);
		g_autofree char *piece = g_strndup(p, len);
		/* The name now stands before what was a line of its own. */
		append_added(plan, name,
		    header_lines_fit(name, piece, len)
			? g_steal_pointer(&piece)
			: header_fold(name, piece));
		p += len;
		p += *p == '\n' ? 1 : 0;
	}
}

gint
header_plan_find(const HeaderPlan *plan, const char *name)
{
	for (guint i = 0; i < header_count(plan->header); i++)
		if (!plan->fates[i].removed &&
		    g_ascii_strcasecmp(
			header_at(plan->header, i)->name, name) == 0)
			return (gint)i;
	return -1;
}

void
header_plan_set(HeaderPlan *plan, const char *name, const char *value)
{
	gint at = header_plan_find(plan, name);

	if (at >= 0)
		header_plan_change(plan, (guint)at, value);
	else
		header_plan_add(plan, name, value);
}

void
header_plan_remove_named(HeaderPlan *plan, const char *name)
{
	for (gint at; (at = header_plan_find(plan, name)) >= 0;)
		header_plan_remove(plan, (guint)at);
}

void
header_plan_merge(HeaderPlan *plan, const char *name)
{
	gint first = header_plan_find(plan, name);
	g_autoptr(GString) all = g_string_new(NULL);
	guint merged = 0;

	for (guint i = 0; first >= 0 && i < header_count(plan->header); i++) {
		const char *value = header_plan_value(plan, i);
		if (!value || g_ascii_strcasecmp(
				  header_at(plan->header, i)->name, name) != 0)
			continue;
		g_autofree char *unfolded = header_unfold(value, strlen(value));
		if (*unfolded)
			g_string_append_printf(
			    all, "%s%s", all->len > 0 ? ", " : "", unfolded);
		if (merged++ > 0)
			header_plan_remove(plan, i);
	}
	if (merged > 1)
		header_plan_change(plan, (guint)first, all->str);
}

guint
header_plan_count_added(const HeaderPlan *plan)
{
	return plan->added->len;
}

const char *
header_plan_added_name(const HeaderPlan *plan, guint i)
{
	return g_array_index(plan->added, Added, i).name;
}

static Reply *
length_refusal(const char *name, const char *value)
{
	if (!value || strlen(value) < BOUND_HEADER_VALUE)
		return NULL;
	return reply_printf(554, "5.6.0",
	    "The header field %.60s would be too long (over %d octets)", name,
	    BOUND_HEADER_VALUE);
}

Reply *
header_plan_refusal(const HeaderPlan *plan)
{
	Reply *refusal = NULL;

	for (guint i = 0; !refusal && i < header_count(plan->header); i++)
		refusal = length_refusal(
		    header_at(plan->header, i)->name, plan->fates[i].value);
	for (guint i = 0; !refusal && i < plan->added->len; i++) {
		const Added *added = &g_array_index(plan->added, Added, i);
		refusal = length_refusal(added->name, added->value);
	}
	return refusal;
}

void
header_plan_to_edits(const HeaderPlan *plan, EditList *edits)
{
	for (guint i = header_count(plan->header); i-- > 0;) {
		const Fate *fate = &plan->fates[i];
		const char *name = header_at(plan->header, i)->name;
		if (fate->removed)
			edit_header_remove(edits, name, fate->nth);
		else if (fate->value)
			edit_header_change(edits, name, fate->nth, fate->value);
	}
	for (guint i = 0; i < plan->added->len; i++) {
		const Added *added = &g_array_index(plan->added, Added, i);
		edit_header_add(edits, added->name, added->value);
	}
}
