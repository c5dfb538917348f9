/* SPDX-License-Identifier: MIT */
#include "core/table_entries.h"

#include <stdlib.h>
#include <string.h>

#include "core/alias_json.h"
#include "core/bounds.h"
#include "core/failure.h"
#include "core/fault_list.h"
#include "core/json_object.h"

/* Where a key stood first. */
typedef struct Origin {
	const char *name; /* borrowed from entries->names; one a parse */
	gsize at;         /* offset in that text */
	guint line, column;
} Origin;

TableEntries *
table_entries_new(void)
{
	TableEntries *entries = g_new0(TableEntries, 1);

	entries->by_key = g_hash_table_new_full(
	    g_str_hash, g_str_equal, g_free, (GDestroyNotify)alias_free);
	entries->warnings = g_ptr_array_new_with_free_func(g_free);
	entries->origins =
	    g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
	entries->names = g_ptr_array_new_with_free_func(g_free);
	return entries;
}

void
table_entries_free(TableEntries *entries)
{
	if (!entries)
		return;
	g_hash_table_unref(entries->origins);
	g_hash_table_unref(entries->by_key);
	g_ptr_array_unref(entries->warnings);
	g_ptr_array_unref(entries->names);
	g_free(entries);
}

/* One text being parsed. */
typedef struct Parse {
	TableEntries *entries; /* borrowed */
	const char *name;      /* borrowed from entries->names */
	const char *json;      /* borrowed */
	gsize len;
	const Policy *policy; /* borrowed */
	guint max_targets;
	FaultList errors;
	GPtrArray *faults;  /* owned; scratch, of char * */
	GPtrArray *remarks; /* owned; scratch, of char * */
	JsonPlace place;    /* of the last key or error: they come in order */
} Parse;

/* "aliases.json:3:7". Owned by the caller. */
static char *
place(Parse *parse, gsize at)
{
	json_place_move(&parse->place, parse->json, parse->len, at);
	return g_strdup_printf(
	    "%s:%u:%u", parse->name, parse->place.line, parse->place.column);
}

static char *
place_of(const Origin *origin)
{
	return g_strdup_printf(
	    "%s:%u:%u", origin->name, origin->line, origin->column);
}

char *
table_entries_place(const TableEntries *entries, const char *key)
{
	return place_of(g_hash_table_lookup(entries->origins, key));
}

static void
note(Parse *parse, gsize at, const char *key, const char *what)
{
	if (fault_list_is_full(&parse->errors)) {
		fault_list_add(&parse->errors, NULL);
		return;
	}
	g_autofree char *where = place(parse, at);
	g_autofree char *shown = key ? failure_mask(key, -1, 100) : NULL;
	g_autofree char *said = failure_mask(what, -1, 400);
	g_autofree char *line = g_strdup_printf(
	    "%s: %s%s%s", where, shown ? shown : "", shown ? ": " : "", said);
	fault_list_add(&parse->errors, line);
}

void
table_entries_warn(TableEntries *entries, const char *format, ...)
{
	va_list arguments;

	if (entries->warnings->len == BOUND_TABLE_ERRORS)
		g_ptr_array_add(
		    entries->warnings, g_strdup("and more warnings"));
	if (entries->warnings->len > BOUND_TABLE_ERRORS)
		return;
	va_start(arguments, format);
	g_autofree char *text = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	g_ptr_array_add(entries->warnings, failure_mask(text, -1, 600));
}

/* The folded key, or NULL when it was noted. */
static char *
read_key(Parse *parse, const JsonMember *member)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *key = alias_fold_key(member->key, &error);

	if (!key) {
		note(parse, member->key_at, member->key, error->message);
		return NULL;
	}
	if (!g_str_is_ascii(key)) {
		note(parse, member->key_at, member->key,
		    "a local part that is not ASCII needs SMTPUTF8, which SES "
		    "does not have");
		return NULL;
	}
	const char *at = strrchr(key, '@');
	if (at && at[1] != '\0' &&
	    !policy_handles_domain(parse->policy, at + 1)) {
		g_autofree char *what = g_strdup_printf(
		    "domain %s is not handled: add it to domains in the "
		    "configuration",
		    at + 1);
		note(parse, member->key_at, member->key, what);
		return NULL;
	}
	return g_steal_pointer(&key);
}

