/* SPDX-License-Identifier: MIT */
#include "core/parameter.h"

#include <string.h>

#include "core/bounds.h"
#include "core/parameter_read.h"

/* A quoted string longer than this is written in RFC 2231 pieces. */
#define LONGEST_QUOTED 700
/* Octets of one RFC 2231 piece, so that its line is short. */
#define LONGEST_PIECE 54

static bool
is_printable(const char *value)
{
	for (; *value; value++)
		if (*value < ' ' || *value > '~')
			return false;
	return true;
}

static bool
is_token(const char *value)
{
	const char *c = value;

	while (*c && parameter_is_atom(*c) && !strchr("*'%", *c))
		c++;
	return *c == '\0' && c > value;
}

static char *
quoted_text(const char *name, const char *value)
{
	GString *out = g_string_new(name);

	g_string_append(out, "=\"");
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			g_string_append_c(out, '\\');
		g_string_append_c(out, strchr("\r\n", *value) ? ' ' : *value);
	}
	g_string_append_c(out, '"');
	return g_string_free(out, FALSE);
}

static void
append_encoded(GString *out, char c)
{
	static const char digits[] = "0123456789ABCDEF";

	if (g_ascii_isalnum(c) || strchr("!#$&+-.^_`|~", c)) {
		g_string_append_c(out, c);
		return;
	}
	g_string_append_c(out, '%');
	g_string_append_c(out, digits[(guint8)c >> 4]);
	g_string_append_c(out, digits[(guint8)c & 15]);
}

/* As much of *value as makes a piece, percent-encoded; UTF-8 characters stay
 * whole. */
static char *
encoded_piece(const char **value, gsize most)
{
	GString *out = g_string_new(NULL);

	while (**value) {
		const char *next = g_utf8_find_next_char(*value, NULL);
		gsize before = out->len;
		for (const char *c = *value; c < next && *c; c++)
			append_encoded(out, *c);
		if (before > 0 && out->len > most) {
			g_string_truncate(out, before);
			break;
		}
		*value = next;
	}
	return g_string_free(out, FALSE);
}

/* name*=utf-8''value, or pieces name*0*=..., name*1*=... */
static void
extended_texts(const char *name, const char *text, GPtrArray *texts)
{
	g_autofree char *value = g_utf8_make_valid(text, -1);
	const char *rest = value;
	g_autofree char *first = encoded_piece(&rest, LONGEST_PIECE);

	if (*rest == '\0') {
		g_ptr_array_add(
		    texts, g_strdup_printf("%s*=utf-8''%s", name, first));
		return;
	}
	g_ptr_array_add(texts, g_strdup_printf("%s*0*=utf-8''%s", name, first));
	for (guint i = 1; *rest; i++) {
		g_autofree char *piece = encoded_piece(&rest, LONGEST_PIECE);
		g_ptr_array_add(
		    texts, g_strdup_printf("%s*%u*=%s", name, i, piece));
	}
}

/* Does one before it have its name, and came the same way? Readers differ in
 * which they take: the first stays. */
static bool
is_repeated(const ContentValue *content, guint index)
{
	const Parameter *one = g_ptr_array_index(content->parameters, index);

	for (guint i = 0; i < index; i++) {
		const Parameter *other =
		    g_ptr_array_index(content->parameters, i);
		if (other->extended == one->extended &&
		    strcmp(other->name, one->name) == 0)
			return true;
	}
	return false;
}

/* Readers compare a boundary octet by octet: no encoding can save one that a
 * line of a header cannot hold. */
static bool
is_writable_boundary(const char *value)
{
	return is_printable(value) && strlen(value) < BOUND_LINE / 2;
}

static bool
needs_extension(const Parameter *parameter)
{
	return parameter->extended || !is_printable(parameter->value) ||
	       strlen(parameter->value) > LONGEST_QUOTED;
}

/* The plain twin of an extended one (RFC 2231 4.1) must stay plain. */
static bool
has_extended_twin(const ContentValue *content, const Parameter *parameter)
{
	for (guint i = 0; i < content->parameters->len; i++) {
		const Parameter *other =
		    g_ptr_array_index(content->parameters, i);
		if (other != parameter && other->extended &&
		    strcmp(other->name, parameter->name) == 0)
			return true;
	}
	return false;
}

/* "name=value" of each, as many as it takes. */
static GPtrArray *
parameter_texts(const ContentValue *content)
{
	GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < content->parameters->len; i++) {
		const Parameter *parameter =
		    g_ptr_array_index(content->parameters, i);
		const char *name = parameter->name, *value = parameter->value;
		bool boundary = strcmp(name, "boundary") == 0;
		if (!is_token(name) || strlen(name) > BOUND_MEDIA_TYPE ||
		    is_repeated(content, i) ||
		    (boundary && !is_writable_boundary(value)))
			continue;
		bool extended = !boundary && needs_extension(parameter);
		if (extended && !parameter->extended &&
		    has_extended_twin(content, parameter))
			continue;
		if (extended)
			extended_texts(name, value, texts);
		else if (is_token(value))
			g_ptr_array_add(
			    texts, g_strdup_printf("%s=%s", name, value));
		else
			g_ptr_array_add(texts, quoted_text(name, value));
	}
	return texts;
}

char *
content_value_to_text(const ContentValue *content)
{
	g_autoptr(GPtrArray) texts = parameter_texts(content);
	GString *out = g_string_new(content->value);

	for (guint i = 0; i < texts->len; i++)
		g_string_append_printf(
		    out, "; %s", (const char *)texts->pdata[i]);
	return g_string_free(out, FALSE);
}

char *
content_value_to_header(const ContentValue *content, const char *name)
{
	g_autoptr(GPtrArray) texts = parameter_texts(content);
	GString *out = g_string_new(" ");

	g_string_append(out, content->value);
	gsize column = strlen(name) + strlen(":") + out->len;
	for (guint i = 0; i < texts->len; i++) {
		const char *text = texts->pdata[i];
		bool fold = column + strlen("; ") + strlen(text) >=
			    BOUND_LINE_PREFERRED;
		g_string_append_printf(out, ";%s%s", fold ? "\n\t" : " ", text);
		column = (fold ? 8 : column + 2) + strlen(text);
	}
	return g_string_free(out, FALSE);
}
