/* SPDX-License-Identifier: MIT */
#include "core/host_port.h"

#include <string.h>

bool
host_port_is_port(const char *text, int *port)
{
	guint64 number;

	/* It would take a sign. */
	if (!g_ascii_isdigit(*text) ||
	    !g_ascii_string_to_unsigned(text, 10, 1, 65535, &number, NULL))
		return false;
	if (port)
		*port = (int)number;
	return true;
}

bool
host_port_split(const char *text, char **host, int *port)
{
	const char *colon = strrchr(text, ':');

	if (!colon || colon == text || !host_port_is_port(colon + 1, port))
		return false;
	*host = g_strndup(text, (gsize)(colon - text));
	return true;
}

bool
host_port_is_local(const char *host)
{
	return g_str_equal(host, "localhost") || g_str_equal(host, "[::1]") ||
	       (g_str_has_prefix(host, "127.") &&
		   strspn(host, "0123456789.") == strlen(host));
}
