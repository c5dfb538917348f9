/* SPDX-License-Identifier: MIT */
#include "core/large_number.h"

#include <stdbool.h>
#include <string.h>

static const char *
string_end(const char *text)
{
	while (*text && *text != '"')
		text += *text == '\\' && text[1] ? 2 : 1;
	return *text ? text + 1 : text;
}

static const char *
comment_end(const char *text)
{
	const char *end = strstr(text, "*/");

	return end ? end + 2 : text + strlen(text);
}

/* Behind what begins at text: a string, a comment, a word or number, or one
 * octet. */
static const char *
token_end(const char *text)
{
	if (*text == '"')
		return string_end(text + 1);
	if (*text == '#' || g_str_has_prefix(text, "//"))
		return text + strcspn(text, "\n");
	if (g_str_has_prefix(text, "/*"))
		return comment_end(text + 2);
	gsize len = strspn(text, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_.");
	return text + MAX(len, 1);
}

static bool
is_large(const char *token)
{
	bool hex = token[0] == '0' && (token[1] == 'x' || token[1] == 'X');
	const char *digits = hex ? token + 2 : token;
	const char *allowed = hex ? "0123456789abcdefABCDEF" : G_CSET_DIGITS;
	gsize len = strspn(digits, allowed);
	g_autofree char *number = g_strndup(digits, len);

	/* "L" and "LL" may follow; "1e6" is no whole number. */
	return g_ascii_isdigit(*token) && len > 0 &&
	       digits[len + strspn(digits + len, "L")] == '\0' &&
	       !g_ascii_string_to_unsigned(
		   number, hex ? 16 : 10, 0, G_MAXINT, NULL, NULL);
}

char *
large_number_find(const char *text, guint *line)
{
	guint at = 1;

	while (*text) {
		const char *end = token_end(text);
		g_autofree char *token = g_strndup(text, (gsize)(end - text));
		if (is_large(token)) {
			*line = at;
			return g_steal_pointer(&token);
		}
		for (; text < end; text++)
			at += *text == '\n';
	}
	return NULL;
}
