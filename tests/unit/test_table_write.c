/* SPDX-License-Identifier: MIT */
#include "io/table_write.h"

#include <cdb.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/failure.h"
#include "io/table.h"
#include "io/table_state.h"
#include "table_sample.h"
#include "unit.h"

#define NOW 1800000000

#define T "[\"me@gmail.com\"]"

static bool
cache_write(const TableCache *cache, const char *json, const char *versions,
    bool *changed, GError **error)
{
	g_autoptr(TableEntries) entries = table_entries_new();
	TableOrigin origin = {"ssm-path:/p/", versions};

	return table_entries_parse(entries, "t", json, strlen(json),
		   cache->policy, 50, error) &&
	       table_entries_write(entries, json, strlen(json), cache->policy,
		   &origin, cache->folder, NOW, changed, error);
}

static char *
cdb_value(const TableCache *cache, const char *name, const char *key)
{
	g_autofree char *path = table_cache_file(cache, name);
	int fd = open(path, O_RDONLY);
	struct cdb cdb;
	char *value = NULL;

	UNIT_TRUE(name, fd >= 0 && cdb_init(&cdb, fd) == 0);
	if (cdb_find(&cdb, key, (unsigned)strlen(key)) > 0)
		value = g_strndup(cdb_getdata(&cdb), cdb_datalen(&cdb));
	cdb_free(&cdb);
	close(fd);
	return value;
}

static const char whole[] =
    "{\"A@example.com\": [\"me@gmail.com\", \"You@gmail.com\"],"
    " \"off@example.com\": {\"targets\": " T ", \"enabled\": false},"
    " \"no@example.com\": {\"reject\": \"550 5.7.1 no\"},"
    " \"old@example.com\": {\"targets\": " T ", \"expires\": \"1990-01-01\"},"
    " \"@example.net\": [\"net@gmail.com\"],"
    " \"user\": [\"u@gmail.com\"], \"off\": [\"o@gmail.com\"],"
    " \"@\": [\"all@gmail.com\"]}";

static const struct {
	const char *file, *key, *want;
} records[] = {
    {"aliases.cdb", "a@example.com", "me@gmail.com, You@gmail.com"},
    {"aliases.cdb", "A@example.com", NULL},
    {"aliases.cdb", "off@example.com", NULL},
    {"aliases.cdb", "no@example.com", NULL},
    {"aliases.cdb", "old@example.com", "me@gmail.com"},
    {"aliases.cdb", "@example.net", "net@gmail.com"},
    {"aliases.cdb", "user@example.com", "u@gmail.com"},
    {"aliases.cdb", "user@xn--bcher-kva.example", "u@gmail.com"},
    {"aliases.cdb", "user@example.net", NULL},
    {"aliases.cdb", "off@xn--bcher-kva.example", "o@gmail.com"},
    {"aliases.cdb", "user", NULL},
    {"aliases.cdb", "@example.com", "all@gmail.com"},
    {"aliases.cdb", "@xn--bcher-kva.example", "all@gmail.com"},
    {"aliases.cdb", "@", NULL},
    {"domains.cdb", "example.com", "example.com"},
    {"domains.cdb", "example.org", NULL},
    {"entries.cdb", "@example.net", "Tnet@gmail.com\n"},
    {"entries.cdb", "off@example.com", "Tme@gmail.com\nD\n"},
};

static void
write_all(void)
{
	TableCache cache = table_cache_new();
	g_autoptr(GError) error = NULL;
	bool changed = false;

	UNIT_TRUE("written",
	    cache_write(&cache, whole, "{\"/p/1\": 3}", &changed, &error) &&
		changed);
	for (guint i = 0; i < G_N_ELEMENTS(records); i++) {
		g_autofree char *got =
		    cdb_value(&cache, records[i].file, records[i].key);
		UNIT_TEXT(records[i].key, got, records[i].want);
	}
	g_autofree char *path = table_cache_file(&cache, "aliases.json");
	g_autofree char *json = NULL;
	g_file_get_contents(path, &json, NULL, NULL);
	UNIT_TEXT("as it was read", json, whole);
	g_autoptr(TableState) state = table_state_read(cache.folder, &error);
	UNIT_TEXT("source", state->source, "ssm-path:/p/");
	UNIT_TEXT("versions", state->versions, "{\"/p/1\":3}");
	UNIT_NUMBER("time", state->time, NOW);
	UNIT_NUMBER("aliases", state->aliases, 8);
	UNIT_NUMBER("inactive", state->inactive, 2);
	UNIT_NUMBER("targets", state->targets, 8);
	UNIT_NUMBER("domains", state->domains, 3);
	UNIT_NUMBER("octets", state->octets, strlen(whole));
	table_cache_free(&cache);
}

/* The files' inodes: another one was written. */
static gint64
inode(const TableCache *cache, const char *name)
{
	g_autofree char *path = table_cache_file(cache, name);
	struct stat st;

	return stat(path, &st) == 0 ? (gint64)st.st_ino : 0;
}

static void
spoil(const TableCache *cache, const char *name)
{
	g_autofree char *path = table_cache_file(cache, name);
	g_autofree char *octets = NULL;
	gsize len;

	g_file_get_contents(path, &octets, &len, NULL);
	memset(octets, 0, len);
	g_file_set_contents(path, octets, (gssize)len, NULL);
}

