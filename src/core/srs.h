/* SPDX-License-Identifier: MIT */
/*
 * srs.h - signed bounce addresses
 *
 * SRS0 and SRS1 as postsrsd and libsrs2 write them (HMAC-SHA1, 4 characters
 * of base64, a 2-character day modulo 1024, separator '='), so that a site
 * keeps its secret and bounces in flight still find home:
 *
 *   SRS0=HHHH=TT=host=user           leads to user@host
 *   SRS1=HHHH=host==HHHH=TT=...      leads to SRS0=HHHH=TT=...@host
 *
 * (SRS1 does not expire here: the host it leads to checks the day.)
 *
 * Where that would pass 64 octets, or would not be a plain local part (SES
 * takes no quoted or 8-bit one), a signed token of alias and day stands in: it
 * verifies but leads to no sender. Null reverse-paths get a signed swallow
 * address. Their one-letter tag is no hash that SRS could have:
 *
 *   SRS0=t=TT=SIGNATURE=alias        a token; alias as local=domain, or 20
 *   SRS0=n=TT=SIGNATURE=alias        characters of its digest; swallow
 *
 * SIGNATURE is 16 characters of base32 (80 bits of HMAC-SHA256). Everything
 * signed is compared without case: relays may fold it.
 */
#ifndef ALIASBRIDGE_SRS_H
#define ALIASBRIDGE_SRS_H

#include <glib.h>
#include <stdbool.h>

/* Days a signed address stays valid. */
#define SRS_MAX_AGE 21

/* All forms above, for a Postfix pcre: or regexp: table (case does not count
 * there): append the bounce domain, its dots escaped, and "$/". In main.cf a
 * '$' is written "$$". */
#define SRS_PATTERN "/^SRS[01][=+-][^@]+@"

typedef enum SrsKind {
	SRS_NONE,    /* not one of ours in form: an ordinary address */
	SRS_SENDER,  /* SRS0/SRS1: leads back to a sender */
	SRS_TOKEN,   /* stands in for a sender that does not fit */
	SRS_SWALLOW, /* for null reverse-paths: what comes is dropped */
	SRS_FORGED,  /* in form, but the signature is wrong */
	SRS_EXPIRED, /* signed by us, too old */
} SrsKind;

/* secrets: of Secret (secret.h). now: seconds since the epoch.
 * domain: the bounce domain. alias: the addr-spec being forwarded, for tokens;
 * or NULL. sender "" gives a swallow address; one that address_parse does not
 * take, or that does not fit, a token. A sender that is already a valid
 * address of domain is signed anew, not wrapped. Fails only, with
 * FAILURE_CONFIG, when there is no secret. The caller owns the result. */
char *srs_forward(const char *sender, const char *alias, const char *domain,
    const GPtrArray *secrets, gint64 now, GError **error);

/* What address (addr-spec, brackets optional) is at domain. *original becomes,
 * for SRS_SENDER, the address it leads to; for SRS_TOKEN and SRS_SWALLOW the
 * alias, or 20 characters of base32 without '@' where only its digest fitted,
 * or "" where it had none; owned by the caller; else NULL. original may be
 * NULL. */
SrsKind srs_reverse(const char *address, const char *domain,
    const GPtrArray *secrets, gint64 now, char **original);

/* Has the local part the form of a signed address of ours? No secret needed:
 * for recipients that must not be looked up in the table. */
bool srs_has_form(const char *local);

#endif
