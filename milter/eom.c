/* SPDX-License-Identifier: MIT */
#include "milter/eom.h"

#include <time.h>

#include "core/bounds.h"
#include "core/failure.h"
#include "io/log.h"
#include "milter/answer.h"
#include "milter/ops.h"

static void log_message(const Transaction *transaction, const char *format, ...)
    G_GNUC_PRINTF(2, 3);

static void
log_message(const Transaction *transaction, const char *format, ...)
{
	const Message *message = transaction->message;
	g_autofree char *alias =
	    address_to_text(g_ptr_array_index(transaction->aliases, 0));
	va_list arguments;

	va_start(arguments, format);
	g_autofree char *text = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	log_line(LOG_LEVEL_INFO, transaction->queue_id,
	    "alias=<%s>%s from=<%s> %s", alias,
	    transaction->group.several ? " and others" : "", message->sender,
	    text);
}

/* "size=N ", or "" where the body was not asked for or could not be kept.
 * Owned by the caller. */
static char *
size_text(const Transaction *transaction, gsize size)
{
	return transaction->message->body
		   ? g_strdup_printf("size=%" G_GSIZE_FORMAT " ", size)
		   : g_strdup("");
}

static sfsistat
refuse_message(SMFICTX *ctx, const Transaction *transaction, const Reply *reply)
{
	g_autofree char *size =
	    size_text(transaction, message_size(transaction->message));

	log_message(transaction, "verdict=%s %s(%d %s %s)",
	    answer_verdict(reply), size, reply->code, reply->status,
	    reply->text);
	return answer(ctx, reply);
}

static sfsistat
refuse_for(SMFICTX *ctx, const Transaction *transaction, const GError *error)
{
	bool permanent = g_error_matches(error, FAILURE, FAILURE_PERMANENT);
	g_autoptr(Reply) reply =
	    permanent ? reply_new(552, "5.3.4", "The message is too big.")
		      : reply_new(451, "4.3.0",
			    "The message cannot be processed now.");

	if (!permanent)
		log_line(LOG_LEVEL_ERROR, transaction->queue_id, "%s",
		    error->message);
	return refuse_message(ctx, transaction, reply);
}

void
eom_log_left(const Transaction *transaction, const char *why)
{
	log_message(transaction, "verdict=leave (%s)", why);
}

/* What one alias of several says to the message: NULL unless a refusal. */
static Reply *
judge(const Transaction *transaction, const Address *address, gint64 now)
{
	g_autofree char *text = address_to_text(address);
	RcptPath path = {.given = text};
	Rcpt rcpt;
	Reply *refusal = NULL;

	rcpt_judge(&rcpt, &path, transaction->message->sender,
	    transaction->snapshot->config->policy, transaction->snapshot->table,
	    now);
	if (rcpt.kind == RCPT_ALIAS) {
		g_autoptr(Plan) plan = transaction_plan(
		    transaction, rcpt.address, &rcpt.match, now);
		if (plan->verdict == PLAN_REFUSE)
			refusal = g_steal_pointer(&plan->reply);
	} else if (rcpt.kind == RCPT_REFUSED && rcpt.reply->code >= 500) {
		refusal = g_steal_pointer(&rcpt.reply);
	}
	rcpt_clear(&rcpt);
	return refusal;
}

/* The first refusal if every alias refuses, else NULL. */
static Reply *
judge_all(const Transaction *transaction, gint64 now)
{
	const GPtrArray *aliases = transaction->aliases;
	g_autoptr(Reply) first = NULL;

	if (aliases->len > BOUND_JUDGED)
		return NULL;
	for (guint i = 0; i < aliases->len; i++) {
		g_autoptr(Reply) refusal =
		    judge(transaction, g_ptr_array_index(aliases, i), now);
		if (!refusal)
			return NULL;
		if (!first)
			first = g_steal_pointer(&refusal);
	}
	return g_steal_pointer(&first);
}

static sfsistat
refuse_or_leave(SMFICTX *ctx, const Transaction *transaction, const char *why)
{
	g_autoptr(Reply) refusal = judge_all(transaction, time(NULL));

	if (refusal)
		return refuse_message(ctx, transaction, refusal);
	eom_log_left(transaction, why);
	return SMFIS_ACCEPT;
}

static sfsistat
forward(SMFICTX *ctx, const Transaction *transaction, const Plan *plan)
{
	g_autoptr(GError) error = NULL;

	if (!ops_apply(
		&OPS_LIBMILTER, ctx, transaction->message, plan->edits, &error))
		return refuse_for(ctx, transaction, error);
	bool noted = plan->why && *plan->why;
	g_autofree char *size = size_text(transaction, plan->size);
	g_autofree char *why =
	    noted ? g_strdup_printf("(%s)", plan->why) : g_strdup("");
	g_autofree char *rest = g_strconcat(size, why, NULL);
	log_message(transaction, "to=%u verdict=forward edits=%u %s",
	    g_strv_length(transaction->match.targets),
	    edit_list_count(plan->edits), g_strchomp(rest));
	return SMFIS_ACCEPT;
}

/* Is it for others too, who are served whatever the alias says, once the
 * message is left to Postfix and the delivery agent? */
static bool
may_leave(const Transaction *transaction)
{
	return group_has_ordinary(&transaction->group) &&
	       transaction->snapshot->config->policy->several_aliases ==
		   SEVERAL_SPLIT;
}

static sfsistat
rewrite(SMFICTX *ctx, const Transaction *transaction)
{
	g_autoptr(Plan) plan = transaction_plan(transaction,
	    g_ptr_array_index(transaction->aliases, 0), &transaction->match,
	    time(NULL));

	if (plan->verdict == PLAN_FORWARD)
		return forward(ctx, transaction, plan);
	if (!may_leave(transaction))
		return refuse_message(ctx, transaction, plan->reply);
	eom_log_left(transaction, plan->reply->text);
	return SMFIS_ACCEPT;
}

/* SMTPUTF8 sticks to the queue file whatever we edit, and SES has none. A copy
 * that the delivery agent hands over anew is free of it. */
static sfsistat
rewrite_smtputf8(SMFICTX *ctx, const Transaction *transaction)
{
	const Policy *policy = transaction->snapshot->config->policy;

	if (may_leave(transaction)) {
		eom_log_left(transaction, "SMTPUTF8");
		return SMFIS_ACCEPT;
	}
	if (policy->several_aliases == SEVERAL_SPLIT)
		return refuse_or_leave(ctx, transaction, "SMTPUTF8");
	g_autoptr(Reply) reply = reply_new(550, "5.6.7",
	    "Mail with internationalized addresses or header fields cannot be "
	    "forwarded.");
	return refuse_message(ctx, transaction, reply);
}

sfsistat
eom_answer(SMFICTX *ctx, Transaction *transaction, bool read)
{
	if (!transaction_complete(transaction, read))
		return refuse_for(ctx, transaction, transaction->failure);
	if (group_way(&transaction->group) == GROUP_JUDGE)
		return refuse_or_leave(ctx, transaction, "several aliases");
	if (transaction_is_smtputf8(transaction))
		return rewrite_smtputf8(ctx, transaction);
	return rewrite(ctx, transaction);
}
