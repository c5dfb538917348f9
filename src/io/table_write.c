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
#include "core/table_format.h"
#include "core/table_records.h"
#include "io/file.h"
#include "io/table_files.h"
#include "io/table_state.h"

/* What one writing needs. */
typedef struct Cache {
	const char *directory;       /* borrowed */
	int fd;                      /* of the directory, locked */
	const TableContent *content; /* borrowed */
	const char *checksum;        /* borrowed */
} Cache;

static bool
fail(const Cache *cache, const char *what, const char *name, GError **error)
{
	int saved = errno;

	return failure_set(error, FAILURE_TEMPORARY, "cannot %s %s/%s: %s",
	    what, cache->directory, name,
	    saved ? g_strerror(saved) : "the file is damaged");
}

/* A cdb being made. */
typedef struct Maker {
	struct cdb_make make;
	gsize records;
} Maker;

/* A TableRecord; false: errno says why. */
static bool
add(void *context, const char *key, const char *value)
{
	Maker *maker = context;

	if (++maker->records > BOUND_TABLE_RECORDS) {
		errno = EFBIG;
		return false;
	}
	return cdb_make_add(&maker->make, key, (unsigned)strlen(key), value,
		   (unsigned)strlen(value)) == 0;
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

static bool
fill_cdb(const Cache *cache, int fd, const TableFile *file)
{
	Maker maker = {.records = 0};

	errno = 0;
	if (cdb_make_start(&maker.make, fd) != 0)
		return false;
	bool added = add(&maker, file->sentinel, cache->checksum) &&
		     file->records(cache->content, add, &maker);
	int saved = errno;
	/* It also frees what the maker holds. */
	bool finished = cdb_make_finish(&maker.make) == 0;
	if (!added)
		errno = saved;
	return added && finished && fsync(fd) == 0 &&
	       table_file_is_whole(fd, file, cache->checksum, maker.records);
}

static bool
write_cdb(const Cache *cache, const TableFile *file, GError **error)
{
	int fd = open_new(cache, file->name);
	bool written = fd >= 0 && fill_cdb(cache, fd, file);
	bool good = written || fail(cache, "write", file->name, error);

	if (fd >= 0)
		close(fd);
	return good;
}

static bool
write_text(const Cache *cache, const char *name, const char *octets, gsize len,
    GError **error)
{
	int fd = open_new(cache, name);
	bool written =
	    fd >= 0 && file_write_all(fd, octets, len) && fsync(fd) == 0;
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

static void
forget_new(const Cache *cache)
{
	for (guint i = 0; i < TABLE_FILES; i++) {
		g_autofree char *beside =
		    g_strconcat(table_files[i].name, ".new", NULL);
		unlinkat(cache->fd, beside, 0);
	}
	unlinkat(cache->fd, TABLE_STATE ".new", 0);
}

static bool
write_table(
    const Cache *cache, const char *json, gsize json_len, GError **error)
{
	for (guint i = 0; i < TABLE_FILES; i++) {
		const TableFile *file = &table_files[i];
		bool written = file->records ? write_cdb(cache, file, error)
					     : write_text(cache, file->name,
						   json, json_len, error);
		if (!written)
			return false;
	}
	return true;
}

static bool
publish_table(const Cache *cache, GError **error)
{
	for (guint i = 0; i < TABLE_FILES; i++)
		if (!publish(cache, table_files[i].name, error))
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

/* Is the table in the cache this one, with every file in place and every
 * record in them? */
static bool
is_current(const Cache *cache, const TableState *old, gsize json_len)
{
	struct stat st;

	return old && strcmp(old->checksum, cache->checksum) == 0 &&
	       !table_files_find_bad(
		   cache->fd, cache->checksum, cache->content) &&
	       fstatat(cache->fd, TABLE_JSON, &st, 0) == 0 &&
	       (gsize)st.st_size == json_len;
}

static void
count_entries(const TableContent *content, TableState *state)
{
	GHashTableIter iter;
	void *value;

	g_hash_table_iter_init(&iter, content->entries->by_key);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		const Alias *alias = value;
		guint targets = g_strv_length(alias->targets);
		state->targets += targets;
		if (!alias->enabled || targets == 0)
			state->inactive++;
	}
	state->aliases = content->count;
	state->domains = g_strv_length(content->policy->domains);
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
	return file_failed(error, FAILURE_TEMPORARY, "use", cache->directory);
}

static bool
update_locked(Cache *cache, const char *json, gsize json_len,
    const TableOrigin *origin, gint64 now, bool *changed, GError **error)
{
	g_autofree char *source = g_strdup(origin->source);
	g_autofree char *versions = g_strdup(origin->versions);
	g_autofree char *checksum =
	    table_checksum(cache->content->policy, json, json_len);
	TableState state = {
	    .source = source,
	    .versions = versions,
	    .checksum = checksum,
	    .time = now,
	    .octets = (gint64)json_len,
	};

	cache->checksum = checksum;
	count_entries(cache->content, &state);
	bool good = update(cache, &state, json, json_len, changed, error);
	if (!good)
		forget_new(cache);
	return good;
}

bool
table_entries_write(const TableEntries *entries, const char *json,
    gsize json_len, const Policy *policy, const TableOrigin *origin,
    const char *directory, gint64 now, bool *changed, GError **error)
{
	g_autoptr(TableContent) content = table_content_new(entries, policy);
	Cache cache = {directory, -1, content, NULL};
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
