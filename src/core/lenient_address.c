/* SPDX-License-Identifier: MIT */
#include "core/lenient_address.h"

#include <string.h>

#include "core/address.h"
#include "core/address_list.h"
#include "core/encoded_word.h"

/* As address_list_addr_spec, but nothing with an encoded-word in it: no reader
 * agrees with another on that. */
static char *
plain_addr_spec(const char *text, gssize len)
{
	char *addr = address_list_addr_spec(text, len);

	if (addr && strstr(addr, "=?") && strstr(addr, "?="))
		g_clear_pointer(&addr, g_free);
	return addr;
}

/* Unicode's white space, and what cannot be seen (ZERO WIDTH SPACE, BOM). */
static bool
is_invisible(gunichar c)
{
	return g_unichar_isspace(c) || g_unichar_iszerowidth(c);
}

/* Without what cannot be seen at both ends. text is UTF-8. */
static char *
trim(const char *text)
{
	while (*text && is_invisible(g_utf8_get_char(text)))
		text += g_utf8_skip[(guchar)*text];

	const char *end = text + strlen(text);
	while (end > text) {
		const char *last = g_utf8_prev_char(end);
		if (!is_invisible(g_utf8_get_char(last)))
			break;
		end = last;
	}
	return g_strndup(text, (gsize)(end - text));
}

char *
lenient_address(const char *text)
{
	g_autofree char *trimmed = trim(text);
	char *addr = plain_addr_spec(trimmed, -1);

	if (addr)
		return addr;
	gsize len = strlen(trimmed);
	while (len > 0 && strchr(".,;'\"`>]", trimmed[len - 1]))
		len--;
	const char *start = trimmed + strspn(trimmed, "'\"`<");
	if (g_ascii_strncasecmp(start, "mailto:", strlen("mailto:")) == 0)
		start += strlen("mailto:");
	if (start >= trimmed + len)
		return NULL;
	return plain_addr_spec(start, trimmed + len - start);
}

/* "local part@domain", specials in the local part: quoted; but what looks like
 * the end of something else is left away. */
static char *
quoted_local_part(const char *text)
{
	const char *at = strrchr(text, '@');
	const char *start = text;

	if (!at || at == text)
		return NULL;
	for (const char *p = text; p < at; p++)
		if (strchr(",;:<>()", *p))
			start = p + 1;
	if (start > text)
		return lenient_address(start);

	g_autofree char *local = g_strndup(start, (gsize)(at - start));
	GString *quoted = g_string_new(NULL);
	address_append_quoted(quoted, g_strstrip(local));
	g_string_append(quoted, at);
	g_autofree char *whole = g_string_free(quoted, FALSE);
	return lenient_address(whole);
}

char *
lenient_address_close_up(const char *text)
{
	GString *out = g_string_new(NULL);
	bool domain = false; /* the word has had its '@' */

	for (const char *p = text; *p; p++) {
		const char *next = p + strspn(p, " ");
		bool dot = domain && *next == '.' && next[1] == ' ';
		bool glue = *next == '@' || (next > p && dot);
		if (!glue && next > p) {
			g_string_append_len(out, p, next - p);
			domain = false;
			p = next - 1;
			continue;
		}
		g_string_append_c(out, *next);
		domain |= *next == '@';
		p = next;
		if (*p == '@' || glue)
			p += strspn(p + 1, " ");
	}
	return g_string_free(out, FALSE);
}

/* Without (comments), each a blank; those in quotes are none. */
static char *
without_comments(const char *text)
{
	GString *out = g_string_new(NULL);
	guint depth = 0;
	bool quoted = false;

	for (const char *p = text; *p; p++) {
		gsize len = *p == '\\' && p[1] ? 2 : 1;
		if (*p == '"' && depth == 0)
			quoted = !quoted;
		if (*p == '(' && !quoted)
			depth++;
		if (depth == 0)
			g_string_append_len(out, p, (gssize)len);
		if (*p == ')' && depth > 0 && --depth == 0)
			g_string_append_c(out, ' ');
		p += len - 1;
	}
	return g_string_free(out, FALSE);
}

char *
lenient_address_in_brackets(const char *content)
{
	g_autofree char *decoded =
	    strstr(content, "=?")
		? encoded_word_decode(content, strlen(content), NULL)
		: g_strdup(content);
	const char *start = decoded + strspn(decoded, " ");
	const char *colon = *start == '@' ? strrchr(start, ':') : NULL;
	char *addr = lenient_address(colon ? colon + 1 : start);

	if (addr)
		return addr;
	g_autofree char *bare = without_comments(colon ? colon + 1 : start);
	g_autofree char *closed = lenient_address_close_up(bare);
	addr = lenient_address(closed);
	return addr ? addr : quoted_local_part(closed);
}

gsize
lenient_address_word_len(const char *text)
{
	gsize len = strcspn(text, " <>(),;:\"[");

	while (text[len] == '[' && len > 0 && text[len - 1] != '@')
		len += 1 + strcspn(text + len + 1, " <>(),;:\"[");
	if (text[len] == '[' && len > 0)
		len += strcspn(text + len, "] ");
	return text[len] == ']' || text[len] == '[' ? len + 1 : len;
}

char *
lenient_address_in_word(const char *word)
{
	if (!strchr(word, '@'))
		return NULL;
	char *addr = lenient_address(word);
	/* reply-[tag]@corp.com */
	return addr || !strchr(word, '[') ? addr : quoted_local_part(word);
}
