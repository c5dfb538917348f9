/* SPDX-License-Identifier: MIT */
#include "cli/sync_round.h"

#include <string.h>
#include <sys/stat.h>

#include "config.h"
#include "core/failure.h"
#include "core/table_diff.h"
#include "core/table_format.h"
#include "io/log.h"
#include "io/table.h"
#include "io/table_files.h"
#include "io/table_reading.h"
#include "io/table_state.h"
#include "io/table_write.h"
#include "net/table_fetch.h"

#define READINGS 3
/* Changes told one by one. */
#define LINES 1000

/* --- the table in use ----------------------------------------------------*/

static bool
keep_copy(const Alias *alias, void *context)
{
	g_hash_table_insert(context, g_strdup(alias->key), alias_copy(alias));
	return true;
}

/* Folded key -> Alias; empty where there is none yet, or none that can be
 * read: then any table is better. */
static GHashTable *
table_in_use(const char *directory)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Table) table = table_open(directory);
	g_autoptr(GHashTable) entries = g_hash_table_new_full(
	    g_str_hash, g_str_equal, g_free, (GDestroyNotify)alias_free);
	g_autofree char *json = g_build_filename(directory, TABLE_JSON, NULL);

	table_refresh(table);
	if (table_each(table, keep_copy, entries, &error))
		return g_steal_pointer(&entries);
	g_hash_table_remove_all(entries);
	if (g_file_test(json, G_FILE_TEST_EXISTS))
		log_line(LOG_LEVEL_WARNING, NULL,
		    "the table in use cannot be read, so it is replaced "
		    "unseen: %s",
		    error->message);
	return g_steal_pointer(&entries);
}

/* --- reading -------------------------------------------------------------*/

typedef struct Reading {
	TableReading *table; /* owned */
	TableDiff *diff;     /* owned; borrows from table */
	char *digest;        /* owned; of the documents */
} Reading;

static void
reading_clear(Reading *reading)
{
	g_clear_pointer(&reading->diff, table_diff_free);
	g_clear_pointer(&reading->table, table_reading_free);
	g_clear_pointer(&reading->digest, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Reading, reading_clear)

static void
add_to(GChecksum *sum, const char *octets, gsize len)
{
	g_checksum_update(sum, (const guchar *)&len, sizeof len);
	g_checksum_update(sum, (const guchar *)octets, (gssize)len);
}

/* Of all that the result depends on. */
static char *
digest_of(const SyncRound *round, const GPtrArray *documents)
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
	g_autofree char *config = config_to_text(round->config);

	add_to(sum, PACKAGE_STRING, strlen(PACKAGE_STRING));
	add_to(sum, config, strlen(config));
	for (guint i = 0; i < documents->len; i++) {
		const Document *document = documents->pdata[i];
		add_to(sum, document->name, strlen(document->name));
		add_to(sum, (const char *)&document->version,
		    sizeof document->version);
		add_to(sum, document->text, document->len);
	}
	return g_strdup(g_checksum_get_string(sum));
}

static bool
understand(const SyncRound *round, const GPtrArray *documents,
    GHashTable *before, Reading *reading, GError **error)
{
	reading->table = table_reading_new(documents, round->config, error);
	if (!reading->table)
		return false;
	reading->digest = digest_of(round, documents);
	reading->diff = table_diff_new(before, reading->table->entries->by_key);
	return true;
}

static bool
read_again(const SyncRound *round, GHashTable *before, Reading *reading,
    GError **error)
{
	g_autoptr(GPtrArray) documents =
	    table_fetch(round->source, round->client, false, error);

	return documents &&
	       understand(round, documents, before, reading, error);
}

/* Read until what is gone is gone twice. */
static bool
read_settled(const SyncRound *round, const GPtrArray *documents,
    GHashTable *before, Reading *last, GError **error)
{
	if (!understand(round, documents, before, last, error))
		return false;
	for (guint n = 1; last->diff->removed > 0 &&
			  round->source->kind == TABLE_SOURCE_SSM_PATH;
	     n++) {
		g_auto(Reading) earlier = *last;
		*last = (Reading){0};
		if (n == READINGS)
			return failure_set(error, FAILURE_TEMPORARY,
			    "the parameters change while they are read");
		if (!read_again(round, before, last, error))
			return false;
		if (table_diff_confirms(earlier.diff, last->diff))
			return true;
	}
	return true;
}

