/* SPDX-License-Identifier: MIT */
/*
 * http.h - one HTTP request by libcurl, signed (SigV4) if so asked
 *
 * TLS 1.2 or later, verified, always; AWS_CA_BUNDLE names other roots than the
 * system's. No redirects, no cookies, no proxy for plain http. Plain http goes
 * only to this machine and to the two services that speak nothing else and
 * never leave it: instance metadata and container credentials.
 *
 * libcurl's signer (CURLOPT_AWS_SIGV4, 7.88) signs every header given here as
 * it is sent, so: each name once, none empty, none that is a prefix of
 * another, and the path and query already in canonical form.
 */
#ifndef ALIASBRIDGE_HTTP_H
#define ALIASBRIDGE_HTTP_H

#include <glib.h>
#include <stdbool.h>

#include "core/aws_answer.h"

/* Called about once a second while a request or a pause is under way, for a
 * watchdog and signals. false from it ends both. */
typedef struct Ticker {
	bool (*tick)(void *context); /* NULL: none */
	void *context;
} Ticker;

typedef struct HttpRequest {
	const char *method; /* GET, PUT or POST */
	const char *url;
	const char *const *headers; /* "Name: value", NULL-terminated; or
				       NULL */
	const char *body;           /* of a POST */
	gsize body_len;
	const AwsCredentials *signer; /* NULL: not signed; its token goes in a
					 header of its own */
	const char *region, *service; /* with signer */
	long seconds;                 /* for the whole; 0: 30 */
	const char *connect_to;       /* HOST:PORT in place of the URL's, for
					 tests of signatures; or NULL */
} HttpRequest;

typedef struct HttpAnswer {
	long status;
	GString *body;    /* owned; at most BOUND_AWS_ANSWER */
	char *request_id; /* owned; x-amzn-RequestId, masked, or NULL */
	char *error_type; /* owned; x-amzn-ErrorType or NULL */
	gint64 date;      /* Date, seconds since the epoch; 0: none */
} HttpAnswer;

typedef struct Http Http;

/* Connections are kept between requests. Not for several threads. Owned by
 * the caller. */
Http *http_new(Ticker ticker);
void http_free(Http *http);

/*
 * NULL with FAILURE_TEMPORARY (not reached, cut off, over-long, stopped by
 * the ticker) or FAILURE_CONFIG (a URL that is none or not allowed, a
 * certificate that does not verify, a header with a control character). Any
 * status is an answer. Owned by the caller.
 */
HttpAnswer *http_send(Http *http, const HttpRequest *request,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same, up to attempts times, until there is an answer below status 500. */
HttpAnswer *http_send_retried(Http *http, const HttpRequest *request,
    int attempts, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void http_answer_free(HttpAnswer *answer);

/* Wait, ticking. false when the ticker said stop. */
bool ticker_sleep(Ticker ticker, gint64 microseconds);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Http, http_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HttpAnswer, http_answer_free)

#endif
