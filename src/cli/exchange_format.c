/* SPDX-License-Identifier: MIT */
#include "cli/exchange_format.h"

#include <string.h>

#include "cli/cmd.h"

bool
exchange_format_parse(const char *name, ExchangeFormat *format)
{
	static const char *const names[] = {
	    [EXCHANGE_JSON] = "json",
	    [EXCHANGE_VIRTUAL] = "virtual",
	    [EXCHANGE_CSV] = "csv",
	};

	for (guint i = 0; i < G_N_ELEMENTS(names); i++)
		if (strcmp(names[i], name) == 0) {
			*format = (ExchangeFormat)i;
			return true;
		}
	cmd_error("--format must be json, virtual or csv");
	return false;
}
