/* SPDX-License-Identifier: MIT */
#include "core/intake.h"

#include <time.h>

#include "core/bounds.h"
#include "unit.h"

/* Whole octets, NUL among them. */
#define OCTETS(text) text, sizeof(text) - 1

static const struct {
	const char *label, *text;
	gsize len;
	const char *want;
} lines[] = {
    {"CRLF stays", OCTETS("a\r\nb\r\n"), "a\r\nb\r\n"},
    {"LF becomes CRLF", OCTETS("a\nb\n"), "a\r\nb\r\n"},
    {"last line completed", OCTETS("a\r\nb"), "a\r\nb\r\n"},
    {"CR at the end", OCTETS("a\r"), "a \r\n"},
    {"stray CR is a space", OCTETS("a\rb\r\n"), "a b\r\n"},
    {"one CR belongs to LF", OCTETS("a\r\r\n"), "a \r\n"},
    {"LF CR", OCTETS("a\n\rb\n"), "a\r\n b\r\n"},
    {"NUL goes", OCTETS("a\0b\r\n\0\r\n"), "ab\r\n\r\n"},
    {"empty", OCTETS(""), ""},
    {"From line", OCTETS("From me now\nA: b\n"),
	"X-Mailbox-Line: From me now\r\nA: b\r\n"},
    {"quoted From line", OCTETS(">>From me\n"),
	"X-Mailbox-Line: >>From me\r\n"},
    {"several", OCTETS("From a\n>From b\nA: b\nFrom c\n"),
	"X-Mailbox-Line: From a\r\nX-Mailbox-Line: >From b\r\nA: b\r\n"
	"From c\r\n"},
    {"From field", OCTETS("From: a\nFrom b\n"), "From: a\r\nFrom b\r\n"},
    {"almost From", OCTETS(">>Fro\nFrom a\n"), ">>Fro\r\nFrom a\r\n"},
    {"a From line with a CR", OCTETS("From a\rb\nFrom c\n"),
	"X-Mailbox-Line: From a b\r\nX-Mailbox-Line: From c\r\n"},
    {"leading space", OCTETS(" a\nb\n"), "\r\n a\r\nb\r\n"},
    {"leading tab after From", OCTETS("From a\n\tb\n"),
	"X-Mailbox-Line: From a\r\n\r\n\tb\r\n"},
    {"leading empty line", OCTETS("\n a\n"), "\r\n a\r\n"},
    {"leading CR is no white space", OCTETS("\ra\n"), " a\r\n"},
};

/* Cut at every octet, the result is the same. */
static void
line_ends(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(lines); i++)
		for (gsize cut = 0; cut <= lines[i].len; cut++) {
			g_autofree char *octets =
			    unit_octets(lines[i].text, lines[i].len);
			g_autoptr(GString) out = g_string_new(NULL);
			IntakeLines state;

			intake_lines_init(&state);
			intake_lines_feed(&state, octets, cut, out);
			intake_lines_feed(
			    &state, octets + cut, lines[i].len - cut, out);
			intake_lines_end(&state, out);
			UNIT_TEXT(lines[i].label, out->str, lines[i].want);
		}
}

static void
line_ends_seen(void)
{
	g_autoptr(GString) out = g_string_new(NULL);
	IntakeLines state;

	intake_lines_init(&state);
	intake_lines_feed(&state, OCTETS("a\r\n"), out);
	UNIT_TRUE("CRLF", state.seen_crlf && !state.seen_lf);
	intake_lines_feed(&state, OCTETS("a\n"), out);
	UNIT_TRUE("both", state.seen_crlf && state.seen_lf);
}

/* want: "name:value" fields, LF folds, each in <>, then the body. */
static const struct {
	const char *label, *text;
	gsize len;
	const char *want;
} splits[] = {
    {"plain", OCTETS("A: 1\r\nB:2\r\n\r\nbody\r\n"), "<A: 1><B:2>body\r\n"},
    {"fold", OCTETS("A: 1\r\n 2\r\n\t3\r\n\r\n"), "<A: 1\n 2\n\t3>"},
    {"white line folds", OCTETS("A: 1\r\n \r\nB: 2\r\n\r\n"),
	"<A: 1\n ><B: 2>"},
    {"no colon ends", OCTETS("A: 1\r\nno colon\r\nB: 2\r\n"),
	"<A: 1>no colon\r\nB: 2\r\n"},
    {"8-bit name ends", OCTETS("A: 1\r\nB\xc3\xa9: 2\r\n"),
	"<A: 1>B\xc3\xa9: 2\r\n"},
    {"space before colon", OCTETS("A \t : 1\r\n\r\n"), "<A: 1>"},
    {"two words", OCTETS("A B: 1\r\n"), "A B: 1\r\n"},
    {"no name", OCTETS(": 1\r\n"), ": 1\r\n"},
    {"empty value", OCTETS("A:\r\n\r\n"), "<A:>"},
    {"dropped",
	OCTETS("BCC: a\r\nB: 1\r\nReturn-Path: <a>\r\n"
	       "Resent-Bcc: a\r\n b\r\nContent-length: 9\r\n\r\n"),
	"<B: 1>"},
    {"header alone", OCTETS("A: 1\r\n"), "<A: 1>"},
    {"no header", OCTETS("\r\nbody\r\n"), "body\r\n"},
    {"white space first", OCTETS("\r\n body\r\n"), " body\r\n"},
    {"continues Received", OCTETS(" x\r\nA: 1\r\n\r\n"), "<A: 1>"},
    {"NUL", OCTETS("A: 1\0002\r\n\r\n"), "<A: 12>"},
    {"empty", OCTETS(""), ""},
    {"no line end", OCTETS("A: 1"), "<A: 1>"},
    {"lone LF", OCTETS("A: 1\n 2\nB: 3\n\nbody\n"), "<A: 1\n 2><B: 3>body\n"},
};

