/* SPDX-License-Identifier: MIT */
#include "io/table.h"

#include <cdb.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/bounds.h"
#include "core/failure.h"
#include "io/table_format.h"

/*
 * Snapshots live in a few slots. A reader counts itself into the current
 * slot, then looks whether it still is the current one, and else tries again.
 * The one writer fills a slot that nobody counts on, makes it current, and
 * closes the slot before it once its count is zero. All is sequentially
 * consistent, so either the reader sees that the slot is no longer current,
 * or the writer sees the reader. A reader that lost the race touches nothing
 * but the count.
 */
#define SLOTS 4
#define NO_SLOT (-1)

typedef struct Slot {
	atomic_int readers;
	/* The rest is the writer's while the slot is not current. */
	bool open;
	struct cdb cdb;
	struct stat file; /* which file it is */
} Slot;

struct Table {
	char *path;
	Slot slots[SLOTS];
	atomic_int current;   /* of slots, or NO_SLOT */
	atomic_llong look_at; /* seconds: next stat */
	atomic_flag writing;  /* there is one writer */
};

/* Seconds without a look after which the next one is not left to a thread. */
#define QUIET 2

static bool
same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	       a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static void
slot_close(Slot *slot)
{
	if (!slot->open)
		return;
	slot->open = false;
	cdb_free(&slot->cdb);
}

static bool
slot_load(Slot *slot, int fd)
{
	if (fstat(fd, &slot->file) != 0 || cdb_init(&slot->cdb, fd) != 0)
		return false;
	slot->open = true;
	/* The descriptor is not needed once it is mapped. */
	slot->cdb.cdb_fd = -1;
	if (cdb_find(&slot->cdb, TABLE_SENTINEL,
		(unsigned)strlen(TABLE_SENTINEL)) > 0)
		return true;
	slot_close(slot);
	errno = EILSEQ;
	return false;
}

/* errno says why not. */
static bool
slot_open(Slot *slot, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	bool loaded = slot_load(slot, fd);
	int saved = errno;
	close(fd);
	errno = saved;
	return loaded;
}

/* Under writing: close what is neither current nor read; a slot to fill, or
 * NULL when readers hold all. */
static Slot *
sweep(Table *table)
{
	int current = atomic_load(&table->current);
	Slot *empty = NULL;

	for (int i = 0; i < SLOTS; i++) {
		Slot *slot = &table->slots[i];
		if (i == current || atomic_load(&slot->readers) > 0)
			continue;
		slot_close(slot);
		empty = slot;
	}
	return empty;
}

/* Under writing. Is there a file that is not the current one? */
static bool
is_new(Table *table)
{
	int current = atomic_load(&table->current);
	struct stat st;

	return stat(table->path, &st) == 0 &&
	       (current == NO_SLOT ||
		   !same_file(&st, &table->slots[current].file));
}

/* Under writing. errno says why not. */
static bool
swap(Table *table)
{
	Slot *slot = sweep(table);

	errno = EBUSY;
	if (!slot || !slot_open(slot, table->path))
		return false;
	atomic_store(&table->current, (int)(slot - table->slots));
	return true;
}

static gint64
seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return now.tv_sec;
}

static void
writing_wait(Table *table)
{
	while (atomic_flag_test_and_set(&table->writing))
		g_usleep(1000);
}

Table *
table_open(const char *directory)
{
	Table *table = g_new0(Table, 1);

	table->path = g_build_filename(directory, TABLE_ENTRIES, NULL);
	atomic_init(&table->current, NO_SLOT);
	atomic_flag_clear(&table->writing);
	atomic_init(&table->look_at, seconds_now() + 1);
	swap(table);
	return table;
}

void
table_free(Table *table)
{
	if (!table)
		return;
	/* An opener lets go of the flag as the last thing it does. */
	writing_wait(table);
	for (int i = 0; i < SLOTS; i++)
		slot_close(&table->slots[i]);
	g_free(table->path);
	g_free(table);
}

void
table_refresh(Table *table)
{
	writing_wait(table);
	if (is_new(table))
		swap(table);
	else
		sweep(table);
	atomic_flag_clear(&table->writing);
}

