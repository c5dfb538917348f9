/* SPDX-License-Identifier: MIT */
#include "core/smtp_password.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "core/bounds.h"
#include "core/failure.h"

#define VERSION 0x04
#define DIGEST 32

bool
smtp_password_region_is_legal(const char *region)
{
	gsize len = strspn(region, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return len > 0 && len <= BOUND_AWS_REGION && region[len] == '\0' &&
	       g_ascii_isalpha(region[0]) && region[len - 1] != '-';
}

char *
smtp_password_host(const char *region)
{
	return g_strdup_printf("email-smtp.%s.amazonaws.com", region);
}

static bool
sign(const guint8 *key, gsize key_len, const char *text, guint8 *out)
{
	guint8 digest[DIGEST];
	bool done = HMAC(EVP_sha256(), key, (int)key_len, (const guint8 *)text,
			strlen(text), digest, NULL) != NULL;

	if (done)
		memcpy(out, digest, DIGEST);
	OPENSSL_cleanse(digest, sizeof(digest));
	return done;
}

/* NULL where OpenSSL signs nothing: out of memory, or a policy forbids. */
static char *
derive(const char *secret, const char *region)
{
	const char *steps[] = {region, "ses", "aws4_request", "SendRawEmail"};
	char *start = g_strconcat("AWS4", secret, NULL);
	guint8 octets[1 + DIGEST] = {VERSION};
	guint8 *key = octets + 1;

	bool done = sign((const guint8 *)start, strlen(start), "11111111", key);
	for (guint i = 0; done && i < G_N_ELEMENTS(steps); i++)
		done = sign(key, DIGEST, steps[i], key);
	char *password = done ? g_base64_encode(octets, sizeof(octets)) : NULL;
	OPENSSL_cleanse(start, strlen(start));
	OPENSSL_cleanse(octets, sizeof(octets));
	g_free(start);
	return password;
}

char *
smtp_password(const char *secret, const char *region, GError **error)
{
	if (!smtp_password_region_is_legal(region)) {
		g_autofree char *shown = failure_mask(region, -1, 80);
		failure_set(error, FAILURE_INPUT,
		    "'%s' is no region, as eu-central-1 is one", shown);
		return NULL;
	}
	gsize len = strnlen(secret, BOUND_AWS_SECRET + 1);
	if (len == 0 || len > BOUND_AWS_SECRET) {
		failure_set(error, FAILURE_INPUT,
		    "the secret access key is empty or too long");
		return NULL;
	}
	char *password = derive(secret, region);
	if (!password)
		failure_set(error, FAILURE_TEMPORARY,
		    "OpenSSL does not compute HMAC-SHA256");
	return password;
}
