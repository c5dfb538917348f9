/* SPDX-License-Identifier: MIT */
#include "io/table_write.h"

#include <cdb.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/bounds.h"
#include "core/failure.h"
#include "io/table_format.h"
#include "io/table_state.h"

/* What one writing needs. */
typedef struct Cache {
	const char *directory;       /* borrowed */
	int fd;                      /* of the directory, locked */
	const TableEntries *entries; /* borrowed */
	const Policy *policy;        /* borrowed */
	char **keys;                 /* owned array; sorted */
	guint count;
	char *checksum; /* owned */
} Cache;

static bool
fail(const Cache *cache, const char *what, const char *name, GError **error)
{
	int saved = errno;

	g_set_error(error, FAILURE, FAILURE_TEMPORARY, "cannot %s %s/%s: %s",
	    what, cache->directory, name,
	    saved ? g_strerror(saved) : "the file is damaged");
	return false;
}

/* A cdb being made, or looked through. Stops at the first failure. */
typedef struct Maker {
	struct cdb_make make;
	struct cdb *against; /* borrowed; records are looked up here, not put;
				or NULL */
	const char *sentinel;
	gsize records;
	bool failed; /* errno says why */
} Maker;

static bool
holds(struct cdb *cdb, const char *key, const char *value)
{
	if (cdb_find(cdb, key, (unsigned)strlen(key)) <= 0 ||
	    cdb_datalen(cdb) != strlen(value))
		return false;
	const char *octets = cdb_getdata(cdb);
	return octets && memcmp(octets, value, strlen(value)) == 0;
}

static void
put(Maker *maker, const char *key, const char *value)
{
	if (maker->failed)
		return;
	if (maker->against) {
		maker->failed = !holds(maker->against, key, value);
		return;
	}
	if (++maker->records > BOUND_TABLE_RECORDS) {
		maker->failed = true;
		errno = EFBIG;
		return;
	}
	/* Keys and values without their NUL, in all files alike: Postfix
	 * takes the style of the first hit for all. */
	maker->failed = cdb_make_add(&maker->make, key, (unsigned)strlen(key),
			    value, (unsigned)strlen(value)) != 0;
}

static void
put_entries(Maker *maker, const Cache *cache)
{
	for (char **domain = cache->policy->domains; *domain; domain++) {
		g_autofree char *key =
		    g_strconcat(TABLE_DOMAIN_PREFIX, *domain, NULL);
		put(maker, key, *domain);
	}
	for (guint i = 0; i < cache->count; i++) {
		g_autofree char *record = alias_to_record(g_hash_table_lookup(
		    cache->entries->by_key, cache->keys[i]));
		put(maker, cache->keys[i], record);
	}
}

static bool
is_key(const Cache *cache, const char *key)
{
	return g_hash_table_contains(cache->entries->by_key, key);
}

/* A mailbox key or "@" at each handled domain where nothing that goes before
 * it in the order of lookup stands. */
static void
put_everywhere(
    Maker *maker, const Cache *cache, const char *key, const char *value)
{
	const char *local = strcmp(key, "@") == 0 ? "" : key;

	for (char **domain = cache->policy->domains; *domain; domain++) {
		g_autofree char *exact = g_strconcat(local, "@", *domain, NULL);
		const char *catch_all = exact + strlen(local);
		if (!is_key(cache, exact) && !is_key(cache, catch_all))
			put(maker, exact, value);
	}
}

static void
put_aliases(Maker *maker, const Cache *cache)
{
	for (guint i = 0; i < cache->count; i++) {
		const char *key = cache->keys[i];
		const Alias *alias =
		    g_hash_table_lookup(cache->entries->by_key, key);
		/* What cannot forward is left out, so that Postfix refuses
		 * it; an empty value would kill smtpd. */
		if (!alias->enabled || !alias->targets[0])
			continue;
		g_autofree char *value = g_strjoinv(", ", alias->targets);
		const char *at = strrchr(key, '@');
		if (at && at[1] != '\0')
			put(maker, key, value);
		else
			put_everywhere(maker, cache, key, value);
	}
}

