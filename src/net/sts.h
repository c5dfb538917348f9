/* SPDX-License-Identifier: MIT */
/*
 * sts.h - the keys of a role, from AWS's Security Token Service
 *
 * Its query protocol: a form in, XML out. A request gets 10 seconds and three
 * attempts. Failures are FAILURE_TEMPORARY (not reached, throttled) or
 * FAILURE_CONFIG (refused), and begin with "STS: "; an answer that is none is
 * aws_answer_sts_credentials'.
 */
#ifndef ALIASBRIDGE_STS_H
#define ALIASBRIDGE_STS_H

#include <glib.h>

#include "core/aws_answer.h"
#include "net/http.h"

/* Where it is; all borrowed. */
typedef struct Sts {
	Http *http;
	const char *endpoint; /* a URL */
	const char *region;   /* for the signature */
} Sts;

typedef struct StsRole {
	const char *arn;     /* borrowed */
	const char *session; /* borrowed; what CloudTrail shows; NULL: our
				name */
} StsRole;

/* AssumeRole, signed with the keys of signer. Owned by the caller. */
AwsCredentials *sts_assume_role(const Sts *sts, const AwsCredentials *signer,
    const StsRole *role, GError **error);

/* AssumeRoleWithWebIdentity: token stands for keys. Owned by the caller. */
AwsCredentials *sts_web_identity(
    const Sts *sts, const char *token, const StsRole *role, GError **error);

#endif
