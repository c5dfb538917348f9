/* SPDX-License-Identifier: MIT */
/*
 * delivery_status.h - what a message/delivery-status part says
 *
 * RFC 3464 2.3, forgivingly: fields in any order, blank lines too many or
 * missing, no Action, no Status.
 */
#ifndef ALIASBRIDGE_DELIVERY_STATUS_H
#define ALIASBRIDGE_DELIVERY_STATUS_H

#include <glib.h>

#include "core/report.h"

/* Of all recipients the worst: one that failed, else one that is late, else
 * one of which nothing is known, else one that got it. */
typedef struct DeliveryStatus {
	guint recipients; /* how many; 0: the rest is empty. At most
			     BOUND_REPORT_RECIPIENTS are read */
	ReportOutcome outcome;
	char *status; /* owned; "5.1.1" in form, or NULL */
	char *target; /* owned; Final-Recipient, else Original-Recipient,
			 folded; or NULL */
} DeliveryStatus;

/* text: the part's content, decoded. Never fails. Owned by the caller. */
DeliveryStatus *delivery_status_parse(
    const char *text, gsize len) G_GNUC_WARN_UNUSED_RESULT;
void delivery_status_free(DeliveryStatus *status);

/* "5.1.1" at the start of text if it is in form (RFC 3463: class 2, 4 or 5,
 * up to three digits twice) and nothing of a longer number follows, else
 * NULL. The caller owns it. */
char *delivery_status_code(const char *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(DeliveryStatus, delivery_status_free)

#endif
