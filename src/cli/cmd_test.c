/* SPDX-License-Identifier: MIT */
/*
 * cmd_test.c - aliasbridge test: what an address does, and why
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cli/cmd.h"
#include "cli/trial.h"
#include "core/apply.h"
#include "core/encoded_word.h"
#include "core/failure.h"
#include "core/intake.h"

typedef struct TestOptions {
	char *from;
	gboolean json;
	gint64 now;
} TestOptions;

/* A message as the sender's first one to the address would look. */
static Message *
sample_message(const char *sender, const char *address, GString *octets)
{
	Message *message = message_new(sender);

	g_string_printf(octets,
	    "From: %s\r\nTo: %s\r\nSubject: test\r\n"
	    "Date: Thu, 1 Jan 1970 00:00:00 +0000\r\n"
	    "Message-ID: <test@%s>\r\n\r\n",
	    *sender ? sender : "MAILER-DAEMON", address, "aliasbridge.invalid");
	intake_split(message, octets->str, octets->len);
	return message;
}

/* What the sample becomes: its fields, by name. */
typedef struct Outcome {
	GString *octets; /* owned */
	Message *after;  /* owned; borrows from octets */
} Outcome;

static Outcome
outcome_of(const Message *message, const EditList *edits)
{
	Outcome outcome = {
	    apply_to_string(message, edits, APPLY_MESSAGE), message_new("")};

	intake_split(outcome.after, outcome.octets->str, outcome.octets->len);
	return outcome;
}

static void
outcome_clear(Outcome *outcome)
{
	message_free(outcome->after);
	g_string_free(outcome->octets, TRUE);
}

static char *
outcome_field(const Outcome *outcome, const char *name)
{
	const HeaderField *field = header_get(outcome->after->header, name, 1);
	char *text =
	    field ? encoded_word_decode(field->value, field->value_len, NULL)
		  : g_strdup("");

	return g_strstrip(text);
}

static const char *
verdict_text(const Plan *plan)
{
	if (!plan)
		return "bounce";
	switch (plan->verdict) {
	case PLAN_FORWARD:
		return "forward";
	case PLAN_REFUSE:
		return "refuse";
	case PLAN_DEFER:
	default:
		return "defer";
	}
}

static bool
is_forwarded(const Plan *plan)
{
	return plan && plan->verdict == PLAN_FORWARD;
}

static char *
reply_text(const Plan *plan)
{
	return plan && plan->reply ? reply_to_text(plan->reply)
				   : g_strdup("250 2.1.5 Ok");
}

static const char *
why_text(const Plan *plan)
{
	if (!plan)
		return "an envelope sender of ours: its mail is about messages "
		       "that were forwarded";
	return plan->why ? plan->why : "";
}

static void
print_row(const char *label, const char *text)
{
	g_autofree char *masked = failure_mask(text, -1, 2000);

	printf("%-10s %s\n", label, masked);
}

static void
print_outcome(const Trial *trial, const Message *message)
{
	static const char *const names[] = {"From", "To", "Reply-To"};
	Outcome outcome = outcome_of(message, trial->plan->edits);
	g_autofree char *sender = apply_sender(message, trial->plan->edits);
	g_autofree char *path = g_strdup_printf("<%s>", sender);

	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *text = outcome_field(&outcome, names[i]);
		print_row(names[i], text);
	}
	print_row("MAIL FROM", path);
	outcome_clear(&outcome);
}

static void
print_rule(const TableMatch *match)
{
	if (!match->alias) {
		print_row("rule", "none");
		return;
	}
	g_autofree char *rule = g_strdup_printf(
	    "%s (%s)", match->alias->key, alias_rule_to_text(match->rule));
	print_row("rule", rule);
}

static void
print_people(const Trial *trial, const Message *message)
{
	const TableMatch *match = &trial->rcpt.match;
	g_autofree char *reply = reply_text(trial->plan);

	print_row("address", trial->address);
	print_rule(match);
	print_row("verdict", verdict_text(trial->plan));
	print_row("reply", reply);
	if (*why_text(trial->plan))
		print_row("why", why_text(trial->plan));
	for (guint i = 0; match->alias && match->targets[i]; i++)
		print_row(i == 0 ? "targets" : "", match->targets[i]);
	if (is_forwarded(trial->plan))
		print_outcome(trial, message);
}

