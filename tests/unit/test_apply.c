/* SPDX-License-Identifier: MIT */
#include "core/apply.h"

#include "core/intake.h"
#include "edit_read.h"
#include "unit.h"

static const char raw[] = "Received: from a\r\n\tby b\r\n"
			  "From: a@b.test\r\n"
			  "X: 1\r\n"
			  "x: 2\r\n"
			  "\r\n"
			  "first line\r\nsecond line\r\n";

static Message *
message_from(const char *octets, gsize len)
{
	Message *message = message_new("s@b.test");

	intake_split(message, octets, len);
	return message;
}

/* Apply edits given as text to raw; owned by the caller. */
static char *
applied(const char *edits_text, gsize *size)
{
	gsize len = sizeof(raw) - 1;
	g_autofree char *octets = unit_octets(raw, len);
	g_autoptr(Message) message = message_from(octets, len);
	g_autoptr(EditList) edits = edit_read(edits_text, NULL);
	GString *out = apply_to_string(message, edits, APPLY_MESSAGE);

	*size = apply_size(message, edits);
	UNIT_NUMBER("size", *size, out->len);
	return g_string_free(out, FALSE);
}

static const struct {
	const char *label, *edits, *want;
} rows[] = {
    {"nothing", "", raw},
    {"change", "change \"From\" 1 \" c@d.test\\n e\"\n",
	"Received: from a\r\n\tby b\r\nFrom: c@d.test\r\n e\r\n"
	"X: 1\r\nx: 2\r\n\r\nfirst line\r\nsecond line\r\n"},
    {"numbers are those before any edit",
	"change \"X\" 2 \" two\"\nremove \"X\" 1\n",
	"Received: from a\r\n\tby b\r\nFrom: a@b.test\r\nX: two\r\n\r\n"
	"first line\r\nsecond line\r\n"},
    {"add", "add \"A\" \" 1\"\nadd \"B\" \" 2\"\n",
	"Received: from a\r\n\tby b\r\nFrom: a@b.test\r\nX: 1\r\nx: 2\r\n"
	"A: 1\r\nB: 2\r\n\r\nfirst line\r\nsecond line\r\n"},
    {"body",
	"body 0+5 replace \"1st\"\nbody 12+6 replace \"\"\n"
	"body 25+0 replace \"end\\r\\n\"\n",
	"Received: from a\r\n\tby b\r\nFrom: a@b.test\r\nX: 1\r\nx: 2\r\n\r\n"
	"1st line\r\n line\r\nend\r\n"},
    {"transform", "body 0+25 to-base64\n",
	"Received: from a\r\n\tby b\r\nFrom: a@b.test\r\nX: 1\r\nx: 2\r\n\r\n"
	"Zmlyc3QgbGluZQ0Kc2Vjb25kIGxpbmUNCg==\r\n"},
};

static void
message(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		gsize size;
		g_autofree char *got = applied(rows[i].edits, &size);
		UNIT_TEXT(rows[i].label, got, rows[i].want);
	}
}

/* The reader gives the same whatever room there is. */
static void
pulls(void)
{
	gsize len = sizeof(raw) - 1, got_len, size;
	g_autofree char *octets = unit_octets(raw, len);
	g_autoptr(Message) message = message_from(octets, len);
	const char *text = "add \"A\" \" 1\"\nbody 0+10 to-base64\n"
			   "body 12+6 replace \"2nd\"\n";
	g_autoptr(EditList) edits = edit_read(text, NULL);
	g_autofree char *want = applied(text, &size);

	for (gsize room = 1; room < 40; room++) {
		g_autoptr(GString) got = g_string_new(NULL);
		g_autoptr(ApplyReader) reader =
		    apply_reader_new(message, edits, APPLY_MESSAGE);
		for (const char *piece;
		     piece = apply_reader_next(reader, room, &got_len),
		     got_len > 0;) {
			UNIT_TRUE("within room", got_len <= room);
			g_string_append_len(got, piece, (gssize)got_len);
		}
		UNIT_TEXT("pulled", got->str, want);
	}
}

static void
envelope(void)
{
	g_autoptr(Message) message = message_new("s@b.test");
	g_autoptr(EditList) edits =
	    edit_read("add-recipient \"t@x.test\"\nsender \"b@example.com\"\n"
		      "remove-recipient \"<Shop@Example.com>\"\n",
		NULL);
	message_add_recipient(
	    message, "<@r.test:Shop@Example.com>", NULL, true);
	message_add_recipient(message, "<other@b.test>", NULL, false);

	g_autofree char *sender = apply_sender(message, edits);
	g_auto(GStrv) recipients = apply_recipients(message, edits);
	g_autofree char *joined = g_strjoinv(" ", recipients);
	UNIT_TEXT("sender", sender, "b@example.com");
	UNIT_TEXT("recipients", joined, "other@b.test t@x.test");
}

static bool
fails(void *context, const char *octets, gsize len, GError **error)
{
	(void)context, (void)octets, (void)len;
	g_set_error_literal(error, g_quark_from_static_string("t"), 1, "full");
	return false;
}

static void
sink_fails(void)
{
	gsize len = sizeof(raw) - 1;
	g_autofree char *octets = unit_octets(raw, len);
	g_autoptr(Message) message = message_from(octets, len);
	g_autoptr(EditList) edits = edit_list_new();
	g_autoptr(GError) error = NULL;

	UNIT_TRUE("stops", !apply_message(message, edits, fails, NULL, &error));
	UNIT_TEXT("says why", error ? error->message : NULL, "full");
}

static const UnitCase cases[] = {
    {"message", message},
    {"pulls", pulls},
    {"envelope", envelope},
    {"sink_fails", sink_fails},
};
UNIT_MAIN("apply", cases)