/* --- what was read before ------------------------------------------------*/

/* "DIGEST CHECKSUM". Owned by the caller. */
static char *
mark_new(const char *digest, const TableState *state)
{
	return g_strconcat(digest, " ", state->checksum, NULL);
}

static bool
json_is_there(const char *directory, gint64 octets)
{
	g_autofree char *path = g_build_filename(directory, TABLE_JSON, NULL);
	struct stat status;

	return stat(path, &status) == 0 && status.st_size == octets;
}

/* The same was read before, and what came of it is in use. */
static bool
is_known(const SyncRound *round, const GPtrArray *documents, SyncResult *result)
{
	const char *directory = round->config->settings->table;
	g_autofree char *digest = digest_of(round, documents);
	g_autoptr(TableState) state = table_state_read(directory, NULL);

	if (!state)
		return false;
	g_autofree char *known = mark_new(digest, state);
	if (g_strcmp0(round->mark, known) != 0 ||
	    !json_is_there(directory, state->octets) ||
	    !table_files_check(directory, state->checksum, NULL, NULL))
		return false;
	result->aliases = (guint)state->aliases;
	result->mark = g_strdup(round->mark);
	return true;
}

/* --- what is said --------------------------------------------------------*/

static void
log_warnings(const TableEntries *entries)
{
	for (guint i = 0; i < entries->warnings->len; i++)
		log_line(LOG_LEVEL_WARNING, NULL, "%s",
		    (const char *)entries->warnings->pdata[i]);
}

static void
log_changes(const TableDiff *diff)
{
	guint lines = diff->before > 0 ? MIN(diff->changes->len, LINES) : 0;

	for (guint i = 0; i < lines; i++) {
		g_autofree char *text =
		    table_change_to_text(diff->changes->pdata[i]);
		log_line(LOG_LEVEL_INFO, NULL, "%s", text);
	}
	if (lines > 0 && lines < diff->changes->len)
		log_line(LOG_LEVEL_INFO, NULL, "and %u changes more",
		    diff->changes->len - lines);
	log_line(LOG_LEVEL_INFO, NULL,
	    "table published: added=%u removed=%u altered=%u", diff->added,
	    diff->removed, diff->altered);
}

/* --- the round -----------------------------------------------------------*/

static bool
check_shrink(const SyncRound *round, const TableDiff *diff, GError **error)
{
	int most = round->config->settings->max_shrink;

	if (round->force || !table_diff_shrinks(diff, most))
		return true;
	return failure_set(error, FAILURE_INPUT,
	    "%u of %u aliases are gone from the source, more than "
	    "sync.max_shrink (%d in 100): if that is meant, stop the sync "
	    "that runs as a daemon and run 'aliasbridge sync --force' once",
	    diff->removed, diff->before, most);
}

static bool
publish(const SyncRound *round, const Reading *reading, bool *changed,
    GError **error)
{
	const TableReading *table = reading->table;
	TableOrigin origin = {round->source->text, table->versions};

	return table_entries_write(table->entries, table->json, table->len,
	    round->config->policy, &origin, round->config->settings->table,
	    g_get_real_time() / G_USEC_PER_SEC, changed, error);
}

static bool
work(const SyncRound *round, const GPtrArray *documents, SyncResult *result,
    GError **error)
{
	g_autoptr(GHashTable) before =
	    table_in_use(round->config->settings->table);
	g_auto(Reading) reading = {0};

	if (!read_settled(round, documents, before, &reading, error) ||
	    !check_shrink(round, reading.diff, error) ||
	    !publish(round, &reading, &result->changed, error))
		return false;
	if (result->changed || !round->quiet)
		log_warnings(reading.table->entries);
	if (result->changed)
		log_changes(reading.diff);
	result->aliases = g_hash_table_size(reading.table->entries->by_key);
	g_autoptr(TableState) state =
	    table_state_read(round->config->settings->table, NULL);
	result->mark = state ? mark_new(reading.digest, state) : NULL;
	return true;
}

bool
sync_round(const SyncRound *round, SyncResult *result, GError **error)
{
	g_autoptr(GPtrArray) documents =
	    table_fetch(round->source, round->client, false, error);

	*result = (SyncResult){0};
	if (!documents)
		return false;
	result->documents = documents->len;
	return is_known(round, documents, result) ||
	       work(round, documents, result, error);
}
