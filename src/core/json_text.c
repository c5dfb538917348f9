/* SPDX-License-Identifier: MIT */
#include "core/json_text.h"

#include <glib.h>
#include <stdlib.h>

char *
json_text_dup(const json_t *value, size_t flags)
{
	char *text = value ? json_dumps(value, flags | JSON_ENCODE_ANY) : NULL;
	char *copy = g_strdup(text);

	free(text);
	return copy;
}

char *
json_text_take(json_t *value, size_t flags)
{
	char *text = json_text_dup(value, flags);

	json_decref(value);
	return text;
}
