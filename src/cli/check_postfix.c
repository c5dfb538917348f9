/* SPDX-License-Identifier: MIT */
#include "cli/check_postfix.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/check_rules.h"
#include "cli/check_user.h"
#include "cli/cmd.h"
#include "io/table.h"

const char *
harm_to_text(Harm harm)
{
	static const char *const texts[] = {
	    [HARM_LOSE] = "would lose mail",
	    [HARM_LEAK] = "would leak",
	    [HARM_LOOP] = "would loop",
	    [HARM_BOUNCE] = "would bounce mail",
	    [HARM_TWICE] = "would deliver mail twice",
	    [HARM_STOP] = "would stop mail",
	    [HARM_NONE] = "advice",
	};

	return texts[harm];
}

static void
finding_free(gpointer data)
{
	Finding *finding = data;

	g_free(finding->where);
	g_free(finding->what);
	g_free(finding->why);
	g_free(finding->put);
	g_free(finding);
}

static void
check_twice(Check *check)
{
	for (guint i = 0; i < check->view->services->len; i++) {
		const PostfixService *service =
		    g_ptr_array_index(check->view->services, i);
		if (service->twice)
			check_find(check, HARM_NONE, service, NULL,
			    "it stands there twice, and Postfix goes by the "
			    "last one alone",
			    "this one (and remove the one before it)");
	}
}

typedef void (*Rule)(Check *check);

static const Rule rules[] = {check_twice, check_milter, check_domains,
    check_bounces, check_agent, check_reinjection, check_ses};

GPtrArray *
check_postfix(
    const PostfixView *view, const Config *config, const char *const *aliases)
{
	Check check = {.view = view,
	    .policy = config->policy,
	    .settings = config->settings,
	    .aliases = aliases,
	    .findings = g_ptr_array_new_with_free_func(finding_free)};

	for (guint i = 0; i < view->services->len; i++)
		if (check_has_our_milter(
			&check, g_ptr_array_index(view->services, i)))
			check.has_milter = true;
	check.has_agent = check_is_agent(postfix_view_transport(
	    view, check_get(&check, "virtual_transport")));
	check.to_ses = *check_get(&check, "relayhost") != '\0';
	for (guint i = 0; i < G_N_ELEMENTS(rules); i++)
		rules[i](&check);
	return check.findings;
}

static bool
show(const GPtrArray *findings)
{
	bool harm = false;

	for (guint i = 0; i < findings->len; i++) {
		const Finding *finding = g_ptr_array_index(findings, i);
		printf("%s: %s: %s: %s\n    put: %s\n", finding->where,
		    finding->what, harm_to_text(finding->harm), finding->why,
		    finding->put);
		harm |= finding->harm != HARM_NONE;
	}
	return harm;
}

/* Each once, however many services run as it. */
static bool
check_agent_users(const PostfixView *view, const Config *config)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
	bool good = true;

	for (guint i = 0; i < view->services->len; i++) {
		const PostfixService *service =
		    g_ptr_array_index(view->services, i);
		const char *user = check_is_agent(service)
				       ? check_pipe_attribute(service, "user")
				       : NULL;
		if (user && g_hash_table_add(seen, (void *)(gsize)user))
			good &= check_user(CHECK_USER_AGENT, user, config);
	}
	return good;
}

/* Each costs a postmap(1); what is left of an older forwarding has most of
 * them. */
#define ALIASES_ASKED 50

static bool
add_alias(const Alias *alias, void *context)
{
	GPtrArray *some = context;

	if (strchr(alias->key, '@') > alias->key)
		g_ptr_array_add(some, g_strdup(alias->key));
	return some->len < ALIASES_ASKED;
}

/* Keys of the table in use, without catch-alls and mailboxes; none where it
 * cannot be read. Owned by the caller. */
static char **
some_aliases(const Config *config)
{
	GPtrArray *some = g_ptr_array_new();
	g_autoptr(Table) table = table_open(config->settings->table);

	table_refresh(table);
	table_each(table, add_alias, some, NULL);
	g_ptr_array_add(some, NULL);
	return (char **)g_ptr_array_free(some, FALSE);
}

int
check_postfix_run(const char *directory, const Config *config)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(PostfixView) view = postfix_view_read(directory, &error);

	if (!view) {
		cmd_error("%s", error->message);
		return CMD_TEMPORARY;
	}
	g_auto(GStrv) aliases = some_aliases(config);
	g_autoptr(GPtrArray) findings =
	    check_postfix(view, config, (const char *const *)aliases);
	printf(
	    "Postfix: %s\n", postfix_view_get(view, NULL, "config_directory"));
	bool harm = show(findings);
	bool failed = g_hash_table_size(view->failures) > 0;
	if (findings->len == 0 && !failed)
		puts("  nothing that would lose, leak, loop, bounce or stop "
		     "mail");
	fflush(stdout);
	/* What root cannot ask, Postfix cannot; others may not read it all. */
	harm |= failed && geteuid() == 0;
	return check_agent_users(view, config) && !harm ? CMD_OK : CMD_NO;
}
