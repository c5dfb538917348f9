/* SPDX-License-Identifier: MIT */
/*
 * address.h - one mailbox address: local part and domain
 *
 * The envelope's form (RFC 5321 4.1.2): optional angle brackets, a source
 * route that is dropped, a quoted local part that is unquoted. Domains are
 * kept as lower-case A-labels (libidn2, non-transitional) without a trailing
 * dot, so that two spellings of one domain are equal octets. Address literals
 * ("[192.0.2.1]") are kept as they are.
 */
#ifndef ALIASBRIDGE_ADDRESS_H
#define ALIASBRIDGE_ADDRESS_H

#include <glib.h>
#include <stdbool.h>

typedef struct Address {
	char *local;  /* owned; unquoted, case as given; never empty */
	char *domain; /* owned; A-labels in lower case; never empty */
} Address;

/*
 * Parse one address out of text, len octets (-1: NUL-terminated).
 *
 * Takes <a@b>, a@b, <@r1,@r2:a@b>, "q s"@b. Refuses, with FAILURE_INPUT: no
 * domain, an empty part, control characters or 8-bit octets in the local part
 * unless they are valid UTF-8, specials outside quotes, an address over
 * BOUND_ADDRESS, a domain that is no host name (RFC 1123, and '_'), anything
 * before or after the address. Dots may stand anywhere in the local part, and
 * it may be longer than RFC 5321's 64 octets: such senders exist. The caller
 * owns the result.
 */
Address *address_parse(
    const char *text, gssize len, GError **error) G_GNUC_WARN_UNUSED_RESULT;

void address_free(Address *address);

/* local@domain without brackets, the local part quoted where RFC 5321 needs
 * it. The caller owns it. */
char *address_to_text(const Address *address);

/* The key for tables: as address_to_text but the local part in lower case
 * (ASCII and Unicode simple folding). The caller owns it. */
char *address_fold(const Address *address);

/* Do both name one mailbox? Case does not count, in either part. */
bool address_equal(const Address *a, const Address *b);

/* The address up to the first character of delimiters in the local part, or
 * NULL where there is none or nothing before it. owner-x and x-request are
 * never split (Postfix split_addr(3)). delimiters may be NULL or empty. */
Address *address_without_extension(
    const Address *address, const char *delimiters);

/* Is the domain one of domains (NULL-terminated, as A-labels)? Exact. */
bool address_in_domains(const Address *address, const char *const *domains);

/* Is domain parent itself or below it? */
bool address_domain_is_within(const char *domain, const char *parent);

/* What stands behind the last '@' of an address in text, borrowed; without one
 * all of it. */
const char *address_domain_of(const char *text);

/* A domain as lower-case A-labels without trailing dot, or NULL with
 * FAILURE_INPUT. The caller owns it. */
char *address_domain_to_ascii(const char *domain, gssize len, GError **error);

/* Is the local part plain ASCII, so that it can travel without SMTPUTF8? */
bool address_is_ascii(const Address *address);

/* RFC 5322 3.2.3: may c stand in an atom? */
bool address_is_atext(char c);
/* RFC 5322 3.2.4: append text as a quoted string, its quotes included. */
void address_append_quoted(GString *out, const char *text);
/* What stands between the quotes of one, or the parentheses of a comment, its
 * quoted pairs resolved. The caller owns it. */
char *address_unquote(const char *text, gsize len);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Address, address_free)

#endif
