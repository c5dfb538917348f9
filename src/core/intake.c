/* SPDX-License-Identifier: MIT */
#include "core/intake.h"

#include <string.h>

#include "core/bounds.h"

#define FROM_LINE "From "
#define MAILBOX_LINE "X-Mailbox-Line: "
/* Octets of a line, rather more than less. */
#define LOOK_AHEAD 256

/* ---- line ends ------------------------------------------------------- */

void
intake_lines_init(IntakeLines *lines)
{
	*lines = (IntakeLines){.line_start = true, .first = true};
}

/* Give back what was held at the start of a line. */
static void
lines_release(IntakeLines *lines, bool mailbox, GString *out)
{
	if (mailbox)
		g_string_append(out, MAILBOX_LINE);
	for (gsize i = 0; i < lines->quotes; i++)
		g_string_append_c(out, '>');
	g_string_append_len(out, FROM_LINE, (gssize)lines->from);
	lines->first = mailbox;
	lines->held = false;
	lines->quotes = lines->from = 0;
}

/* Before anything but "From " lines has passed: hold c back while the line
 * may still become one. False: c is to go the ordinary way. */
static bool
lines_hold(IntakeLines *lines, char c, GString *out)
{
	if (lines->line_start && (c == ' ' || c == '\t')) {
		g_string_append(out, "\r\n");
		lines->first = false;
		return false;
	}
	if (!lines->line_start && !lines->held)
		return false;
	lines->held = true;
	lines->line_start = false;
	if (c == '>' && lines->from == 0 &&
	    lines->quotes < BOUND_POSTFIX_LINE - strlen(FROM_LINE)) {
		lines->quotes++;
		return true;
	}
	if (c != FROM_LINE[lines->from]) {
		lines_release(lines, false, out);
		return false;
	}
	if (++lines->from == strlen(FROM_LINE))
		lines_release(lines, true, out);
	return true;
}

static void
lines_end_line(IntakeLines *lines, GString *out)
{
	if (lines->held || (lines->first && lines->line_start))
		lines_release(lines, false, out);
	lines->seen_crlf |= lines->cr;
	lines->seen_lf |= !lines->cr;
	lines->cr = false;
	lines->line_start = true;
	g_string_append(out, "\r\n");
}

/* One octet, any. */
static void
lines_octet(IntakeLines *lines, char c, GString *out)
{
	if (c == '\n') {
		lines_end_line(lines, out);
		return;
	}
	if (lines->cr) {
		lines->cr = false;
		if (lines->held || (lines->first && lines->line_start))
			lines_release(lines, false, out);
		g_string_append_c(out, ' ');
		lines->line_start = false;
	}
	lines->cr = c == '\r';
	if (lines->cr)
		return;
	if (lines->first && lines_hold(lines, c, out))
		return;
	lines->line_start = false;
	if (c != '\0')
		g_string_append_c(out, c);
}

/* How many octets at the start of these need no thought. It does not look far:
 * there may be many that do. */
static gsize
plain_run(const char *octets, gsize len)
{
	len = MIN(len, LOOK_AHEAD);
	const char *lf = memchr(octets, '\n', len);

	if (lf)
		len = (gsize)(lf - octets);
	const char *cr = memchr(octets, '\r', len);
	if (cr)
		len = (gsize)(cr - octets);
	const char *nul = memchr(octets, '\0', len);
	return nul ? (gsize)(nul - octets) : len;
}

void
intake_lines_feed(
    IntakeLines *lines, const char *octets, gsize len, GString *out)
{
	const char *end = octets + len;

	while (octets < end) {
		gsize run = lines->cr || lines->held ||
				    (lines->first && lines->line_start)
				? 0
				: plain_run(octets, (gsize)(end - octets));
		if (run == 0) {
			lines_octet(lines, *octets++, out);
			continue;
		}
		g_string_append_len(out, octets, (gssize)run);
		lines->line_start = false;
		octets += run;
	}
}

void
intake_lines_end(IntakeLines *lines, GString *out)
{
	const bool seen_crlf = lines->seen_crlf;

	if (lines->line_start && !lines->cr)
		return;
	lines_octet(lines, '\r', out);
	lines_octet(lines, '\n', out);
	lines->seen_crlf = seen_crlf;
}

/* ---- header and body ------------------------------------------------- */

