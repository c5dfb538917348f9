/* SPDX-License-Identifier: MIT */
#include "io/table.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/failure.h"
#include "table_sample.h"
#include "unit.h"

#define NOW 1800000000

static void
cache_remove(const TableCache *cache, const char *name)
{
	g_autofree char *path = table_cache_file(cache, name);

	g_remove(path);
}

static void
cache_write(const TableCache *cache, const char *json)
{
	table_sample_write(cache->folder, json, cache->policy, NOW);
}

static const char json[] =
    "{\"user@example.com\": [\"exact@x.org\"],"
    " \"user+ext@example.com\": [\"ext@x.org\"],"
    " \"User@b\xc3\xbc"
    "cher.example\": [\"idn@x.org\"],"
    " \"@example.net\": [\"net@x.org\", \"net2@x.org\"],"
    " \"postmaster\": [\"pm@x.org\"],"
    " \"no-reply\": [\"nr@x.org\"],"
    " \"@\": [\"any@x.org\"],"
    " \"off@example.com\": {\"enabled\": false, \"targets\": [\"t@x.org\"]},"
    " \"gone@example.com\": {\"expires\": \"1999-01-01\","
    "   \"targets\": [\"t@x.org\"]},"
    " \"no@example.com\": {\"reject\": \"550 5.7.1 no\"},"
    " \"full@example.com\": {\"targets\": [\"t@x.org\"], \"enabled\": true,"
    "   \"reject\": \"550 5.7.1 no\", \"senders\": [\"*@s.org\"],"
    "   \"expires\": \"2127-01-01\", \"from_name\": \"F\xc3\xa9\","
    "   \"subject_prefix\": \"[p] \", \"comment\": \"c\"},"
    " \"two@example.com\": [\"user@example.com\", \"EXACT@x.org\","
    "   \"z@x.org\"],"
    " \"three@example.com\": [\"two+x@example.com\", \"off@example.com\","
    "   \"gone@example.com\", \"z@example.net\"],"
    " \"dead@example.com\": [\"off@example.com\", \"no@example.com\"],"
    " \"deadoff@example.com\": {\"targets\": [\"off@example.com\"],"
    "   \"enabled\": false},"
    " \"loop1@example.com\": [\"loop2@example.com\", \"l@x.org\"],"
    " \"loop2@example.com\": [\"loop1@example.com\"]}";

/* want: "RULE:target,target", "absent" or "failed". */
static const struct {
	const char *address, *delimiters, *want;
} lookups[] = {
    {"user@example.com", "+", "1:exact@x.org"},
    {"USER@Example.COM.", "+", "1:exact@x.org"},
    {"user+ext@example.com", "+", "0:ext@x.org"},
    {"User+Ext@example.com", "+", "0:ext@x.org"},
    {"user+ext@example.com", "", "1:ext@x.org"},
    {"user+other@example.com", "+", "1:exact@x.org"},
    {"user+other@example.com", "", "4:any@x.org"},
    {"user-other@example.com", "+-", "1:exact@x.org"},
    {"user@xn--BCHER-kva.example", "+", "1:idn@x.org"},
    {"user+a@b\xc3\xbc"
     "cher.example",
	"+", "1:idn@x.org"},
    {"anyone@example.net", "+", "2:net@x.org,net2@x.org"},
    {"postmaster@example.net", "+", "2:net@x.org,net2@x.org"},
    {"postmaster@example.com", "+", "3:pm@x.org"},
    {"Postmaster@b\xc3\xbc"
     "cher.example",
	"+", "3:pm@x.org"},
    {"no-reply@xn--bcher-kva.example", "-", "3:nr@x.org"},
    {"anyone@example.com", "+", "4:any@x.org"},
    {"postmaster@example.org", "+", "absent"},
    {"anyone@example.org", "+", "absent"},
    {"user@sub.example.com", "+", "absent"},
    {"off@example.com", "+", "1:t@x.org"},
    {"off+x@example.com", "+", "1:t@x.org"},
    {"gone@example.com", "+", "1:t@x.org"},
    {"no@example.com", "+", "1:"},
    {"two@example.com", "+", "1:exact@x.org,z@x.org"},
    {"three@example.com", "+", "1:exact@x.org,z@x.org,net@x.org,net2@x.org"},
    {"dead@example.com", "+", "failed"},
    {"deadoff@example.com", "+", "1:off@example.com"},
    {"loop1@example.com", "+", "1:l@x.org"},
    {"loop2@example.com", "+", "1:l@x.org"},
};