/* So that no lookup waits for pages to be mapped. */
static void
prefault(const Slot *slot)
{
#ifdef MADV_POPULATE_READ
	/* The address came from mmap; madvise wants it without const. */
	madvise((void *)(gsize)slot->cdb.cdb_mem, slot->cdb.cdb_fsize,
	    MADV_POPULATE_READ);
#else
	(void)slot;
#endif
}

/* Opening and, above all, unmapping a big table takes longer than a lookup
 * may: a thread does it, holding the flag. */
static void *
opener(void *data)
{
	Table *table = data;
	Slot *slot = sweep(table);

	if (slot && slot_open(slot, table->path)) {
		prefault(slot);
		atomic_store(&table->current, (int)(slot - table->slots));
	}
	/* Readers of the old one hold it for microseconds; if one is left,
	 * the next look closes it. */
	g_usleep(10000);
	sweep(table);
	atomic_flag_clear(&table->writing);
	return NULL;
}

static void
start_opener(Table *table)
{
	pthread_attr_t detached;
	pthread_t thread;

	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	if (pthread_create(&thread, &detached, opener, table) != 0)
		atomic_flag_clear(&table->writing);
	pthread_attr_destroy(&detached);
}

/* At most once a second, and by one of the readers alone. Where nobody looked
 * for longer the reader waits: it would answer from a table of long ago. */
static void
look_for_new(Table *table)
{
	long long now = seconds_now();
	long long due =
	    atomic_load_explicit(&table->look_at, memory_order_relaxed);

	if (now < due || atomic_load(&table->current) == NO_SLOT ||
	    !atomic_compare_exchange_strong(&table->look_at, &due, now + 1) ||
	    atomic_flag_test_and_set(&table->writing))
		return;
	if (is_new(table) && now - due < QUIET) {
		start_opener(table);
		return;
	}
	if (is_new(table))
		swap(table);
	atomic_flag_clear(&table->writing);
}

/* There never was a table: each lookup tries, it has nothing else. Others that
 * are at it are waited for, so that none of them fails when it is there. */
static void
open_first(Table *table, int *why)
{
	writing_wait(table);
	if (atomic_load(&table->current) == NO_SLOT && !swap(table))
		*why = errno;
	atomic_flag_clear(&table->writing);
}

/* The current slot, counted on, or NULL. */
static Slot *
try_hold(Table *table)
{
	int current;

	while ((current = atomic_load(&table->current)) != NO_SLOT) {
		Slot *slot = &table->slots[current];
		atomic_fetch_add(&slot->readers, 1);
		if (atomic_load(&table->current) == current)
			return slot;
		atomic_fetch_sub(&slot->readers, 1);
	}
	return NULL;
}

static Slot *
hold(Table *table, GError **error)
{
	int why = EAGAIN;

	look_for_new(table);
	Slot *slot = try_hold(table);
	if (!slot) {
		open_first(table, &why);
		slot = try_hold(table);
	}
	if (!slot)
		g_set_error(error, FAILURE, FAILURE_TEMPORARY,
		    "no alias table: %s: %s", table->path, g_strerror(why));
	return slot;
}

static void
release(Slot *slot)
{
	atomic_fetch_sub(&slot->readers, 1);
}

/* One lookup: cdb_find writes into its argument, so each has its own. */
typedef struct Lookup {
	struct cdb cdb;         /* a copy */
	const char *delimiters; /* borrowed */
	gint64 now;
} Lookup;

static TableResult
find(Lookup *lookup, const char *key, Alias **alias, GError **error)
{
	struct cdb *cdb = &lookup->cdb;
	int found = cdb_find(cdb, key, (unsigned)strlen(key));
	const char *record = found > 0 ? cdb_getdata(cdb) : NULL;

	if (found == 0)
		return TABLE_ABSENT;
	if (!record) {
		g_set_error_literal(error, FAILURE, FAILURE_TEMPORARY,
		    "the alias table is damaged");
		return TABLE_FAILED;
	}
	*alias = alias_from_record(key, record, cdb_datalen(cdb), error);
	return *alias ? TABLE_FOUND : TABLE_FAILED;
}

