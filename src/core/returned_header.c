/* SPDX-License-Identifier: MIT */
#include "core/returned_header.h"

#include <string.h>

#include "core/bounds.h"

/* The line that at is in: *start and *end (before its line end). */
static void
line_around(const GString *text, gsize at, gsize *start, gsize *end)
{
	*start = at;
	while (*start > 0 && text->str[*start - 1] != '\n')
		--*start;
	*end = at + strcspn(text->str + at, "\n");
}

static bool
line_is_blank(const char *line, gsize len)
{
	for (gsize i = 0; i < len; i++)
		if (!strchr(" \t\r>|", line[i]))
			return false;
	return true;
}

/* Octets before the mark's name: "> " of a quoted header. */
static bool
has_prefix(const GString *text, gsize line, const char *prefix)
{
	return strncmp(text->str + line, prefix, strlen(prefix)) == 0;
}

/* The start of the header whose field is in the line at start. */
static gsize
block_start(const GString *text, gsize start, const char *prefix)
{
	while (start > 0) {
		gsize before, end;
		line_around(text, start - 1, &before, &end);
		if (line_is_blank(text->str + before, end - before) ||
		    !has_prefix(text, before, prefix))
			return start;
		start = before;
	}
	return start;
}

static void
add_field(Header *header, GString *field)
{
	const char *colon = strchr(field->str, ':');

	if (colon && header_count(header) < BOUND_HEADER_COUNT) {
		g_autofree char *name =
		    g_strndup(field->str, (gsize)(colon - field->str));
		g_strchomp(name);
		if (header_name_is_legal(name))
			header_add(header, name, colon + 1, strlen(colon + 1));
	}
	g_string_truncate(field, 0);
}

/* The header around the mark at offset at, unquoted. */
Header *
returned_header_read(const GString *text, gsize at)
{
	gsize start, end;

	line_around(text, at, &start, &end);
	g_autofree char *prefix = g_strndup(text->str + start, at - start);
	Header *header = header_new();
	GString *field = g_string_new(NULL);
	for (gsize line = block_start(text, start, prefix);
	     line < text->len && has_prefix(text, line, prefix);
	     line = end + 1) {
		gsize ignored;
		line_around(text, line, &ignored, &end);
		gsize skip = strlen(prefix);
		gsize len = end - line - MIN(skip, end - line);
		const char *content = text->str + line + skip;
		while (len > 0 && content[len - 1] == '\r')
			len--;
		if (line_is_blank(content, len))
			break;
		if (*content != ' ' && *content != '\t')
			add_field(header, field);
		else if (field->len > 0)
			g_string_append_c(field, '\n');
		g_string_append_len(field, content, (gssize)len);
	}
	add_field(header, field);
	g_string_free(field, TRUE);
	return header;
}