static char *
look_up(Table *table, const char *text, const char *delimiters)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Address) address = address_parse(text, -1, NULL);
	TableMatch match;
	TableResult result =
	    table_lookup(table, address, delimiters, NOW, &match, &error);

	UNIT_TRUE("error on failure", (result == TABLE_FAILED) == !!error);
	if (result == TABLE_ABSENT)
		return g_strdup("absent");
	if (result == TABLE_FAILED)
		return g_strdup("failed");
	g_autofree char *targets = g_strjoinv(",", match.targets);
	char *got = g_strdup_printf("%d:%s", (int)match.rule, targets);
	table_match_clear(&match);
	return got;
}

static void
lookup(void)
{
	TableCache cache = table_cache_new();

	cache_write(&cache, json);
	g_autoptr(Table) table = table_open(cache.folder);
	for (guint i = 0; i < G_N_ELEMENTS(lookups); i++) {
		g_autofree char *got =
		    look_up(table, lookups[i].address, lookups[i].delimiters);
		UNIT_TEXT(lookups[i].address, got, lookups[i].want);
	}
	table_cache_free(&cache);
}

static const struct {
	const char *key;
	TableResult want;
} gets[] = {
    {"user@example.com", TABLE_FOUND},
    {"User@Example.com", TABLE_FOUND},
    {"user+other@example.com", TABLE_ABSENT},
    {"@example.net", TABLE_FOUND},
    {"@example.com", TABLE_ABSENT},
    {"PostMaster", TABLE_FOUND},
    {"@", TABLE_FOUND},
    {"", TABLE_ABSENT},
    {"no key at all", TABLE_ABSENT},
    {"\001aliasbridge 1", TABLE_ABSENT},
    {"\002example.com", TABLE_ABSENT},
};

/* Every key of an entry comes back as it was written. */
static void
get(void)
{
	TableCache cache = table_cache_new();

	cache_write(&cache, json);
	g_autoptr(Table) table = table_open(cache.folder);
	for (guint i = 0; i < G_N_ELEMENTS(gets); i++) {
		g_autoptr(Alias) alias = NULL;
		UNIT_NUMBER(gets[i].key,
		    table_get(table, gets[i].key, &alias, NULL), gets[i].want);
		UNIT_NUMBER(
		    gets[i].key, alias != NULL, gets[i].want == TABLE_FOUND);
	}
	g_autoptr(Alias) full = NULL;
	table_get(table, "full@example.com", &full, NULL);
	UNIT_TEXT("key", full->key, "full@example.com");
	UNIT_TEXT("target", full->targets[0], "t@x.org");
	UNIT_TRUE("enabled", full->enabled);
	UNIT_TEXT("reject", full->reject->text, "no");
	UNIT_TEXT("senders", full->senders[0], "*@s.org");
	UNIT_NUMBER("expires", full->expires, 4954521600);
	UNIT_TEXT("from_name", full->from_name, "F\xc3\xa9");
	UNIT_TEXT("subject_prefix", full->subject_prefix, "[p] ");
	UNIT_TEXT("comment", full->comment, "c");
	table_cache_free(&cache);
}

static bool
collect(const Alias *alias, void *context)
{
	GString *keys = context;

	g_string_append_printf(keys, "%s ", alias->key);
	return !g_str_has_prefix(alias->key, "c");
}

static void
each(void)
{
	TableCache cache = table_cache_new();
	g_autoptr(GString) keys = g_string_new(NULL);

	cache_write(&cache,
	    "{\"b@example.com\": [\"x@y.org\"], \"@\": [\"x@y.org\"],"
	    " \"d@example.com\": [\"x@y.org\"],"
	    " \"c@example.com\": [\"x@y.org\"]}");
	g_autoptr(Table) table = table_open(cache.folder);
	UNIT_TRUE("read", table_each(table, collect, keys, NULL));
	UNIT_TEXT(
	    "in order, stopped", keys->str, "@ b@example.com c@example.com ");
	table_cache_free(&cache);
}

static void
one_alias(const TableCache *cache, const char *target)
{
	g_autofree char *text =
	    g_strdup_printf("{\"a@example.com\": [\"%s\"]}", target);

	cache_write(cache, text);
}

