/* SPDX-License-Identifier: MIT */
#include "core/plan.h"

#include <string.h>

#include "core/address_list.h"
#include "core/apply.h"
#include "core/auth_results.h"
#include "core/bounds.h"
#include "core/forward_envelope.h"
#include "core/forward_header.h"
#include "core/header_plan.h"
#include "core/mark.h"
#include "core/mime_index.h"
#include "core/part_repair.h"
#include "core/ses_rules.h"
#include "core/ses_verdict.h"

/* What the steps of one decision share. */
typedef struct Planning {
	Forward forward;
	char *alias_text;   /* owned */
	char *charset;      /* owned; or NULL */
	EditList *body;     /* owned; body edits */
	HeaderPlan *header; /* owned */
	GString *why;       /* owned */
} Planning;

/* NULL to go on, or the refusal. */
typedef Reply *(*PlanStep)(Planning *planning);

void
plan_free(Plan *plan)
{
	if (!plan)
		return;
	reply_free(plan->reply);
	edit_list_free(plan->edits);
	g_free(plan->why);
	g_free(plan);
}

Plan *
plan_refused(Reply *reply, const char *why)
{
	Plan *plan = g_new0(Plan, 1);

	plan->verdict = reply->code < 500 ? PLAN_DEFER : PLAN_REFUSE;
	plan->reply = reply;
	plan->edits = edit_list_new();
	plan->why = g_strdup(why ? why : reply->text);
	return plan;
}

Plan *
plan_accepted(const Message *message, EditList *edits, const Policy *policy,
    const char *why)
{
	g_autoptr(Plan) plan = g_new0(Plan, 1);

	plan->edits = edits;
	plan->size = apply_size(message, edits);
	plan->why = g_strdup(why);
	if (plan->size > policy->message_size)
		return plan_refused(
		    reply_printf(552, "5.3.4",
			"The message would be %" G_GSIZE_FORMAT
			" octets, more than the %" G_GSIZE_FORMAT
			" that can be sent on",
			plan->size, policy->message_size),
		    NULL);
	return g_steal_pointer(&plan);
}

/* --- may it be forwarded? --- */

/* From is the alias: it must be one that a header can hold. */
static Reply *
check_alias(Planning *planning)
{
	g_autofree char *spec =
	    address_list_addr_spec(planning->alias_text, -1);

	return spec ? NULL
		    : reply_new(553, "5.6.7",
			  "This address cannot be written in a header field "
			  "and so not be forwarded for");
}

static Reply *
check_entry(Planning *planning)
{
	const Forward *forward = &planning->forward;
	const Message *message = forward->message;
	const Alias *entry = forward->alias->entry;
	g_autoptr(GPtrArray) senders = NULL;
	Reply *refusal = alias_refusal(
	    entry, message->sender, forward->now, forward->policy->unknown);

	if (refusal || !entry->senders)
		return refusal;
	/* Anybody may give any reverse-path: the author counts as well. */
	senders = forward_header_senders(message->header, forward->charset);
	const Mailbox *author =
	    senders->len > 0 ? g_ptr_array_index(senders, 0) : NULL;
	return alias_refusal(entry,
	    author && author->addr ? author->addr : "nobody", forward->now,
	    forward->policy->unknown);
}

static Reply *
check_loop(Planning *planning)
{
	Forward *forward = &planning->forward;
	const Header *header = forward->message->header;
	MarkCount marks = mark_count(header, planning->alias_text,
	    forward->policy->secrets, forward->now);

	forward->hops = marks.hops;
	if (marks.same_alias)
		return reply_new(554, "5.4.6",
		    "Mail loop: this message was forwarded for this address "
		    "before");
	if (marks.hops >= BOUND_HOPS)
		return reply_printf(554, "5.4.6",
		    "Mail loop: forwarded more than %d times", BOUND_HOPS);
	if (header_count_named(header, "Received") > BOUND_RECEIVED)
		return reply_printf(554, "5.4.6",
		    "Mail loop: more than %d Received header fields",
		    BOUND_RECEIVED);
	return NULL;
}

static Reply *
check_dmarc(Planning *planning)
{
	Forward *forward = &planning->forward;
	const Policy *policy = forward->policy;
	AuthVerdict verdict =
	    auth_results_dmarc(forward->message->header, policy->authserv_id);

	if (policy->dmarc_fail == DMARC_OFF ||
	    (verdict != AUTH_FAIL && verdict != AUTH_FAIL_REJECT))
		return NULL;
	if (policy->dmarc_fail == DMARC_REJECT && verdict == AUTH_FAIL_REJECT)
		return reply_new(550, "5.7.1",
		    "The sender's domain asks to reject mail that fails DMARC, "
		    "as this message does");
	forward->unverified = true;
	return NULL;
}

static Reply *
check_verdicts(Planning *planning)
{
	const Policy *policy = planning->forward.policy;
	const Header *header = planning->forward.message->header;

	if (!policy->trust_ses_verdicts)
		return NULL;
	if (policy->virus == VERDICT_REFUSE &&
	    ses_verdict_failed(header, SES_VERDICT_VIRUS))
		return reply_new(
		    554, "5.7.1", "The message was found to hold a virus");
	if (policy->spam == VERDICT_REFUSE &&
	    ses_verdict_failed(header, SES_VERDICT_SPAM))
		return reply_new(
		    554, "5.7.1", "The message was found to be spam");
	return NULL;
}

