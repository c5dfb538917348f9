/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "core/smtp_password.h"

#include <dlfcn.h>
#include <openssl/hmac.h>

#include "core/bounds.h"
#include "core/failure.h"
#include "unit.h"

/* The first four are terraform-provider-aws's. */
static const struct {
	const char *secret, *region, *want;
} vectors[] = {
    {"some+secret+key", "eu-central-1",
	"BMXhUYlu5Z3gSXVQORxlVa7XPaz91aGWdfHxvkOZdWZ2"},
    {"another+secret+key", "eu-central-1",
	"BBbphbrQmrKMx42d1N6+C7VINYEBGI5v9VsZeTxwskfh"},
    {"some+secret+key", "us-west-1",
	"BH+jbMzper5WwlwUar9E1ySBqHa9whi0GPo+sJ0mVYJj"},
    {"another+secret+key", "us-west-1",
	"BKVmjjMDFk/qqw8EROW99bjCS65PF8WKvK5bSr4Y6EqF"},
    {"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-west-2",
	"BF2PynzbSCAjX08zhZZnP/kW+T9P5zs/1Er0pi5vTEmd"},
};

static void
vector(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(vectors); i++) {
		g_autofree char *got =
		    smtp_password(vectors[i].secret, vectors[i].region, NULL);
		UNIT_TEXT(vectors[i].region, got, vectors[i].want);
	}
}

static const struct {
	const char *secret, *region;
} refusals[] = {
    {"", "eu-west-1"},
    {"s", ""},
    {"s", "EU-WEST-1"},
    {"s", "eu-west-1.example"},
    {"s", "eu west"},
    {"s", "eu-west-1\n"},
    {"s", "-eu"},
    {"s", "eu-"},
    {"s", "1-eu"},
    {"s", "abcdefghijabcdefghijabcdefghijabcdefghija"},
};

static void
refuse(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(refusals); i++) {
		g_autoptr(GError) error = NULL;
		g_autofree char *got = smtp_password(
		    refusals[i].secret, refusals[i].region, &error);
		UNIT_TEXT(refusals[i].region, got, NULL);
		UNIT_TRUE(refusals[i].region,
		    g_error_matches(error, FAILURE, FAILURE_INPUT));
	}
	g_autofree char *longest = g_strnfill(BOUND_AWS_SECRET, 'x');
	g_autofree char *taken = smtp_password(longest, "eu-west-1", NULL);
	UNIT_TRUE("longest", taken != NULL);
	g_autofree char *over = g_strnfill(BOUND_AWS_SECRET + 1, 'x');
	g_autoptr(GError) error = NULL;
	g_autofree char *refused = smtp_password(over, "eu-west-1", &error);
	UNIT_TEXT("too long", refused, NULL);
}

static void
host(void)
{
	g_autofree char *got = smtp_password_host("eu-west-1");

	UNIT_TEXT("host", got, "email-smtp.eu-west-1.amazonaws.com");
}

/* Signatures until OpenSSL makes none; or -1. */
static gint signatures_left = -1;

/* In the place of libcrypto's. */
unsigned char *
HMAC(const EVP_MD *type, const void *key, int key_len,
    const unsigned char *text, size_t len, unsigned char *out,
    unsigned int *out_len)
{
	__typeof__(&HMAC) next = NULL;

	if (signatures_left == 0)
		return NULL;
	signatures_left -= signatures_left > 0;
	*(void **)&next = dlsym(RTLD_NEXT, "HMAC");
	return next(type, key, key_len, text, len, out, out_len);
}

static void
no_signature(void)
{
	for (signatures_left = 0; signatures_left < 5;) {
		g_autoptr(GError) error = NULL;
		gint left = signatures_left;
		g_autofree char *got = smtp_password("s", "eu-west-1", &error);
		UNIT_TEXT("no password", got, NULL);
		UNIT_TRUE("temporary",
		    g_error_matches(error, FAILURE, FAILURE_TEMPORARY));
		signatures_left = left + 1;
	}
	signatures_left = -1;
}

static const UnitCase cases[] = {{"vector", vector}, {"refuse", refuse},
    {"host", host}, {"no signature", no_signature}};
UNIT_MAIN("smtp_password", cases)
