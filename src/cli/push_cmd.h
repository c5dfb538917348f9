/* SPDX-License-Identifier: MIT */
/*
 * push_cmd.h - what push, diff and rollback share: options, the difference
 * shown, the question
 */
#ifndef ALIASBRIDGE_PUSH_CMD_H
#define ALIASBRIDGE_PUSH_CMD_H

#include <glib.h>
#include <stdbool.h>

#include "net/push.h"

typedef struct PushCmd {
	Config *config;       /* owned */
	GPtrArray *documents; /* owned; the local table, or NULL */
	TableSource *source;  /* owned */
	AwsClient *client;    /* owned */
} PushCmd;

/* path: the local table, "-" standard input; NULL: none. false: *exit_code is
 * what to return; it was said why. Clear in any case. */
bool push_cmd_open(PushCmd *cmd, const char *path, int *exit_code);
void push_cmd_clear(PushCmd *cmd);

/* Prepare a push of the local table, whose warnings go to standard error. NULL
 * with the errors of table_reading_new, table_fetch and push_new. */
Push *push_cmd_prepare(
    const PushCmd *cmd, const PushOptions *options, GError **error);

/* What the push would do, on standard output. */
void push_cmd_show(const Push *push);

/* What a command that writes was told. */
typedef struct PushFlags {
	gboolean dry_run; /* only show what would change */
	gboolean yes;     /* do not ask */
	gboolean force;   /* do not refuse what readers would refuse */
	int wait;         /* PushOptions' */
} PushFlags;

/* Show, refuse, ask, carry out, as flags say. The exit code. */
int push_cmd_run(Push *push, const PushFlags *flags);

/* Say error on standard error; its exit code. */
int push_cmd_fail(const GError *error);

/* For PushOptions. */
void push_cmd_progress(const char *text);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(PushCmd, push_cmd_clear)

#endif
