/* SPDX-License-Identifier: MIT */
/*
 * lenient_address.h - the addr-spec in what people write where one should be
 *
 * "mailto:jane@corp.com", "'jane@corp.com'", "jane @ corp.com", a route before
 * it, comments in it, invisible characters around it. What comes out is legal
 * (address_list_addr_spec); strict_address.h is its counterpart. Texts are
 * UTF-8 without control characters. Linear in their length.
 */
#ifndef ALIASBRIDGE_LENIENT_ADDRESS_H
#define ALIASBRIDGE_LENIENT_ADDRESS_H

#include <glib.h>

/* The address that text holds, whatever stands around it; or NULL. Owned by
 * the caller. */
char *lenient_address(const char *text);

/* The same of what stands between brackets: with a route, comments,
 * encoded-words, specials in the local part. */
char *lenient_address_in_brackets(const char *content);

/* The same of one word. */
char *lenient_address_in_word(const char *word);

/* Octets of the word at the start of text, up to one that can stand in none; a
 * domain literal's colons are its own. */
gsize lenient_address_word_len(const char *text);

/* Without white space around "@", and around a dot that stands alone behind
 * one: RFC 822 allowed it. Owned by the caller. */
char *lenient_address_close_up(const char *text);

#endif