static void
put_domains(Maker *maker, const Cache *cache)
{
	for (char **domain = cache->policy->domains; *domain; domain++)
		put(maker, *domain, *domain);
}

/* Does the cdb hold our sentinel and (count > 0) that many records? */
static bool
cdb_is_whole(int fd, const char *sentinel, const char *checksum, gsize count)
{
	struct cdb cdb;
	unsigned at;
	gsize found = 0;

	errno = 0;
	if (cdb_init(&cdb, fd) != 0)
		return false;
	bool whole = holds(&cdb, sentinel, checksum);
	cdb_seqinit(&at, &cdb);
	while (whole && count > 0 && cdb_seqnext(&at, &cdb) > 0)
		found++;
	cdb_free(&cdb);
	return whole && (count == 0 || found == count);
}

/* NAME.new, empty, for reading and writing. One that is left from a writing
 * that was killed may be another user's: root's, say. */
static int
open_new(const Cache *cache, const char *name)
{
	g_autofree char *beside = g_strconcat(name, ".new", NULL);

	if (unlinkat(cache->fd, beside, 0) != 0 && errno != ENOENT)
		return -1;
	int fd = openat(cache->fd, beside,
	    O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);

	/* Postfix reads it as another user, whatever our umask is. */
	if (fd >= 0 && fchmod(fd, 0644) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

typedef void (*PutRecords)(Maker *maker, const Cache *cache);

static bool
fill_cdb(const Cache *cache, int fd, const char *sentinel, PutRecords records)
{
	Maker maker = {.sentinel = sentinel};

	errno = 0;
	if (cdb_make_start(&maker.make, fd) != 0)
		return false;
	put(&maker, sentinel, cache->checksum);
	records(&maker, cache);
	bool written = !maker.failed;
	/* It also frees what the maker holds. */
	int saved = errno;
	written &= cdb_make_finish(&maker.make) == 0;
	if (maker.failed)
		errno = saved;
	return written && fsync(fd) == 0 &&
	       cdb_is_whole(fd, sentinel, cache->checksum, maker.records);
}

static bool
write_cdb(const Cache *cache, const char *name, const char *sentinel,
    PutRecords records, GError **error)
{
	int fd = open_new(cache, name);
	bool written = fd >= 0 && fill_cdb(cache, fd, sentinel, records);
	bool good = written || fail(cache, "write", name, error);

	if (fd >= 0)
		close(fd);
	return good;
}

static bool
write_octets(int fd, const char *octets, gsize len)
{
	while (len > 0) {
		ssize_t done = write(fd, octets, len);
		if (done < 0 && errno != EINTR)
			return false;
		if (done > 0) {
			octets += done;
			len -= (gsize)done;
		}
	}
	return fsync(fd) == 0;
}

static bool
write_text(const Cache *cache, const char *name, const char *octets, gsize len,
    GError **error)
{
	int fd = open_new(cache, name);
	bool written = fd >= 0 && write_octets(fd, octets, len);
	bool good = written || fail(cache, "write", name, error);

	if (fd >= 0)
		close(fd);
	return good;
}

static bool
publish(const Cache *cache, const char *name, GError **error)
{
	g_autofree char *beside = g_strconcat(name, ".new", NULL);

	if (renameat(cache->fd, beside, cache->fd, name) != 0)
		return fail(cache, "rename", beside, error);
	return true;
}

static bool
sync_directory(const Cache *cache, GError **error)
{
	return fsync(cache->fd) == 0 || fail(cache, "write", "", error);
}

/* For us first: an address that Postfix takes and we do not know would
 * bounce, the other way round it is refused as before. */
static const char *const published[] = {
    TABLE_ENTRIES, TABLE_ALIASES, TABLE_DOMAINS, TABLE_JSON};

static void
forget_new(const Cache *cache)
{
	for (guint i = 0; i < G_N_ELEMENTS(published); i++) {
		g_autofree char *beside =
		    g_strconcat(published[i], ".new", NULL);
		unlinkat(cache->fd, beside, 0);
	}
	unlinkat(cache->fd, TABLE_STATE ".new", 0);
}

static bool
write_table(
    const Cache *cache, const char *json, gsize json_len, GError **error)
{
	return write_cdb(
		   cache, TABLE_ENTRIES, TABLE_SENTINEL, put_entries, error) &&
	       write_cdb(cache, TABLE_ALIASES, TABLE_POSTFIX_SENTINEL,
		   put_aliases, error) &&
	       write_cdb(cache, TABLE_DOMAINS, TABLE_POSTFIX_SENTINEL,
		   put_domains, error) &&
	       write_text(cache, TABLE_JSON, json, json_len, error);
}

static bool
publish_table(const Cache *cache, GError **error)
{
	for (guint i = 0; i < G_N_ELEMENTS(published); i++)
		if (!publish(cache, published[i], error))
			return false;
	return sync_directory(cache, error);
}

static bool
write_state(const Cache *cache, const TableState *state, GError **error)
{
	g_autofree char *text = table_state_to_text(state, error);

	return text &&
	       write_text(cache, TABLE_STATE, text, strlen(text), error) &&
	       publish(cache, TABLE_STATE, error) &&
	       sync_directory(cache, error);
}

/* A length before each part, so that no two lists give the same octets. */
static void
sum_part(GChecksum *sum, const char *octets, gsize len)
{
	g_autofree char *size = g_strdup_printf("%" G_GSIZE_FORMAT ":", len);

	g_checksum_update(sum, (const guchar *)size, -1);
	while (len > 0) {
		gsize part = MIN(len, (gsize)1 << 30);
		g_checksum_update(sum, (const guchar *)octets, (gssize)part);
		octets += part;
		len -= part;
	}
}

char *
table_checksum(const Policy *policy, const char *json, gsize len)
{
	GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);

	sum_part(sum, TABLE_SENTINEL, strlen(TABLE_SENTINEL));
	for (char **domain = policy->domains; *domain; domain++)
		sum_part(sum, *domain, strlen(*domain));
	sum_part(sum, json, len);
	char *text = g_strdup(g_checksum_get_string(sum));
	g_checksum_free(sum);
	return text;
}

static const struct {
	const char *name, *sentinel;
	PutRecords records;
} cdbs[] = {
    {TABLE_ENTRIES, TABLE_SENTINEL, put_entries},
    {TABLE_ALIASES, TABLE_POSTFIX_SENTINEL, put_aliases},
    {TABLE_DOMAINS, TABLE_POSTFIX_SENTINEL, put_domains},
};

/* NULL, or the first cdb that is not of the table with this checksum. */
static const char *
find_damaged(int directory, const char *checksum)
{
	for (guint i = 0; i < G_N_ELEMENTS(cdbs); i++) {
		int fd = openat(directory, cdbs[i].name, O_RDONLY | O_CLOEXEC);
		bool whole =
		    fd >= 0 && cdb_is_whole(fd, cdbs[i].sentinel, checksum, 0);
		if (fd >= 0)
			close(fd);
		if (!whole)
			return cdbs[i].name;
	}
	return NULL;
}

static bool
damaged(const char *directory, const char *name, GError **error)
{
	g_set_error(error, FAILURE, FAILURE_TEMPORARY,
	    "%s/%s is missing, damaged or of another table", directory, name);
	return false;
}

bool
table_files_check(const char *directory, const char *checksum, GError **error)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const char *name = fd >= 0 ? find_damaged(fd, checksum) : TABLE_ENTRIES;

	if (fd >= 0)
		close(fd);
	return !name || damaged(directory, name, error);
}

