/* SPDX-License-Identifier: MIT */
/*
 * secret.h - what nobody else may learn: signing secrets, passwords, keys
 *
 * Overwritten when freed, so that the next owner of the memory does not find
 * it.
 */
#ifndef ALIASBRIDGE_SECRET_H
#define ALIASBRIDGE_SECRET_H

#include <glib.h>

/* A signing secret. They come in arrays: the first signs, all verify. */
typedef struct Secret {
	guint8 *octets; /* owned */
	gsize len;
} Secret;

/* An empty array of Secret, which it owns. Owned by the caller. */
GPtrArray *secrets_new(void);
/* Append a secret, a copy of these octets. */
void secrets_add(GPtrArray *secrets, const void *octets, gsize len);

/* Text that is a secret: g_auto(SecretText), g_autoptr(SecretString). */
typedef char *SecretText;
typedef GString SecretString;
void secret_text_free(SecretText text);
void secret_string_free(SecretString *string);

G_DEFINE_AUTO_CLEANUP_FREE_FUNC(SecretText, secret_text_free, NULL)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SecretString, secret_string_free)

#endif
