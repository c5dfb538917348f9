/* SPDX-License-Identifier: MIT */
/*
 * message.h - what a plan is made about: envelope, header, body
 *
 * Built piecewise by the milter or whole by intake; read only afterwards. The
 * body's octets are borrowed: they may be a mapped file.
 */
#ifndef ALIASBRIDGE_MESSAGE_H
#define ALIASBRIDGE_MESSAGE_H

#include <glib.h>
#include <stdbool.h>

#include "core/header.h"

/* One RCPT TO that was accepted. */
typedef struct Recipient {
	char *given;  /* owned; as the client gave it, brackets included */
	char *notify; /* owned; the value of NOTIFY=, or NULL */
	bool alias;   /* it is the alias being planned: it goes away */
} Recipient;

typedef struct Message {
	char *sender; /* owned; reverse-path without brackets; "" null */
	GPtrArray *recipients; /* of Recipient, owned */
	Header *header;        /* owned */
	const char *body;      /* borrowed; NULL when the body was not asked */
	gsize body_len;
} Message;

Message *message_new(const char *sender);
void message_free(Message *message);
void message_add_recipient(
    Message *message, const char *given, const char *notify, bool alias);
/* Borrow the body's octets, CRLF line ends, without the separating line. */
void message_set_body(Message *message, const char *body, gsize len);
/* The charset in which raw octets of the header are read: that of its
 * Content-Type; else, if there are octets to read and parts may be looked at
 * (whether they may must not depend on who has the body), the first that one
 * of them gives; or NULL. The caller owns it. */
char *message_charset(const Message *message, bool parts);
/* Octets on the wire: header, separating line, body. */
gsize message_size(const Message *message);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Message, message_free)

#endif
