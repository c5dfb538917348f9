/* SPDX-License-Identifier: MIT */
#include "edit_read.h"

#include <string.h>

#include "core/failure.h"

static const char *const verbs[] = {
    [EDIT_RECIPIENT_ADD] = "add-recipient",
    [EDIT_SENDER] = "sender",
    [EDIT_HEADER_CHANGE] = "change",
    [EDIT_HEADER_REMOVE] = "remove",
    [EDIT_HEADER_ADD] = "add",
    [EDIT_BODY] = "body",
    [EDIT_RECIPIENT_REMOVE] = "remove-recipient",
};

static const char *const transforms[] = {
    [TRANSFORM_NONE] = "replace",
    [TRANSFORM_BASE64] = "to-base64",
    [TRANSFORM_QUOTED_PRINTABLE] = "to-quoted-printable",
    [TRANSFORM_WRAP_BASE64] = "wrap-base64",
    [TRANSFORM_WRAP_QUOTED_PRINTABLE] = "wrap-quoted-printable",
};

/* One octet behind a backslash at *text, which moves past it. */
static bool
read_escape(const char **text, char *octet)
{
	static const char letters[] = "nrt\"\\";
	static const char octets[] = "\n\r\t\"\\";
	const char *found = **text ? strchr(letters, **text) : NULL;

	if (found) {
		*octet = octets[found - letters];
		++*text;
		return true;
	}
	if (strspn(*text, "01234567") < 3 || **text > '3')
		return false;
	*octet = (char)(((*text)[0] - '0') * 64 + ((*text)[1] - '0') * 8 +
			((*text)[2] - '0'));
	*text += 3;
	return true;
}

/* A quoted string at *text, which moves past it; NULL if there is none. */
static GString *
read_quoted(const char **text)
{
	*text += strspn(*text, " ");
	if (**text != '"')
		return NULL;
	g_autoptr(GString) out = g_string_new(NULL);
	for (++*text; **text && **text != '"';) {
		char octet = *(*text)++;
		if (octet == '\\' && !read_escape(text, &octet))
			return NULL;
		g_string_append_c(out, octet);
	}
	if (**text != '"')
		return NULL;
	++*text;
	return g_steal_pointer(&out);
}

static char *
read_text(const char **text)
{
	GString *quoted = read_quoted(text);

	return quoted ? g_string_free(quoted, FALSE) : NULL;
}

static bool
read_word(const char **text, const char *const *words, guint count, guint *at)
{
	*text += strspn(*text, " ");
	gsize len = strcspn(*text, " ");
	for (guint i = 0; i < count; i++)
		if (strlen(words[i]) == len &&
		    strncmp(words[i], *text, len) == 0) {
			*text += len;
			*at = i;
			return true;
		}
	return false;
}

static bool
read_number(const char **text, gsize *number)
{
	char *end = NULL;

	*text += strspn(*text, " ");
	if (!g_ascii_isdigit(**text))
		return false;
	*number = (gsize)g_ascii_strtoull(*text, &end, 10);
	*text = end;
	return true;
}

static bool
read_body_edit(EditList *list, const char *text)
{
	gsize start, len;
	guint transform;

	if (!read_number(&text, &start) || *text++ != '+' ||
	    !read_number(&text, &len) ||
	    !read_word(&text, transforms, G_N_ELEMENTS(transforms), &transform))
		return false;
	if (transform != TRANSFORM_NONE) {
		edit_body_transform(
		    list, start, len, (TransferTransform)transform);
		return *text == '\0';
	}
	GString *value = read_quoted(&text);
	if (!value)
		return false;
	gsize value_len = value->len;
	edit_body(list, start, len, g_string_free(value, FALSE), value_len);
	return *text == '\0';
}

static bool
read_header_edit(EditList *list, EditKind kind, const char *text)
{
	g_autofree char *name = read_text(&text);
	gsize nth = 0;

	if (!name ||
	    (kind != EDIT_HEADER_ADD &&
		(!read_number(&text, &nth) || nth == 0 || nth > G_MAXUINT)))
		return false;
	if (kind == EDIT_HEADER_REMOVE) {
		edit_header_remove(list, name, (guint)nth);
		return *text == '\0';
	}
	g_autofree char *value = read_text(&text);
	if (!value || *text)
		return false;
	if (kind == EDIT_HEADER_CHANGE)
		edit_header_change(list, name, (guint)nth, value);
	else
		edit_header_add(list, name, value);
	return true;
}

static bool
read_envelope_edit(EditList *list, EditKind kind, const char *text)
{
	g_autofree char *value = read_text(&text);
	g_autofree char *parameters = read_text(&text);

	if (!value || *text || (parameters && kind != EDIT_RECIPIENT_ADD))
		return false;
	if (kind == EDIT_RECIPIENT_ADD)
		edit_recipient_add(list, value, parameters);
	else if (kind == EDIT_SENDER)
		edit_sender(list, value);
	else
		edit_recipient_remove(list, value);
	return true;
}

static bool
read_edit(EditList *list, const char *line)
{
	guint verb;

	if (!read_word(&line, verbs, G_N_ELEMENTS(verbs), &verb))
		return false;
	if (verb == EDIT_BODY)
		return read_body_edit(list, line);
	if (verb == EDIT_HEADER_CHANGE || verb == EDIT_HEADER_REMOVE ||
	    verb == EDIT_HEADER_ADD)
		return read_header_edit(list, (EditKind)verb, line);
	return read_envelope_edit(list, (EditKind)verb, line);
}

EditList *
edit_read(const char *text, GError **error)
{
	g_autoptr(EditList) list = edit_list_new();
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (guint i = 0; lines[i]; i++)
		if (*lines[i] && !read_edit(list, lines[i])) {
			g_set_error(error, FAILURE, FAILURE_INPUT,
			    "line %u is no edit", i + 1);
			return NULL;
		}
	return g_steal_pointer(&list);
}