static void
check_target(Table *table, const char *label, const char *want)
{
	g_autofree char *got = look_up(table, "a@example.com", "+");

	UNIT_TEXT(label, got, want);
}

static void
damage(const TableCache *cache, const char *octets, gsize len)
{
	g_autofree char *path = table_cache_file(cache, "entries.cdb");

	g_file_set_contents(path, octets, (gssize)len, NULL);
}

/* Nothing but a table takes the place of a table. */
static void
swaps(void)
{
	TableCache cache = table_cache_new();
	g_autoptr(Table) table = table_open(cache.folder);
	static const char zeros[4096];

	check_target(table, "no table yet", "failed");
	one_alias(&cache, "one@x.org");
	check_target(table, "the first one, at once", "1:one@x.org");
	one_alias(&cache, "two@x.org");
	table_refresh(table);
	check_target(table, "another one", "1:two@x.org");

	damage(&cache, zeros, sizeof zeros);
	table_refresh(table);
	check_target(table, "zeros", "1:two@x.org");
	damage(&cache, "", 0);
	table_refresh(table);
	check_target(table, "empty", "1:two@x.org");
	damage(&cache, "garbage, and too short", 22);
	table_refresh(table);
	check_target(table, "garbage", "1:two@x.org");
	cache_remove(&cache, "entries.cdb");
	table_refresh(table);
	check_target(table, "gone", "1:two@x.org");

	g_autoptr(Table) late = table_open(cache.folder);
	check_target(late, "opened when gone", "failed");
	one_alias(&cache, "three@x.org");
	table_refresh(table);
	check_target(table, "back", "1:three@x.org");
	check_target(late, "back", "1:three@x.org");
	for (guint i = 0; i < 20; i++) {
		g_autofree char *target = g_strdup_printf("t%u@x.org", i);
		g_autofree char *want = g_strconcat("1:", target, NULL);
		one_alias(&cache, target);
		table_refresh(table);
		check_target(table, target, want);
	}
	table_cache_free(&cache);
}

/* --- a file that is written in place -------------------------------------- */

typedef struct File {
	char *path;   /* owned */
	char *octets; /* owned */
	gsize len;
	struct stat st;
} File;

static File
file_read(const TableCache *cache)
{
	File file = {.path = table_cache_file(cache, "entries.cdb")};

	UNIT_TRUE("read",
	    g_file_get_contents(file.path, &file.octets, &file.len, NULL));
	stat(file.path, &file.st);
	return file;
}

