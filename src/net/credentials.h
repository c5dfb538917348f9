/* SPDX-License-Identifier: MIT */
/*
 * credentials.h - the AWS access keys of this process, wherever they are
 *
 * Looked for in the order of the AWS SDKs, the first place that has any wins:
 *
 *   1. the profile that the configuration names
 *   2. environment: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
 *      AWS_SESSION_TOKEN
 *   3. the shared files, profile AWS_PROFILE or "default": keys, or role_arn
 *      with source_profile, credential_source or web_identity_token_file
 *   4. web identity: AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN (STS)
 *   5. container: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI
 *   6. instance metadata, version 2 only, unless AWS_EC2_METADATA_DISABLED
 *
 * A place that is configured but does not answer ends the search: keys of
 * another place would be another identity. Keys are kept until 15 minutes
 * before they expire; from then on new ones are sought, and the old ones
 * serve on as long as AWS takes them. Token files are read anew each time.
 * credential_process and SSO profiles are refused by name.
 */
#ifndef ALIASBRIDGE_CREDENTIALS_H
#define ALIASBRIDGE_CREDENTIALS_H

#include <glib.h>
#include <stdbool.h>

#include "core/aws_answer.h"
#include "net/http.h"

/* What is worth saying: which source is in use, a file that others may read.
 * Texts hold no secret. */
typedef struct CredentialsLog {
	void (*say)(bool warning, const char *text, void *context);
	void *context;
} CredentialsLog;

typedef struct Credentials Credentials;

/* profile: the configuration's, or NULL. region: for STS. sts_endpoint: a
 * URL in place of AWS's, or NULL. All copied; http is borrowed. */
Credentials *credentials_new(Http *http, const char *profile,
    const char *region, const char *sts_endpoint, CredentialsLog log);
void credentials_free(Credentials *credentials);

/* The keys, borrowed, valid until the next call. NULL with FAILURE_CONFIG (no
 * place has any, a profile or file is wrong) or FAILURE_TEMPORARY (a service
 * does not answer). */
const AwsCredentials *credentials_get(
    Credentials *credentials, gint64 now, GError **error);

/* AWS refused them: seek anew at the next call. */
void credentials_forget(Credentials *credentials);

/* The region to talk to: configured, AWS_REGION, AWS_DEFAULT_REGION, the
 * profile's, the instance's. NULL with FAILURE_CONFIG. Owned by the caller. */
char *credentials_region(
    Http *http, const char *configured, const char *profile, GError **error);

/* "https://SERVICE.REGION.amazonaws.com/" of the region's partition. Owned by
 * the caller. */
char *aws_endpoint(const char *service, const char *region);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Credentials, credentials_free)

#endif
