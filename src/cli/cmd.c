/* SPDX-License-Identifier: MIT */
#include "cli/cmd.h"

#include <stdio.h>
#include <string.h>

static char *config_path;
static char *cmd_name;

static GOptionEntry common[] = {
    {"config", 'c', 0, G_OPTION_ARG_FILENAME, &config_path,
	"read FILE instead of the default configuration", "FILE"},
    {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
};

void
cmd_error(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	g_autofree char *text = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	fprintf(stderr, "aliasbridge %s: %s\n", cmd_name ? cmd_name : "", text);
}

bool
cmd_parse(int *argc, char ***argv, const GOptionEntry *own,
    const char *arguments, const char *summary, const char *details,
    int minimum, int maximum, int *exit_code)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GOptionContext) context = g_option_context_new(arguments);

	/* Without the word: aliasbridge -q ADDRESS. */
	const char *last = strrchr((*argv)[0], '/');
	const char *name = last ? last + 1 : (*argv)[0];
	g_free(cmd_name);
	cmd_name = g_strdup(strcmp(name, "aliasbridge") == 0 ? "query" : name);
	g_autofree char *program = g_strconcat("aliasbridge ", cmd_name, NULL);
	g_set_prgname(program);
	g_option_context_set_summary(context, summary);
	g_option_context_set_description(context, details);
	if (own)
		g_option_context_add_main_entries(context, own, NULL);
	g_option_context_add_main_entries(context, common, NULL);
	*exit_code = CMD_USAGE;
	if (!g_option_context_parse(context, argc, argv, &error)) {
		cmd_error("%s; try 'aliasbridge %s --help'", error->message,
		    cmd_name);
		return false;
	}
	if (*argc > 1 && g_str_equal((*argv)[1], "--")) {
		for (int i = 1; i < *argc; i++)
			(*argv)[i] = (*argv)[i + 1];
		--*argc;
	}
	if (*argc - 1 < minimum || *argc - 1 > maximum) {
		g_autofree char *help =
		    g_option_context_get_help(context, TRUE, NULL);
		fputs(help, stderr);
		return false;
	}
	return true;
}

Config *
cmd_read_config(void)
{
	g_autoptr(GError) error = NULL;
	Config *config = config_load(
	    config_path ? config_path : CONFIG_DEFAULT_PATH, &error);

	if (!config)
		cmd_error("%s", error->message);
	return config;
}
