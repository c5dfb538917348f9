/* SPDX-License-Identifier: MIT */
#include "core/parameter.h"

#include <string.h>

#include "core/bounds.h"
#include "core/charset.h"
#include "core/encoded_word.h"
#include "core/parameter_piece.h"
#include "core/parameter_read.h"

static void
parameter_free(gpointer data)
{
	Parameter *parameter = data;

	g_free(parameter->name);
	g_free(parameter->value);
	g_free(parameter);
}

static ContentValue *
content_value_new(void)
{
	ContentValue *content = g_new0(ContentValue, 1);

	content->parameters = g_ptr_array_new_with_free_func(parameter_free);
	return content;
}

void
content_value_free(ContentValue *content)
{
	if (!content)
		return;
	g_free(content->value);
	g_ptr_array_unref(content->parameters);
	g_free(content);
}

/* --- from pieces to parameters --- */

static bool
is_file_name(const char *name)
{
	return strcmp(name, "name") == 0 || strcmp(name, "filename") == 0;
}

/* charset is the one RFC 2231 gave, or NULL; fallback the message's. */
static char *
value_to_utf8(const char *name, const GString *value, const char *charset,
    const char *fallback)
{
	const char *octets = value->str;

	if (strcmp(name, "boundary") == 0)
		return g_strdup(octets);
	if (charset) {
		char *utf8 =
		    charset_to_utf8_strict(octets, value->len, charset);
		return utf8 ? utf8
			    : charset_to_utf8(octets, value->len, fallback);
	}
	if (is_file_name(name) && strstr(octets, "=?"))
		return encoded_word_decode(octets, value->len, fallback);
	return charset_to_utf8(octets, value->len, fallback);
}

static void
content_value_append(
    ContentValue *content, char *name, char *value, bool extended)
{
	Parameter *parameter = g_new0(Parameter, 1);

	parameter->name = name;
	parameter->value = value;
	parameter->extended = extended;
	g_ptr_array_add(content->parameters, parameter);
}

/* The parameter that pieces[i] begins, if it does. */
static void
add_parameter(ContentValue *content, const GPtrArray *pieces, guint i,
    const char *fallback)
{
	const Piece *piece = g_ptr_array_index(pieces, i);
	const char *star = strchr(piece->name, '*');
	g_autofree char *charset = NULL;
	g_autoptr(GString) value = pieces_join(pieces, i, &charset);

	if (!value)
		return;
	char *name = g_strndup(piece->name, strcspn(piece->name, "*"));
	char *utf8 = value_to_utf8(name, value, charset, fallback);
	content_value_append(content, name, utf8, star != NULL);
}

static void
add_parameters(
    ContentValue *content, const GPtrArray *pieces, const char *fallback)
{
	for (guint i = 0; i < pieces->len; i++)
		add_parameter(content, pieces, i, fallback);
}

/* --- the interface --- */

static const char *
default_value(ContentKind kind, guint parameters)
{
	if (kind == CONTENT_TYPE)
		return "text/plain";
	return parameters > 0 ? "attachment" : "inline";
}

bool
content_value_is_strict(ContentKind kind, const char *value, gsize len)
{
	g_autoptr(GPtrArray) pieces = pieces_new();

	return parameter_read_strict(kind, value, len, NULL, pieces);
}

ContentValue *
content_value_parse(
    ContentKind kind, const char *value, gsize len, const char *charset)
{
	ContentValue *content = content_value_new();
	g_autoptr(GPtrArray) pieces = pieces_new();

	len = MIN(len, BOUND_HEADER_FIELD);
	if (!parameter_read_strict(kind, value, len, &content->value, pieces)) {
		g_ptr_array_set_size(pieces, 0);
		content->value =
		    parameter_read_forgiving(kind, value, len, pieces);
	}
	if (!content->value || strlen(content->value) > BOUND_MEDIA_TYPE) {
		g_free(content->value);
		content->value = g_strdup(default_value(kind, pieces->len));
	}
	add_parameters(content, pieces, charset);
	return content;
}

const char *
content_value_get(const ContentValue *content, const char *name)
{
	const char *found = NULL;

	for (guint i = 0; i < content->parameters->len; i++) {
		const Parameter *parameter =
		    g_ptr_array_index(content->parameters, i);
		if (strcmp(parameter->name, name) != 0)
			continue;
		if (parameter->extended)
			return parameter->value;
		if (!found)
			found = parameter->value;
	}
	return found;
}

void
content_value_set(ContentValue *content, const char *name, const char *value)
{
	g_autofree char *copy = g_strdup(value);

	for (guint i = 0; i < content->parameters->len;) {
		Parameter *parameter =
		    g_ptr_array_index(content->parameters, i);
		if (strcmp(parameter->name, name) != 0) {
			i++;
		} else if (copy) {
			g_free(parameter->value);
			parameter->value = g_steal_pointer(&copy);
			parameter->extended = false;
			i++;
		} else {
			g_ptr_array_remove_index(content->parameters, i);
		}
	}
	if (copy)
		content_value_append(
		    content, g_strdup(name), g_steal_pointer(&copy), false);
}

bool
content_value_has_type(const ContentValue *content, const char *type)
{
	gsize len = strlen(type);

	return strncmp(content->value, type, len) == 0 &&
	       content->value[len] == '/';
}
