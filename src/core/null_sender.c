/* SPDX-License-Identifier: MIT */
#include "core/null_sender.h"

#include <string.h>

#include "core/address_list.h"
#include "core/forward_envelope.h"
#include "core/forward_header.h"
#include "core/header_plan.h"
#include "core/part_repair.h"
#include "core/ses_rules.h"

/* SES checks or obeys them, or they do not outlive its edits. */
static const char *const removed[] = {"Return-Path", "Sender", "DKIM-Signature",
    "DomainKey-Signature", "Delivered-To", "Bcc", "Resent-Bcc", "Feedback-ID"};

static bool
is_removed(const char *name)
{
	for (guint i = 0; i < G_N_ELEMENTS(removed); i++)
		if (g_ascii_strcasecmp(name, removed[i]) == 0)
			return true;
	return g_ascii_strncasecmp(name, "X-SES-", strlen("X-SES-")) == 0;
}

static void
remove_fields(HeaderPlan *plan)
{
	const Header *header = header_plan_header(plan);

	for (guint i = 0; i < header_count(header); i++)
		if (is_removed(header_at(header, i)->name))
			header_plan_remove(plan, i);
}

static bool
is_ours(const Mailbox *mailbox, const Policy *policy)
{
	g_autoptr(Address) address =
	    mailbox->addr ? address_parse(mailbox->addr, -1, NULL) : NULL;

	return address && policy_is_verified(policy, address);
}

static char *
mailer_daemon(const Policy *policy)
{
	const char *domain = policy->domains && policy->domains[0]
				 ? policy->domains[0]
				 : policy->bounce_domain;

	return g_strconcat("MAILER-DAEMON@", domain, NULL);
}

/* The one mailbox of From, or NULL: a list of them is no From of ours. */
static const Mailbox *
only_author(const GPtrArray *senders)
{
	return senders->len == 1 ? g_ptr_array_index(senders, 0) : NULL;
}

static void
plan_from(HeaderPlan *plan, const char *charset, const Policy *policy)
{
	g_autoptr(GPtrArray) senders =
	    forward_header_senders(header_plan_header(plan), charset);
	const Mailbox *author = only_author(senders);
	guint fields = header_count_named(header_plan_header(plan), "From");

	/* Of several the first stays, which the author's need not be. */
	if (fields == 1 && author && is_ours(author, policy))
		return;
	g_autofree char *addr = mailer_daemon(policy);
	Mailbox ours = {.name = author ? author->name : NULL, .addr = addr};
	g_autofree char *value = mailbox_to_text(&ours);
	header_plan_set(plan, "From", value);
}

static HeaderPlan *
plan_header(const Message *message, const char *charset, const Policy *policy)
{
	HeaderPlan *plan = header_plan_new(message->header);

	remove_fields(plan);
	header_plan_merge(plan, "To");
	header_plan_merge(plan, "Cc");
	plan_from(plan, charset, policy);
	if (header_plan_find(plan, "Auto-Submitted") < 0)
		header_plan_add(plan, "Auto-Submitted", "auto-generated");
	return plan;
}

static Reply *
plan_parts(const Message *message, const char *charset, const Policy *policy,
    HeaderPlan *header, EditList *body, GString *why)
{
	Reply *refusal = NULL;

	if (policy->ses_rules)
		ses_rules_repair_repeated(header, charset, why);
	if (policy->ses_rules && message->body)
		refusal = part_repair_plan(message, policy->blocked_attachments,
		    charset, header, body, why);
	if (policy->ses_rules && !refusal)
		ses_rules_repair_header(header, charset, NULL, why);
	return refusal ? refusal : header_plan_refusal(header);
}

Plan *
null_sender_plan(const Message *message, const Policy *policy, gint64 now)
{
	g_autofree char *charset = message_charset(message, policy->ses_rules);
	g_autofree char *author = mailer_daemon(policy);
	g_autoptr(GError) error = NULL;
	g_autofree char *sender =
	    forward_envelope_sender(message, author, policy, now, &error);

	if (!sender)
		return plan_refused(
		    reply_new(451, "4.3.5",
			"Sending mail without a sender is not configured"),
		    error->message);
	if (header_is_over_bounds(message->header))
		return plan_refused(reply_new(554, "5.6.0",
					"The message's header is too large"),
		    NULL);
	g_autoptr(HeaderPlan) header = plan_header(message, charset, policy);
	g_autoptr(EditList) body = edit_list_new();
	g_autoptr(GString) why = g_string_new(NULL);
	Reply *refusal =
	    plan_parts(message, charset, policy, header, body, why);
	if (refusal)
		return plan_refused(refusal, NULL);
	EditList *edits = edit_list_new();
	edit_sender(edits, sender);
	header_plan_to_edits(header, edits);
	edit_list_append(edits, body);
	return plan_accepted(message, edits, policy, why->str);
}
