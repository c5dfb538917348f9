/* SPDX-License-Identifier: MIT */
/*
 * srs.h - signed bounce addresses
 *
 * SRS0 and SRS1 as postsrsd and libsrs2 write them (HMAC-SHA1, 4 characters
 * of base64, a 2-character day modulo 1024, separator '='), so that a site
 * keeps its secret and bounces in flight still find home. Where the local
 * part would pass 64 octets, a signed token of alias and day stands in: it
 * verifies but leads to no sender. Null reverse-paths get a signed swallow
 * address.
 */
#ifndef ALIASBRIDGE_SRS_H
#define ALIASBRIDGE_SRS_H

#include <glib.h>
#include <stdbool.h>

/* Days a signed address stays valid. */
#define SRS_MAX_AGE 21

typedef enum SrsKind {
	SRS_NONE,    /* not one of ours in form: an ordinary address */
	SRS_SENDER,  /* SRS0/SRS1: leads back to a sender */
	SRS_TOKEN,   /* stands in for an over-long sender: names the alias */
	SRS_SWALLOW, /* for null reverse-paths: what comes is dropped */
	SRS_FORGED,  /* in form, but the signature is wrong */
	SRS_EXPIRED, /* signed by us, too old */
} SrsKind;

/* secrets: of Secret (policy.h), first signs. now: seconds since the epoch.
 * domain: the bounce domain. alias: the addr-spec being forwarded, for
 * tokens. sender "" gives a swallow address. Never fails for a sender that
 * address_parse takes; NULL with FAILURE_CONFIG when there is no secret. The
 * caller owns it. */
char *srs_forward(const char *sender, const char *alias, const char *domain,
    const GPtrArray *secrets, gint64 now, GError **error);

/* What address (addr-spec at domain) is. For SRS_SENDER *original becomes the
 * address it leads to, for SRS_TOKEN the alias (or its digest, see srs.c);
 * owned by the caller; else NULL. original may be NULL. */
SrsKind srs_reverse(const char *address, const char *domain,
    const GPtrArray *secrets, gint64 now, char **original);

/* Has the local part the form of a signed address of ours? No secret needed:
 * for recipients that must not be looked up in the table. */
bool srs_has_form(const char *local);

#endif
