/* SPDX-License-Identifier: MIT */
/*
 * strict_address.h - would JavaMail 1.6 take this address list?
 *
 * SES refuses a message after its data with the exception texts of JavaMail's
 * InternetAddress. This answers what InternetAddress.parse(value, true), and
 * then validate() on each address that it finds, would: for 7-bit values in
 * one line. Where JavaMail is more lenient than RFC 5322 (text after "<a@b>",
 * no comma after a group, "a@b]") so is this; where it is stricter (dots in a
 * quoted local part, underscores in a domain) this is too. One pass, and one
 * more over the members of each group.
 */
#ifndef ALIASBRIDGE_STRICT_ADDRESS_H
#define ALIASBRIDGE_STRICT_ADDRESS_H

#include <glib.h>
#include <stdbool.h>

/* list: len octets without CR, LF and NUL, all of them ASCII. */
bool strict_address_list(const char *list, gsize len);

#endif
