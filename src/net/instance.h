/* SPDX-License-Identifier: MIT */
/*
 * instance.h - credentials from the machine a process runs on: the instance
 * metadata service (version 2) and the container credential service
 *
 * Both speak plain http on link-local addresses and answer within seconds or
 * not at all. AWS_EC2_METADATA_SERVICE_ENDPOINT and _ENDPOINT_MODE (IPv6) move
 * the former. Version 1 is not tried: it hands keys to any request that a
 * service here can be talked into.
 */
#ifndef ALIASBRIDGE_INSTANCE_H
#define ALIASBRIDGE_INSTANCE_H

#include <glib.h>

#include "core/aws_answer.h"
#include "net/http.h"

/* *role: the role's name, where it got so far; owned by the caller. NULL with
 * FAILURE_TEMPORARY. */
AwsCredentials *instance_credentials(Http *http, char **role, GError **error);

/* NULL: it does not say. Owned by the caller. */
char *instance_region(Http *http);

/* token: the Authorization header's value, or NULL. */
AwsCredentials *container_credentials(
    Http *http, const char *url, const char *token, GError **error);

#endif
