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
 *
 * A reader that finds the file of the current slot written in place makes no
 * slot the current one.
 */
#define SLOTS 4
#define NO_SLOT (-1)

typedef struct Slot {
	atomic_int readers;
	/* The rest is the writer's while the slot is not current. */
	bool open;
	int fd; /* to see that nobody writes to it */
	struct cdb cdb;
	struct stat file; /* which file it is, and in which state */
} Slot;

struct Table {
	char *path;
	Slot slots[SLOTS];
	atomic_int current;   /* of slots, or NO_SLOT */
	atomic_llong look_at; /* seconds: next stat */
	atomic_flag writing;  /* there is one writer */
	/* The rest is the writer's. */
	struct stat last;    /* the file that was loaded last */
	struct stat refused; /* the one that was not, and was reported */
	void (*report)(const char *text); /* or NULL */
};

/* Seconds without a look after which the next one is not left to a thread. */
#define QUIET 2

/* Seconds for which a file that was written in place must be left alone. */
#define SETTLED 2

static bool
same_inode(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Not the time of change: that of a file that is replaced changes, too. */
static bool
same_file(const struct stat *a, const struct stat *b)
{
	return same_inode(a, b) && a->st_size == b->st_size &&
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
	close(slot->fd);
}

/* The hash tables are the last in the file: one that was cut is short of
 * them, and would not hold what it holds. */
static bool
is_whole(struct cdb *cdb)
{
	guint64 end = 0;

	for (const guint8 *head = cdb->cdb_mem; head < cdb->cdb_mem + 2048;
	     head += 8)
		end = MAX(end, cdb_unpack(head) + 8ULL * cdb_unpack(head + 4));
	return end == cdb->cdb_fsize &&
	       cdb_find(cdb, TABLE_SENTINEL, (unsigned)strlen(TABLE_SENTINEL)) >
		   0;
}

/* One of the 256 hash tables: is it filled by half, as it was made, and leads
 * each slot to a key with that hash? */
static bool
is_consistent(const struct cdb *cdb, guint table)
{
	const guint8 *head = cdb->cdb_mem + (gsize)table * 8;
	const guint8 *slot = cdb->cdb_mem + cdb_unpack(head);
	guint slots = cdb_unpack(head + 4), used = 0;

	for (guint i = 0; i < slots; i++, slot += 8) {
		gsize at = cdb_unpack(slot + 4);
		if (at == 0)
			continue;
		if (at + 8 > cdb->cdb_fsize)
			return false;
		gsize len = cdb_unpack(cdb->cdb_mem + at);
		if (at + 8 + len > cdb->cdb_fsize ||
		    cdb_hash(cdb->cdb_mem + at + 8, (unsigned)len) !=
			cdb_unpack(slot))
			return false;
		used++;
	}
	return used * 2 == slots;
}

/* Was it written to since it was loaded? */
static bool
is_rewritten(const Table *table, const struct stat *file)
{
	return same_inode(file, &table->last) && !same_file(file, &table->last);
}

/* While it is being written in place, half of it may look like a table. */
static bool
is_settled(const Table *table, const struct stat *file)
{
	gint64 now = g_get_real_time() / G_USEC_PER_SEC;

	return !is_rewritten(table, file) ||
	       ABS(now - file->st_mtim.tv_sec) >= SETTLED;
}

/* One that was written in place is read through: it may have holes. */
static bool
is_usable(Slot *slot, const Table *table)
{
	bool usable = is_whole(&slot->cdb);

	if (is_rewritten(table, &slot->file))
		for (guint i = 0; usable && i < 256; i++)
			usable = is_consistent(&slot->cdb, i);
	return usable;
}

/* slot->fd is closed by the caller on failure. */
static bool
slot_load(Slot *slot, const Table *table, GError **error)
{
	if (fstat(slot->fd, &slot->file) != 0)
		return failure_set(error, FAILURE_TEMPORARY,
		    "no alias table: %s: %s", table->path, g_strerror(errno));
	if (!is_settled(table, &slot->file))
		return failure_set(error, FAILURE_TEMPORARY,
		    "%s was written in place: it is used when it is whole "
		    "and was left alone for %d seconds",
		    table->path, SETTLED);
	bool mapped = cdb_init(&slot->cdb, slot->fd) == 0;
	if (!mapped && errno != EPROTO)
		return failure_set(error, FAILURE_TEMPORARY,
		    "no alias table: %s: %s", table->path, g_strerror(errno));
	if (mapped && is_usable(slot, table))
		return true;
	if (mapped)
		cdb_free(&slot->cdb);
	return failure_set(error, FAILURE_TEMPORARY,
	    "%s is not a whole alias table: run 'aliasbridge build' or "
	    "'aliasbridge sync'",
	    table->path);
}

static bool
slot_open(Slot *slot, const Table *table, GError **error)
{
	slot->fd = open(table->path, O_RDONLY | O_CLOEXEC);
	if (slot->fd < 0)
		return failure_set(error, FAILURE_TEMPORARY,
		    "no alias table: %s: %s", table->path, g_strerror(errno));
	slot->open = slot_load(slot, table, error);
	if (!slot->open)
		close(slot->fd);
	return slot->open;
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

/* Under writing: once for each file. */
static void
report(Table *table, const GError *why)
{
	struct stat st;

	if (!table->report || stat(table->path, &st) != 0)
		return;
	bool known = is_settled(table, &st) ? same_file(&st, &table->refused)
					    : same_inode(&st, &table->refused);
	if (known)
		return;
	table->refused = st;
	g_autofree char *text = g_strdup_printf("%s%s", why->message,
	    atomic_load(&table->current) == NO_SLOT
		? ""
		: "; the table before it stays in use");
	table->report(text);
}

/* Under writing: a slot with the file that is there now, or NULL. */
static Slot *
load(Table *table, GError **error)
{
	g_autoptr(GError) why = NULL;
	Slot *slot = sweep(table);

	if (!slot) {
		failure_set(error, FAILURE_TEMPORARY,
		    "%s: old tables are still in use", table->path);
		return NULL;
	}
	if (slot_open(slot, table, &why)) {
		table->last = slot->file;
		table->refused = (struct stat){0};
		return slot;
	}
	report(table, why);
	g_propagate_error(error, g_steal_pointer(&why));
	return NULL;
}

/* Under writing. */
static bool
swap(Table *table, GError **error)
{
	Slot *slot = load(table, error);

	if (slot)
		atomic_store(&table->current, (int)(slot - table->slots));
	return slot != NULL;
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
	swap(table, NULL);
	return table;
}

void
table_report_to(Table *table, void (*say)(const char *text))
{
	writing_wait(table);
	table->report = say;
	if (atomic_load(&table->current) == NO_SLOT)
		swap(table, NULL);
	atomic_flag_clear(&table->writing);
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
		swap(table, NULL);
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
	Slot *slot = load(table, NULL);

	if (slot) {
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
		swap(table, NULL);
	atomic_flag_clear(&table->writing);
}

/* There is no table: each lookup tries, it has nothing else. Others that are
 * at it are waited for, so that none of them fails when it is there. */
static void
open_first(Table *table, GError **error)
{
	writing_wait(table);
	if (atomic_load(&table->current) == NO_SLOT)
		swap(table, error);
	atomic_flag_clear(&table->writing);
}

/* Under a count on slot. What was written in place may end, or hold zeros,
 * anywhere. */
static bool
is_intact(const Slot *slot)
{
	struct stat st;

	return fstat(slot->fd, &st) == 0 && same_file(&st, &slot->file);
}

/* Give slot back. */
static void
release(Slot *slot)
{
	atomic_fetch_sub(&slot->readers, 1);
}

/* Give slot back, and up if its file was written in place: then what was read
 * from it is no answer. */
static bool
release_intact(Table *table, Slot *slot)
{
	int index = (int)(slot - table->slots);
	bool intact = is_intact(slot);

	if (!intact)
		atomic_compare_exchange_strong(
		    &table->current, &index, NO_SLOT);
	release(slot);
	return intact;
}

/* The current slot, counted on, or NULL. */
static Slot *
try_hold(Table *table)
{
	int current;

	while ((current = atomic_load(&table->current)) != NO_SLOT) {
		Slot *slot = &table->slots[current];
		atomic_fetch_add(&slot->readers, 1);
		if (atomic_load(&table->current) != current)
			release(slot);
		else if (is_intact(slot))
			return slot;
		else
			release_intact(table, slot);
	}
	return NULL;
}

static bool
changed_meanwhile(const Table *table, GError **error)
{
	return failure_set(error, FAILURE_TEMPORARY,
	    "%s was written in place while it was read", table->path);
}

static Slot *
hold(Table *table, GError **error)
{
	g_autoptr(GError) why = NULL;

	look_for_new(table);
	Slot *slot = try_hold(table);
	if (slot)
		return slot;
	open_first(table, &why);
	slot = try_hold(table);
	if (!slot && why)
		g_propagate_error(error, g_steal_pointer(&why));
	else if (!slot)
		changed_meanwhile(table, error);
	return slot;
}

/* One lookup: cdb_find writes into its argument, so each has its own. */
typedef struct Lookup {
	struct cdb cdb;         /* a copy */
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

	g_set_error(
	    resolver->error, FAILURE, FAILURE_TEMPORARY, "%s: %s", key, why);
	return false;
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

/* Give slot back after this result of a lookup in it. A record that was found
 * was read whole. */
static TableResult
finish(Table *table, Slot *slot, TableResult result, GError **error)
{
	if (result == TABLE_FOUND) {
		release(slot);
		return result;
	}
	if (release_intact(table, slot) || result == TABLE_FAILED)
		return result;
	changed_meanwhile(table, error);
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
		Slot *slot = hold(table, error);
		if (!slot)
			return TABLE_FAILED;
		TableResult result =
		    lookup_in(slot, address, delimiters, now, match, error);
		bool outdated = again > 0 && result == TABLE_ABSENT &&
				is_outdated(table, slot);
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
	Slot *slot = hold(table, error);

	if (!slot)
		return TABLE_FAILED;
	Lookup lookup = {slot->cdb, NULL, 0};
	TableResult result =
	    folded ? find(&lookup, folded, alias, error) : TABLE_ABSENT;
	return finish(table, slot, result, error);
}

bool
table_is_there(Table *table, GError **error)
{
	Slot *slot = hold(table, error);

	if (slot)
		release(slot);
	return slot != NULL;
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
	Slot *slot = hold(table, error);

	if (!slot)
		return false;
	struct cdb cdb = slot->cdb;
	bool done = each_entry(&cdb, each, context, error);
	bool intact = release_intact(table, slot);
	return done && (intact || changed_meanwhile(table, error));
}
