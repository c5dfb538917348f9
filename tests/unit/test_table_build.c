/* SPDX-License-Identifier: MIT */
#include "io/table_build.h"

#include <cdb.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/bounds.h"
#include "core/failure.h"
#include "io/table.h"
#include "io/table_state.h"
#include "unit.h"

#define NOW 1800000000

static Policy *
sample_policy(void)
{
	Policy *policy = policy_new();

	g_strfreev(policy->domains);
	policy->domains = g_strsplit(
	    "example.com example.net xn--bcher-kva.example", " ", -1);
	policy->bounce_address = g_strdup("bounces@example.com");
	return policy;
}

static bool
parse(TableEntries *entries, const char *json, GError **error)
{
	g_autoptr(Policy) policy = sample_policy();
	gsize len = strlen(json);
	g_autofree char *octets = unit_octets(json, len);

	return table_entries_parse(
		   entries, "t.json", octets, len, policy, 50, error) &&
	       table_entries_check(entries, policy, error);
}

#define T "[\"me@gmail.com\"]"

/* want: "" taken without a warning, "w: ..." the first warning, else the
 * errors. */
static const struct {
	const char *json, *want;
} rows[] = {
    {"{\"a@example.com\": " T "}", ""},
    {"{}", "w: the table holds no alias: all mail is refused"},
    {"{\"A@Example.COM\": " T ", \"@b\xc3\xbc"
     "cher.example\": " T ", \"user\": " T ", \"@\": []}",
	"t.json:1:100: @: no targets: name one, or say \"enabled\": false or "
	"\"reject\""},
    {"{\"a@example.org\": " T "}",
	"t.json:1:2: a@example.org: domain example.org is not handled: add "
	"it to domains in the configuration"},
    {"{\"a@example.com\": " T ",\n \"a@example.com\": " T "}",
	"t.json:2:2: a@example.com: the key is there twice, first at "
	"t.json:1:2"},
    {"{\"a@example.com\": " T ",\n \"A@example.com\": " T "}",
	"w: t.json: A@example.com is there twice, with the same entry"},
    {"{\"a@example.com\": " T ",\n \"A@example.com\": [\"you@x.org\"]}",
	"t.json:2:2: A@example.com: the same address again, with another "
	"entry, first at t.json:1:2"},
    {"{\"a@example.com\": [\"x\"],\n \"bad key\": " T ",\n \"c@example.com\":"
     " 3}",
	"t.json:1:2: a@example.com: target \"x\": no domain\n"
	"t.json:2:2: bad key: illegal character in address\n"
	"t.json:3:2: c@example.com: an entry is an array of targets or an "
	"object: [\"me@example.org\"]"},
    {"{\"caf\xC3\xA9@example.com\": " T ",\n \"\xC3\xA9\": " T "}",
	"t.json:1:2: caf\xC3\xA9@example.com: a local part that is not ASCII "
	"needs SMTPUTF8, which SES does not have\n"
	"t.json:2:2: \xC3\xA9: a local part that is not ASCII needs SMTPUTF8, "
	"which SES does not have"},
    {"{\"a@example.com\": " T ",\n \"b@example.com\": [1 2]}",
	"t.json:2:22: b@example.com: ']' expected near '2'"},
    {"{\"a@example.com\": " T, "t.json:1:35: ',' or '}' expected"},
    {"{\"a@example.com\": [\"A@example.com\"]}",
	"a@example.com: leads to itself by the target A@example.com"},
    {"{\"a@example.com\": [\"a+x@example.com\"]}",
	"a@example.com: leads to itself by the target a+x@example.com"},
    {"{\"@example.com\": [\"me@example.com\"]}",
	"@example.com: leads to itself by the target me@example.com"},
    {"{\"a@example.com\": [\"b@example.net\"], "
     "\"b@example.net\": [\"c\xC3\xA9@example.com\", \"a@example.com\"]}",
	"t.json:1:38: b@example.net: target \"c\xC3\xA9@example.com\": a "
	"local part that is not ASCII needs SMTPUTF8, which SES does not "
	"have"},
    {"{\"a@example.com\": [\"b@example.net\"], "
     "\"b@example.net\": [\"x@y.org\", \"a@example.com\"]}",
	"a@example.com -> b@example.net: aliases in a circle, again at "
	"a@example.com"},
    {"{\"a@example.com\": [\"b@example.net\"]}",
	"w: a@example.com: target b@example.net is at a handled domain, but "
	"no alias"},
    {"{\"bounces@example.com\": " T "}",
	"bounces@example.com: this is the bounce_address bounces@example.com "
	"of the configuration: mail to it ends here, and never reaches a "
	"target"},
    {"{\"Bounces+x@example.com\": " T "}",
	"bounces+x@example.com: this is the bounce_address "
	"bounces@example.com of the configuration: mail to it ends here, and "
	"never reaches a target"},
    {"{\"bounces\": " T "}",
	"w: bounces: this does not take the bounce_address "
	"bounces@example.com: mail to that ends here"},
    {"{\"bounces2@example.com\": " T "}", ""},
    {"{\"@example.com\": " T "}",
	"w: @example.com: this does not take the bounce_address "
	"bounces@example.com: mail to that ends here"},
};

