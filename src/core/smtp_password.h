/* SPDX-License-Identifier: MIT */
/*
 * smtp_password.h - the SES SMTP password that belongs to an IAM secret key
 *
 * "Obtaining Amazon SES SMTP credentials by converting existing AWS
 * credentials": a chain of HMAC-SHA256 over a fixed date, the region, "ses",
 * "aws4_request" and "SendRawEmail", a version octet before it, in base64.
 * The user name is the access key id as it is. One password a region.
 */
#ifndef ALIASBRIDGE_SMTP_PASSWORD_H
#define ALIASBRIDGE_SMTP_PASSWORD_H

#include <glib.h>
#include <stdbool.h>

/* The password (44 characters) for secret in region. FAILURE_INPUT when
 * region is no region's name ("eu-central-1") or secret is empty or longer
 * than BOUND_AWS_SECRET, FAILURE_TEMPORARY when OpenSSL does not sign. The
 * caller owns it. */
char *smtp_password(const char *secret, const char *region,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Is this the name of a region in form? It becomes part of a host name. */
bool smtp_password_region_is_legal(const char *region);

/* The host name of the region's SMTP endpoint. The caller owns it. */
char *smtp_password_host(const char *region);

#endif
