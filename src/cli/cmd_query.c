/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd.h"
#include "core/alias.h"
#include "core/bounds.h"
#include "io/table.h"

static char *query_key;
static gboolean query_list;

static const GOptionEntry own[] = {
    {"query", 'q', 0, G_OPTION_ARG_FILENAME, &query_key,
	"look up KEY; '-': the lines of standard input", "KEY"},
    {"list", 's', 0, G_OPTION_ARG_NONE, &query_list,
	"list the whole table: KEY TAB TARGETS", NULL},
    {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
};

static const CmdHelp help = {
    .arguments = "[ADDRESS]",
    .summary = "Prints the targets of an alias.",
    .details = "Also in postmap's manner, without the word query: aliasbridge "
	       "-q KEY, -q -, -s. With -q - each line of standard input is a "
	       "key; for each that is there KEY TAB TARGETS is printed.",
    .exits = "0 found, 1 not found, 64 wrong usage, 75 the table cannot "
	     "answer, 78 wrong configuration.",
    .example = "aliasbridge query shop@example.com",
};

typedef struct Query {
	const Config *config; /* borrowed */
	Table *table;         /* borrowed */
	gint64 now;
	guint silent; /* entries that do not forward */
} Query;

/* The targets of an entry that forwards, "a, b"; owned by the caller. */
static TableResult
answer(Query *query, const Alias *alias, char **targets, char **value)
{
	if (!alias_is_active(alias, query->now)) {
		query->silent++;
		return TABLE_ABSENT;
	}
	*value = g_strjoinv(", ", targets);
	return TABLE_FOUND;
}

static TableResult
look_up_key(Query *query, const char *key, char **value, GError **error)
{
	g_autoptr(Alias) alias = NULL;
	TableResult result = table_get(query->table, key, &alias, error);

	return result == TABLE_FOUND
		   ? answer(query, alias, alias->targets, value)
		   : result;
}

/* A whole address is looked up as mail to it would be; "@domain", "user" and
 * "@" as the keys that they are. */
static TableResult
look_up(Query *query, const char *key, char **value, GError **error)
{
	g_autoptr(Address) address = address_parse(key, -1, NULL);
	TableMatch match;

	if (!address)
		return look_up_key(query, key, value, error);
	TableResult result = table_lookup(query->table, address,
	    query->config->policy->delimiters, query->now, &match, error);
	if (result != TABLE_FOUND)
		return result;
	result = answer(query, match.alias, match.targets, value);
	table_match_clear(&match);
	return result;
}

static int
exit_code_of(TableResult result, const GError *error)
{
	switch (result) {
	case TABLE_FOUND:
		return CMD_OK;
	case TABLE_ABSENT:
		return CMD_NO;
	case TABLE_FAILED:
	default:
		cmd_error("%s", error->message);
		return CMD_TEMPORARY;
	}
}

static int
query_one(Query *query, const char *key)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *value = NULL;
	TableResult result = look_up(query, key, &value, &error);

	if (value)
		printf("%s\n", value);
	if (query->silent > 0)
		cmd_error("the entry is disabled, over or without targets");
	return exit_code_of(result, error);
}

static int
query_input(Query *query)
{
	char *line = NULL;
	size_t size = 0;
	int exit_code = CMD_NO;
	ssize_t len = 0;

	while (
	    exit_code <= CMD_NO && (len = getline(&line, &size, stdin)) >= 0) {
		g_autoptr(GError) error = NULL;
		g_autofree char *value = NULL;
		if (len > 0 && line[len - 1] == '\n')
			line[len - 1] = '\0';
		TableResult result = look_up(query, line, &value, &error);
		if (value)
			printf("%s\t%s\n", line, value);
		if (result == TABLE_FAILED)
			exit_code = exit_code_of(result, error);
		else if (value)
			exit_code = CMD_OK;
	}
	int saved = errno;
	free(line);
	if (len >= 0 || feof(stdin))
		return exit_code;
	cmd_error("cannot read standard input: %s", g_strerror(saved));
	return CMD_TEMPORARY;
}

static bool
print_entry(const Alias *alias, void *context)
{
	Query *query = context;
	g_autofree char *value = NULL;

	if (answer(query, alias, alias->targets, &value) == TABLE_FOUND)
		printf("%s\t%s\n", alias->key, value);
	return true;
}

static int
query_all(Query *query)
{
	g_autoptr(GError) error = NULL;

	if (!table_each(query->table, print_entry, query, &error))
		return exit_code_of(TABLE_FAILED, error);
	if (query->silent > 0)
		cmd_error("%u entries that are disabled, over or without "
			  "targets are not listed",
		    query->silent);
	return CMD_OK;
}

int
cmd_query(int argc, char **argv)
{
	int exit_code;

	if (!cmd_parse(&argc, &argv, own, &help, 0, 1, &exit_code))
		return exit_code;
	const char *key = argc > 1 ? argv[1] : query_key;
	if (!!key + !!query_list != 1 || (argc > 1 && query_key)) {
		cmd_error("one of ADDRESS, -q KEY and -s is needed");
		return CMD_USAGE;
	}
	g_autoptr(Config) config = cmd_read_config();
	if (!config)
		return CMD_CONFIG;
	g_autoptr(Table) table = table_open(config->settings->table);
	Query query = {config, table, g_get_real_time() / G_USEC_PER_SEC, 0};
	if (query_list)
		return query_all(&query);
	return strcmp(key, "-") == 0 ? query_input(&query)
				     : query_one(&query, key);
}
