/* SPDX-License-Identifier: MIT */
/*
 * Prints what address_list_is_strict says of the values on standard input, in
 * base64, one a line: "accept" or "refuse"; and behind it, after a space, in
 * base64, what address_list_to_text makes of the value ("-" for nothing).
 */
#include <stdio.h>
#include <string.h>

#include "core/address_list.h"

static void
answer(const char *line)
{
	gsize len = 0;
	g_autofree guchar *octets = g_base64_decode(line, &len);
	const char *value = (const char *)octets;
	g_autoptr(GPtrArray) mailboxes = address_list_parse(value, len, NULL);
	g_autofree char *text = address_list_to_text(mailboxes, 0);
	g_autofree char *base64 =
	    text ? g_base64_encode((const guchar *)text, strlen(text))
		 : g_strdup("-");

	printf("%s %s\n",
	    address_list_is_strict(value, len) ? "accept" : "refuse", base64);
}

int
main(void)
{
	g_autofree char *line = NULL;
	size_t room = 0;

	while (getline(&line, &room, stdin) != -1)
		answer(g_strchomp(line));
	return 0;
}