static void
unchanged(void)
{
	TableCache cache = table_cache_new();
	bool changed = true;

	cache_write(&cache, whole, NULL, &changed, NULL);
	gint64 entries = inode(&cache, "entries.cdb");
	gint64 state = inode(&cache, "state.json");
	cache_write(&cache, whole, NULL, &changed, NULL);
	UNIT_TRUE("said so", !changed);
	UNIT_NUMBER("entries stay", inode(&cache, "entries.cdb"), entries);
	UNIT_NUMBER("state stays", inode(&cache, "state.json"), state);

	cache_write(&cache, whole, "{\"/p/1\": 4}", &changed, NULL);
	UNIT_TRUE("versions alone", !changed);
	UNIT_NUMBER("entries stay", inode(&cache, "entries.cdb"), entries);
	g_autoptr(TableState) now = table_state_read(cache.folder, NULL);
	UNIT_TEXT("versions", now->versions, "{\"/p/1\":4}");

	static const char *const files[] = {
	    "entries.cdb", "aliases.cdb", "domains.cdb"};
	for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
		spoil(&cache, files[i]);
		cache_write(&cache, whole, NULL, &changed, NULL);
		UNIT_TRUE(files[i], changed);
	}
	g_strfreev(cache.policy->domains);
	cache.policy->domains =
	    g_strsplit("example.com example.net example.org", " ", -1);
	cache_write(&cache, whole, NULL, &changed, NULL);
	UNIT_TRUE("other domains", changed);
	table_cache_free(&cache);
}

static void
system_errors(void)
{
	TableCache cache = table_cache_new();
	g_autoptr(GError) error = NULL;
	g_autofree char *file = table_cache_file(&cache, "file");
	g_autofree char *blocked = table_cache_file(&cache, "aliases.cdb.new");

	cache_write(&cache, "{\"a@example.com\": " T "}", NULL, NULL, NULL);
	/* No file can be written in place of a folder, root or not. */
	g_mkdir(blocked, 0755);
	UNIT_TRUE("blocked", !cache_write(&cache, whole, NULL, NULL, &error));
	UNIT_TRUE(
	    "temporary", g_error_matches(error, FAILURE, FAILURE_TEMPORARY));
	g_autofree char *kept =
	    cdb_value(&cache, "entries.cdb", "a@example.com");
	UNIT_TEXT("the old table", kept, "Tme@gmail.com\n");
	g_clear_error(&error);
	g_rmdir(blocked);

	g_file_set_contents(file, "x", -1, NULL);
	char *folder = cache.folder;
	cache.folder = file;
	UNIT_TRUE("no folder", !cache_write(&cache, whole, NULL, NULL, &error));
	cache.folder = folder;
	UNIT_TRUE(
	    "temporary", g_error_matches(error, FAILURE, FAILURE_TEMPORARY));
	table_cache_free(&cache);
}

static void
write_versions(const TableCache *cache, guint count)
{
	for (guint i = 0; i < count; i++) {
		g_autofree char *json = g_strdup_printf(
		    "{\"a@example.com\": [\"t%u@gmail.com\"]}", i);
		cache_write(cache, json, NULL, NULL, NULL);
	}
	_exit(0);
}

/* A writer killed anywhere leaves a set that all can read, and the next
 * writer is not hindered. */
static void
killed(void)
{
	TableCache cache = table_cache_new();
	g_autoptr(Address) address = address_parse("a@example.com", -1, NULL);

	cache_write(&cache, "{\"a@example.com\": " T "}", NULL, NULL, NULL);
	for (guint i = 0; i < 25; i++) {
		pid_t pid = fork();
		if (pid == 0)
			write_versions(&cache, 1000);
		g_usleep(1000 + i * 700);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		g_autoptr(Table) table = table_open(cache.folder);
		g_autofree char *alias =
		    cdb_value(&cache, "aliases.cdb", "a@example.com");
		g_autofree char *domain =
		    cdb_value(&cache, "domains.cdb", "example.com");
		g_autoptr(TableState) state =
		    table_state_read(cache.folder, NULL);
		TableMatch match;
		UNIT_NUMBER("entries",
		    table_lookup(table, address, "+", NOW, &match, NULL),
		    TABLE_FOUND);
		UNIT_TRUE("others", alias && domain && state);
		table_match_clear(&match);
	}
	bool changed = false;
	UNIT_TRUE("written",
	    cache_write(&cache, whole, NULL, &changed, NULL) && changed);
	table_cache_free(&cache);
}

/* What somebody left beside the table is put away, not written through. */
static void
left_over(void)
{
	TableCache cache = table_cache_new();
	g_autofree char *other = table_cache_file(&cache, "other");
	g_autofree char *beside = table_cache_file(&cache, "entries.cdb.new");
	g_autofree char *kept = NULL;

	UNIT_TRUE("other", g_file_set_contents(other, "x", -1, NULL));
	UNIT_TRUE("left", symlink(other, beside) == 0);
	UNIT_TRUE("written", cache_write(&cache, whole, NULL, NULL, NULL));
	UNIT_TRUE("other", g_file_get_contents(other, &kept, NULL, NULL));
	UNIT_TEXT("other", kept, "x");
	g_unlink(other);
	table_cache_free(&cache);
}

static const UnitCase cases[] = {{"write_all", write_all},
    {"unchanged", unchanged}, {"system_errors", system_errors},
    {"killed", killed}, {"left_over", left_over}};
UNIT_MAIN("table_write", cases)
