/* SPDX-License-Identifier: MIT */
/*
 * cmd.h - what the subcommands of aliasbridge(1) share
 *
 * A main begins with cmd_start. A subcommand NAME is cmd_NAME in cmd_NAME.c, or
 * a program of its own; each starts with cmd_parse, which answers --help and
 * usage errors, and returns a process exit code.
 */
#ifndef ALIASBRIDGE_CMD_H
#define ALIASBRIDGE_CMD_H

#include <glib.h>
#include <stdbool.h>

#include "core/table_entries.h"
#include "io/config.h"

/* Exit codes: postmap's and sysexits(3)'s, so that scripts can tell. */
typedef enum CmdExit {
	CMD_OK = 0,         /* found, forwarded, written */
	CMD_NO = 1,         /* not found, refused, would lose mail */
	CMD_USAGE = 64,     /* the command line is wrong */
	CMD_NO_INPUT = 66,  /* FILE cannot be opened */
	CMD_TEMPORARY = 75, /* it cannot be decided now */
	CMD_CONFIG = 78,    /* the configuration is wrong */
} CmdExit;

/*
 * The locale; and at exit, that standard output was written to its end: a full
 * disk is said on stderr, and the exit code is CMD_TEMPORARY whatever it was
 * to be. So no command looks after its own output. A reader that has gone
 * ends the process by SIGPIPE; where that is ignored, it is an error as any.
 */
void cmd_start(void);

int cmd_bounces(int argc, char **argv);
int cmd_build(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_config(int argc, char **argv);
int cmd_export(int argc, char **argv);
int cmd_import(int argc, char **argv);
int cmd_preview(int argc, char **argv);
int cmd_query(int argc, char **argv);
int cmd_secret(int argc, char **argv);
int cmd_srs(int argc, char **argv);
int cmd_test(int argc, char **argv);

/* What --help says beside the options. Lines are filled. */
typedef struct CmdHelp {
	const char *arguments; /* the usage line's tail ("ADDRESS"), or NULL */
	const char *summary;   /* what it does, in a line */
	const char *details;   /* more of that */
	const char *exits;     /* what each exit code means here */
	const char *example;   /* a command line */
} CmdHelp;

/*
 * Parse the options of a subcommand. own (NULL-terminated, or NULL) are its
 * options beside --config. minimum and maximum bound the arguments that remain
 * in *argv (from 1 on).
 *
 * Returns true to go on; false: *exit_code is what to return. argv is changed
 * in place.
 */
bool cmd_parse(int *argc, char ***argv, const GOptionEntry *own,
    const CmdHelp *help, int minimum, int maximum, int *exit_code);

/* The configuration of --config FILE or the default path; on failure says so
 * on stderr and returns NULL (then return CMD_CONFIG). */
Config *cmd_read_config(void);

/* The argument FILE, or STDIN_FILENO for "-". -1: it was said why not (then
 * return CMD_NO_INPUT). */
int cmd_open_input(const char *path);
void cmd_close_input(int fd);

/* As messages name it: the path, or "standard input". */
const char *cmd_input_name(const char *path);

/* A table's JSON from FILE or "-"; BOUND_TABLE_JSON octets at most.
 * NULL: it was said why; *exit_code is what to return. Free with
 * g_string_free. */
GString *cmd_read_table(
    const char *path, int *exit_code) G_GNUC_WARN_UNUSED_RESULT;

/* "1 alias", "2 aliases". Owned by the caller. */
char *cmd_count(guint count, const char *one, const char *many);

/* What table_entries_parse and _check warned of, on stderr. */
void cmd_print_warnings(const TableEntries *entries);

/* "aliasbridge NAME: text" on stderr; before cmd_parse "aliasbridge: text". */
void cmd_error(const char *format, ...) G_GNUC_PRINTF(1, 2);

#endif
