/* SPDX-License-Identifier: MIT */
#include "cli/check_table.h"

#include <stdio.h>
#include <string.h>

#include "cli/cmd.h"
#include "core/bounds.h"
#include "core/failure.h"
#include "core/table_entries_check.h"
#include "core/table_format.h"
#include "core/table_records.h"
#include "io/file.h"
#include "io/sync_mark.h"
#include "io/table.h"
#include "io/table_files.h"
#include "io/table_reading.h"
#include "io/table_state.h"

/* Lines of one kind that are shown; the rest are counted. */
#define SHOWN 50

static void problem(const char *kind, const char *format, ...)
    G_GNUC_PRINTF(2, 3);

static void
problem(const char *kind, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	g_autofree char *text = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	fprintf(stderr, "%s: %s\n", kind, text);
}

static char *
time_to_text(gint64 time)
{
	g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(time);

	return utc ? g_date_time_format(utc, "%Y-%m-%d %H:%M:%S UTC")
		   : g_strdup("an impossible time");
}

/* "3 hours"; owned by the caller. */
static char *
age_to_text(gint64 seconds)
{
	static const struct {
		gint64 seconds;
		const char *name;
	} units[] = {
	    {86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
	guint i = 0;

	seconds = MAX(seconds, 0);
	while (i + 1 < G_N_ELEMENTS(units) && seconds < units[i].seconds)
		i++;
	gint64 count = seconds / units[i].seconds;
	return g_strdup_printf("%" G_GINT64_FORMAT " %s%s", count,
	    units[i].name, count == 1 ? "" : "s");
}

/* --- whom it refuses ------------------------------------------------------*/

/* Why an entry does not take all mail, or NULL. Owned by the caller. */
static char *
why_refused(const Alias *alias, gint64 now)
{
	if (!alias->enabled)
		return g_strdup("disabled");
	if (!alias->targets[0])
		return g_strdup("without targets");
	g_autofree char *when = time_to_text(alias->expires);
	if (alias->expires && alias->expires <= now)
		return g_strdup_printf("over since %s", when);
	if (!alias->senders)
		return NULL;
	g_autofree char *senders = g_strjoinv(", ", alias->senders);
	return g_strdup_printf("for all senders but %s", senders);
}

/* A sender that no pattern of the entry takes gets the same answer as any
 * other such one; this name is reserved (RFC 2606). */
#define SOMEBODY "somebody@sender.invalid"

static void
print_refusal(
    const Alias *alias, const char *why, gint64 now, const Policy *policy)
{
	g_autoptr(Reply) reply =
	    alias_refusal(alias, SOMEBODY, now, policy->unknown);
	g_autofree char *answer = reply ? reply_to_text(reply) : NULL;
	g_autofree char *shown = failure_mask(why, -1, 200);

	printf("  %s: %s: %s\n", alias->key, shown,
	    answer ? answer : "taken by a pattern that matches all");
}

static void
print_refused(const TableEntries *entries, gint64 now, const Policy *policy)
{
	guint count, refused = 0;
	g_autofree char **keys = table_entries_keys(entries, &count);

	for (guint i = 0; i < count; i++) {
		const Alias *alias =
		    g_hash_table_lookup(entries->by_key, keys[i]);
		g_autofree char *why = why_refused(alias, now);
		if (!why || ++refused > SHOWN)
			continue;
		if (refused == 1)
			puts("refused:");
		print_refusal(alias, why, now, policy);
	}
	if (refused > SHOWN)
		printf("  and %u more\n", refused - SHOWN);
}

/* --- the JSON -------------------------------------------------------------*/

static void
print_size(const TableEntries *entries)
{
	GHashTableIter iter;
	void *alias;
	guint targets = 0;

	g_hash_table_iter_init(&iter, entries->by_key);
	while (g_hash_table_iter_next(&iter, NULL, &alias))
		targets += g_strv_length(((const Alias *)alias)->targets);
	g_autofree char *aliases =
	    cmd_count(g_hash_table_size(entries->by_key), "alias", "aliases");
	g_autofree char *mailboxes = cmd_count(targets, "target", "targets");
	printf("  %s, %s\n", aliases, mailboxes);
}

static int
check_entries(TableEntries *entries, const Config *config, const char *name,
    const char *json, gsize len, gint64 now)
{
	g_autoptr(GError) error = NULL;
	bool good =
	    table_entries_parse(entries, name, json, len, config->policy,
		table_max_targets(config->settings), &error) &&
	    table_entries_check(entries, config->policy, &error);

	cmd_print_warnings(entries);
	if (!good) {
		problem("error", "%s", error->message);
		return CMD_NO;
	}
	print_size(entries);
	print_refused(entries, now, config->policy);
	return CMD_OK;
}

int
check_table_json(const Config *config, const char *name, const char *json,
    gsize len, gint64 now)
{
	g_autoptr(TableEntries) entries = table_entries_new();

	return check_entries(entries, config, name, json, len, now);
}

/* --- the cache ------------------------------------------------------------*/

static void
print_state(const TableState *state, const Settings *settings, gint64 now)
{
	g_autofree char *when = time_to_text(state->time);
	g_autofree char *age = age_to_text(now - state->time);
	g_autofree char *source = failure_mask(state->source, -1, 500);
	gint64 agreed = sync_mark_time(settings->table);

	printf("  source: %s\n  written: %s, %s ago\n", source, when, age);
	if (settings->source && agreed > 0) {
		g_autofree char *since = age_to_text(now - agreed);
		printf(
		    "  source last read and found the same: %s ago\n", since);
	}
	if (state->versions) {
		g_autofree char *versions =
		    failure_mask(state->versions, -1, 1000);
		printf("  versions: %s\n", versions);
	}
}

/* What one parameter holds, as a standard or an advanced one; 0: the table is
 * not in one parameter. */
static gint64
parameter_limit(const TableState *state)
{
	if (!g_str_has_prefix(state->source, "ssm:"))
		return 0;
	return state->octets <= BOUND_SSM_STANDARD ? BOUND_SSM_STANDARD
						   : BOUND_SSM_ADVANCED;
}

static void
print_octets(const TableState *state)
{
	gint64 most = parameter_limit(state);

	printf("  size: %" G_GINT64_FORMAT " octets", state->octets);
	if (most > 0)
		printf(" of %" G_GINT64_FORMAT, most);
	putchar('\n');
}

/* A source that was not read for this many intervals is worth a word. */
#define LATE_INTERVALS 10

static void
check_age(const TableState *state, const Settings *settings, gint64 now)
{
	gint64 agreed = sync_mark_time(settings->table);
	gint64 late = (gint64)settings->sync_interval * LATE_INTERVALS;

	if (settings->source && agreed > 0 && now - agreed > late) {
		g_autofree char *age = age_to_text(now - agreed);
		problem("warning",
		    "the source was last read %s ago: does 'aliasbridge "
		    "sync' run?",
		    age);
	}
	if (settings->source && strcmp(settings->source, state->source) != 0)
		problem("warning",
		    "the table is from %s, the configuration says %s",
		    state->source, settings->source);
}

static void
check_size(const TableState *state)
{
	gint64 most = parameter_limit(state);

	if (most == 0 || state->octets * 10 < most * 8)
		return;
	problem("warning",
	    "the parameter has %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT
	    " octets: spread the table over a path of parameters "
	    "(ssm-path:) with 'aliasbridge push'",
	    state->octets, most);
}

static bool
check_checksum(
    const Config *config, const TableState *state, const char *json, gsize len)
{
	g_autofree char *checksum = table_checksum(config->policy, json, len);

	if (strcmp(checksum, state->checksum) == 0)
		return true;
	problem("error",
	    "the table was built for other domains than those of the "
	    "configuration, or from another %s: run 'aliasbridge build' or "
	    "'aliasbridge sync'",
	    TABLE_JSON);
	return false;
}

static bool
bad_files(const GError *error)
{
	problem("error", "%s: run 'aliasbridge build' or 'aliasbridge sync'",
	    error->message);
	return false;
}

static bool
check_files(const Settings *settings, const TableState *state)
{
	g_autoptr(GError) error = NULL;

	return table_files_check(
		   settings->table, state->checksum, NULL, &error) ||
	       bad_files(error);
}

static bool
check_records(
    const Config *config, const TableState *state, const TableEntries *entries)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(TableContent) content =
	    table_content_new(entries, config->policy);

	return table_files_check(
		   config->settings->table, state->checksum, content, &error) ||
	       bad_files(error);
}

static int
no_table(const Settings *settings, const GError *error)
{
	problem("error",
	    "no table in %s (%s): mail to aliases is deferred until "
	    "'aliasbridge build FILE' or 'aliasbridge sync' has made one",
	    settings->table, error->message);
	return CMD_TEMPORARY;
}

int
check_table_run(const Config *config, gint64 now)
{
	const Settings *settings = config->settings;
	g_autoptr(GError) error = NULL;
	g_autofree char *path =
	    g_build_filename(settings->table, TABLE_JSON, NULL);
	g_autoptr(GString) json = NULL;

	printf("table: %s\n", settings->table);
	g_autoptr(TableState) state = table_state_read(settings->table, &error);
	if (state && !(json = file_read(path, BOUND_TABLE_JSON)))
		file_failed(&error, FAILURE_TEMPORARY, "read", path);
	if (!json)
		return no_table(settings, error);
	print_state(state, settings, now);
	print_octets(state);
	bool whole = check_files(settings, state);
	bool current = check_checksum(config, state, json->str, json->len);
	check_age(state, settings, now);
	check_size(state);
	g_autoptr(TableEntries) entries = table_entries_new();
	int exit_code =
	    check_entries(entries, config, path, json->str, json->len, now);
	if (whole && current && exit_code == CMD_OK)
		whole = check_records(config, state, entries);
	return whole && current ? exit_code : CMD_NO;
}
