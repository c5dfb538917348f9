/* SPDX-License-Identifier: MIT */
/*
 * check_postfix.h - which settings of a Postfix would lose, leak, loop,
 * bounce or stop mail that aliasbridge is to forward
 *
 * Works out from the view which of the three ways is configured (milter and
 * delivery agent, milter alone, agent alone), and says what does not fit it.
 */
#ifndef ALIASBRIDGE_CHECK_POSTFIX_H
#define ALIASBRIDGE_CHECK_POSTFIX_H

#include <glib.h>

#include "cli/postfix_view.h"
#include "io/config.h"

typedef enum Harm {
	HARM_LOSE,   /* accepted mail is delivered to nobody */
	HARM_LEAK,   /* a target, a password or a message is shown */
	HARM_LOOP,   /* mail comes back to where it was */
	HARM_BOUNCE, /* accepted mail is returned to its sender */
	HARM_TWICE,  /* a target gets two copies */
	HARM_STOP,   /* mail waits until somebody mends it */
	HARM_NONE,   /* advice */
} Harm;

const char *harm_to_text(Harm harm);

typedef struct Finding {
	Harm harm;
	char *where; /* owned; "main.cf", or a service of master.cf */
	char *what;  /* owned; the setting as it is */
	char *why;   /* owned; one sentence, no full stop */
	char *put;   /* owned; the line to put instead */
} Finding;

/* What was found, in the order of the rules;
 * an array of Finding, owned by the caller; empty where all is well. aliases:
 * some that are in use (NULL-terminated), for what else might expand them. */
GPtrArray *check_postfix(
    const PostfixView *view, const Config *config, const char *const *aliases);

/* Read the Postfix in directory (NULL: the machine's own), print what was
 * found, and return CMD_OK, CMD_NO where a finding does harm or root's postmap
 * fails, or CMD_TEMPORARY where postconf does not answer. */
int check_postfix_run(const char *directory, const Config *config);

#endif
