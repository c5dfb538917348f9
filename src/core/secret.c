/* SPDX-License-Identifier: MIT */
#include "core/secret.h"

#include <string.h>

static void
secret_free(void *data)
{
	Secret *secret = data;

	explicit_bzero(secret->octets, secret->len);
	g_free(secret->octets);
	g_free(secret);
}

GPtrArray *
secrets_new(void)
{
	return g_ptr_array_new_with_free_func(secret_free);
}

void
secrets_add(GPtrArray *secrets, const void *octets, gsize len)
{
	Secret *secret = g_new(Secret, 1);

	secret->octets = g_malloc(len);
	memcpy(secret->octets, octets, len);
	secret->len = len;
	g_ptr_array_add(secrets, secret);
}

void
secret_text_free(SecretText text)
{
	if (text)
		explicit_bzero(text, strlen(text));
	g_free(text);
}

void
secret_string_free(SecretString *string)
{
	if (!string)
		return;
	explicit_bzero(string->str, string->allocated_len);
	g_string_free(string, TRUE);
}