static void
file_clear(File *file)
{
	g_free(file->path);
	g_free(file->octets);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(File, file_clear)

/* age: of the file's time of modification, in seconds. */
static void
write_in_place(const File *file, const char *octets, gsize len, int age)
{
	int fd = open(file->path, O_WRONLY | O_TRUNC);
	struct timespec times[2];

	UNIT_TRUE("open", fd >= 0);
	UNIT_TRUE("write", write(fd, octets, len) == (gssize)len);
	clock_gettime(CLOCK_REALTIME, &times[0]);
	times[0].tv_sec -= age;
	times[1] = times[0];
	futimens(fd, times);
	close(fd);
}

/* 64 octets of zeros at this place. */
static void
write_with_hole(const File *file, gsize at)
{
	g_autofree char *octets = g_memdup2(file->octets, file->len);

	memset(octets + at, 0, 64);
	write_in_place(file, octets, file->len, 10);
}

static void
cut_to(const File *file, gsize len)
{
	UNIT_NUMBER("truncate", truncate(file->path, (off_t)len), 0);
}

/* No answer may come from a file that is no longer what was opened: a catch-
 * all, a mailbox and an address of its own are still there or "failed". */
static void
all_fail(Table *table, const char *label)
{
	static const char *const addresses[] = {"user@example.com",
	    "anyone@example.net", "postmaster@example.com",
	    "nobody@example.com", "three@example.com"};
	g_autoptr(GString) keys = g_string_new(NULL);
	Alias *alias = NULL;

	for (guint i = 0; i < G_N_ELEMENTS(addresses); i++) {
		g_autofree char *got = look_up(table, addresses[i], "+");
		UNIT_TEXT(label, got, "failed");
	}
	UNIT_NUMBER(label, table_get(table, "@", &alias, NULL), TABLE_FAILED);
	UNIT_TRUE(label, !table_each(table, collect, keys, NULL));
	UNIT_TRUE(label, !table_is_there(table, NULL));
}

static void
check_user(Table *table, const char *label, const char *want)
{
	g_autofree char *got = look_up(table, "user@example.com", "+");

	UNIT_TEXT(label, got, want);
}

static void
in_place(void)
{
	static const char zeros[4096];
	TableCache cache = table_cache_new();

	cache_write(&cache, json);
	g_autoptr(Table) table = table_open(cache.folder);
	g_auto(File) file = file_read(&cache);
	check_user(table, "as it was written", "1:exact@x.org");
	UNIT_TRUE("there", table_is_there(table, NULL));

	cut_to(&file, 100);
	all_fail(table, "cut");
	cut_to(&file, file.len);
	all_fail(table, "zeros at the end");
	write_in_place(&file, zeros, sizeof zeros, 10);
	all_fail(table, "zeros");
	write_in_place(&file, "", 0, 10);
	all_fail(table, "empty");
	write_in_place(&file, file.octets, file.len / 2, 10);
	all_fail(table, "half of it");
	write_with_hole(&file, 2048);
	all_fail(table, "zeros for records");
	write_with_hole(&file, file.len - 100);
	all_fail(table, "zeros for slots");
	write_in_place(&file, file.octets, file.len, 0);
	all_fail(table, "all of it, just now");
	write_in_place(&file, file.octets, file.len, 10);
	check_user(table, "all of it", "1:exact@x.org");
	cache_write(&cache, "{\"user@example.com\": [\"new@x.org\"]}");
	table_refresh(table);
	check_user(table, "one that was renamed there", "1:new@x.org");
	table_cache_free(&cache);
}

/* Pages beyond the end: not a look at them. */
static void
in_place_large(void)
{
	TableCache cache = table_cache_new();
	g_autoptr(GString) text = g_string_new("{\"@\": [\"x@x.org\"]");

	for (guint i = 0; i < 20000; i++)
		g_string_append_printf(
		    text, ", \"u%u@example.com\": [\"t%u@x.org\"]", i, i);
	g_string_append(text, "}");
	cache_write(&cache, text->str);
	g_autoptr(Table) table = table_open(cache.folder);
	g_auto(File) file = file_read(&cache);
	cut_to(&file, 4096);
	all_fail(table, "cut");
	table_refresh(table);
	all_fail(table, "cut, and looked at");
	table_cache_free(&cache);
}

/* However much of a table is there: it answers, or says that it cannot. */
static void
cut(void)
{
	TableCache cache = table_cache_new();

	cache_write(&cache, json);
	g_auto(File) file = file_read(&cache);
	for (gsize len = 0; len < file.len; len += 61) {
		damage(&cache, file.octets, len);
		g_autoptr(Table) table = table_open(cache.folder);
		all_fail(table, "cut");
	}
	table_cache_free(&cache);
}

static GString *reports;

static void
remember(const char *text)
{
	g_string_append_printf(reports, "%s\n", text);
}

static void
check_report(const char *label, const char *want)
{
	if (want)
		UNIT_TRUE(label, strstr(reports->str, want) != NULL);
	else
		UNIT_TEXT(label, reports->str, "");
	g_string_truncate(reports, 0);
}

/* Once for each file that cannot be used. */
static void
reporting(void)
{
	TableCache cache = table_cache_new();

	reports = g_string_new(NULL);
	g_autoptr(Table) table = table_open(cache.folder);
	table_report_to(table, remember);
	check_target(table, "none", "failed");
	check_report("none: told by the lookup", NULL);
	one_alias(&cache, "one@x.org");
	check_target(table, "good", "1:one@x.org");
	damage(&cache, "garbage", 7);
	table_refresh(table);
	check_report("garbage",
	    "entries.cdb is not a whole alias table: run "
	    "'aliasbridge build' or 'aliasbridge sync'; the table before it "
	    "stays in use\n");
	table_refresh(table);
	check_target(table, "garbage", "1:one@x.org");
	check_report("garbage again", NULL);
	damage(&cache, "", 0);
	table_refresh(table);
	table_refresh(table);
	check_report("empty", "is not a whole alias table");
	one_alias(&cache, "two@x.org");
	table_refresh(table);
	check_target(table, "good", "1:two@x.org");
	check_report("good", NULL);
	g_auto(File) file = file_read(&cache);
	write_in_place(&file, file.octets, file.len, 0);
	check_target(table, "in place", "failed");
	check_report("in place", "was written in place");
	write_in_place(&file, file.octets, file.len, 1);
	check_target(table, "still", "failed");
	check_report("still", NULL);
	write_in_place(&file, file.octets, file.len, 9);
	check_target(table, "settled", "1:two@x.org");

	damage(&cache, "", 0);
	g_autoptr(Table) late = table_open(cache.folder);
	table_report_to(late, remember);
	check_report("found at the start", "'aliasbridge sync'\n");
	g_string_free(reports, TRUE);
	table_cache_free(&cache);
}

/* Noticed by lookups alone. */
static void
notices(void)
{
	TableCache cache = table_cache_new();
	gint64 end = g_get_monotonic_time() + 5 * G_USEC_PER_SEC;
	bool noticed = false;

	one_alias(&cache, "one@x.org");
	g_autoptr(Table) table = table_open(cache.folder);
	one_alias(&cache, "two@x.org");
	while (!noticed && g_get_monotonic_time() < end) {
		g_autofree char *got = look_up(table, "a@example.com", "+");
		noticed = strcmp(got, "1:two@x.org") == 0;
		g_usleep(20000);
	}
	UNIT_TRUE("within seconds", noticed);
	table_cache_free(&cache);
}

typedef struct Load {
	Table *table;
	atomic_bool stop;
	atomic_int failures, answers;
} Load;

/* CUnit is not for threads: count. */
static void *
reader(void *data)
{
	Load *load = data;
	g_autoptr(Address) address = address_parse("a@example.com", -1, NULL);
	TableMatch match;

	while (!atomic_load(&load->stop)) {
		if (table_lookup(load->table, address, "+", NOW, &match,
			NULL) != TABLE_FOUND) {
			atomic_fetch_add(&load->failures, 1);
			continue;
		}
		if (!g_str_has_suffix(match.targets[0], "@x.org"))
			atomic_fetch_add(&load->failures, 1);
		atomic_fetch_add(&load->answers, 1);
		table_match_clear(&match);
	}
	return NULL;
}

/* Many at once, and the first of them opens it: none fails. */
static void
first(void)
{
	TableCache cache = table_cache_new();
	pthread_t readers[4];

	for (guint round = 0; round < 20; round++) {
		cache_remove(&cache, "state.json");
		cache_remove(&cache, "entries.cdb");
		Load load = {.table = table_open(cache.folder)};
		one_alias(&cache, "one@x.org");
		for (guint i = 0; i < G_N_ELEMENTS(readers); i++)
			pthread_create(&readers[i], NULL, reader, &load);
		g_usleep(2000);
		atomic_store(&load.stop, true);
		for (guint i = 0; i < G_N_ELEMENTS(readers); i++)
			pthread_join(readers[i], NULL);
		UNIT_NUMBER("failures", atomic_load(&load.failures), 0);
		table_free(load.table);
	}
	table_cache_free(&cache);
}

/* Readers go on while tables are swapped under them. */
static void
threads(void)
{
	TableCache cache = table_cache_new();
	pthread_t readers[4];

	one_alias(&cache, "zero@x.org");
	Load load = {.table = table_open(cache.folder)};
	for (guint i = 0; i < G_N_ELEMENTS(readers); i++)
		pthread_create(&readers[i], NULL, reader, &load);
	for (guint i = 0; i < 100; i++) {
		g_autofree char *target = g_strdup_printf("t%u@x.org", i);
		one_alias(&cache, target);
		table_refresh(load.table);
		/* Past the second, so that lookups look for a table too. */
		g_usleep(15000);
	}
	atomic_store(&load.stop, true);
	for (guint i = 0; i < G_N_ELEMENTS(readers); i++)
		pthread_join(readers[i], NULL);
	UNIT_NUMBER("failures", atomic_load(&load.failures), 0);
	UNIT_TRUE("answers", atomic_load(&load.answers) > 100);
	table_free(load.table);
	table_cache_free(&cache);
}

static const UnitCase cases[] = {{"lookup", lookup}, {"get", get},
    {"each", each}, {"swaps", swaps}, {"in place", in_place},
    {"in place, large", in_place_large}, {"cut", cut}, {"reporting", reporting},
    {"notices", notices}, {"first", first}, {"threads", threads}};
UNIT_MAIN("table", cases)
