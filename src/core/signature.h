/* SPDX-License-Identifier: MIT */
/*
 * signature.h - HMACs by which we know our own addresses and marks again
 *
 * Secrets may rotate: the first of the list signs, all verify. What is
 * compared is compared in constant time.
 */
#ifndef ALIASBRIDGE_SIGNATURE_H
#define ALIASBRIDGE_SIGNATURE_H

#include <glib.h>
#include <stdbool.h>

#include "core/secret.h"

/* What is signed is dated by the day, UTC. */
#define SECONDS_A_DAY 86400

/* Octets of HMAC-SHA256, the longest digest used. */
#define SIGNATURE_MAX 32

/* HMAC (G_CHECKSUM_SHA1 or G_CHECKSUM_SHA256) of text into digest. Returns
 * its length. */
gsize signature_make(GChecksumType type, const Secret *secret, const char *text,
    gsize len, guint8 digest[SIGNATURE_MAX]);

/* The first len octets of both are equal. */
bool signature_equal(const char *a, const char *b, gsize len);
/* The same, ASCII case aside. */
bool signature_equal_fold(const char *a, const char *b, gsize len);

/* RFC 4648 base32 without padding, upper case. The caller owns it. */
char *signature_to_base32(const guint8 *octets, gsize len);
/* RFC 4648 base64url without padding. The caller owns it. */
char *signature_to_base64url(const guint8 *octets, gsize len);

/* The value of one base32 character, either case; -1: none. */
int signature_base32_value(char c);
extern const char SIGNATURE_BASE32[];

#endif
