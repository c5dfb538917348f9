/* SPDX-License-Identifier: MIT */
/*
 * forward_header.h - the header of a forwarded message
 *
 * What becomes of each field in the three profiles. Legality for SES is
 * ses_rules's, afterwards.
 */
#ifndef ALIASBRIDGE_FORWARD_HEADER_H
#define ALIASBRIDGE_FORWARD_HEADER_H

#include "core/header_plan.h"
#include "core/plan.h"

typedef struct Forward {
	const Message *message; /* borrowed, like all of these */
	const PlanAlias *alias;
	const char *alias_text; /* folded addr-spec */
	const Policy *policy;
	const char *charset; /* of 8-bit octets in the header, or NULL */
	gint64 now;
	bool unverified; /* DMARC failed: say so in From */
	guint hops;      /* verified forwardings of ours before this one */
} Forward;

/* Decide about every field of header. */
void forward_header(const Forward *forward, HeaderPlan *header);

/* Who stands in To in the alias's place: its target, or the alias itself. An
 * addr-spec as a strict parser takes it, owned by the caller; or NULL. */
char *forward_header_addressee(const Forward *forward);

/* The mailboxes of the first From that names any; empty where none does.
 * Owned by the caller. */
GPtrArray *forward_header_senders(const Header *header, const char *charset);

#endif
