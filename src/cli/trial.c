/* SPDX-License-Identifier: MIT */
#include "cli/trial.h"

#include "core/failure.h"

void
trial_free(Trial *trial)
{
	if (!trial)
		return;
	g_free(trial->address);
	rcpt_clear(&trial->rcpt);
	plan_free(trial->plan);
	g_free(trial);
}

static Plan *
plan_alias(const Rcpt *rcpt, const Config *config, Message *message, gint64 now)
{
	g_autofree char *given = address_to_text(rcpt->address);
	g_autofree char *path = g_strdup_printf("<%s>", given);
	PlanAlias alias = {
	    .addressed = rcpt->address,
	    .entry = rcpt->match.alias,
	    .targets = (const char *const *)rcpt->match.targets,
	};

	message_add_recipient(message, path, NULL, true);
	return plan_forward(message, &alias, config->policy, now);
}

/* NULL: its reply says why. */
static const char *
why_entry_refuses(const Alias *entry, gint64 now)
{
	if (!entry->enabled)
		return "the entry is disabled";
	if (alias_is_active(entry, now))
		return NULL;
	return entry->targets[0] ? "the entry has expired"
				 : "the entry has no targets";
}

static Plan *
plan_refusal(const Rcpt *rcpt, const Policy *policy, gint64 now)
{
	const char *why = NULL;

	if (rcpt->error)
		why = rcpt->error->message;
	else if (rcpt->match.alias)
		why = why_entry_refuses(rcpt->match.alias, now);
	else if (g_str_equal(rcpt->reply->text, policy->unknown->text))
		why = "not in the table";
	return plan_refused(reply_copy(rcpt->reply), why);
}

static Plan *
plan_rcpt(const Rcpt *rcpt, const Config *config, Message *message, gint64 now)
{
	switch (rcpt->kind) {
	case RCPT_ALIAS:
		return plan_alias(rcpt, config, message, now);
	case RCPT_REFUSED:
		return plan_refusal(rcpt, config->policy, now);
	case RCPT_BOUNCE:
		return NULL;
	case RCPT_ORDINARY:
	default:
		return plan_refused(
		    reply_new(550, "5.7.1", "Not a domain handled here"),
		    "its domain is none of the configured domains");
	}
}

/* postsrsd's signed addresses may be longer than an address can be: those are
 * taken, or refused for what they are. */
static bool
is_no_address(const Rcpt *rcpt)
{
	return !rcpt->address &&
	       (rcpt->kind == RCPT_ORDINARY ||
		   (rcpt->kind == RCPT_REFUSED && rcpt->reply->code == 553));
}

Trial *
trial_run(const Config *config, const char *to, Message *message, gint64 now,
    GError **error)
{
	g_autoptr(Trial) trial = g_new0(Trial, 1);
	g_autoptr(Table) table = table_open(config->settings->table);
	RcptPath path = {.given = to};

	rcpt_judge(
	    &trial->rcpt, &path, message->sender, config->policy, table, now);
	if (is_no_address(&trial->rcpt)) {
		address_free(address_parse(to, -1, error));
		return NULL;
	}
	trial->address = trial->rcpt.address
			     ? address_to_text(trial->rcpt.address)
			     : g_strdup(to);
	trial->plan = plan_rcpt(&trial->rcpt, config, message, now);
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
