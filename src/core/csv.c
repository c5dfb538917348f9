/* SPDX-License-Identifier: MIT */
#include "core/csv.h"

#include <stdbool.h>
#include <string.h>

#include "core/failure.h"

/* Past the opening quote. false: it is not closed. */
static bool
quoted(const char *text, gsize len, gsize *at, GString *field)
{
	for (; *at < len; ++*at) {
		if (text[*at] != '"') {
			g_string_append_c(field, text[*at]);
			continue;
		}
		if (*at + 1 == len || text[*at + 1] != '"') {
			++*at;
			return true;
		}
		g_string_append_c(field, '"');
		++*at;
	}
	return false;
}

static bool
at_line_end(const char *text, gsize len, gsize at)
{
	return at == len || text[at] == '\n' ||
	       (text[at] == '\r' && at + 1 < len && text[at + 1] == '\n');
}

static bool
read_field(
    const char *text, gsize len, gsize *at, GString *field, GError **error)
{
	if (*at < len && text[*at] == '"') {
		++*at;
		if (!quoted(text, len, at, field))
			return failure_set(
			    error, FAILURE_INPUT, "a quote is not closed");
		if (!at_line_end(text, len, *at) && text[*at] != ',')
			return failure_set(error, FAILURE_INPUT,
			    "something follows a closing quote");
	}
	while (!at_line_end(text, len, *at) && text[*at] != ',')
		g_string_append_c(field, text[(*at)++]);
	return !memchr(field->str, '\0', field->len) ||
	       failure_set(error, FAILURE_INPUT, "a field holds NUL");
}

char **
csv_next(const char *text, gsize len, gsize *at, GError **error)
{
	g_autoptr(GPtrArray) fields = g_ptr_array_new_with_free_func(g_free);

	if (*at == 0 && len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		*at = 3;
	if (*at >= len)
		return NULL;
	for (;;) {
		g_autoptr(GString) field = g_string_new(NULL);
		if (!read_field(text, len, at, field, error))
			return NULL;
		g_ptr_array_add(fields, g_strdup(field->str));
		if (*at == len || text[*at] != ',')
			break;
		++*at;
	}
	if (*at < len)
		*at += text[*at] == '\r' ? 2 : 1;
	g_ptr_array_add(fields, NULL);
	return (char **)g_ptr_array_steal(fields, NULL);
}

static void
append_field(GString *out, const char *field)
{
	if (!strpbrk(field, ",\"\r\n") && *field != ' ') {
		g_string_append(out, field);
		return;
	}
	g_string_append_c(out, '"');
	for (; *field; field++) {
		if (*field == '"')
			g_string_append_c(out, '"');
		g_string_append_c(out, *field);
	}
	g_string_append_c(out, '"');
}

void
csv_append(GString *out, const char *const *fields)
{
	for (guint i = 0; fields[i]; i++) {
		if (i > 0)
			g_string_append_c(out, ',');
		append_field(out, fields[i]);
	}
	g_string_append(out, "\r\n");
}
