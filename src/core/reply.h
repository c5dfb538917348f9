/* SPDX-License-Identifier: MIT */
/*
 * reply.h - what is said to an SMTP client or to Postfix: 550 5.1.1 text
 */
#ifndef ALIASBRIDGE_REPLY_H
#define ALIASBRIDGE_REPLY_H

#include <glib.h>
#include <stdbool.h>

typedef struct Reply {
	int code;     /* 250, 4xx or 5xx */
	char *status; /* owned; "5.1.1", class as code */
	char *text;   /* owned; printable ASCII, one line, <= BOUND_REPLY */
} Reply;

/* text is masked: outside octets may be in it. */
Reply *reply_new(int code, const char *status, const char *text);
Reply *reply_printf(int code, const char *status, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/* Parse "550 5.1.1 text" or "550 text" (the status is then C.0.0 with the
 * code's class), or a bare text (code 550, 5.7.1). Refuses, with
 * FAILURE_INPUT, other codes than 4xx and 5xx (421 too), classes that do not
 * agree, control characters and lengths over BOUND_REPLY. */
Reply *reply_parse(const char *text, GError **error);
Reply *reply_copy(const Reply *reply);
void reply_free(Reply *reply);

/* How many octets of text are an RFC 3463 status, "5.1.1"; 0: it begins with
 * none. What follows is not looked at. */
gsize reply_status_length(const char *text);

/* "550 5.1.1 text". The caller owns it. */
char *reply_to_text(const Reply *reply);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Reply, reply_free)

#endif
