/* SPDX-License-Identifier: MIT */
#include "core/failure.h"

#include <stdarg.h>
#include <string.h>

GQuark
failure_quark(void)
{
	return g_quark_from_static_string("aliasbridge-failure");
}

bool
failure_set(GError **error, FailureCode code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	g_autofree char *text = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	g_set_error_literal(error, FAILURE, (gint)code, text);
	return false;
}

bool
failure_wrap(GError **error, FailureCode code, GError *cause)
{
	failure_set(error, code, "%s", cause->message);
	g_error_free(cause);
	return false;
}

char *
failure_mask(const char *text, gssize len, gsize max)
{
	gsize size = len < 0 ? strlen(text) : (gsize)len;
	GString *out = g_string_sized_new(MIN(size, max) + 4);
	const char *end = text + size;

	while (text < end && out->len < max) {
		gunichar c = g_utf8_get_char_validated(text, end - text);
		if (c >= 0x110000 || g_unichar_iscntrl(c) ||
		    g_unichar_type(c) == G_UNICODE_FORMAT || c == 0x2028 ||
		    c == 0x2029) {
			g_string_append_c(out, '?');
			text += c >= 0x110000 ? 1 : g_unichar_to_utf8(c, NULL);
			continue;
		}
		g_string_append_unichar(out, c);
		text += g_unichar_to_utf8(c, NULL);
	}
	if (text < end)
		g_string_append(out, "...");
	return g_string_free(out, FALSE);
}
