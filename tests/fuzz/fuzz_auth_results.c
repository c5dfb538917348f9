/* SPDX-License-Identifier: MIT */
/* Any field is read, and a foreign one says nothing. */
#include "core/auth_results.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autoptr(Header) header = header_new();

	header_add(header, "Authentication-Results", (const char *)data, size);
	AuthVerdict verdict = auth_results_dmarc(header, "mx.example");
	g_assert(verdict <= AUTH_FAIL_REJECT);
	g_assert(verdict == AUTH_UNKNOWN ||
		 auth_results_dmarc(header, "mx.other") == AUTH_UNKNOWN);
	return 0;
}