/* NULL, or the first cdb that lacks a record. */
static const char *
find_lacking(const Cache *cache)
{
	for (guint i = 0; i < G_N_ELEMENTS(cdbs); i++) {
		struct cdb cdb;
		Maker maker = {.against = &cdb};
		int fd = openat(cache->fd, cdbs[i].name, O_RDONLY | O_CLOEXEC);
		bool whole = fd >= 0 && cdb_init(&cdb, fd) == 0;
		if (whole) {
			cdbs[i].records(&maker, cache);
			whole = !maker.failed;
			cdb_free(&cdb);
		}
		if (fd >= 0)
			close(fd);
		if (!whole)
			return cdbs[i].name;
	}
	return NULL;
}

bool
table_records_check(const char *directory, const TableEntries *entries,
    const Policy *policy, GError **error)
{
	Cache cache = {directory, -1, entries, policy, NULL, 0, NULL};

	cache.fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cache.keys = table_entries_keys(entries, &cache.count);
	const char *name = cache.fd >= 0 ? find_lacking(&cache) : TABLE_ENTRIES;
	g_free(cache.keys);
	if (cache.fd >= 0)
		close(cache.fd);
	return !name || damaged(directory, name, error);
}

/* Is the table in the cache this one, with every file in place and every
 * record in them? */
