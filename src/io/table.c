/* SPDX-License-Identifier: MIT */
#include "io/table.h"

#include <string.h>

#include "core/bounds.h"
#include "core/failure.h"
#include "core/table_format.h"
#include "io/table_slot.h"

/* One lookup. */
typedef struct Lookup {
	struct cdb cdb;
	const char *delimiters; /* borrowed */
	gint64 now;
} Lookup;

static TableResult
damaged(GError **error)
{
	failure_set(error, FAILURE_TEMPORARY,
	    "the alias table is damaged: run 'aliasbridge build' or "
	    "'aliasbridge sync'");
	return TABLE_FAILED;
}

static TableResult
find(Lookup *lookup, const char *key, Alias **alias, GError **error)
{
	struct cdb *cdb = &lookup->cdb;
	int found = cdb_find(cdb, key, (unsigned)strlen(key));
	const char *record = found > 0 ? cdb_getdata(cdb) : NULL;

	if (found == 0)
		return TABLE_ABSENT;
	if (!record)
		return damaged(error);
	*alias = alias_from_record(key, record, cdb_datalen(cdb), error);
	return *alias ? TABLE_FOUND : TABLE_FAILED;
}

static TableResult
find_domain(Lookup *lookup, const char *domain, GError **error)
{
	char key[sizeof TABLE_DOMAIN_PREFIX + BOUND_DOMAIN];
	gsize prefix = sizeof TABLE_DOMAIN_PREFIX - 1;
	gsize len = strlen(domain);

	if (len > BOUND_DOMAIN)
		return TABLE_ABSENT;
	memcpy(key, TABLE_DOMAIN_PREFIX, prefix);
	memcpy(key + prefix, domain, len);
	int found = cdb_find(&lookup->cdb, key, (unsigned)(prefix + len));
	if (found < 0)
		return damaged(error);
	return found > 0 ? TABLE_FOUND : TABLE_ABSENT;
}

static TableResult
find_key(Lookup *lookup, const Address *address, const char *key,
    AliasRule rule, Alias **alias, GError **error)
{
	bool anywhere = rule == ALIAS_MAILBOX || rule == ALIAS_ANY;
	TableResult handled = anywhere
				  ? find_domain(lookup, address->domain, error)
				  : TABLE_FOUND;

	return handled == TABLE_FOUND ? find(lookup, key, alias, error)
				      : handled;
}

static TableResult
find_address(Lookup *lookup, const Address *address, Alias **alias,
    AliasRule *rule, GError **error)
{
	char *keys[ALIAS_MAX_KEYS];
	AliasRule rules[ALIAS_MAX_KEYS];
	TableResult result = TABLE_ABSENT;
	guint count = alias_keys(address, lookup->delimiters, keys, rules);

	for (guint i = 0; i < count && result == TABLE_ABSENT; i++) {
		result =
		    find_key(lookup, address, keys[i], rules[i], alias, error);
		*rule = rules[i];
	}
	for (guint i = 0; i < count; i++)
		g_free(keys[i]);
	return result;
}

/* The mailboxes behind an alias, other aliases followed. */
typedef struct Resolver {
	Lookup *lookup;
	GPtrArray *mailboxes; /* of char *, owned */
	GHashTable *seen;     /* folded mailboxes and keys of aliases */
	GError **error;
} Resolver;

static bool
give_up(Resolver *resolver, const Alias *alias, const char *why)
{
	g_autofree char *key = failure_mask(alias->key, -1, 100);

	return failure_set(
	    resolver->error, FAILURE_TEMPORARY, "%s: %s", key, why);
}

static bool resolve(Resolver *resolver, const Alias *alias, guint depth);

/* Is target at a domain where aliases live? */
static TableResult
find_target_domain(Lookup *lookup, const char *target, GError **error)
{
	const char *at = strrchr(target, '@');

	return at ? find_domain(lookup, at + 1, error) : TABLE_ABSENT;
}

static TableResult
find_target(Resolver *resolver, const char *target, Alias **inner)
{
	AliasRule rule;
	TableResult handled =
	    find_target_domain(resolver->lookup, target, resolver->error);

	if (handled != TABLE_FOUND)
		return handled;
	g_autoptr(Address) address = address_parse(target, -1, NULL);
	return address ? find_address(resolver->lookup, address, inner, &rule,
			     resolver->error)
		       : TABLE_ABSENT;
}

static bool
resolve_target(
    Resolver *resolver, const Alias *alias, const char *target, guint depth)
{
	g_autoptr(Alias) inner = NULL;
	TableResult result = find_target(resolver, target, &inner);

	if (result == TABLE_FAILED)
		return false;
	if (result == TABLE_ABSENT) {
		if (g_hash_table_add(
			resolver->seen, g_ascii_strdown(target, -1)))
			g_ptr_array_add(resolver->mailboxes, g_strdup(target));
		return resolver->mailboxes->len <= BOUND_TABLE_MAILBOXES ||
		       give_up(resolver, alias, "leads to too many mailboxes");
	}
	if (!alias_is_active(inner, resolver->lookup->now) ||
	    !g_hash_table_add(resolver->seen, g_strdup(inner->key)))
		return true;
	return resolve(resolver, inner, depth + 1);
}

static bool
resolve(Resolver *resolver, const Alias *alias, guint depth)
{
	if (depth > BOUND_ALIAS_DEPTH)
		return give_up(
		    resolver, alias, "aliases lead to aliases too deep");
	for (char **target = alias->targets; *target; target++)
		if (!resolve_target(resolver, alias, *target, depth))
			return false;
	return true;
}

