/* SPDX-License-Identifier: MIT */
#include "core/null_sender.h"

#include "core/apply.h"
#include "core/intake.h"
#include "core/srs.h"
#include "unit.h"

#define NOW 1795500000

static Policy *
policy_of(void)
{
	Policy *policy = policy_new();

	g_strfreev(policy->domains);
	policy->domains = g_strsplit("alias.test", " ", -1);
	g_free(policy->bounce_domain);
	policy->bounce_domain = g_strdup("alias.test");
	policy_add_secret(policy, "a secret of the tests", 21);
	return policy;
}

/* The message after the edits; *sender its new envelope sender. */
static char *
carry_out(const char *text, const Policy *policy, char **sender)
{
	g_autofree char *octets = unit_octets(text, strlen(text));
	g_autoptr(Message) message = message_new("");

	message_add_recipient(message, "out@x.test", NULL, false);
	intake_split(message, octets, strlen(text));
	g_autoptr(Plan) plan = null_sender_plan(message, policy, NOW);
	UNIT_NUMBER("forward", plan->verdict, PLAN_FORWARD);
	if (plan->verdict != PLAN_FORWARD)
		return g_strdup("");
	*sender = apply_sender(message, plan->edits);
	g_auto(GStrv) recipients = apply_recipients(message, plan->edits);
	UNIT_NUMBER("recipients", g_strv_length(recipients), 1);
	UNIT_TEXT("recipient", recipients[0], "out@x.test");
	g_autoptr(GString) out =
	    apply_to_string(message, plan->edits, APPLY_MESSAGE);
	UNIT_NUMBER("size", plan->size, out->len);
	return g_strdup(out->str);
}

#define END "Auto-Submitted: auto-replied\r\n\r\nx\r\n"

static const struct {
	const char *label, *text, *want;
} rows[] = {
    {"ours stays", "From: MAILER-DAEMON@mx.alias.test (Mail System)\r\n" END,
	"From: MAILER-DAEMON@mx.alias.test (Mail System)\r\n" END},
    {"foreign", "From: Bob <bob@internal.lan>\r\n" END,
	"From: Bob <MAILER-DAEMON@alias.test>\r\n" END},
    {"foreign, no name", "From: bob@internal.lan\r\n" END,
	"From: MAILER-DAEMON@alias.test\r\n" END},
    {"a list with one of ours", "From: a@alias.test, b@evil.test\r\n" END,
	"From: MAILER-DAEMON@alias.test\r\n" END},
    {"one without address before it", "From: (x)\r\nFrom: a@alias.test\r\n" END,
	"From: MAILER-DAEMON@alias.test\r\nAuto-Submitted: auto-replied\r\n"
	"X-Original-From: a@alias.test\r\n\r\nx\r\n"},
    {"looks like ours", "From: a@alias.test.evil.test\r\n" END,
	"From: MAILER-DAEMON@alias.test\r\n" END},
    {"no From", "Subject: s\r\n\r\nx\r\n",
	"Subject: s\r\nFrom: MAILER-DAEMON@alias.test\r\n"
	"Auto-Submitted: auto-generated\r\n\r\nx\r\n"},
    {"what SES obeys or checks goes",
	"From: a@alias.test\r\nSender: x@evil.test\r\n"
	"X-SES-CONFIGURATION-SET: c\r\nDKIM-Signature: d\r\n"
	"Feedback-ID: f\r\n" END,
	"From: a@alias.test\r\n" END},
    {"once only", "From: a@alias.test\r\nSubject: one\r\nSubject: two\r\n" END,
	"From: a@alias.test\r\nSubject: one\r\n"
	"Auto-Submitted: auto-replied\r\nX-Original-Subject: two\r\n\r\nx\r\n"},
    {"receivers take one To",
	"From: a@alias.test\r\nTo: b@x.test\r\nTo: c@x.test\r\n" END,
	"From: a@alias.test\r\nTo: b@x.test, c@x.test\r\n" END},
};

static void
header(void)
{
	g_autoptr(Policy) policy = policy_of();

	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *sender = NULL;
		g_autofree char *got = carry_out(rows[i].text, policy, &sender);
		UNIT_TEXT(rows[i].label, got, rows[i].want);
	}
}

static void
sender(void)
{
	g_autoptr(Policy) policy = policy_of();
	g_autofree char *signed_sender = NULL, *fixed = NULL;
	static const char header[] = "From: a@alias.test\r\n" END;

	g_free(carry_out(header, policy, &signed_sender));
	UNIT_NUMBER("swallow",
	    srs_reverse(
		signed_sender, "alias.test", policy->secrets, NOW, NULL),
	    SRS_SWALLOW);
	policy->bounce_address = g_strdup("bounces@alias.test");
	g_free(carry_out(header, policy, &fixed));
	UNIT_TEXT("fixed", fixed, "bounces@alias.test");
}

static void
check_refused(const Policy *policy, const char *status, const char *why)
{
	static const char text[] = "From: a@alias.test\r\n\r\nx\r\n";
	g_autoptr(Message) message = message_new("");

	intake_split(message, text, sizeof(text) - 1);
	g_autoptr(Plan) plan = null_sender_plan(message, policy, NOW);
	UNIT_TEXT(status, plan->reply ? plan->reply->status : NULL, status);
	UNIT_NUMBER("no edits", edit_list_count(plan->edits), 0);
	UNIT_TRUE(plan->why, strstr(plan->why, why) != NULL);
}

static void
refuse(void)
{
	g_autoptr(Policy) policy = policy_of();

	policy->message_size = 10;
	check_refused(policy, "5.3.4", "would be");
	g_ptr_array_set_size(policy->secrets, 0);
	check_refused(policy, "4.3.5", "no secret");
}

/* Parameters that were encoded grow; nothing may be cut on the way to SES. */
static void
grown_too_long(void)
{
	g_autoptr(Policy) policy = policy_of();
	g_autoptr(Message) message = message_new("");
	g_autofree char *name = g_strnfill(40000, '\xe9');
	g_autofree char *type =
	    g_strdup_printf(" text/plain; name=\"%s\"", name);

	header_add(message->header, "From", " a@alias.test", 13);
	header_add(message->header, "Content-Type", type, strlen(type));
	g_autoptr(Plan) plan = null_sender_plan(message, policy, NOW);
	UNIT_NUMBER("refused", plan->verdict, PLAN_REFUSE);
	UNIT_TEXT("names it", plan->reply ? plan->reply->text : NULL,
	    "The header field Content-Type would be too long (over 59000 "
	    "octets)");
}

static const UnitCase cases[] = {{"grown_too_long", grown_too_long},
    {"header", header}, {"sender", sender}, {"refuse", refuse}};
UNIT_MAIN("null_sender", cases)
