/* SPDX-License-Identifier: MIT */
/*
 * report.h - what a mail system says about a message that we sent
 *
 * Reads delivery status reports (RFC 3464, 6533; SES's feedback mail is one),
 * plain-text bounces of systems that write no report, complaints (ARF, RFC
 * 5965) and automatic replies (RFC 3834). All of it is hostile input: nothing
 * that is read here may be passed to the outside, except the alias, which our
 * own signature vouches for.
 */
#ifndef ALIASBRIDGE_REPORT_H
#define ALIASBRIDGE_REPORT_H

#include <glib.h>
#include <stdbool.h>

#include "core/header.h"
#include "core/message.h"

typedef enum ReportKind {
	REPORT_NONE,       /* not a report: ordinary mail */
	REPORT_STATUS,     /* a delivery status report */
	REPORT_TEXT,       /* a bounce in words */
	REPORT_COMPLAINT,  /* a person called the message spam */
	REPORT_AUTO_REPLY, /* vacation notices, read receipts */
} ReportKind;

typedef enum ReportOutcome {
	REPORT_UNCLEAR,   /* it does not say, or is no REPORT_STATUS/_TEXT */
	REPORT_PERMANENT, /* failed, and nobody will try again (a status of 4.x
			     too, where the system has given up) */
	REPORT_TEMPORARY, /* late; somebody will try again */
	REPORT_DELIVERED, /* delivered, relayed, expanded */
} ReportOutcome;

typedef struct Report {
	ReportKind kind;
	ReportOutcome outcome;
	char *status; /* owned; RFC 3463 "5.1.1" of the worst recipient, in
			 form; or NULL */
	char *target; /* owned; the address that failed as the report says,
			 folded; or NULL. Never for the outside */
	char *alias;  /* owned; of the mark in what came back that one of our
			 secrets signed; or NULL */
	GPtrArray *addresses; /* of char *, owned; every address in the report
			 and in the header that came back, folded */
	Header *returned;     /* owned; the header that came back with the mark;
			     empty when there is no mark */
} Report;

/* Never fails. Looks at the first BOUND_REPORT octets of the body. The result
 * borrows nothing. */
Report *report_read(const Message *message, const GPtrArray *secrets,
    gint64 now) G_GNUC_WARN_UNUSED_RESULT;
void report_free(Report *report);

/* One word for logs and counters. */
const char *report_kind_to_text(ReportKind kind);
const char *report_outcome_to_text(ReportOutcome outcome);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Report, report_free)

#endif
