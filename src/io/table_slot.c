/* SPDX-License-Identifier: MIT */
#include "io/table_slot.h"

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
#include "core/table_format.h"

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

struct TableSlot {
	atomic_int readers;
	/* The rest is the writer's while the slot is not current. */
	bool open;
	int fd; /* to see that nobody writes to it */
	struct cdb cdb;
	struct stat file; /* which file it is, and in which state */
};

struct Table {
	char *path;
	TableSlot slots[SLOTS];
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
slot_close(TableSlot *slot)
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
is_usable(TableSlot *slot, const Table *table)
{
	bool usable = is_whole(&slot->cdb);

	if (is_rewritten(table, &slot->file))
		for (guint i = 0; usable && i < 256; i++)
			usable = is_consistent(&slot->cdb, i);
	return usable;
}

/* slot->fd is closed by the caller on failure. */
static bool
slot_load(TableSlot *slot, const Table *table, GError **error)
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
slot_open(TableSlot *slot, const Table *table, GError **error)
{
	slot->fd = open(table->path, O_RDONLY | O_CLOEXEC);
	if (slot->fd < 0)
		return failure_set(error, FAILURE_TEMPORARY,
		    "no alias table: %s: %s%s", table->path, g_strerror(errno),
		    errno == ENOENT ? ": run 'aliasbridge build' or "
				      "'aliasbridge sync'"
				    : "");
	slot->open = slot_load(slot, table, error);
	if (!slot->open)
		close(slot->fd);
	return slot->open;
}

/* Under writing: close what is neither current nor read; a slot to fill, or
 * NULL when readers hold all. */
static TableSlot *
sweep(Table *table)
{
	int current = atomic_load(&table->current);
	TableSlot *empty = NULL;

	for (int i = 0; i < SLOTS; i++) {
		TableSlot *slot = &table->slots[i];
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
report_refused(Table *table, const GError *why)
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
static TableSlot *
load(Table *table, GError **error)
{
	g_autoptr(GError) why = NULL;
	TableSlot *slot = sweep(table);

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
	report_refused(table, why);
	g_propagate_error(error, g_steal_pointer(&why));
	return NULL;
}

/* Under writing. */
static bool
swap(Table *table, GError **error)
{
	TableSlot *slot = load(table, error);

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
table_report_to(Table *table, void (*report)(const char *text))
{
	writing_wait(table);
	table->report = report;
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

/* Octets mapped at once: who wants memory meanwhile waits for no more. */
#define PREFAULT ((gsize)2 * 1024 * 1024)

/* So that no lookup waits for pages to be mapped. */
static void
prefault(const TableSlot *slot)
{
#ifdef MADV_POPULATE_READ
	/* The address came from mmap; madvise wants it without const. */
	char *octets = (char *)(gsize)slot->cdb.cdb_mem;
	gsize len = slot->cdb.cdb_fsize;

	for (gsize at = 0; at < len; at += PREFAULT)
		madvise(
		    octets + at, MIN(PREFAULT, len - at), MADV_POPULATE_READ);
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
	TableSlot *slot = load(table, NULL);

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
is_intact(const TableSlot *slot)
{
	struct stat st;

	return fstat(slot->fd, &st) == 0 && same_file(&st, &slot->file);
}

void
table_slot_release(TableSlot *slot)
{
	atomic_fetch_sub(&slot->readers, 1);
}

bool
table_slot_release_intact(Table *table, TableSlot *slot)
{
	int index = (int)(slot - table->slots);
	bool intact = is_intact(slot);

	if (!intact)
		atomic_compare_exchange_strong(
		    &table->current, &index, NO_SLOT);
	table_slot_release(slot);
	return intact;
}

/* The current slot, counted on, or NULL. */
static TableSlot *
try_hold(Table *table)
{
	int current;

	while ((current = atomic_load(&table->current)) != NO_SLOT) {
		TableSlot *slot = &table->slots[current];
		atomic_fetch_add(&slot->readers, 1);
		if (atomic_load(&table->current) != current)
			table_slot_release(slot);
		else if (is_intact(slot))
			return slot;
		else
			table_slot_release_intact(table, slot);
	}
	return NULL;
}

bool
table_changed_meanwhile(const Table *table, GError **error)
{
	return failure_set(error, FAILURE_TEMPORARY,
	    "%s was written in place while it was read", table->path);
}

TableSlot *
table_slot_hold(Table *table, GError **error)
{
	g_autoptr(GError) why = NULL;

	look_for_new(table);
	TableSlot *slot = try_hold(table);
	if (slot)
		return slot;
	open_first(table, &why);
	slot = try_hold(table);
	if (!slot && why)
		g_propagate_error(error, g_steal_pointer(&why));
	else if (!slot)
		table_changed_meanwhile(table, error);
	return slot;
}

struct cdb
table_slot_cdb(const TableSlot *slot)
{
	return slot->cdb;
}

bool
table_slot_is_outdated(const Table *table, const TableSlot *slot)
{
	struct stat st;

	return stat(table->path, &st) == 0 && !same_file(&st, &slot->file);
}

bool
table_is_there(Table *table, GError **error)
{
	TableSlot *slot = table_slot_hold(table, error);

	if (slot)
		table_slot_release(slot);
	return slot != NULL;
}
