/* SPDX-License-Identifier: MIT */
/*
 * aws.h - a signed request to a JSON service of AWS, and its answer
 *
 * Paced, retried as botocore does (five attempts, or AWS_MAX_ATTEMPTS;
 * exponential back-off with full jitter; the failures of aws_error_parse and
 * of the network), with new credentials once when AWS calls them expired.
 */
#ifndef ALIASBRIDGE_AWS_H
#define ALIASBRIDGE_AWS_H

#include <glib.h>
#include <stdbool.h>

#include "core/aws_answer.h"
#include "net/credentials.h"
#include "net/http.h"

typedef struct AwsService {
	const char *name; /* as it is signed, and in host names: "ssm" */
	const char *content_type; /* "application/x-amz-json-1.1" */
	const char *target;       /* before the operation: "AmazonSSM." */
} AwsService;

typedef struct AwsOptions {
	const AwsService *service;
	const char *region;       /* or NULL: found out */
	const char *endpoint;     /* a URL in place of AWS's, or NULL */
	const char *sts_endpoint; /* or NULL */
	const char *profile;      /* or NULL */
	int requests_second;      /* from 1 */
	Ticker ticker;
	CredentialsLog log;
} AwsOptions;

typedef struct AwsClient AwsClient;

/* NULL with FAILURE_CONFIG: there is no region. options are copied, except
 * the service. Owned by the caller. */
AwsClient *aws_client_new(const AwsOptions *options, GError **error);
void aws_client_free(AwsClient *client);

/*
 * Call operation with a JSON text. NULL on failure; the error begins with the
 * operation and holds AWS's code, message and request id, and what can be done
 * about it; FAILURE_CONFIG where only someone can repair it, FAILURE_INPUT
 * where the request itself is refused, else FAILURE_TEMPORARY. Owned by the
 * caller.
 */
HttpAnswer *aws_call(AwsClient *client, const char *operation, const char *json,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The code of the last failure ("ParameterNotFound"), or "" where it was not
 * AWS that refused. Borrowed. */
const char *aws_client_code(const AwsClient *client);

/* The region in use. Borrowed. */
const char *aws_client_region(const AwsClient *client);

/* Wait, ticking. false when the ticker said stop. */
bool aws_client_sleep(const AwsClient *client, gint64 microseconds);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(AwsClient, aws_client_free)

#endif
