/* SPDX-License-Identifier: MIT */
#include "core/fold_case.h"

#include <glib.h>

char *
fold_case(const char *text)
{
	glong count = 0;
	g_autofree gunichar *chars = g_utf8_to_ucs4_fast(text, -1, &count);

	for (glong i = 0; i < count; i++)
		chars[i] = g_unichar_tolower(chars[i]);
	return g_ucs4_to_utf8(chars, count, NULL, NULL, NULL);
}
