/* SPDX-License-Identifier: MIT */
/*
 * edit_text.c - an EditList as text: see edit.h
 */
#include <string.h>

#include "core/edit.h"

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

static void
append_quoted(GString *out, const char *octets, gsize len)
{
	g_string_append(out, " \"");
	for (gsize i = 0; i < len; i++) {
		guchar c = (guchar)octets[i];
		if (c == '\n')
			g_string_append(out, "\\n");
		else if (c == '\r')
			g_string_append(out, "\\r");
		else if (c == '\t')
			g_string_append(out, "\\t");
		else if (c == '"' || c == '\\')
			g_string_append_printf(out, "\\%c", c);
		else if (c < ' ' || c > '~')
			g_string_append_printf(out, "\\%03o", (unsigned)c);
		else
			g_string_append_c(out, (char)c);
	}
	g_string_append_c(out, '"');
}

static void
append_edit(GString *out, const Edit *edit)
{
	g_string_append(out, verbs[edit->kind]);
	if (edit->name)
		append_quoted(out, edit->name, strlen(edit->name));
	if (edit->nth > 0)
		g_string_append_printf(out, " %u", edit->nth);
	if (edit->kind == EDIT_BODY)
		g_string_append_printf(out,
		    " %" G_GSIZE_FORMAT "+%" G_GSIZE_FORMAT " %s", edit->start,
		    edit->len, transforms[edit->transform]);
	if (edit->value)
		append_quoted(out, edit->value, edit->value_len);
	if (edit->parameters)
		append_quoted(out, edit->parameters, strlen(edit->parameters));
	g_string_append_c(out, '\n');
}

char *
edit_list_to_text(const EditList *list)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < edit_list_count(list); i++)
		append_edit(out, edit_list_at(list, i));
	return g_string_free(out, FALSE);
}