static void
errors(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(TableEntries) entries = table_entries_new();
		bool good = parse(entries, rows[i].json, &error);
		g_autofree char *warning =
		    entries->warnings->len > 0
			? g_strconcat("w: ", entries->warnings->pdata[0], NULL)
			: g_strdup("");
		UNIT_TEXT(rows[i].json, good ? warning : error->message,
		    rows[i].want);
		UNIT_TRUE("code",
		    good || g_error_matches(error, FAILURE, FAILURE_INPUT));
	}
}

static void
many_errors(void)
{
	g_autoptr(GString) json = g_string_new("{\"x\": 0");
	g_autoptr(GError) error = NULL;
	g_autoptr(TableEntries) entries = table_entries_new();

	for (guint i = 0; i < 1000; i++)
		g_string_append_printf(json, ",\n\"k%u\": %u", i, i);
	g_string_append_c(json, '}');
	UNIT_TRUE("refused", !parse(entries, json->str, &error));
	UNIT_TRUE("counted",
	    g_str_has_suffix(error->message, "\nt.json: and 951 errors more"));
	UNIT_TRUE("lines", strstr(error->message, "\nt.json:50:1: k48: "));
}

/* A chain of so many aliases, then a mailbox. */
static char *
chain(guint length)
{
	GString *json = g_string_new("{");

	for (guint i = 0; i < length; i++)
		g_string_append_printf(json,
		    "%s\"a%u@example.com\": [\"a%u@%s\"]", i ? "," : "", i,
		    i + 1, i + 1 < length ? "example.com" : "gmail.com");
	g_string_append_c(json, '}');
	return g_string_free(json, FALSE);
}

static void
chains(void)
{
	static const guint lengths[] = {
	    1, BOUND_ALIAS_DEPTH, BOUND_ALIAS_DEPTH + 1, 5000};

	for (guint i = 0; i < G_N_ELEMENTS(lengths); i++) {
		g_autoptr(TableEntries) entries = table_entries_new();
		g_autofree char *json = chain(lengths[i]);
		UNIT_NUMBER(json, parse(entries, json, NULL),
		    lengths[i] <= BOUND_ALIAS_DEPTH);
	}
}

