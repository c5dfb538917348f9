/* SPDX-License-Identifier: MIT */
/*
 * rcpt.h - what is said to one RCPT TO
 *
 * A table that was read and does not hold the address refuses; a table that
 * cannot answer defers. The rest is accepted and left alone: Postfix or the
 * delivery agent knows what to do with addresses of other domains and with
 * those that our own envelope senders brought back.
 */
#ifndef ALIASBRIDGE_RCPT_H
#define ALIASBRIDGE_RCPT_H

#include <glib.h>
#include <stdbool.h>

#include "core/address.h"
#include "core/policy.h"
#include "core/reply.h"
#include "io/table.h"

typedef enum RcptKind {
	RCPT_ORDINARY, /* not ours to judge */
	RCPT_BOUNCE,   /* bounce_address, or a signed address that verifies */
	RCPT_ALIAS,    /* address and match are set */
	RCPT_REFUSED,  /* reply is set: 4xx or 5xx */
} RcptKind;

typedef struct Rcpt {
	RcptKind kind;
	Address *address; /* owned; as addressed, or NULL if it is none */
	TableMatch match; /* owned */
	Reply *reply;     /* owned; or NULL */
	GError *error;    /* owned; why the table cannot answer, or NULL */
} Rcpt;

/* Whom RCPT TO names. */
typedef struct RcptPath {
	const char *given;    /* borrowed; as the client said it */
	const char *resolved; /* borrowed; the addr-spec that the MTA makes of
				 it, or NULL: not known */
} RcptPath;

/* Judge a path for mail from sender (an addr-spec, "" for the null
 * reverse-path) at now. Fills *rcpt, to be cleared with rcpt_clear.
 *
 * Where the client names no address at a handled domain, what the MTA makes of
 * it counts: Postfix adds $myorigin to a name without domain, looks inside
 * quotes and knows routes (a.test!user, user%a.test). A path without domain of
 * which that is not known is refused, but for <postmaster> (RFC 5321 4.5.1). */
void rcpt_judge(Rcpt *rcpt, const RcptPath *path, const char *sender,
    const Policy *policy, Table *table, gint64 now);
void rcpt_clear(Rcpt *rcpt);

#endif
