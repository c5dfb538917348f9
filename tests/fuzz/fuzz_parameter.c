/* SPDX-License-Identifier: MIT */
/* What is written is strict, 7-bit, and reads as what was read. */
#include "core/parameter.h"

#include <stdint.h>
#include <string.h>

#include "core/bounds.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(ContentKind kind, const char *octets, gsize len)
{
	g_autoptr(ContentValue) content =
	    content_value_parse(kind, octets, len, "iso-8859-1");
	g_assert(content->parameters->len <= BOUND_PARAMETERS);
	g_autofree char *text = content_value_to_text(content);
	g_autofree char *header = content_value_to_header(content, "X");
	g_assert(content_value_is_strict(kind, text, strlen(text)));
	g_assert(content_value_is_strict(kind, header, strlen(header)));
	g_assert(!strpbrk(text, "\r\n"));
	if (!content_value_get(content, "boundary"))
		g_assert(g_str_is_ascii(text));

	g_autoptr(ContentValue) again =
	    content_value_parse(kind, text, strlen(text), NULL);
	g_assert_cmpstr(again->value, ==, content->value);
	const char *charset = content_value_get(content, "charset");
	if (charset && g_str_is_ascii(charset) && !strpbrk(charset, "\r\n"))
		g_assert_cmpstr(
		    content_value_get(again, "charset"), ==, charset);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *octets = (const char *)data;

	check(CONTENT_TYPE, octets, size);
	check(CONTENT_DISPOSITION, octets, size);
	return 0;
}
