/* SPDX-License-Identifier: MIT */
/*
 * check_rules.h - what the rules of check_postfix.h are made of
 */
#ifndef ALIASBRIDGE_CHECK_RULES_H
#define ALIASBRIDGE_CHECK_RULES_H

#include <glib.h>
#include <stdbool.h>

#include "cli/check_postfix.h"

/* What the rules share. */
typedef struct Check {
	const PostfixView *view;
	const Policy *policy;
	const Settings *settings;
	const char *const *aliases;
	bool has_milter;     /* a listener has our milter */
	bool has_agent;      /* the alias domains' transport is our agent */
	bool to_ses;         /* Postfix itself relays to SES */
	GPtrArray *findings; /* of Finding */
} Check;

/* Note a finding. parameter NULL: service as a whole; service NULL too: that
 * it is not there. */
void check_find(Check *check, Harm harm, const PostfixService *service,
    const char *parameter, const char *why, const char *put);

/* postfix_view_get for main.cf; postfix_view_is_set with "yes". */
const char *check_get(const Check *check, const char *parameter);
bool check_is_yes(
    const Check *check, const PostfixService *service, const char *parameter);

/* Our entry in a list of milters ("unix:/x" or "{ unix:/x, ... }"), owned by
 * the caller, or NULL: it names our socket or, where a chroot makes the path
 * another one, our file name. */
char *check_our_milter(
    const Check *check, const PostfixService *service, const char *parameter);
/* "unix:/x" of such an entry. Owned by the caller. */
char *check_milter_address(const char *entry);
bool check_is_listener(const PostfixService *service);
bool check_has_our_milter(const Check *check, const PostfixService *service);

/* The value of NAME=VALUE among a pipe's attributes, or NULL. */
const char *check_pipe_attribute(
    const PostfixService *service, const char *name);
/* Is it a pipe that runs our agent? service may be NULL. */
bool check_is_agent(const PostfixService *service);

/* The re-injection listener of the configuration, or NULL. */
const PostfixService *check_reinject_service(const Check *check);
/* Is it in use? */
bool check_uses_reinjection(const Check *check);

/* The rules, by subject. */
void check_milter(Check *check);
void check_domains(Check *check);
void check_bounces(Check *check);
void check_agent(Check *check);
void check_reinjection(Check *check);
void check_ses(Check *check);

#endif
