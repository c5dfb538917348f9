/* SPDX-License-Identifier: MIT */
/*
 * plan.h - decide what to do with one message sent to one alias
 *
 * Pure: whatever the decision depends on is an argument. A message, an alias
 * and a policy kept on disk reproduce it exactly (tests/golden).
 */
#ifndef ALIASBRIDGE_PLAN_H
#define ALIASBRIDGE_PLAN_H

#include "core/alias.h"
#include "core/edit.h"
#include "core/message.h"
#include "core/policy.h"
#include "core/reply.h"

typedef enum PlanVerdict {
	PLAN_FORWARD, /* carry out edits in order, then accept */
	PLAN_REFUSE,  /* reply is a 5xx */
	PLAN_DEFER,   /* reply is a 4xx */
} PlanVerdict;

typedef struct Plan {
	PlanVerdict verdict;
	Reply *reply;    /* owned; NULL when forwarding */
	EditList *edits; /* owned; empty unless forwarding */
	char *why;       /* owned; a few words for the log: what was repaired */
	gsize size;      /* octets after the edits */
} Plan;

/* What was addressed and what the table says of it. */
typedef struct PlanAlias {
	const Address *addressed;   /* borrowed; as at RCPT */
	const Alias *entry;         /* borrowed; what was found */
	const char *const *targets; /* borrowed; entry's, aliases among them
				       resolved; NULL-terminated */
} PlanAlias;

/*
 * Decide how to forward message to the alias at now (seconds since the
 * epoch).
 *
 * Returns a plan, owned by the caller; never NULL and no GError: a message
 * that cannot be forwarded is a verdict. The plan borrows nothing.
 *
 *   PLAN_FORWARD  edits, see edit.h. Header fields and body octets that they
 *                 do not name stay as they are.
 *   PLAN_REFUSE   5xx: the entry refuses (disabled, expired, sender), a loop
 *                 (554 5.4.6), DMARC (550 5.7.1), a virus (554 5.7.1),
 *                 an attachment SES refuses (550 5.7.1), size (552 5.3.4), a
 *                 message beyond bounds or that no edit can make acceptable
 *                 (554 5.6.0)
 *   PLAN_DEFER    4xx: what needs something that is not there now
 *
 * RFC 5321 3.9, 6.3; RFC 5322 3.6; SES "Header fields", "Raw messages".
 */
Plan *plan_forward(const Message *message, const PlanAlias *alias,
    const Policy *policy, gint64 now) G_GNUC_WARN_UNUSED_RESULT;

void plan_free(Plan *plan);

/* For those who decide otherwise. The plan to answer with reply (taken over),
 * whose code tells the verdict; why NULL: the reply's text. */
Plan *plan_refused(Reply *reply, const char *why) G_GNUC_WARN_UNUSED_RESULT;
/* The plan to carry out edits (taken over); a refusal, 552 5.3.4, where they
 * make message larger than the policy allows. */
Plan *plan_accepted(const Message *message, EditList *edits,
    const Policy *policy, const char *why) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Plan, plan_free)

#endif