/* A field being collected, as mime_state.c's output_buffer. */
typedef struct Field {
	GString *text; /* "name:value", folds as LF */
	gsize name_len;
	const char *raw;
	bool same; /* text and raw are the same octets */
} Field;

/* The name's length if the line begins a field, else 0. *colon is the
 * colon's offset. */
static gsize
field_name_length(const char *line, gsize len, gsize *colon)
{
	gsize name = 0;

	len = MIN(len, BOUND_POSTFIX_LINE);
	while (name < len && line[name] > ' ' && line[name] < 0x7f &&
	       line[name] != ':')
		name++;
	*colon = name;
	while (*colon < len && (line[*colon] == ' ' || line[*colon] == '\t'))
		(*colon)++;
	return *colon < len && line[*colon] == ':' ? name : 0;
}

/* More octets of a field; a little past the bound is enough to know that it
 * is cut. */
static void
field_append(Field *field, const char *octets, gsize len)
{
	for (gsize i = 0; i < len && field->text->len <= BOUND_HEADER_FIELD;
	     i++) {
		char c = octets[i];
		field->same &= c != '\0' && c != '\r';
		if (c != '\0')
			g_string_append_c(field->text, c == '\r' ? ' ' : c);
	}
}

/* cleanup_out_header: at the last fold in the bound if that loses less than a
 * tenth, else at the bound. */
static bool
field_cut(Field *field)
{
	if (field->text->len <= BOUND_HEADER_FIELD)
		return false;
	gsize at = BOUND_HEADER_FIELD;
	const char *fold =
	    g_strrstr_len(field->text->str, (gssize)at + 1, "\n");
	if (fold) {
		gsize line = (gsize)(fold - field->text->str) + 1;
		if (line > BOUND_HEADER_CUT)
			at = line - 1;
	}
	g_string_truncate(field->text, at);
	return true;
}

static bool
field_is_dropped(const char *name)
{
	static const char *const dropped[] = {
	    "bcc", "content-length", "resent-bcc", "return-path"};

	for (guint i = 0; i < G_N_ELEMENTS(dropped); i++)
		if (g_ascii_strcasecmp(name, dropped[i]) == 0)
			return true;
	return false;
}

/* The field ends where the next line, at end, begins. */
static void
field_finish(Field *field, const char *end, Header *header)
{
	if (field->name_len == 0)
		return;
	bool cut = field_cut(field);
	g_autofree char *name = g_strndup(field->text->str, field->name_len);
	if (!field_is_dropped(name) && !header_is_over_bounds(header)) {
		gsize value = field->name_len + 1;
		HeaderField *added = header_add(header, name,
		    field->text->str + value, field->text->len - value);
		added->cut |= cut;
		if (field->same && !cut) {
			added->raw = field->raw;
			added->raw_len = (gsize)(end - field->raw);
		}
	}
	field->name_len = 0;
}

/* The line begins a field: true, and collecting it has begun. */
static bool
field_begin(Field *field, const char *line, gsize len)
{
	gsize colon;
	gsize name_len = field_name_length(line, len, &colon);

	if (name_len == 0)
		return false;
	g_string_truncate(field->text, 0);
	field->name_len = name_len;
	field->raw = line;
	field->same = colon == name_len;
	field_append(field, line, name_len);
	field_append(field, line + colon, len - colon);
	return true;
}

void
intake_split(Message *message, const char *octets, gsize len)
{
	const char *end = octets + len, *line = octets;
	g_autoptr(GString) text = g_string_new(NULL);
	Field field = {.text = text};

	while (line < end) {
		const char *lf = memchr(line, '\n', (gsize)(end - line));
		const char *next = lf ? lf + 1 : end;
		gsize size = (gsize)((lf ? lf : end) - line);
		bool crlf = lf && size > 0 && line[size - 1] == '\r';
		size -= crlf ? 1 : 0;
		bool fold = size > 0 && (*line == ' ' || *line == '\t');
		if (fold && field.name_len > 0) {
			field_append(&field, "\n", 1);
			field_append(&field, line, size);
		} else if (!fold) {
			/* White space before the first field continues
			 * Postfix's own Received, which no milter sees. */
			field_finish(&field, line, message->header);
			if (!field_begin(&field, line, size)) {
				line = size == 0 ? next : line;
				break;
			}
		}
		field.same &= crlf;
		line = next;
	}
	field_finish(&field, line, message->header);
	message_set_body(message, line, (gsize)(end - line));
}
