/* SPDX-License-Identifier: MIT */
/*
 * aws_answer.h - the octets of an AWS answer -> a value or an error
 *
 * Pure and hostile-proof: a proxy, a captive portal or a broken endpoint may
 * have written them. Whatever is not exactly what the protocol says is
 * FAILURE_TEMPORARY ("the answer ..."), so that the last good table stays.
 *
 * SSM speaks JSON 1.1, STS's older protocol XML; credentials come as JSON from
 * the instance and container services, as XML from STS.
 */
#ifndef ALIASBRIDGE_AWS_ANSWER_H
#define ALIASBRIDGE_AWS_ANSWER_H

#include <glib.h>
#include <stdbool.h>

#include "core/document.h"

/* --- errors --------------------------------------------------------------*/

typedef enum AwsFault {
	AWS_FAULT_OTHER,
	AWS_FAULT_RETRY,   /* throttled, or the service's own trouble */
	AWS_FAULT_EXPIRED, /* the credentials: get new ones, try once more */
	AWS_FAULT_CLOCK,   /* signed with a time that AWS does not take */
	AWS_FAULT_CONFIG,  /* keys, permissions, region: someone must act */
} AwsFault;

typedef struct AwsError {
	long status;   /* HTTP */
	char *code;    /* owned; "ThrottlingException"; "" where not told */
	char *message; /* owned; masked, at most BOUND_AWS_MESSAGE; or "" */
	AwsFault fault;
} AwsError;

/*
 * Read an answer that is no success. type_header is x-amzn-ErrorType or NULL;
 * the code is what follows '#' and stands before ':' of the body's __type (or
 * of <Code> in XML), else of the header. Never NULL: a body that cannot be
 * read leaves code "". The retryable ones are botocore's: status 429, 500,
 * 502, 503, 504, 509 and the throttling codes. Owned by the caller.
 */
AwsError *aws_error_parse(
    long status, const char *type_header, const char *body, gsize len);
void aws_error_free(AwsError *error);

/* What the administrator can do about it, or NULL. A static text. */
const char *aws_error_advice(const AwsError *error);

/* --- SSM -----------------------------------------------------------------*/

/*
 * The parameters of a GetParameters, GetParametersByPath or
 * GetParameterHistory answer are appended to documents; *next_token is set to
 * the token of the next page or NULL, owned by the caller. A page may be empty
 * and still have a token. Refused: a parameter without name, value or version,
 * a value that is no string or over BOUND_SSM_VALUE.
 */
bool aws_answer_parameters(const char *body, gsize len, GPtrArray *documents,
    char **next_token, GError **error);

/* A GetParameter answer. Owned by the caller. */
Document *aws_answer_parameter(const char *body, gsize len, GError **error);

/* The version a PutParameter answer tells; 0 on failure. */
gint64 aws_answer_version(const char *body, gsize len, GError **error);

/* --- credentials ---------------------------------------------------------*/

typedef struct AwsCredentials {
	char *id;       /* owned */
	char *secret;   /* owned; wiped when freed */
	char *token;    /* owned; wiped when freed; NULL: long-lived keys */
	gint64 expires; /* seconds since the epoch; 0: never */
} AwsCredentials;

/* Copies. */
AwsCredentials *aws_credentials_new(
    const char *id, const char *secret, const char *token, gint64 expires);
void aws_credentials_free(AwsCredentials *credentials);

/* Of the instance metadata and container services. An answer with Code other
 * than Success, without a key or with a control character in one is refused.
 * Errors never show the answer. Owned by the caller. */
AwsCredentials *aws_answer_credentials(
    const char *body, gsize len, GError **error);

/* Of STS: AssumeRole and AssumeRoleWithWebIdentity, in XML. */
AwsCredentials *aws_answer_sts_credentials(
    const char *body, gsize len, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(AwsError, aws_error_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AwsCredentials, aws_credentials_free)

#endif
