/* SPDX-License-Identifier: MIT */
#include "milter/ops.h"

#include "core/failure.h"
#include "unit.h"

/* A milter connection that writes down what is said on it. The context of the
 * calls is one of these in disguise. */
typedef struct Record {
	GString *calls;
	GString *body;
	guint left; /* calls that succeed before one fails */
} Record;

static int note(SMFICTX *ctx, const char *format, ...) G_GNUC_PRINTF(2, 3);

static int
note(SMFICTX *ctx, const char *format, ...)
{
	Record *record = (void *)ctx;
	va_list arguments;

	if (record->left == 0)
		return MI_FAILURE;
	record->left--;
	va_start(arguments, format);
	g_string_append_vprintf(record->calls, format, arguments);
	va_end(arguments);
	g_string_append_c(record->calls, '\n');
	return MI_SUCCESS;
}

static int
addrcpt(SMFICTX *ctx, char *rcpt)
{
	return note(ctx, "addrcpt %s", rcpt);
}

static int
addrcpt_par(SMFICTX *ctx, char *rcpt, char *parameters)
{
	return note(ctx, "addrcpt_par %s %s", rcpt, parameters);
}

static int
delrcpt(SMFICTX *ctx, char *rcpt)
{
	return note(ctx, "delrcpt %s", rcpt);
}

static int
chgfrom(SMFICTX *ctx, char *sender, char *parameters)
{
	return note(ctx, "chgfrom %s%s", sender, parameters ? " ?" : "");
}

static int
addheader(SMFICTX *ctx, char *name, char *value)
{
	return note(ctx, "addheader %s:%s", name, value);
}

static int
chgheader(SMFICTX *ctx, char *name, int nth, char *value)
{
	return note(ctx, "chgheader %d %s%s%s", nth, name, value ? ":" : "",
	    value ? value : "");
}

static int
replacebody(SMFICTX *ctx, unsigned char *octets, int len)
{
	Record *record = (void *)ctx;

	g_string_append_len(record->body, (char *)octets, len);
	return note(ctx, "replacebody %d", len);
}

static const Ops ops = {
    .addrcpt = addrcpt,
    .addrcpt_par = addrcpt_par,
    .delrcpt = delrcpt,
    .chgfrom = chgfrom,
    .addheader = addheader,
    .chgheader = chgheader,
    .replacebody = replacebody,
};

static Record
record_new(guint left)
{
	return (Record){g_string_new(NULL), g_string_new(NULL), left};
}

static void
record_clear(Record *record)
{
	g_string_free(record->calls, TRUE);
	g_string_free(record->body, TRUE);
}

static bool
apply(Record *record, const Message *message, const EditList *edits,
    GError **error)
{
	return ops_apply(&ops, (SMFICTX *)record, message, edits, error);
}

static Message *
message_to_alias(const char *body)
{
	Message *message = message_new("jane@corp.test");

	message_add_recipient(message, "<A@x.test>", NULL, true);
	message_set_body(message, body, strlen(body));
	return message;
}

/* One of every kind, the body twice. */
static EditList *
all_kinds(void)
{
	EditList *edits = edit_list_new();

	edit_recipient_add(edits, "t@y.test", NULL);
	edit_recipient_add(edits, "\"q s\"@y.test", "NOTIFY=NEVER");
	edit_sender(edits, "b@x.test");
	edit_header_remove(edits, "Sender", 2);
	edit_header_change(edits, "From", 1, " <a@x.test>");
	edit_header_add(edits, "X-New", " 1");
	edit_body(edits, 0, 1, g_strdup("AA"), 2);
	edit_body(edits, 2, 1, g_strdup(""), 0);
	edit_recipient_remove(edits, "A@x.test");
	return edits;
}

static const char all_calls[] = "addrcpt <t@y.test>\n"
				"addrcpt_par <\"q s\"@y.test> NOTIFY=NEVER\n"
				"chgfrom <b@x.test>\n"
				"chgheader 2 Sender\n"
				"chgheader 1 From: <a@x.test>\n"
				"addheader X-New: 1\n"
				"replacebody 5\n"
				"delrcpt A@x.test\n";

static void
order(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Message) message = message_to_alias("abcde");
	g_autoptr(EditList) edits = all_kinds();
	Record record = record_new(G_MAXUINT);

	UNIT_TRUE("applied", apply(&record, message, edits, &error));
	UNIT_TEXT("calls", record.calls->str, all_calls);
	UNIT_TEXT("body", record.body->str, "AAbde");
	record_clear(&record);
}

/* Whichever call fails, nothing follows it. */
static void
failing_call(void)
{
	g_auto(GStrv) calls = g_strsplit(all_calls, "\n", -1);
	guint count = g_strv_length(calls) - 1;

	for (guint left = 0; left < count; left++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(Message) message = message_to_alias("abcde");
		g_autoptr(EditList) edits = all_kinds();
		Record record = record_new(left);
		GString *want = g_string_new(NULL);

		for (guint i = 0; i < left; i++)
			g_string_append_printf(want, "%s\n", calls[i]);
		UNIT_TRUE(calls[left], !apply(&record, message, edits, &error));
		UNIT_TRUE("temporary",
		    g_error_matches(error, FAILURE, FAILURE_TEMPORARY));
		UNIT_TEXT(calls[left], record.calls->str, want->str);
		g_string_free(want, TRUE);
		record_clear(&record);
	}
}

static void
nobody_left(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Message) message = message_to_alias("");
	g_autoptr(EditList) edits = edit_list_new();
	Record record = record_new(G_MAXUINT);

	edit_recipient_remove(edits, "A@x.test");
	UNIT_TRUE("refused", !apply(&record, message, edits, &error));
	UNIT_TEXT("no call", record.calls->str, "");
	g_clear_error(&error);

	message_add_recipient(message, "<other@y.test>", NULL, false);
	UNIT_TRUE("another stays", apply(&record, message, edits, &error));
	UNIT_TEXT("one call", record.calls->str, "delrcpt A@x.test\n");
	record_clear(&record);
}

static const struct {
	const char *label;
	gsize body, inserted;
	const char *calls;
} bodies[] = {
    {"emptied", 3, 0, "replacebody 0\n"},
    {"one packet", 3, 65535, "replacebody 65535\n"},
    {"one octet more", 3, 65536, "replacebody 65535\nreplacebody 1\n"},
    {"packets", 10, 200000,
	"replacebody 65535\nreplacebody 65535\nreplacebody 65535\n"
	"replacebody 3395\n"},
};

static void
body(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(bodies); i++) {
		g_autoptr(GError) error = NULL;
		g_autofree char *text = g_strnfill(bodies[i].body, 'x');
		g_autoptr(Message) message = message_to_alias(text);
		g_autoptr(EditList) edits = edit_list_new();
		Record record = record_new(G_MAXUINT);
		char *inserted = g_strnfill(bodies[i].inserted, 'y');

		message_add_recipient(message, "<o@y.test>", NULL, false);
		edit_body(
		    edits, 0, bodies[i].body, inserted, bodies[i].inserted);
		UNIT_TRUE(
		    bodies[i].label, apply(&record, message, edits, &error));
		UNIT_TEXT(bodies[i].label, record.calls->str, bodies[i].calls);
		UNIT_NUMBER(
		    bodies[i].label, record.body->len, bodies[i].inserted);
		record_clear(&record);
	}
}

static const UnitCase cases[] = {{"order", order},
    {"failing_call", failing_call}, {"nobody_left", nobody_left},
    {"body", body}};
UNIT_MAIN("ops", cases)
