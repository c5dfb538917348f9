/* SPDX-License-Identifier: MIT */
#include "core/named_addresses.h"

#include <string.h>

#include "core/address.h"
#include "core/bounds.h"

static bool
is_address_octet(char c)
{
	return g_ascii_isalnum(c) ||
	       (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~.", c));
}

static bool
is_domain_octet(char c)
{
	return g_ascii_isalnum(c) || c == '-' || c == '.';
}

static void
add_address(GPtrArray *addresses, const char *text, gsize len)
{
	g_autoptr(Address) address = address_parse(text, (gssize)len, NULL);

	if (!address || addresses->len >= BOUND_REPORT_ADDRESSES)
		return;
	g_autofree char *folded = address_fold(address);
	if (!g_ptr_array_find_with_equal_func(
		addresses, folded, g_str_equal, NULL))
		g_ptr_array_add(addresses, g_steal_pointer(&folded));
}

/* Whatever looks like an address. */
static void
add_addresses(GPtrArray *addresses, const char *text)
{
	guint tries = BOUND_REPORT_ADDRESSES;

	for (const char *at = strchr(text, '@'); at && tries-- > 0;
	     at = strchr(at + 1, '@')) {
		const char *start = at, *end = at + 1;
		while (start > text && at - start < BOUND_LOCAL_PART &&
		       is_address_octet(start[-1]))
			start--;
		while (end - at < BOUND_DOMAIN && is_domain_octet(*end))
			end++;
		while (end > at + 1 && strchr(".-", end[-1]))
			end--;
		while (start < at && *start == '.')
			start++;
		add_address(addresses, start, (gsize)(end - start));
	}
}

/* All but Message-IDs, that only look like addresses. */
void
named_addresses_add_text(GPtrArray *addresses, const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", BOUND_REPORT_LINES);

	for (guint i = 0; lines[i]; i++) {
		g_autofree char *lower = g_ascii_strdown(lines[i], -1);
		if (!strstr(lower, "message-id"))
			add_addresses(addresses, lines[i]);
	}
}

/* "dns; mx.example" -> "@mx.example": a system's name is as telling as an
 * address. */
void
named_addresses_add_systems(GPtrArray *addresses, const char *status)
{
	for (const char *c = strstr(status, "-MTA:"); c;
	     c = strstr(c + 1, "-MTA:")) {
		const char *end = c + strcspn(c, "\r\n");
		const char *semicolon = memchr(c, ';', (gsize)(end - c));
		if (!semicolon || addresses->len >= BOUND_REPORT_ADDRESSES)
			continue;
		const char *name = semicolon + 1 + strspn(semicolon + 1, " \t");
		gsize len = 0;
		while (len < BOUND_DOMAIN && is_domain_octet(name[len]))
			len++;
		g_autofree char *host = g_ascii_strdown(name, (gssize)len);
		if (strchr(host, '.'))
			g_ptr_array_add(
			    addresses, g_strconcat("@", host, NULL));
	}
}

/* Fields of a returned header that name whom a message was sent to. */
static const char *const recipient_fields[] = {"To", "Cc", "Bcc", "Resent-To",
    "Resent-Cc", "Delivered-To", "Envelope-To", "Apparently-To",
    "X-Apparently-To", "X-Original-To", "X-Envelope-To", "X-Forwarded-To",
    "X-RCPT-To", "Received", "Original-Recipient"};

void
named_addresses_add_header(GPtrArray *addresses, const Header *returned)
{
	for (guint i = 0; i < G_N_ELEMENTS(recipient_fields); i++) {
		const HeaderField *field;
		for (guint n = 1;
		     (field = header_get(returned, recipient_fields[i], n));
		     n++)
			add_addresses(addresses, field->value);
	}
}
