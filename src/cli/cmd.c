/* SPDX-License-Identifier: MIT */
#include "cli/cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/bounds.h"
#include "io/file.h"

#define HELP_COLUMNS 78

static char *config_path;
static char *cmd_name;

static const GOptionEntry common[] = {
    {"config", 'c', 0, G_OPTION_ARG_FILENAME, &config_path,
	"read FILE, not the default configuration", "FILE"},
    {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
};

/* A command may have another use for a letter of ours: GOption would hand one
 * option to both. */
static void
add_entries(GOptionContext *context, const GOptionEntry *own)
{
	GOptionEntry ours[G_N_ELEMENTS(common)];

	memcpy(ours, common, sizeof common);
	for (guint i = 0; own && own[i].long_name; i++)
		if (own[i].short_name == ours[0].short_name)
			ours[0].short_name = 0;
	if (own)
		g_option_context_add_main_entries(context, own, NULL);
	g_option_context_add_main_entries(context, ours, NULL);
}

void
cmd_error(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	g_autofree char *text = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	fprintf(stderr, "aliasbridge%s%s: %s\n", cmd_name ? " " : "",
	    cmd_name ? cmd_name : "", text);
}

/* Where nothing was to be written, a descriptor that was closed from the start
 * is no error. */
static void
close_output(void)
{
	bool lost = ferror(stdout) != 0;

	errno = 0;
	if (fflush(stdout) == 0 && (fclose(stdout) == 0 || errno == EBADF) &&
	    !lost)
		return;
	cmd_error("cannot write standard output%s%s", errno ? ": " : "",
	    errno ? g_strerror(errno) : "");
	_exit(CMD_TEMPORARY);
}

void
cmd_start(void)
{
	setlocale(LC_CTYPE, "");
	atexit(close_output);
}

static void
append_filled(GString *out, const char *text)
{
	g_auto(GStrv) words = g_strsplit(text, " ", -1);
	gsize column = 0;

	for (guint i = 0; words[i]; i++) {
		gsize len = strlen(words[i]);
		bool fits = column + len < HELP_COLUMNS;
		if (i > 0)
			g_string_append_c(out, fits ? ' ' : '\n');
		g_string_append(out, words[i]);
		column = (fits ? column + 1 : 0) + len;
	}
}

static GOptionContext *
context_new(const GOptionEntry *own, const CmdHelp *help)
{
	GOptionContext *context = g_option_context_new(help->arguments);
	g_autoptr(GString) text = g_string_new(NULL);
	g_autofree char *exits =
	    g_strconcat("Exit status: ", help->exits, NULL);

	append_filled(text, help->details);
	g_string_append(text, "\n\n");
	append_filled(text, exits);
	g_string_append_printf(text, "\n\nExample:\n  %s", help->example);
	g_option_context_set_summary(context, help->summary);
	g_option_context_set_description(context, text->str);
	add_entries(context, own);
	return context;
}

/* Without the word: aliasbridge -q ADDRESS. */
static void
set_name(const char *argument)
{
	g_autofree char *name = g_path_get_basename(argument);

	g_free(cmd_name);
	cmd_name = g_strdup(strcmp(name, "aliasbridge") == 0 ? "query" : name);
	g_autofree char *program = g_strconcat("aliasbridge ", cmd_name, NULL);
	g_set_prgname(program);
}

bool
cmd_parse(int *argc, char ***argv, const GOptionEntry *own, const CmdHelp *help,
    int minimum, int maximum, int *exit_code)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GOptionContext) context = context_new(own, help);

	set_name((*argv)[0]);
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
	if (*argc - 1 >= minimum && *argc - 1 <= maximum)
		return true;
	cmd_error("expected [OPTION...]%s%s; try 'aliasbridge %s --help'",
	    help->arguments ? " " : "", help->arguments ? help->arguments : "",
	    cmd_name);
	return false;
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

const char *
cmd_input_name(const char *path)
{
	return strcmp(path, "-") == 0 ? "standard input" : path;
}

static void
cannot_read(const char *path)
{
	cmd_error(
	    "cannot read %s: %s", cmd_input_name(path), g_strerror(errno));
}

static bool
is_folder(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISDIR(status.st_mode);
}

int
cmd_open_input(const char *path)
{
	if (strcmp(path, "-") == 0)
		return STDIN_FILENO;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && is_folder(fd)) {
		close(fd);
		fd = -1;
		errno = EISDIR;
	}
	if (fd < 0)
		cannot_read(path);
	return fd;
}

void
cmd_close_input(int fd)
{
	if (fd != STDIN_FILENO)
		close(fd);
}

GString *
cmd_read_table(const char *path, int *exit_code)
{
	int fd = cmd_open_input(path);

	*exit_code = CMD_NO_INPUT;
	if (fd < 0)
		return NULL;
	GString *text = file_read_fd(fd, BOUND_TABLE_JSON);
	if (!text && errno == EFBIG) {
		cmd_error("%s: the table is over 256 MB", cmd_input_name(path));
		*exit_code = CMD_NO;
	} else if (!text) {
		cannot_read(path);
		*exit_code = CMD_TEMPORARY;
	}
	cmd_close_input(fd);
	return text;
}

char *
cmd_count(guint count, const char *one, const char *many)
{
	return g_strdup_printf("%u %s", count, count == 1 ? one : many);
}

void
cmd_print_warnings(const TableEntries *entries)
{
	for (guint i = 0; i < entries->warnings->len; i++)
		fprintf(stderr, "warning: %s\n",
		    (const char *)entries->warnings->pdata[i]);
}