static bool
is_current(const Cache *cache, const TableState *old, gsize json_len)
{
	struct stat st;

	return old && strcmp(old->checksum, cache->checksum) == 0 &&
	       !find_damaged(cache->fd, cache->checksum) &&
	       !find_lacking(cache) &&
	       fstatat(cache->fd, TABLE_JSON, &st, 0) == 0 &&
	       (gsize)st.st_size == json_len;
}

static void
count_entries(const Cache *cache, TableState *state)
{
	for (guint i = 0; i < cache->count; i++) {
		const Alias *alias =
		    g_hash_table_lookup(cache->entries->by_key, cache->keys[i]);
		guint targets = g_strv_length(alias->targets);
		state->targets += targets;
		if (!alias->enabled || targets == 0)
			state->inactive++;
	}
	state->aliases = cache->count;
	state->domains = g_strv_length(cache->policy->domains);
}

/* JSON objects with the same members are one, however they are written. */
static bool
same_versions(const TableState *old, const TableState *new)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *before = table_state_to_text(old, &error);
	g_autofree char *after = table_state_to_text(new, &error);

	return g_strcmp0(before, after) == 0;
}

static bool
update(const Cache *cache, TableState *state, const char *json, gsize json_len,
    bool *changed, GError **error)
{
	g_autoptr(TableState) old = table_state_read(cache->directory, NULL);

	*changed = !is_current(cache, old, json_len);
	if (*changed)
		return write_table(cache, json, json_len, error) &&
		       publish_table(cache, error) &&
		       write_state(cache, state, error);
	gint64 now = state->time;
	state->time = old->time;
	bool same = same_versions(old, state);
	state->time = now;
	return same || write_state(cache, state, error);
}

static bool
open_directory(Cache *cache, GError **error)
{
	if (g_mkdir_with_parents(cache->directory, 0755) == 0)
		cache->fd =
		    open(cache->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (cache->fd >= 0 && flock(cache->fd, LOCK_EX) == 0)
		return true;
	g_set_error(error, FAILURE, FAILURE_TEMPORARY, "cannot use %s: %s",
	    cache->directory, g_strerror(errno));
	return false;
}

static bool
update_locked(Cache *cache, const char *json, gsize json_len,
    const TableOrigin *origin, gint64 now, bool *changed, GError **error)
{
	cache->checksum = table_checksum(cache->policy, json, json_len);
	cache->keys = table_entries_keys(cache->entries, &cache->count);
	TableState state = {
	    .source = g_strdup(origin->source),
	    .versions = g_strdup(origin->versions),
	    .checksum = cache->checksum,
	    .time = now,
	    .octets = (gint64)json_len,
	};

	count_entries(cache, &state);
	bool good = update(cache, &state, json, json_len, changed, error);
	if (!good)
		forget_new(cache);
	g_free(state.source);
	g_free(state.versions);
	g_free(cache->keys);
	g_free(cache->checksum);
	return good;
}

bool
table_entries_write(const TableEntries *entries, const char *json,
    gsize json_len, const Policy *policy, const TableOrigin *origin,
    const char *directory, gint64 now, bool *changed, GError **error)
{
	Cache cache = {directory, -1, entries, policy, NULL, 0, NULL};
	bool replaced = false;
	bool good = open_directory(&cache, error) &&
		    update_locked(
			&cache, json, json_len, origin, now, &replaced, error);

	if (changed)
		*changed = replaced;
	/* Closing gives the lock back. */
	if (cache.fd >= 0)
		close(cache.fd);
	return good;
}
