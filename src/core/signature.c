/* SPDX-License-Identifier: MIT */
#include "core/signature.h"

#include <string.h>

const char SIGNATURE_BASE32[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

gsize
signature_make(GChecksumType type, const Secret *secret, const char *text,
    gsize len, guint8 digest[SIGNATURE_MAX])
{
	GHmac *hmac = g_hmac_new(type, secret->octets, secret->len);
	gsize size = SIGNATURE_MAX;

	g_hmac_update(hmac, (const guchar *)text, (gssize)len);
	g_hmac_get_digest(hmac, digest, &size);
	g_hmac_unref(hmac);
	return size;
}

/* Takes as long whichever octet differs. */
bool
signature_equal(const char *a, const char *b, gsize len)
{
	volatile guint8 differ = 0;

	for (gsize i = 0; i < len; i++)
		differ |= (guint8)(a[i] ^ b[i]);
	return differ == 0;
}

bool
signature_equal_fold(const char *a, const char *b, gsize len)
{
	g_autofree char *x = g_ascii_strdown(a, (gssize)len);
	g_autofree char *y = g_ascii_strdown(b, (gssize)len);

	return strnlen(x, len) == len && strnlen(y, len) == len &&
	       signature_equal(x, y, len);
}

char *
signature_to_base32(const guint8 *octets, gsize len)
{
	GString *out = g_string_sized_new((len * 8 + 4) / 5);
	guint32 bits = 0;
	guint held = 0;

	for (gsize i = 0; i < len; i++) {
		bits = bits << 8 | octets[i];
		for (held += 8; held >= 5; held -= 5)
			g_string_append_c(
			    out, SIGNATURE_BASE32[bits >> (held - 5) & 31]);
	}
	if (held > 0)
		g_string_append_c(
		    out, SIGNATURE_BASE32[bits << (5 - held) & 31]);
	return g_string_free(out, FALSE);
}

char *
signature_to_base64url(const guint8 *octets, gsize len)
{
	char *text = g_base64_encode(octets, len);

	g_strdelimit(text, "+", '-');
	g_strdelimit(text, "/", '_');
	text[strcspn(text, "=")] = '\0';
	return text;
}

int
signature_base32_value(char c)
{
	const char *at =
	    c != '\0' ? strchr(SIGNATURE_BASE32, g_ascii_toupper(c)) : NULL;

	return at ? (int)(at - SIGNATURE_BASE32) : -1;
}