static json_t *
json_outcome(const Trial *trial, const Message *message)
{
	Outcome outcome = outcome_of(message, trial->plan->edits);
	g_autofree char *from = outcome_field(&outcome, "From");
	g_autofree char *to = outcome_field(&outcome, "To");
	g_autofree char *reply_to = outcome_field(&outcome, "Reply-To");
	g_autofree char *sender = apply_sender(message, trial->plan->edits);
	json_t *json = json_pack("{s:s, s:s, s:s, s:s}", "from", from, "to", to,
	    "reply_to", reply_to, "mail_from", sender);

	outcome_clear(&outcome);
	return json;
}

static void
print_json(const Trial *trial, const Message *message)
{
	const TableMatch *match = &trial->rcpt.match;
	const Alias *entry = match->alias;
	g_autofree char *reply = reply_text(trial->plan);
	json_t *targets = json_array();

	for (guint i = 0; entry && match->targets[i]; i++)
		json_array_append_new(targets, json_string(match->targets[i]));
	json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:o, s:s?, s:s?}",
	    "address", trial->address, "verdict", verdict_text(trial->plan),
	    "reply", reply, "why", why_text(trial->plan), "targets", targets,
	    "key", entry ? entry->key : NULL, "rule",
	    entry ? alias_rule_to_text(match->rule) : NULL);
	json_object_set_new(json, "result",
	    is_forwarded(trial->plan) ? json_outcome(trial, message)
				      : json_null());
	json_dumpf(json, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(json);
}

static int
exit_code_of(const Plan *plan)
{
	if (!plan)
		return CMD_OK;
	switch (plan->verdict) {
	case PLAN_FORWARD:
		return CMD_OK;
	case PLAN_REFUSE:
		return CMD_NO;
	case PLAN_DEFER:
	default:
		return CMD_TEMPORARY;
	}
}

static int
test_address(const TestOptions *options, const char *address)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GString) octets = g_string_new(NULL);
	g_autoptr(Config) config = cmd_read_config();

	if (!config)
		return CMD_CONFIG;
	if (!trial_sender_is_valid(options->from, &error)) {
		cmd_error("--from %s: %s", options->from, error->message);
		return CMD_USAGE;
	}
	g_autoptr(Message) message =
	    sample_message(options->from ? options->from : "sender@example.net",
		address, octets);
	g_autoptr(Trial) trial = trial_run(config, address, message,
	    options->now ? options->now : g_get_real_time() / G_USEC_PER_SEC,
	    &error);
	if (!trial) {
		cmd_error("%s: %s", address, error->message);
		return CMD_USAGE;
	}
	if (options->json)
		print_json(trial, message);
	else
		print_people(trial, message);
	return exit_code_of(trial->plan);
}

static const CmdHelp help = {
    .arguments = "ADDRESS",
    .summary = "Shows what mail to an address would meet.",
    .details = "The rule that matches, the SMTP reply, the targets, and the "
	       "header and envelope that would result.",
    .exits = "0 forwarded or a bounce address, 1 refused, 64 wrong usage, 75 "
	     "it cannot be decided now, 78 wrong configuration.",
    .example = "aliasbridge test shop@example.com --from jane@corp.example",
};

int
cmd_test(int argc, char **argv)
{
	TestOptions options = {0};
	const GOptionEntry entries[] = {
	    {"from", 'f', 0, G_OPTION_ARG_STRING, &options.from,
		"the sender (sender@example.net); '' is null", "SENDER"},
	    {"json", 'j', 0, G_OPTION_ARG_NONE, &options.json,
		"print JSON, for programs", NULL},
	    {"now", 0, 0, G_OPTION_ARG_INT64, &options.now,
		"decide as at SECONDS since 1970", "SECONDS"},
	    {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
	};
	int exit_code;

	if (!cmd_parse(&argc, &argv, entries, &help, 1, 1, &exit_code))
		return exit_code;
	exit_code = test_address(&options, argv[1]);
	g_free(options.from);
	return exit_code;
}