/* One table in several parameters. */
static void
parameters(void)
{
	g_autoptr(Policy) policy = sample_policy();
	g_autoptr(GError) error = NULL;
	g_autoptr(TableEntries) entries = table_entries_new();
	const char *one = "{\"a@example.com\": " T "}";
	const char *other = "{\"a@example.com\": [\"you@x.org\"]}";

	UNIT_TRUE("first", table_entries_parse(entries, "/p/1", one,
			       strlen(one), policy, 50, NULL));
	UNIT_TRUE("equal", table_entries_parse(entries, "/p/2", one,
			       strlen(one), policy, 50, NULL));
	UNIT_TEXT("warned", entries->warnings->pdata[0],
	    "/p/2: a@example.com is in /p/1 too, with the same entry");
	UNIT_TRUE("different", !table_entries_parse(entries, "/p/3", other,
				   strlen(other), policy, 50, &error));
	UNIT_TEXT("both named", error->message,
	    "/p/3:1:2: a@example.com: the same address again, with another "
	    "entry, first at /p/1");
}

/* A cache folder of one test. */
typedef struct Cache {
	Policy *policy;
	char *folder;
} Cache;

static Cache
cache_new(void)
{
	Cache cache = {
	    sample_policy(), g_dir_make_tmp("aliasbridge-XXXXXX", NULL)};

	UNIT_TRUE("temporary folder", cache.folder != NULL);
	return cache;
}

static char *
cache_file(const Cache *cache, const char *name)
{
	return g_build_filename(cache->folder, name, NULL);
}

static void
cache_free(Cache *cache)
{
	unit_remove_folder(cache->folder);
	g_free(cache->folder);
	policy_free(cache->policy);
}

static bool
cache_write(const Cache *cache, const char *json, const char *versions,
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
cdb_value(const Cache *cache, const char *name, const char *key)
{
	g_autofree char *path = cache_file(cache, name);
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
	Cache cache = cache_new();
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
	g_autofree char *path = cache_file(&cache, "aliases.json");
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
	cache_free(&cache);
}

/* The files' inodes: another one was written. */
static gint64
inode(const Cache *cache, const char *name)
{
	g_autofree char *path = cache_file(cache, name);
	struct stat st;

	return stat(path, &st) == 0 ? (gint64)st.st_ino : 0;
}

static void
spoil(const Cache *cache, const char *name)
{
	g_autofree char *path = cache_file(cache, name);
	g_autofree char *octets = NULL;
	gsize len;

	g_file_get_contents(path, &octets, &len, NULL);
	memset(octets, 0, len);
	g_file_set_contents(path, octets, (gssize)len, NULL);
}

static void
unchanged(void)
{
	Cache cache = cache_new();
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
	cache_free(&cache);
}

static void
system_errors(void)
{
	Cache cache = cache_new();
	g_autoptr(GError) error = NULL;
	g_autofree char *file = cache_file(&cache, "file");
	g_autofree char *blocked = cache_file(&cache, "aliases.cdb.new");

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
	cache_free(&cache);
}

static void
write_versions(const Cache *cache, guint count)
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
	Cache cache = cache_new();
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
	cache_free(&cache);
}

/* What somebody left beside the table is put away, not written through. */
static void
left_over(void)
{
	Cache cache = cache_new();
	g_autofree char *other = cache_file(&cache, "other");
	g_autofree char *beside = cache_file(&cache, "entries.cdb.new");
	g_autofree char *kept = NULL;

	UNIT_TRUE("other", g_file_set_contents(other, "x", -1, NULL));
	UNIT_TRUE("left", symlink(other, beside) == 0);
	UNIT_TRUE("written", cache_write(&cache, whole, NULL, NULL, NULL));
	UNIT_TRUE("other", g_file_get_contents(other, &kept, NULL, NULL));
	UNIT_TEXT("other", kept, "x");
	g_unlink(other);
	cache_free(&cache);
}

static const UnitCase cases[] = {{"errors", errors},
    {"many_errors", many_errors}, {"chains", chains},
    {"parameters", parameters}, {"write_all", write_all},
    {"unchanged", unchanged}, {"system_errors", system_errors},
    {"killed", killed}, {"left_over", left_over}};
UNIT_MAIN("table_build", cases)
