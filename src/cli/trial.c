/* SPDX-License-Identifier: MIT */
#include "cli/trial.h"

#include "core/failure.h"

void
trial_free(Trial *trial)
{
	if (!trial)
		return;
	address_free(trial->addressed);
	table_match_clear(&trial->match);
	plan_free(trial->plan);
	g_free(trial);
}

static Plan *
plan_found(
    const Trial *trial, const Config *config, Message *message, gint64 now)
{
	g_autofree char *given = address_to_text(trial->addressed);
	g_autofree char *path = g_strdup_printf("<%s>", given);
	PlanAlias alias = {
	    .addressed = trial->addressed,
	    .entry = trial->match.alias,
	    .targets = (const char *const *)trial->match.targets,
	};

	message_add_recipient(message, path, NULL, true);
	return plan_forward(message, &alias, config->policy, now);
}

static Plan *
plan_looked_up(Trial *trial, const Config *config, Message *message, gint64 now)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Table) table = table_open(config->settings->table);

	switch (table_lookup(table, trial->addressed,
	    config->policy->delimiters, now, &trial->match, &error)) {
	case TABLE_FOUND:
		trial->found = true;
		return plan_found(trial, config, message, now);
	case TABLE_ABSENT:
		return plan_refused(
		    reply_copy(config->policy->unknown), "not in the table");
	case TABLE_FAILED:
	default:
		return plan_refused(
		    reply_new(451, "4.3.0", "Alias lookup failed"),
		    error->message);
	}
}

Trial *
trial_run(const Config *config, const char *to, Message *message, gint64 now,
    GError **error)
{
	g_autoptr(Trial) trial = g_new0(Trial, 1);

	trial->addressed = address_parse(to, -1, error);
	if (!trial->addressed)
		return NULL;
	trial->plan = policy_handles(config->policy, trial->addressed)
			  ? plan_looked_up(trial, config, message, now)
			  : plan_refused(reply_new(550, "5.7.1",
					     "Not a domain handled here"),
				"its domain is none of the configured domains");
	return g_steal_pointer(&trial);
}

bool
trial_sender_is_valid(const char *sender, GError **error)
{
	if (!sender || !*sender)
		return true;
	g_autoptr(Address) address = address_parse(sender, -1, error);
	return address != NULL;
}