static Reply *
check_bounds(Planning *planning)
{
	if (header_is_over_bounds(planning->forward.message->header))
		return reply_printf(554, "5.6.0",
		    "The message's header is too large (over %d fields or %d "
		    "octets)",
		    BOUND_HEADER_COUNT, BOUND_HEADER_TOTAL);
	return NULL;
}

/* --- what becomes of it? --- */

/* A field that was cut on the way in may go, but not on; and none that we
 * write may be cut on the way out. */
static Reply *
check_field_lengths(Planning *planning)
{
	const Header *header = planning->forward.message->header;

	for (guint i = 0; i < header_count(header); i++)
		if (header_at(header, i)->cut &&
		    header_plan_value(planning->header, i))
			return reply_printf(554, "5.6.0",
			    "The header field %.60s is too long (%d octets or "
			    "more)",
			    header_at(header, i)->name, BOUND_HEADER_CUT);
	return header_plan_refusal(planning->header);
}

static Reply *
plan_header(Planning *planning)
{
	const Forward *forward = &planning->forward;

	planning->header = header_plan_new(forward->message->header);
	forward_header(forward, planning->header);
	if (forward->policy->trust_ses_verdicts)
		ses_verdict_keep(forward->message->header, planning->header,
		    forward->policy->virus == VERDICT_MARK,
		    forward->policy->spam == VERDICT_MARK);
	return NULL;
}

/* Before the body: of two Content-Type fields it goes by the one that stays. */
static Reply *
plan_repeated(Planning *planning)
{
	if (planning->forward.policy->ses_rules)
		ses_rules_repair_repeated(
		    planning->header, planning->charset, planning->why);
	return NULL;
}

static Reply *
plan_body(Planning *planning)
{
	const Forward *forward = &planning->forward;

	if (!forward->message->body || !forward->policy->ses_rules)
		return NULL;
	return part_repair_plan(forward->message,
	    forward->policy->blocked_attachments, planning->charset,
	    planning->header, planning->body, planning->why);
}

static Reply *
plan_legality(Planning *planning)
{
	const Forward *forward = &planning->forward;

	if (forward->policy->ses_rules) {
		g_autofree char *addressee = forward_header_addressee(forward);
		ses_rules_repair_header(planning->header, planning->charset,
		    addressee, planning->why);
	}
	return NULL;
}

static const PlanStep steps[] = {
    check_alias,
    check_entry,
    check_loop,
    check_dmarc,
    check_verdicts,
    check_bounds,
    plan_header,
    plan_repeated,
    plan_body,
    plan_legality,
    check_field_lengths,
};

/* --- the plan --- */

static void
planning_init(Planning *planning, const Message *message,
    const PlanAlias *alias, const Policy *policy, gint64 now)
{
	memset(planning, 0, sizeof(*planning));
	planning->alias_text = address_fold(alias->addressed);
	planning->body = edit_list_new();
	planning->why = g_string_new(NULL);
	planning->charset = message_charset(message, policy->ses_rules);
	planning->forward = (Forward){
	    .message = message,
	    .alias = alias,
	    .alias_text = planning->alias_text,
	    .policy = policy,
	    .charset = planning->charset,
	    .now = now,
	};
}

static void
planning_clear(Planning *planning)
{
	g_free(planning->alias_text);
	g_free(planning->charset);
	edit_list_free(planning->body);
	header_plan_free(planning->header);
	g_string_free(planning->why, TRUE);
}

/* The edits in the order that edit.h promises. */
static EditList *
collect_edits(const Planning *planning, const char *sender)
{
	const Forward *forward = &planning->forward;
	EditList *edits = edit_list_new();

	forward_envelope_add_targets(
	    forward->message, forward->alias->targets, edits);
	edit_sender(edits, sender);
	header_plan_to_edits(planning->header, edits);
	edit_list_append(edits, planning->body);
	forward_envelope_remove_alias(forward->message, edits);
	return edits;
}

static Plan *
plan_edits(Planning *planning)
{
	const Forward *forward = &planning->forward;
	g_autoptr(GError) error = NULL;
	g_autofree char *sender = forward_envelope_sender(forward->message,
	    planning->alias_text, forward->policy, forward->now, &error);

	if (!sender)
		return plan_refused(
		    reply_new(451, "4.3.5",
			"Forwarding is not configured completely"),
		    error->message);
	return plan_accepted(forward->message, collect_edits(planning, sender),
	    forward->policy, planning->why->str);
}

Plan *
plan_forward(const Message *message, const PlanAlias *alias,
    const Policy *policy, gint64 now)
{
	Planning planning;
	Reply *refusal = NULL;

	planning_init(&planning, message, alias, policy, now);
	for (guint i = 0; !refusal && i < G_N_ELEMENTS(steps); i++)
		refusal = steps[i](&planning);
	Plan *plan =
	    refusal ? plan_refused(refusal, NULL) : plan_edits(&planning);
	planning_clear(&planning);
	return plan;
}
