/* SPDX-License-Identifier: MIT */
/*
 * bounce.h - decide what to do with mail to a signed bounce address
 *
 * Pure, like plan.h: the shell (the delivery agent) carries it out. The
 * sender of a message that failed for good learns so, for the alias, in a
 * report of our own; the target behind the alias, its domain, its mail system
 * and what that said are nowhere in it. Complaints go to the postmaster.
 * Everything else ends here and is counted: delays, success reports, reports
 * without our mark, vacation notices and ordinary mail (a person or a machine
 * at the target answering the envelope sender: passing it on would name the
 * target). A bounce is never answered with a bounce: what we send has a
 * swallow address as its sender, and what comes back to that ends here.
 */
#ifndef ALIASBRIDGE_BOUNCE_H
#define ALIASBRIDGE_BOUNCE_H

#include <glib.h>
#include <stdbool.h>

#include "core/message.h"
#include "core/policy.h"
#include "core/reply.h"

typedef enum BounceVerdict {
	BOUNCE_SEND,    /* send octets from sender to recipient, then accept */
	BOUNCE_SWALLOW, /* accept; nothing is sent */
	BOUNCE_REFUSE,  /* reply is a 5xx: forged or expired address */
	BOUNCE_NONE,    /* recipient is not in form: an ordinary address, look
			   it up in the table */
} BounceVerdict;

/* What the counters count. */
typedef enum BounceEvent {
	BOUNCE_EVENT_NONE, /* nothing to count */
	BOUNCE_EVENT_PERMANENT,
	BOUNCE_EVENT_TEMPORARY,
	BOUNCE_EVENT_UNCLEAR,
	BOUNCE_EVENT_COMPLAINT,
} BounceEvent;

typedef struct Bounce {
	BounceVerdict verdict;
	char *sender;    /* owned; signed swallow address; BOUNCE_SEND only */
	char *recipient; /* owned; addr-spec; BOUNCE_SEND only */
	char *octets;    /* owned; a whole message, CRLF line ends, 7-bit */
	gsize len;
	Reply *reply; /* owned; BOUNCE_REFUSE only */
	/* For the log line and the counter; NULL where not known. Hostile:
	 * the log masks them, the outside never sees target. */
	BounceEvent event;
	char *alias;  /* owned; from our mark or our token */
	char *target; /* owned; as the report names it */
	char *why;    /* owned; a few words: "permanent 5.1.1: told the
			 sender"; never NULL */
} Bounce;

/*
 * Decide what to do with message, which came for recipient (the envelope's,
 * addr-spec, brackets optional), at now (seconds since the epoch).
 *
 * message->body must be known. Returns a decision, owned by the caller; never
 * NULL and no GError. It borrows nothing.
 *
 *   BOUNCE_SEND     a failure for good with our mark in what came back, to an
 *                   address that leads to a sender; or a complaint, where
 *                   policy->postmaster is set
 *   BOUNCE_SWALLOW  all else that came to a valid address, and whatever came
 *                   to policy->bounce_address
 *   BOUNCE_REFUSE   550 5.7.1 forged, 550 5.1.1 expired. To a null sender the
 *                   MTA sends no bounce about it
 *   BOUNCE_NONE     recipient is neither, or has not the form of srs.h
 */
Bounce *bounce_decide(const Message *message, const char *recipient,
    const Policy *policy, gint64 now) G_GNUC_WARN_UNUSED_RESULT;

/* The same question at RCPT, without the message: is recipient no ordinary
 * address? *refusal becomes NULL where it is valid or ordinary, else the
 * reply, owned by the caller. */
bool bounce_is_signed(
    const char *recipient, const Policy *policy, gint64 now, Reply **refusal);

void bounce_free(Bounce *bounce);

/* "permanent", "temporary", "unclear", "complaint"; "none". */
const char *bounce_event_to_text(BounceEvent event);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Bounce, bounce_free)

#endif
