/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "cli/cmd.h"
#include "core/failure.h"
#include "core/table_entries_check.h"
#include "io/table_reading.h"
#include "io/table_write.h"

static char *table_directory;

static const GOptionEntry own[] = {
    {"table", 't', 0, G_OPTION_ARG_FILENAME, &table_directory,
	"write to DIR instead of the configured folder", "DIR"},
    {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
};

static const CmdHelp help = {
    .arguments = "FILE",
    .summary = "Compiles an alias table (JSON) and puts it in use.",
    .details = "FILE may be '-', standard input. Every error is told with its "
	       "place; on any the old table stays in use. Postfix and the "
	       "milter take the new one by themselves.",
    .exits = "0 written or unchanged, 1 the table is refused, 64 wrong usage, "
	     "66 FILE cannot be opened, 75 it cannot be written now, 78 wrong "
	     "configuration.",
    .example = "aliasbridge build aliases.json",
};

static char *
origin_of(const char *path)
{
	g_autofree char *absolute = strcmp(path, "-") == 0
					? g_strdup("-")
					: g_canonicalize_filename(path, NULL);

	return g_strconcat("file:", absolute, NULL);
}

static bool
write_table(TableEntries *entries, const GString *json, const char *path,
    const Config *config, bool *changed, GError **error)
{
	g_autofree char *source = origin_of(path);
	TableOrigin origin = {source, NULL};

	return table_entries_parse(entries, path, json->str, json->len,
		   config->policy, table_max_targets(config->settings),
		   error) &&
	       table_entries_check(entries, config->policy, error) &&
	       table_entries_write(entries, json->str, json->len,
		   config->policy, &origin, config->settings->table,
		   g_get_real_time() / G_USEC_PER_SEC, changed, error);
}

static int
build(const char *path, const Config *config)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(TableEntries) entries = table_entries_new();
	int exit_code;
	g_autoptr(GString) json = cmd_read_table(path, &exit_code);
	bool changed = false;

	if (!json)
		return exit_code;
	bool written =
	    write_table(entries, json, path, config, &changed, &error);
	cmd_print_warnings(entries);
	if (!written) {
		fprintf(stderr, "%s\n", error->message);
		cmd_error("%s; the old table stays",
		    error->code == FAILURE_INPUT
			? "the table was refused"
			: "the table could not be written");
		return error->code == FAILURE_INPUT ? CMD_NO : CMD_TEMPORARY;
	}
	g_autofree char *aliases =
	    cmd_count(g_hash_table_size(entries->by_key), "alias", "aliases");
	g_autofree char *domains = cmd_count(
	    g_strv_length(config->policy->domains), "domain", "domains");
	printf("%s: %s, %s%s\n", config->settings->table, aliases, domains,
	    changed ? "" : ", unchanged");
	return CMD_OK;
}

int
cmd_build(int argc, char **argv)
{
	int exit_code;

	if (!cmd_parse(&argc, &argv, own, &help, 1, 1, &exit_code))
		return exit_code;
	g_autoptr(Config) config = cmd_read_config();
	if (!config)
		return CMD_CONFIG;
	if (table_directory) {
		g_free(config->settings->table);
		config->settings->table = g_strdup(table_directory);
	}
	return build(argv[1], config);
}
