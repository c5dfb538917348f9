/* SPDX-License-Identifier: MIT */
/*
 * ssm.h - the few calls of Parameter Store that an alias table needs
 *
 * Values are always asked for decrypted. Failures are aws_call's; the code
 * (aws_client_code) tells ParameterNotFound from the others.
 */
#ifndef ALIASBRIDGE_SSM_H
#define ALIASBRIDGE_SSM_H

#include <glib.h>
#include <stdbool.h>

#include "core/document.h"
#include "net/aws.h"

extern const AwsService SSM_SERVICE;

/* name may end in ":VERSION" or ":LABEL". Owned by the caller. */
Document *ssm_get(AwsClient *client, const char *name, GError **error);

/* Every parameter directly below prefix (which ends in '/'), sorted by name,
 * ten a page. Pages are no snapshot. Owned by the caller; may be empty. */
GPtrArray *ssm_get_path(AwsClient *client, const char *prefix, GError **error);

/* Those of names (of char *) that exist, ten a call, sorted. A name may have
 * a ":LABEL"; the document's is without. Owned by the caller. */
GPtrArray *ssm_get_many(
    AwsClient *client, const GPtrArray *names, GError **error);

/* Every version of a parameter, at least one, oldest first, with labels, tier
 * and key. Owned by the caller. */
GPtrArray *ssm_history(AwsClient *client, const char *name, GError **error);

typedef struct SsmPut {
	const char *name;
	const char *text;
	bool create;        /* fail with ParameterAlreadyExists if it does */
	bool secure;        /* SecureString */
	const char *key_id; /* of a SecureString; NULL: the account's */
	const char *tier;   /* "Advanced"; NULL: as it is */
} SsmPut;

/* *version is the new one. */
bool ssm_put(
    AwsClient *client, const SsmPut *put, gint64 *version, GError **error);

bool ssm_label(AwsClient *client, const char *name, gint64 version,
    const char *label, GError **error);
bool ssm_unlabel(AwsClient *client, const char *name, gint64 version,
    char *const *labels, GError **error);

#endif
