/* SPDX-License-Identifier: MIT */
/*
 * dsn.h - a delivery status report of our own (RFC 3464), about an alias
 *
 * Written fresh: nothing of the report that gave rise to it is in it but the
 * status code. Of the message that failed only what its own sender wrote is
 * returned (From, Subject, Date, Message-ID), and of that no field that holds
 * one of the addresses or domains to be hidden.
 */
#ifndef ALIASBRIDGE_DSN_H
#define ALIASBRIDGE_DSN_H

#include <glib.h>

#include "core/header.h"
#include "core/message.h"

typedef struct Dsn {
	const char *domain;      /* borrowed; who reports: the bounce domain */
	const char *recipient;   /* borrowed; the original sender */
	const char *alias;       /* borrowed; the address that failed */
	const char *status;      /* borrowed; RFC 3463; NULL: 5.0.0 */
	const Header *returned;  /* borrowed; what came back; may be empty */
	const GPtrArray *hidden; /* borrowed; of char *: folded addresses that
				    must not show */
	gint64 now;              /* seconds since the epoch */
} Dsn;

/* The whole message: CRLF, 7-bit, From MAILER-DAEMON at the domain. The same
 * input gives the same octets. The caller owns it. */
char *dsn_to_text(const Dsn *given);

/* Another's message (a complaint), whole, as an attachment for our own
 * postmaster: as message/rfc822 where it is 7-bit with lines within
 * BOUND_LINE, else base64. Octets beyond BOUND_REPORT are left out. The caller
 * owns it; *len octets. */
char *dsn_wrap_complaint(
    const Dsn *given, const Message *complaint, gsize *len);

#endif
