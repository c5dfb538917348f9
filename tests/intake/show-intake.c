/* SPDX-License-Identifier: MIT */
/*
 * show-intake - what core/intake makes of the message on standard input, in
 * the form of show-milter
 */
#include <glib.h>
#include <stdio.h>

#include "core/intake.h"

int
main(void)
{
	static char buffer[4096];
	g_autoptr(GString) octets = g_string_new(NULL);
	g_autoptr(Message) message = message_new("");
	IntakeLines lines;
	gsize len;

	intake_lines_init(&lines);
	while ((len = fread(buffer, 1, sizeof(buffer), stdin)) > 0)
		intake_lines_feed(&lines, buffer, len, octets);
	intake_lines_end(&lines, octets);
	intake_split(message, octets->str, octets->len);
	for (guint i = 0; i < header_count(message->header); i++) {
		const HeaderField *field = header_at(message->header, i);
		printf("%s:%s%c", field->name, field->value, '\0');
	}
	putchar('\0');
	fwrite(message->body, 1, message->body_len, stdout);
	return 0;
}
