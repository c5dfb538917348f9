/* SPDX-License-Identifier: MIT */
#include "cli/check_postfix.h"

#include <stdio.h>

#include "cli/check_rules.h"
#include "cli/cmd.h"

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

typedef void (*Rule)(Check *check);

static const Rule rules[] = {check_milter, check_domains, check_bounces,
    check_agent, check_reinjection, check_ses};

GPtrArray *
check_postfix(const PostfixView *view, const Config *config)
{
	Check check = {.view = view,
	    .policy = config->policy,
	    .settings = config->settings,
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

int
check_postfix_run(const char *directory, const Config *config)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(PostfixView) view = postfix_view_read(directory, &error);

	if (!view) {
		cmd_error("%s", error->message);
		return CMD_TEMPORARY;
	}
	g_autoptr(GPtrArray) findings = check_postfix(view, config);
	return show(findings) ? CMD_NO : CMD_OK;
}
