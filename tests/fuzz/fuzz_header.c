/* SPDX-License-Identifier: MIT */
/* Folding changes nothing but white space, makes legal lines, and unfolds. */
#include "core/header.h"

#include <stdint.h>
#include <string.h>

#include "core/bounds.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static gsize
longest_word(const char *text)
{
	gsize longest = 0;

	while (*text) {
		gsize len = strcspn(text, " \t");
		longest = MAX(longest, len);
		text += len;
		text += strspn(text, " \t");
	}
	return longest;
}

static char *
without_blanks(const char *text)
{
	GString *out = g_string_new(NULL);

	for (; *text; text++)
		if (!strchr(" \t\r\n", *text))
			g_string_append_c(out, *text);
	return g_string_free(out, FALSE);
}

static void
check_fold(const char *value)
{
	g_autofree char *folded = header_fold("Subject", value);
	g_autofree char *before = without_blanks(value);
	g_autofree char *after = without_blanks(folded);

	g_assert(folded[0] == ' ' || folded[0] == '\n');
	g_assert(strcmp(before, after) == 0);
	if (longest_word(value) < BOUND_LINE) {
		g_assert(header_lines_fit("Subject", folded, strlen(folded)));
		if (g_str_is_ascii(value))
			g_assert(header_value_is_legal("Subject", folded));
	}

	g_autofree char *back = header_unfold(folded, strlen(folded));
	g_autofree char *again = header_fold("Subject", back);
	g_assert(strcmp(folded, again) == 0);
}

static void
check_field(const HeaderField *field, size_t size)
{
	g_assert(field->value_len <= size);
	g_assert(strlen(field->value) == field->value_len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *octets = (const char *)data;
	g_autoptr(Header) header = header_new();
	HeaderField *field = header_add(header, "Subject", octets, size);
	g_autofree char *value = header_unfold(octets, size);

	check_field(field, size);
	g_assert(header_get(header, "SUBJECT", 1) == field);
	g_assert(!strchr(value, '\n'));
	check_fold(value);
	return 0;
}
