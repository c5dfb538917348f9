/* SPDX-License-Identifier: MIT */
#include "core/table_entries_check.h"

#include <string.h>

#include "core/bounds.h"
#include "core/failure.h"
#include "core/fault_list.h"

/* A walk from alias to alias along targets. */
typedef struct Walk {
	TableEntries *entries; /* borrowed */
	const Policy *policy;  /* borrowed */
	GHashTable *heights;   /* Alias * -> aliases in the longest chain from
				  it; 0: on the path now */
	GString *path;         /* owned; "a -> b" */
	FaultList errors;
} Walk;

/* at: the alias where it ends. */
static bool
walk_stop(Walk *walk, const Alias *at, const char *what, const char *key)
{
	g_autofree char *place = table_entries_place(walk->entries, at->key);
	g_autofree char *line =
	    g_strdup_printf("%s: %s: %s%s", place, walk->path->str, what, key);
	g_autofree char *shown = failure_mask(line, -1, 1000);

	fault_list_add(&walk->errors, shown);
	return false;
}

static bool walk_from(Walk *walk, const Alias *alias, guint depth);

/* The alias at target, or NULL. */
static const Alias *
walk_next(Walk *walk, const Alias *alias, const char *target)
{
	const char *at = strrchr(target, '@');

	/* Nearly every target is elsewhere: look before parsing. */
	if (!at || !policy_handles_domain(walk->policy, at + 1))
		return NULL;
	g_autoptr(Address) address = address_parse(target, -1, NULL);
	const Alias *next =
	    address ? table_entries_find(walk->entries, address, walk->policy)
		    : NULL;
	if (next)
		return next;
	g_autofree char *place = table_entries_place(walk->entries, alias->key);
	table_entries_warn(walk->entries,
	    "%s: %s: target %s is at a handled domain, but no alias", place,
	    alias->key, target);
	return NULL;
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
		    walk, alias, "leads to itself by the target ", target);
	if (g_hash_table_contains(walk->heights, next)) {
		if (height_of(walk, next) == 0)
			return walk_stop(walk, alias,
			    "aliases in a circle, again at ", next->key);
	} else if (!walk_from(walk, next, depth + 1)) {
		return false;
	}
	*height = MAX(*height, height_of(walk, next) + 1);
	if (*height > BOUND_ALIAS_DEPTH)
		return walk_stop(walk, alias,
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
		return walk_stop(walk, alias,
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

	if (!found || strchr(found->key + (*found->key == '@'), '@'))
		return;
	g_autofree char *place = table_entries_place(walk->entries, found->key);
	table_entries_warn(walk->entries,
	    "%s: %s: this does not take the bounce_address %s: mail to that "
	    "ends here",
	    place, found->key, walk->policy->bounce_address);
}

static void
refuse_bounce_address(Walk *walk, const char *key)
{
	g_autoptr(Address) address = address_parse(key, -1, NULL);

	if (!address || !policy_is_bounce_address(walk->policy, address))
		return;
	g_autofree char *place = table_entries_place(walk->entries, key);
	g_autofree char *line = g_strdup_printf(
	    "%s: %s: this is the bounce_address %s of the configuration: mail "
	    "to it ends here, and never reaches a target",
	    place, key, walk->policy->bounce_address);
	g_autofree char *shown = failure_mask(line, -1, 1000);
	fault_list_add(&walk->errors, shown);
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
		if (at && policy_handles_domain(policy, at + 1))
			return true;
	}
	return false;
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
	Walk walk = {entries, policy, heights, path, FAULT_LIST_EMPTY};

	if (g_hash_table_size(entries->by_key) == 0)
		table_entries_warn(
		    entries, "the table holds no alias: all mail is refused");
	check_bounce_address(&walk);
	for (guint i = 0; i < inner->len; i++)
		if (!g_hash_table_contains(heights, inner->pdata[i]))
			walk_from(&walk, inner->pdata[i], 1);
	return fault_list_end(&walk.errors, "table", error);
}
