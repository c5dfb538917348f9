/* SPDX-License-Identifier: MIT */
/* Wherever the input is cut, the lines are the same; they end in CRLF and hold
 * no other CR, LF or NUL; header and body together are all of them. */
#include "core/intake.h"

#include <stdint.h>
#include <string.h>

#include "core/bounds.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static GString *
lines_of(const char *octets, gsize len, gsize step)
{
	GString *out = g_string_new(NULL);
	IntakeLines lines;

	intake_lines_init(&lines);
	for (gsize at = 0; at < len; at += step)
		intake_lines_feed(
		    &lines, octets + at, MIN(step, len - at), out);
	intake_lines_end(&lines, out);
	return out;
}

static void
check_lines(const GString *text)
{
	for (gsize i = 0; i < text->len; i++) {
		g_assert(text->str[i] != '\0');
		if (text->str[i] == '\r')
			g_assert(text->str[i + 1] == '\n');
		if (text->str[i] == '\n')
			g_assert(i > 0 && text->str[i - 1] == '\r');
	}
	g_assert(text->len == 0 || text->str[text->len - 1] == '\n');
}

static void
check_field(const HeaderField *field)
{
	g_assert(*field->name && !strpbrk(field->name, " \t\r\n:"));
	g_assert(!strchr(field->value, '\r'));
	g_assert(strlen(field->value) == field->value_len);
	for (const char *lf = field->value; (lf = strchr(lf, '\n')); lf++)
		g_assert(lf[1] == ' ' || lf[1] == '\t');
	g_assert(
	    strlen(field->name) + 1 + field->value_len <= BOUND_HEADER_FIELD);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *octets = (const char *)data;
	g_autoptr(GString) whole = lines_of(octets, size, size + 1);
	g_autoptr(GString) cut = lines_of(octets, size, 1);

	g_assert(g_string_equal(whole, cut));
	check_lines(whole);
	g_autoptr(Message) message = message_new("");
	intake_split(message, whole->str, whole->len);
	g_assert(message->body >= whole->str &&
		 message->body + message->body_len == whole->str + whole->len);
	for (guint i = 0; i < header_count(message->header); i++)
		check_field(header_at(message->header, i));
	return 0;
}