static void
judge_twice(Parse *parse, const JsonMember *member, const Alias *alias)
{
	const Origin *origin =
	    g_hash_table_lookup(parse->entries->origins, alias->key);
	const Alias *before =
	    g_hash_table_lookup(parse->entries->by_key, alias->key);
	bool here = origin->name == parse->name;
	g_autofree char *spelled =
	    here ? json_string_at(parse->json, parse->len, origin->at) : NULL;
	bool literal = g_strcmp0(spelled, member->key) == 0;

	g_autofree char *first = place_of(origin);
	if (!literal && alias_same(before, alias)) {
		g_autofree char *where = place(parse, member->key_at);
		table_entries_warn(parse->entries,
		    "%s: %s: the same address and entry again, first at %s",
		    where, member->key, first);
		return;
	}
	g_autofree char *what = g_strdup_printf("%s, first at %s",
	    literal ? "the key is there twice"
		    : "the same address again, with another entry",
	    first);
	note(parse, member->key_at, member->key, what);
}

static void
keep(Parse *parse, const JsonMember *member, Alias *alias)
{
	Origin *origin = g_new(Origin, 1);
	char *key = g_strdup(alias->key);

	json_place_move(&parse->place, parse->json, parse->len, member->key_at);
	origin->name = parse->name;
	origin->at = member->key_at;
	origin->line = parse->place.line;
	origin->column = parse->place.column;
	g_hash_table_insert(parse->entries->by_key, key, alias);
	g_hash_table_insert(parse->entries->origins, key, origin);
}

/* What was put right. */
static void
remark(Parse *parse, const JsonMember *member)
{
	for (guint i = 0; i < parse->remarks->len; i++) {
		g_autofree char *where = place(parse, member->key_at);
		table_entries_warn(parse->entries, "%s: %s: %s", where,
		    member->key, (const char *)parse->remarks->pdata[i]);
	}
	g_ptr_array_set_size(parse->remarks, 0);
}

static void
read_member(Parse *parse, const JsonMember *member)
{
	if (!member->value)
		note(parse, member->fault_at, member->key, member->why);
	g_autofree char *key = read_key(parse, member);
	if (!key || !member->value)
		return;
	g_autoptr(Alias) alias = alias_from_json(key, member->value,
	    parse->max_targets, parse->faults, parse->remarks);
	for (guint i = 0; i < parse->faults->len; i++)
		note(parse, member->key_at, member->key,
		    parse->faults->pdata[i]);
	remark(parse, member);
	bool good = parse->faults->len == 0;
	g_ptr_array_set_size(parse->faults, 0);
	if (g_hash_table_contains(parse->entries->by_key, key))
		judge_twice(parse, member, alias);
	else if (good)
		keep(parse, member, g_steal_pointer(&alias));
}

static void
read_members(Parse *parse)
{
	JsonObject object;
	JsonMember member;
	JsonNext next;

	json_object_start(&object, parse->json, parse->len);
	while ((next = json_object_next(&object, &member)) == JSON_MEMBER) {
		read_member(parse, &member);
		json_member_clear(&member);
	}
	if (next == JSON_BROKEN)
		note(parse, member.fault_at, NULL, member.why);
	json_member_clear(&member);
}

bool
table_entries_parse(TableEntries *entries, const char *name, const char *json,
    gsize len, const Policy *policy, guint max_targets, GError **error)
{
	char *own_name = failure_mask(name, -1, 200);
	g_autoptr(GPtrArray) faults = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) remarks = g_ptr_array_new_with_free_func(g_free);
	Parse parse = {entries, own_name, json, len, policy, max_targets,
	    FAULT_LIST_EMPTY, faults, remarks, JSON_PLACE_START};

	g_ptr_array_add(entries->names, own_name);
	if (len > BOUND_TABLE_JSON)
		note(&parse, 0, NULL, "the table is over 256 MB");
	else
		read_members(&parse);
	return fault_list_end(&parse.errors, own_name, error);
}

const Alias *
table_entries_find(
    const TableEntries *entries, const Address *address, const Policy *policy)
{
	char *keys[ALIAS_MAX_KEYS];
	AliasRule rules[ALIAS_MAX_KEYS];
	const Alias *found = NULL;

	if (!policy_handles(policy, address))
		return NULL;
	guint count = alias_keys(address, policy->delimiters, keys, rules);
	for (guint i = 0; i < count; i++) {
		if (!found)
			found = g_hash_table_lookup(entries->by_key, keys[i]);
		g_free(keys[i]);
	}
	return found;
}

static int
compare_keys(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

char **
table_entries_keys(const TableEntries *entries, guint *count)
{
	char **keys =
	    (char **)g_hash_table_get_keys_as_array(entries->by_key, count);

	qsort(keys, *count, sizeof *keys, compare_keys);
	return keys;
}
