/* SPDX-License-Identifier: MIT */
/*
 * aliasbridge(1) - one command for people and for Postfix
 *
 * Subcommands that do not use the network are in this program; the others
 * are programs of their own in libexecdir, run as git runs its own.
 */
#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "config.h"

typedef struct Command {
	const char *name;
	int (*run)(int argc, char **argv); /* NULL: a program of its own */
	const char *summary;
} Command;

static const Command commands[] = {
    {"bounces", cmd_bounces, "show how often which target bounced"},
    {"build", cmd_build, "compile an alias table"},
    {"check", cmd_check, "check configuration, table and Postfix"},
    {"config", cmd_config, "print the effective configuration"},
    {"deliver", NULL, "deliver one message to one alias (run by Postfix)"},
    {"diff", NULL, "compare a local alias table with the one in SSM"},
    {"export", cmd_export, "print the alias table: json, virtual, csv"},
    {"import", cmd_import, "convert a table of virtual(5) or csv to json"},
    {"preview", cmd_preview, "print a message as it would be forwarded"},
    {"push", NULL, "bring a local alias table to SSM"},
    {"query", cmd_query, "print the targets of an alias"},
    {"rollback", NULL, "return the alias table in SSM to an earlier one"},
    {"secret", cmd_secret, "make a secret for signed addresses"},
    {"smtp-password", NULL, "derive the SES SMTP password from an IAM key"},
    {"srs", cmd_srs, "sign an envelope sender, or read a signed one"},
    {"sync", NULL, "keep the local alias table as its source is"},
    {"test", cmd_test, "show what mail to an address would meet"},
};

static void
usage(FILE *out)
{
	fputs("usage: aliasbridge COMMAND [OPTION...] [ARGUMENT...]\n"
	      "       aliasbridge -q ADDRESS | -s | --help | --version\n\n"
	      "Forwards mail for aliases through Amazon SES.\n\ncommands:\n",
	    out);
	for (guint i = 0; i < G_N_ELEMENTS(commands); i++)
		fprintf(
		    out, "  %-14s %s\n", commands[i].name, commands[i].summary);
	fputs("\n'aliasbridge COMMAND --help' says more; so do aliasbridge(1),"
	      "\naliasbridge.conf(5) and aliasbridge-table(5).\n",
	    out);
}

/* Beside this program (a build tree), or where make install puts them. */
static char *
program_path(const char *name)
{
	g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
	g_autofree char *folder = self ? g_path_get_dirname(self) : NULL;
	g_autofree char *file = g_strconcat("aliasbridge-", name, NULL);

	if (folder) {
		char *beside = g_build_filename(folder, file, NULL);
		if (g_file_test(beside, G_FILE_TEST_IS_EXECUTABLE))
			return beside;
		g_free(beside);
	}
	return g_build_filename(PKGLIBEXECDIR, file, NULL);
}

/* Does not return where the program is there. */
static int
run_program(const char *name, char **argv)
{
	g_autofree char *path = program_path(name);

	execv(path, argv);
	fprintf(stderr, "aliasbridge: cannot run %s: %s\n", path,
	    g_strerror(errno));
	return CMD_TEMPORARY;
}

static int
run(const Command *command, int argc, char **argv)
{
	return command->run ? command->run(argc, argv)
			    : run_program(command->name, argv);
}

int
main(int argc, char **argv)
{
	cmd_start();
	if (argc < 2) {
		usage(stderr);
		return CMD_USAGE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts(PACKAGE_STRING);
		return CMD_OK;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
		usage(stdout);
		return CMD_OK;
	}
	/* As postmap -q and -s: aliasbridge -q ADDRESS, --config F -s. */
	bool query = argv[1][0] == '-';
	const char *name = query ? "query" : argv[1];
	int skip = query ? 0 : 1;
	for (guint i = 0; i < G_N_ELEMENTS(commands); i++)
		if (strcmp(name, commands[i].name) == 0)
			return run(&commands[i], argc - skip, argv + skip);
	fprintf(stderr,
	    "aliasbridge: no command '%s'; try 'aliasbridge --help'\n",
	    argv[1]);
	return CMD_USAGE;
}