static char *
show(const Message *message)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < header_count(message->header); i++) {
		const HeaderField *field = header_at(message->header, i);
		g_string_append_printf(
		    out, "<%s:%s>", field->name, field->value);
	}
	g_string_append_len(out, message->body, (gssize)message->body_len);
	return g_string_free(out, FALSE);
}

static void
split(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(splits); i++) {
		g_autofree char *octets =
		    unit_octets(splits[i].text, splits[i].len);
		g_autoptr(Message) message = message_new("");
		intake_split(message, octets, splits[i].len);
		g_autofree char *got = show(message);
		UNIT_TEXT(splits[i].label, got, splits[i].want);
	}
}

static void
raw(void)
{
	static const char text[] = "A: 1\r\n 2\r\nB : 3\r\nC: \0004\r\n\r\n";
	g_autoptr(Message) message = message_new("");

	intake_split(message, text, sizeof(text) - 1);
	const HeaderField *field = header_at(message->header, 0);
	UNIT_TRUE("raw is borrowed", field->raw == text);
	UNIT_NUMBER("raw length", field->raw_len, strlen("A: 1\r\n 2\r\n"));
	UNIT_TRUE("rewritten field has no raw",
	    header_at(message->header, 1)->raw == NULL);
	UNIT_TRUE("nor one that held NUL",
	    header_at(message->header, 2)->raw == NULL);
}

/* Lines of 1,000 octets with their folds, after "A: ". */
static gsize
cut_length(gsize first, guint folds)
{
	g_autoptr(GString) text = g_string_new("A:");
	g_autoptr(Message) message = message_new("");

	for (gsize i = 2; i < first; i++)
		g_string_append_c(text, 'x');
	for (guint i = 0; i < folds; i++)
		g_string_append_printf(text, "\r\n %0998d", 0);
	g_string_append(text, "\r\nB: 1\r\n\r\nbody\r\n");
	intake_split(message, text->str, text->len);
	const HeaderField *field = header_at(message->header, 0);
	UNIT_NUMBER("the next field", header_count(message->header), 2);
	UNIT_NUMBER("the body", message->body_len, strlen("body\r\n"));
	UNIT_TRUE("cut shows", field->cut || field->value_len + 2 < 60000);
	return strlen(field->name) + 1 + field->value_len;
}

static void
cut(void)
{
	UNIT_NUMBER("short", cut_length(100, 0), 100);
	UNIT_NUMBER("at a fold", cut_length(500, 70), 500 + 59 * 1000);
	UNIT_NUMBER("no fold near", cut_length(70000, 0), BOUND_HEADER_FIELD);
	UNIT_NUMBER("fold on the bound", cut_length(1000, 70), 60000);
	UNIT_NUMBER(
	    "long first, then folds", cut_length(54500, 9), 54500 + 5 * 1000);
}

static void
bounds(void)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_autoptr(Message) message = message_new("");

	for (guint i = 0; i < BOUND_HEADER_COUNT * 2; i++)
		g_string_append(text, "A: 1\r\n");
	g_string_append(text, "\r\nbody\r\n");
	intake_split(message, text->str, text->len);
	UNIT_NUMBER("one over the bound", header_count(message->header),
	    BOUND_HEADER_COUNT + 1);
	UNIT_NUMBER("the body", message->body_len, strlen("body\r\n"));
}

/* What needs thought at every octet, as a pipe gives it. */
static void
hostile(void)
{
	static const char *const pairs[] = {"\0\0", "\rx", "\r\r", "x\0"};
	const gsize size = 65536, rounds = 128;

	for (guint i = 0; i < G_N_ELEMENTS(pairs); i++) {
		g_autofree char *octets = g_malloc(size);
		g_autoptr(GString) out = g_string_new(NULL);
		IntakeLines state;
		for (gsize k = 0; k < size; k++)
			octets[k] = pairs[i][k % 2];
		intake_lines_init(&state);
		clock_t began = clock();
		for (gsize round = 0; round < rounds; round++) {
			g_string_truncate(out, 0);
			intake_lines_feed(&state, octets, size, out);
		}
		UNIT_TRUE("linear", clock() - began < CLOCKS_PER_SEC);
	}
}

static const UnitCase cases[] = {{"line_ends", line_ends},
    {"line_ends_seen", line_ends_seen}, {"split", split}, {"raw", raw},
    {"cut", cut}, {"bounds", bounds}, {"hostile", hostile}};
UNIT_MAIN("intake", cases)
