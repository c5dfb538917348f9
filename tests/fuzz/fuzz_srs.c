/* SPDX-License-Identifier: MIT */
/* A sender comes back as it was, or gets a token; what is no address of ours
 * leads to nothing that cannot stand in an envelope. */
#include "core/srs.h"

#include <stdint.h>
#include <string.h>

#include "core/address.h"
#include "core/bounds.h"
#include "core/policy.h"

#define NOW G_GINT64_CONSTANT(1795521600)
#define DOMAIN "bounce.example"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_forward(const char *text, const GPtrArray *secrets)
{
	g_autofree char *address =
	    srs_forward(text, text, DOMAIN, secrets, NOW, NULL);
	g_autoptr(Address) legal = address_parse(address, -1, NULL);
	g_autoptr(Address) sender = address_parse(text, -1, NULL);
	g_autofree char *original = NULL;
	SrsKind kind = srs_reverse(address, DOMAIN, secrets, NOW, &original);

	g_assert(legal && strlen(legal->local) <= BOUND_LOCAL_PART);
	g_assert(srs_has_form(legal->local));
	g_assert(
	    kind == SRS_SENDER || kind == SRS_TOKEN || kind == SRS_SWALLOW);
	g_assert(srs_reverse(address, DOMAIN, secrets, NOW + 90 * 86400,
		     NULL) == SRS_EXPIRED ||
		 g_str_has_prefix(address, "SRS1"));
	if (kind == SRS_SENDER && sender && !srs_has_form(sender->local)) {
		g_autofree char *want = address_to_text(sender);
		g_assert(g_str_equal(want, original));
	}
}

static void
check_reverse(const char *text, const GPtrArray *secrets)
{
	g_autofree char *original = NULL;
	SrsKind kind = srs_reverse(text, DOMAIN, secrets, NOW, &original);

	g_assert((kind == SRS_SENDER || kind == SRS_TOKEN ||
		     kind == SRS_SWALLOW) == !!original);
	if (kind == SRS_SENDER)
		for (const char *c = original; *c; c++)
			g_assert(*c > ' ' && *c <= '~');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autoptr(Policy) policy = policy_new();
	g_autofree char *text = g_strndup((const char *)data, size);
	g_autofree char *tail = g_strconcat("SRS0=", text, "@" DOMAIN, NULL);

	policy_add_secret(policy, "tops3cr3t", 9);
	check_forward(text, policy->secrets);
	check_reverse(text, policy->secrets);
	check_reverse(tail, policy->secrets);
	return 0;
}