static char **
follow(Lookup *lookup, const Alias *alias, GError **error)
{
	g_autoptr(GPtrArray) mailboxes = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GHashTable) seen =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	Resolver resolver = {lookup, mailboxes, seen, error};

	g_hash_table_add(seen, g_strdup(alias->key));
	if (!resolve(&resolver, alias, 1))
		return NULL;
	if (mailboxes->len == 0) {
		give_up(&resolver, alias,
		    "every alias that it leads to is disabled or over");
		return NULL;
	}
	g_ptr_array_add(mailboxes, NULL);
	return (char **)g_ptr_array_free(g_steal_pointer(&mailboxes), FALSE);
}

static char **
mailboxes_of(Lookup *lookup, const Alias *alias, GError **error)
{
	bool inner = false;

	for (char **target = alias->targets; *target && !inner; target++)
		inner =
		    find_target_domain(lookup, *target, NULL) != TABLE_ABSENT;
	if (!inner || !alias_is_active(alias, lookup->now))
		return g_strdupv(alias->targets);
	return follow(lookup, alias, error);
}

static TableResult
lookup_in(const TableSlot *slot, const Address *address, const char *delimiters,
    gint64 now, TableMatch *match, GError **error)
{
	Lookup lookup = {table_slot_cdb(slot), delimiters, now};
	g_autoptr(Alias) alias = NULL;
	AliasRule rule = ALIAS_EXACT;
	TableResult result =
	    find_address(&lookup, address, &alias, &rule, error);

	if (result != TABLE_FOUND)
		return result;
	char **targets = mailboxes_of(&lookup, alias, error);
	if (!targets)
		return TABLE_FAILED;
	*match = (TableMatch){g_steal_pointer(&alias), rule, targets};
	return TABLE_FOUND;
}

/* Give slot back after this result of a lookup in it. A record that was found
 * was read whole. */
static TableResult
finish(Table *table, TableSlot *slot, TableResult result, GError **error)
{
	if (result == TABLE_FOUND) {
		table_slot_release(slot);
		return result;
	}
	if (table_slot_release_intact(table, slot) || result == TABLE_FAILED)
		return result;
	table_changed_meanwhile(table, error);
	return TABLE_FAILED;
}

TableResult
table_lookup(Table *table, const Address *address, const char *delimiters,
    gint64 now, TableMatch *match, GError **error)
{
	/* After a quiet time this table may be an old one. That the address
	 * is no alias is final for its sender: not said but from the newest.
	 * Twice is enough where tables come faster than that. */
	for (int again = 1;; again--) {
		TableSlot *slot = table_slot_hold(table, error);
		if (!slot)
			return TABLE_FAILED;
		TableResult result =
		    lookup_in(slot, address, delimiters, now, match, error);
		bool outdated = again > 0 && result == TABLE_ABSENT &&
				table_slot_is_outdated(table, slot);
		result = finish(table, slot, result, error);
		if (!outdated || result == TABLE_FAILED)
			return result;
		table_refresh(table);
	}
}

void
table_match_clear(TableMatch *match)
{
	alias_free(match->alias);
	g_strfreev(match->targets);
	*match = (TableMatch){0};
}

TableResult
table_get(Table *table, const char *key, Alias **alias, GError **error)
{
	g_autofree char *folded = alias_fold_key(key, NULL);
	TableSlot *slot = table_slot_hold(table, error);

	if (!slot)
		return TABLE_FAILED;
	Lookup lookup = {table_slot_cdb(slot), NULL, 0};
	TableResult result =
	    folded ? find(&lookup, folded, alias, error) : TABLE_ABSENT;
	return finish(table, slot, result, error);
}

/* The record at which cdb_seqnext stopped; NULL: one of ours, or damaged. */
static Alias *
entry_here(struct cdb *cdb, GError **error)
{
	const char *key = cdb_getkey(cdb);
	const char *record = cdb_getdata(cdb);

	if (!key || !record || cdb_keylen(cdb) == 0) {
		damaged(error);
		return NULL;
	}
	if ((guchar)*key < ' ')
		return NULL;
	g_autofree char *text = g_strndup(key, cdb_keylen(cdb));
	return alias_from_record(text, record, cdb_datalen(cdb), error);
}

static bool
each_entry(struct cdb *cdb, bool (*each)(const Alias *, void *), void *context,
    GError **error)
{
	GError *why = NULL;
	bool more = true;
	unsigned at;
	int next = 1;

	cdb_seqinit(&at, cdb);
	while (more && !why && (next = cdb_seqnext(&at, cdb)) > 0) {
		g_autoptr(Alias) alias = entry_here(cdb, &why);
		if (alias)
			more = each(alias, context);
	}
	if (next < 0)
		damaged(&why);
	if (why)
		g_propagate_error(error, why);
	return !why;
}

bool
table_each(Table *table, bool (*each)(const Alias *alias, void *context),
    void *context, GError **error)
{
	TableSlot *slot = table_slot_hold(table, error);

	if (!slot)
		return false;
	struct cdb cdb = table_slot_cdb(slot);
	bool done = each_entry(&cdb, each, context, error);
	bool intact = table_slot_release_intact(table, slot);
	return done && (intact || table_changed_meanwhile(table, error));
}
