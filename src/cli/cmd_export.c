/* SPDX-License-Identifier: MIT */
/*
 * aliasbridge export - the table in use, for other programs
 */
#include <stdio.h>
#include <string.h>

#include "cli/cmd.h"
#include "cli/exchange_format.h"
#include "cli/table_columns.h"
#include "core/csv.h"
#include "core/virtual_map.h"
#include "io/table.h"

static char *format_name;
static char *table_directory;

static const GOptionEntry own[] = {
    {"format", 'f', 0, G_OPTION_ARG_STRING, &format_name,
	"json (the default), virtual or csv (RFC 4180)", "FORMAT"},
    {"table", 't', 0, G_OPTION_ARG_FILENAME, &table_directory,
	"the table in DIR instead of the configured folder", "DIR"},
    {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
};

static const CmdHelp help = {
    .summary = "Prints the alias table in use.",
    .details = "json is what build and push take; virtual has no settings, so "
	       "aliases with any that matter become comments.",
    .exits = "0 printed, 64 wrong usage, 75 there is no table to read, 78 "
	     "wrong configuration.",
    .example = "aliasbridge export --format csv > aliases.csv",
};

typedef struct Export {
	const Config *config; /* borrowed */
	GString *out;         /* owned */
	GHashTable *keys;     /* of char *, owned: what there is an entry for */
	guint count, left_out;
} Export;

/* --- virtual -------------------------------------------------------------*/

static bool
note_key(const Alias *alias, void *context)
{
	Export *export = context;

	g_hash_table_add(export->keys, g_strdup(alias->key));
	return true;
}

/* What virtual(5) cannot say. */
static const char *
unsayable(const Alias *alias)
{
	if (!alias->enabled)
		return "disabled";
	if (!alias->targets[0])
		return "without targets";
	if (alias->expires)
		return "expires";
	return alias->senders ? "only for some senders" : NULL;
}

/* A mailbox or "@" key stands for every handled domain there. */
static void
append_everywhere(Export *export, const Alias *alias)
{
	const char *mailbox = strcmp(alias->key, "@") == 0 ? "" : alias->key;

	for (char **d = export->config->policy->domains; *d; d++) {
		g_autofree char *key = g_strconcat(mailbox, "@", *d, NULL);
		if (!g_hash_table_contains(export->keys, key))
			virtual_map_append(export->out, key,
			    (const char *const *)alias->targets);
	}
}

static bool
to_virtual(const Alias *alias, void *context)
{
	Export *export = context;
	const char *why = unsayable(alias);
	const char *at = strchr(alias->key, '@');

	export->count++;
	if (why) {
		g_string_append_printf(
		    export->out, "# %s: %s\n", alias->key, why);
		export->left_out++;
	} else if (!at || strcmp(alias->key, "@") == 0) {
		append_everywhere(export, alias);
	} else {
		virtual_map_append(export->out, alias->key,
		    (const char *const *)alias->targets);
	}
	return true;
}

/* --- csv, json -----------------------------------------------------------*/

static bool
to_csv(const Alias *alias, void *context)
{
	Export *export = context;
	g_auto(GStrv) fields = table_columns_of(alias);

	export->count++;
	csv_append(export->out, (const char *const *)fields);
	return true;
}

static bool
to_json(const Alias *alias, void *context)
{
	Export *export = context;
	g_autofree char *member = table_columns_to_json(alias);

	g_string_append_printf(
	    export->out, "%s%s", export->count > 0 ? ",\n " : "{", member);
	export->count++;
	return true;
}

static bool
each(Export *export, ExchangeFormat format, Table *table, GError **error)
{
	bool good = true;

	switch (format) {
	case EXCHANGE_VIRTUAL:
		return table_each(table, note_key, export, error) &&
		       table_each(table, to_virtual, export, error);
	case EXCHANGE_CSV:
		csv_append(export->out, table_columns_header());
		return table_each(table, to_csv, export, error);
	case EXCHANGE_JSON:
	default:
		good = table_each(table, to_json, export, error);
		g_string_append(
		    export->out, export->count > 0 ? "}\n" : "{}\n");
		return good;
	}
}

static int
run(const Config *config, ExchangeFormat format)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GString) out = g_string_new(NULL);
	g_autoptr(GHashTable) keys =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(Table) table = table_open(
	    table_directory ? table_directory : config->settings->table);
	Export export = {config, out, keys, 0, 0};

	table_refresh(table);
	if (!each(&export, format, table, &error)) {
		cmd_error("%s", error->message);
		return CMD_TEMPORARY;
	}
	if (export.left_out > 0)
		cmd_error("warning: %u aliases cannot be said in this format: "
			  "they are comments",
		    export.left_out);
	fwrite(out->str, 1, out->len, stdout);
	return CMD_OK;
}

int
cmd_export(int argc, char **argv)
{
	ExchangeFormat format = EXCHANGE_JSON;
	int exit_code;

	if (!cmd_parse(&argc, &argv, own, &help, 0, 0, &exit_code))
		return exit_code;
	if (format_name && !exchange_format_parse(format_name, &format))
		return CMD_USAGE;
	g_autoptr(Config) config = cmd_read_config();
	return config ? run(config, format) : CMD_CONFIG;
}
