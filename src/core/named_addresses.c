/* SPDX-License-Identifier: MIT */
#include "core/named_addresses.h"

#include <string.h>

#include "core/address.h"
#include "core/bounds.h"

static bool
is_address_octet(char c)
{
	return address_is_atext(c) || c == '.';
}

static bool
is_domain_octet(char c)
{
	return g_ascii_isalnum(c) || c == '-' || c == '.';
}

/* Takes name over. */
static void
add_name(GPtrArray *addresses, char *name)
{
	if (addresses->len >= BOUND_REPORT_ADDRESSES ||
	    g_ptr_array_find_with_equal_func(
		addresses, name, g_str_equal, NULL))
		g_free(name);
	else
		g_ptr_array_add(addresses, name);
}

static void
add_address(GPtrArray *addresses, const char *text, gsize len)
{
	g_autoptr(Address) address = address_parse(text, (gssize)len, NULL);

	if (address)
		add_name(addresses, address_fold(address));
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

/* To the first semicolon of a field's value, or to the field's end. A line
 * that begins with white space goes on with the field. */
static const char *
past_type(const char *value)
{
	value += strcspn(value, ";\n");
	while (*value == '\n' && (value[1] == ' ' || value[1] == '\t'))
		value += 1 + strcspn(value + 1, ";\n");
	return value;
}

/* "dns; mx.example" -> "@mx.example": a system's name is as telling as an
 * address. Returns the octet up to which nothing else can name one. */
static const char *
add_system(GPtrArray *addresses, const char *value)
{
	const char *semicolon = past_type(value);

	if (*semicolon != ';')
		return semicolon;
	const char *name = semicolon + 1 + strspn(semicolon + 1, " \t\r\n");
	gsize len = 0;
	while (len < BOUND_DOMAIN && is_domain_octet(name[len]))
		len++;
	if (memchr(name, '.', len))
		add_name(addresses, g_strdup_printf("@%.*s", (int)len, name));
	return semicolon;
}

void
named_addresses_add_systems(GPtrArray *addresses, const char *status)
{
	static const char field[] = "-mta:";
	g_autofree char *lower = g_ascii_strdown(status, -1);
	const char *end = lower + strlen(lower), *c = lower;

	while ((c = g_strstr_len(c, end - c, field)))
		c = add_system(addresses, c + strlen(field));
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
