/* SPDX-License-Identifier: MIT */
/*
 * null_sender.h - null-sender mail on its way to SES
 *
 * SES answers MAIL FROM:<> with a permanent 501, so Postfix's own reports and
 * auto-replies would be lost. Such mail gets a signed envelope address at the
 * bounce domain; what comes back to it is swallowed, so a bounce is never
 * answered with a bounce. From stays where SES has verified its domain; else
 * it becomes MAILER-DAEMON at the first handled domain. Auto-Submitted stays,
 * or is added: the receiver no longer sees a null sender that keeps responders
 * silent. To and Cc become one field each; the rest of the header obeys the
 * rules of SES (ses_rules.h).
 */
#ifndef ALIASBRIDGE_NULL_SENDER_H
#define ALIASBRIDGE_NULL_SENDER_H

#include "core/message.h"
#include "core/plan.h"
#include "core/policy.h"

/*
 * Decide how message, whose recipients stay as they are, goes out at now. As
 * plan_forward: a plan, owned by the caller, never NULL.
 *
 *   PLAN_FORWARD  edits
 *   PLAN_REFUSE   552 5.3.4 size; 554 5.6.0 what no edit can mend. The MTA
 *                 drops it then: there is nobody to tell
 *   PLAN_DEFER    451 4.3.5 no bounce domain or secret is configured
 */
Plan *null_sender_plan(const Message *message, const Policy *policy,
    gint64 now) G_GNUC_WARN_UNUSED_RESULT;

#endif
