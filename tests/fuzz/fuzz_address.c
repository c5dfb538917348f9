/* SPDX-License-Identifier: MIT */
/* An address that parses is written in a form that parses to the same. */
#include "core/address.h"

#include <stdint.h>
#include <string.h>

#include "core/bounds.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_split(const Address *address)
{
	g_autoptr(Address) base = address_without_extension(address, "+-");

	if (base) {
		gsize len = strlen(base->local);
		g_assert(len > 0 && len < strlen(address->local));
		g_assert(strncmp(base->local, address->local, len) == 0);
		g_assert(strchr("+-", address->local[len]));
	}
}

static void
check_address(const Address *address)
{
	g_autofree char *text = address_to_text(address);
	g_autofree char *folded = address_fold(address);
	g_autoptr(Address) again = address_parse(text, -1, NULL);
	g_autoptr(Address) other = address_parse(folded, -1, NULL);

	/* Lower case may take more octets: the fold may pass the bound. */
	g_assert(again && (other || strlen(folded) > BOUND_ADDRESS));
	g_assert(strcmp(again->local, address->local) == 0);
	g_assert(strcmp(again->domain, address->domain) == 0);
	g_assert(address_equal(address, again));
	g_assert(
	    strlen(address->local) + strlen(address->domain) < BOUND_ADDRESS);
	g_assert(g_str_is_ascii(address->domain));
	check_split(address);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Address) address =
	    address_parse((const char *)data, (gssize)size, &error);

	g_assert(!address == !!error);
	if (address)
		check_address(address);
	return 0;
}
