/* SPDX-License-Identifier: MIT */
#include "io/table_build.h"

#include <stdlib.h>
#include <string.h>

#include "core/alias_json.h"
#include "core/bounds.h"
#include "core/failure.h"
#include "core/json_object.h"

/* Where a key stood first. */
typedef struct Origin {
	const char *name; /* borrowed from entries->names; one a parse */
	gsize at;         /* offset in that text */
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

/* Lines of errors, of which BOUND_TABLE_ERRORS are kept. */
typedef struct Report {
	GString *text; /* owned */
	guint count;
} Report;

static void
report_add(Report *report, const char *line)
{
	if (++report->count > BOUND_TABLE_ERRORS)
		return;
	if (report->text->len > 0)
		g_string_append_c(report->text, '\n');
	g_string_append(report->text, line);
}

/* True if there was none; else the lines become the error. */
static bool
report_end(Report *report, const char *name, GError **error)
{
	g_autoptr(GString) text = report->text;

	if (report->count == 0)
		return true;
	if (report->count > BOUND_TABLE_ERRORS)
		g_string_append_printf(text, "\n%s: and %u errors more", name,
		    report->count - BOUND_TABLE_ERRORS);
	g_set_error_literal(error, FAILURE, FAILURE_INPUT, text->str);
	return false;
}

/* One text being parsed. */
typedef struct Parse {
	TableEntries *entries; /* borrowed */
	const char *name;      /* borrowed from entries->names */
	const char *json;      /* borrowed */
	gsize len;
	const Policy *policy; /* borrowed */
	guint max_targets;
	Report report;
	GPtrArray *faults;  /* owned; scratch, of char * */
	GPtrArray *remarks; /* owned; scratch, of char * */
	JsonPlace place;    /* of the last error: they come in order */
} Parse;

/* "aliases.json:3:7". Owned by the caller. */
static char *
place(Parse *parse, gsize at)
{
	json_place_move(&parse->place, parse->json, parse->len, at);
	return g_strdup_printf(
	    "%s:%u:%u", parse->name, parse->place.line, parse->place.column);
}

static void
note(Parse *parse, gsize at, const char *key, const char *what)
{
	if (parse->report.count >= BOUND_TABLE_ERRORS) {
		parse->report.count++;
		return;
	}
	g_autofree char *where = place(parse, at);
	g_autofree char *shown = key ? failure_mask(key, -1, 100) : NULL;
	g_autofree char *said = failure_mask(what, -1, 400);
	g_autofree char *line = g_strdup_printf(
	    "%s: %s%s%s", where, shown ? shown : "", shown ? ": " : "", said);
	report_add(&parse->report, line);
}

static void warn(TableEntries *entries, const char *format, ...)
    G_GNUC_PRINTF(2, 3);

static void
warn(TableEntries *entries, const char *format, ...)
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

static bool
is_handled(const Policy *policy, const char *domain)
{
	return g_strv_contains((const char *const *)policy->domains, domain);
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
	if (at && at[1] != '\0' && !is_handled(parse->policy, at + 1)) {
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

	if (!literal && alias_same(before, alias)) {
		warn(parse->entries, "%s: %s is %s%s%s, with the same entry",
		    parse->name, member->key, here ? "there twice" : "in ",
		    here ? "" : origin->name, here ? "" : " too");
		return;
	}
	g_autofree char *first =
	    here ? place(parse, origin->at) : g_strdup(origin->name);
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

	origin->name = parse->name;
	origin->at = member->key_at;
	g_hash_table_insert(parse->entries->by_key, key, alias);
	g_hash_table_insert(parse->entries->origins, key, origin);
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
	for (guint i = 0; i < parse->remarks->len; i++)
		warn(parse->entries, "%s: %s: %s", parse->name, alias->key,
		    (const char *)parse->remarks->pdata[i]);
	bool good = parse->faults->len == 0;
	g_ptr_array_set_size(parse->faults, 0);
	g_ptr_array_set_size(parse->remarks, 0);
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
	    {g_string_new(NULL), 0}, faults, remarks, JSON_PLACE_START};

	g_ptr_array_add(entries->names, own_name);
	if (len > BOUND_TABLE_JSON)
		note(&parse, 0, NULL, "the table is over 256 MB");
	else
		read_members(&parse);
	return report_end(&parse.report, own_name, error);
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

/* A walk from alias to alias along targets. */
typedef struct Walk {
	TableEntries *entries; /* borrowed */
	const Policy *policy;  /* borrowed */
	GHashTable *heights;   /* Alias * -> aliases in the longest chain from
				  it; 0: on the path now */
	GString *path;         /* owned; "a -> b" */
	Report report;
} Walk;

static bool
walk_stop(Walk *walk, const char *what, const char *key)
{
	g_autofree char *line =
	    g_strdup_printf("%s: %s%s", walk->path->str, what, key);
	g_autofree char *shown = failure_mask(line, -1, 1000);

	report_add(&walk->report, shown);
	return false;
}

static bool walk_from(Walk *walk, const Alias *alias, guint depth);

/* The alias at target, or NULL. */
static const Alias *
walk_next(Walk *walk, const Alias *alias, const char *target)
{
	const char *at = strrchr(target, '@');

	/* Nearly every target is elsewhere: look before parsing. */
	if (!at || !is_handled(walk->policy, at + 1))
		return NULL;
	g_autoptr(Address) address = address_parse(target, -1, NULL);
	const Alias *next =
	    address ? table_entries_find(walk->entries, address, walk->policy)
		    : NULL;
	if (!next)
		warn(walk->entries,
		    "%s: target %s is at a handled domain, but no alias",
		    alias->key, target);
	return next;
}

static guint
height_of(const Walk *walk, const Alias *alias)
{
	return GPOINTER_TO_UINT(g_hash_table_lookup(walk->heights, alias));
}

/* Go on to one target; false: it was reported. */
static bool
walk_target(Walk *walk, const Alias *alias, const char *target, guint depth,
    guint *height)
{
	const Alias *next = walk_next(walk, alias, target);

	if (!next)
		return true;
	if (next == alias)
		return walk_stop(
		    walk, "leads to itself by the target ", target);
	if (g_hash_table_contains(walk->heights, next)) {
		if (height_of(walk, next) == 0)
			return walk_stop(
			    walk, "aliases in a circle, again at ", next->key);
	} else if (!walk_from(walk, next, depth + 1)) {
		return false;
	}
	*height = MAX(*height, height_of(walk, next) + 1);
	if (*height > BOUND_ALIAS_DEPTH)
		return walk_stop(walk,
		    "a chain of more than " G_STRINGIFY(
			BOUND_ALIAS_DEPTH) " aliases, at ",
		    next->key);
	return true;
}

static bool
walk_from(Walk *walk, const Alias *alias, guint depth)
{
	gsize path_len = walk->path->len;
	guint height = 1;
	bool good = true;

	if (depth > BOUND_ALIAS_DEPTH)
		return walk_stop(walk,
		    "a chain of more than " G_STRINGIFY(
			BOUND_ALIAS_DEPTH) " aliases, at ",
		    alias->key);
	g_string_append_printf(
	    walk->path, "%s%s", path_len > 0 ? " -> " : "", alias->key);
	g_hash_table_insert(
	    walk->heights, (void *)(gsize)alias, GUINT_TO_POINTER(0));
	for (char **target = alias->targets; good && *target; target++)
		good = walk_target(walk, alias, *target, depth, &height);
	/* After an error too, so that each is reported once. */
	g_hash_table_insert(
	    walk->heights, (void *)(gsize)alias, GUINT_TO_POINTER(height));
	g_string_truncate(walk->path, path_len);
	return good;
}

/* Keys of a whole domain, or of a mailbox at any. */
static void
warn_of_bounce_address(Walk *walk, const Address *address)
{
	const Alias *found =
	    table_entries_find(walk->entries, address, walk->policy);

	if (found && !strchr(found->key + (*found->key == '@'), '@'))
		warn(walk->entries,
		    "%s: this does not take the bounce_address %s: mail to "
		    "that ends here",
		    found->key, walk->policy->bounce_address);
}

static void
refuse_bounce_address(Walk *walk, const char *key)
{
	g_autoptr(Address) address = address_parse(key, -1, NULL);

	if (!address || !policy_is_bounce_address(walk->policy, address))
		return;
	g_autofree char *line = g_strdup_printf(
	    "%s: this is the bounce_address %s of the configuration: mail to "
	    "it ends here, and never reaches a target",
	    key, walk->policy->bounce_address);
	g_autofree char *shown = failure_mask(line, -1, 1000);
	report_add(&walk->report, shown);
}

static void
check_bounce_address(Walk *walk)
{
	g_autoptr(Address) address =
	    walk->policy->bounce_address
		? address_parse(walk->policy->bounce_address, -1, NULL)
		: NULL;
	GHashTableIter iter;
	void *key;

	if (!address)
		return;
	g_autofree char *folded = address_fold(address);
	gsize local_len = strcspn(folded, "@");
	g_hash_table_iter_init(&iter, walk->entries->by_key);
	while (g_hash_table_iter_next(&iter, &key, NULL))
		/* Of a million keys, look at what may be it. */
		if (strncmp(key, folded, local_len) == 0)
			refuse_bounce_address(walk, key);
	warn_of_bounce_address(walk, address);
}

static bool
leads_inside(const Policy *policy, const Alias *alias)
{
	for (char **target = alias->targets; *target; target++) {
		const char *at = strrchr(*target, '@');
		if (at && is_handled(policy, at + 1))
			return true;
	}
	return false;
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

static int
compare_aliases(const void *a, const void *b)
{
	const Alias *const *x = a, *const *y = b;

	return strcmp((*x)->key, (*y)->key);
}

/* Those that name a target at a handled domain, in the order of keys. */
static GPtrArray *
inner_aliases(const TableEntries *entries, const Policy *policy)
{
	GPtrArray *inner = g_ptr_array_new();
	GHashTableIter iter;
	void *alias;

	g_hash_table_iter_init(&iter, entries->by_key);
	while (g_hash_table_iter_next(&iter, NULL, &alias))
		if (leads_inside(policy, alias))
			g_ptr_array_add(inner, alias);
	g_ptr_array_sort(inner, compare_aliases);
	return inner;
}

bool
table_entries_check(TableEntries *entries, const Policy *policy, GError **error)
{
	g_autoptr(GHashTable) heights = g_hash_table_new(NULL, NULL);
	g_autoptr(GPtrArray) inner = inner_aliases(entries, policy);
	g_autoptr(GString) path = g_string_new(NULL);
	Walk walk = {entries, policy, heights, path, {g_string_new(NULL), 0}};

	if (g_hash_table_size(entries->by_key) == 0)
		warn(entries, "the table holds no alias: all mail is refused");
	check_bounce_address(&walk);
	for (guint i = 0; i < inner->len; i++)
		if (!g_hash_table_contains(heights, inner->pdata[i]))
			walk_from(&walk, inner->pdata[i], 1);
	return report_end(&walk.report, "table", error);
}