static bool
is_handled(Lookup *lookup, const char *domain)
{
	char key[sizeof TABLE_DOMAIN_PREFIX + BOUND_DOMAIN];
	gsize prefix = sizeof TABLE_DOMAIN_PREFIX - 1;
	gsize len = strlen(domain);

	if (len > BOUND_DOMAIN)
		return false;
	memcpy(key, TABLE_DOMAIN_PREFIX, prefix);
	memcpy(key + prefix, domain, len);
	return cdb_find(&lookup->cdb, key, (unsigned)(prefix + len)) > 0;
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
		bool anywhere =
		    rules[i] == ALIAS_MAILBOX || rules[i] == ALIAS_ANY;
		if (anywhere && !is_handled(lookup, address->domain))
			break;
		result = find(lookup, keys[i], alias, error);
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

	g_set_error(
	    resolver->error, FAILURE, FAILURE_TEMPORARY, "%s: %s", key, why);
	return false;
}

static bool resolve(Resolver *resolver, const Alias *alias, guint depth);

static bool
is_inner(Lookup *lookup, const char *target)
{
	const char *at = strrchr(target, '@');

	return at && is_handled(lookup, at + 1);
}

static TableResult
find_target(Resolver *resolver, const char *target, Alias **inner)
{
	AliasRule rule;

	if (!is_inner(resolver->lookup, target))
		return TABLE_ABSENT;
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
		inner = is_inner(lookup, *target);
	if (!inner || !alias_is_active(alias, lookup->now))
		return g_strdupv(alias->targets);
	return follow(lookup, alias, error);
}

static TableResult
lookup_in(const Slot *slot, const Address *address, const char *delimiters,
    gint64 now, TableMatch *match, GError **error)
{
	Lookup lookup = {slot->cdb, delimiters, now};
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

/* Has another file taken the place of the one that slot holds? */
static bool
is_outdated(const Table *table, const Slot *slot)
{
	struct stat st;

	return stat(table->path, &st) == 0 && !same_file(&st, &slot->file);
}

TableResult
table_lookup(Table *table, const Address *address, const char *delimiters,
    gint64 now, TableMatch *match, GError **error)
{
	/* After a quiet time this table may be an old one. That the address
	 * is no alias is final for its sender: not said but from the newest.
	 * Twice is enough where tables come faster than that. */
	for (int again = 1;; again--) {
		Slot *slot = hold(table, error);
		if (!slot)
			return TABLE_FAILED;
		TableResult result =
		    lookup_in(slot, address, delimiters, now, match, error);
		bool outdated = again > 0 && result == TABLE_ABSENT &&
				is_outdated(table, slot);
		release(slot);
		if (!outdated)
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
	Slot *slot = hold(table, error);

	if (!slot)
		return TABLE_FAILED;
	Lookup lookup = {slot->cdb, NULL, 0};
	TableResult result =
	    folded ? find(&lookup, folded, alias, error) : TABLE_ABSENT;
	release(slot);
	return result;
}

/* The record at which cdb_seqnext stopped; NULL: one of ours, or damaged. */
static Alias *
entry_here(struct cdb *cdb, GError **error)
{
	const char *key = cdb_getkey(cdb);
	const char *record = cdb_getdata(cdb);

	if (!key || !record || cdb_keylen(cdb) == 0) {
		g_set_error_literal(error, FAILURE, FAILURE_TEMPORARY,
		    "the alias table is damaged");
		return NULL;
	}
	if (*key < ' ')
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

	cdb_seqinit(&at, cdb);
	while (more && !why && cdb_seqnext(&at, cdb) > 0) {
		g_autoptr(Alias) alias = entry_here(cdb, &why);
		if (alias)
			more = each(alias, context);
	}
	if (why)
		g_propagate_error(error, why);
	return !why;
}

bool
table_each(Table *table, bool (*each)(const Alias *alias, void *context),
    void *context, GError **error)
{
	Slot *slot = hold(table, error);

	if (!slot)
		return false;
	struct cdb cdb = slot->cdb;
	bool done = each_entry(&cdb, each, context, error);
	release(slot);
	return done;
}
