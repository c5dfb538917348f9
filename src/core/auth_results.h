/* SPDX-License-Identifier: MIT */
/*
 * auth_results.h - the verdict of a trusted Authentication-Results field
 *
 * Only the topmost field counts, and only with the configured authserv-id:
 * those below may be forged. SES's own are not clean RFC 8601 and are read
 * forgivingly.
 */
#ifndef ALIASBRIDGE_AUTH_RESULTS_H
#define ALIASBRIDGE_AUTH_RESULTS_H

#include <glib.h>
#include <stdbool.h>

#include "core/header.h"

typedef enum AuthVerdict {
	AUTH_UNKNOWN, /* no trusted field, or it says nothing of DMARC */
	AUTH_PASS,
	AUTH_FAIL,        /* dmarc=fail, policy none or quarantine or unknown */
	AUTH_FAIL_REJECT, /* dmarc=fail and the domain asks to reject */
} AuthVerdict;

/* authserv_id NULL: AUTH_UNKNOWN. */
AuthVerdict auth_results_dmarc(const Header *header, const char *authserv_id);

#endif
