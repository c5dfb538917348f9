/* SPDX-License-Identifier: MIT */
/*
 * smtp_client.h - one message to an SMTP server, by libcurl
 *
 * One transaction for all recipients: the first one refused ends it before
 * DATA, so one reply settles all. libcurl stuffs dots and ends the data.
 * With TLS the server's certificate and name are verified (TLS 1.2 at least),
 * and AUTH (PLAIN or LOGIN) goes over TLS only. Proxy settings of the
 * environment are not used.
 */
#ifndef ALIASBRIDGE_SMTP_CLIENT_H
#define ALIASBRIDGE_SMTP_CLIENT_H

#include <glib.h>
#include <stdbool.h>

#include "core/reply.h"

typedef enum SmtpTls {
	SMTP_TLS_NONE,     /* a server on this machine */
	SMTP_TLS_STARTTLS, /* required: no TLS, no mail */
	SMTP_TLS_WRAPPER,  /* from the first octet */
} SmtpTls;

/* All strings are borrowed until smtp_client_new returns. */
typedef struct SmtpServer {
	const char *host; /* name, IPv4 address or [IPv6 address] */
	int port;
	SmtpTls tls;
	const char *ca_file;  /* NULL: the system's */
	const char *user;     /* NULL: no AUTH */
	const char *password; /* not NULL where user is not */
	const char *helo;     /* a domain: what we call ourselves */
	int timeout;          /* seconds for the whole of it */
} SmtpServer;

/* The next octets of a message, borrowed until the next call, at most max;
 * *len 0 at the end. Line ends are CRLF. */
typedef const char *(*SmtpSource)(void *context, gsize max, gsize *len);

typedef struct SmtpMail {
	const char *sender;            /* reverse-path, no brackets; "" null */
	const char *const *recipients; /* addr-specs, NULL-terminated */
	gsize size;                    /* octets that source will give */
	SmtpSource source;
	void *context;
} SmtpMail;

/* The last command that was sent. */
typedef enum SmtpStage {
	SMTP_STAGE_CONNECT, /* until MAIL: connect, EHLO, STARTTLS, AUTH */
	SMTP_STAGE_MAIL,
	SMTP_STAGE_RCPT,
	SMTP_STAGE_DATA,    /* and its 354 has not come */
	SMTP_STAGE_MESSAGE, /* the message is under way, or its reply is */
} SmtpStage;

typedef struct SmtpResult {
	SmtpStage stage; /* where it ended */
	Reply *reply;    /* owned; never NULL; text is the server's, masked,
			    and may name recipients: for logs alone */
} SmtpResult;

typedef struct SmtpClient SmtpClient;

/* Before the first client, once a process and before threads. Without tls no
 * client may have any: to start it takes longer than all else here. */
void smtp_client_start(bool tls);

/* Nothing is connected yet. FAILURE_CONFIG when host, port or helo are none.
 * Owned by the caller. */
SmtpClient *smtp_client_new(const SmtpServer *server, GError **error);

/* Ends the connection, with QUIT where it is still there: a round trip. What
 * smtp_client_send returned stands, whatever happens here. */
void smtp_client_free(SmtpClient *client);

/*
 * Send mail. The result's reply, owned by the caller, is
 *
 *   250  the server has taken the message for all recipients;
 *   5xx  the server's own refusal to MAIL, RCPT, DATA or the message: it has
 *        taken it for none;
 *   4xx  anything else: the server's 4xx, no connection, no TLS, AUTH
 *        refused, a 5xx greeting, a time-out, or no reply to the end of the
 *        message - then, alone, it may have been taken.
 *
 * An address that could end its command line early is answered 4xx.
 */
SmtpResult *smtp_client_send(SmtpClient *client, const SmtpMail *mail);
void smtp_result_free(SmtpResult *result);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SmtpClient, smtp_client_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SmtpResult, smtp_result_free)

#endif
