/* SPDX-License-Identifier: MIT */
#include "core/part_repair.h"

#include "core/apply.h"
#include "core/bounds.h"
#include "core/mime_index.h"
#include "unit.h"

#define HEAD(type) "MIME-Version: 1.0\nContent-Type: " type "\n\n"
#define MIXED HEAD("multipart/mixed; boundary=b")
#define PART(header, text) "--b\n" header "\n" text "\n"
#define END "--b--\n"
#define SIGNED HEAD("multipart/signed; boundary=b")

/* The message with LF as CRLF. */
static Message *
message_of(const char *text, char **octets)
{
	GString *out = g_string_new(NULL);
	Message *message = message_new("a@example.com");
	const char *body = strstr(text, "\n\n") + 2;
	g_autofree char *head = g_strndup(text, (gsize)(body - text) - 2);
	g_auto(GStrv) lines = g_strsplit(head, "\n", -1);

	for (guint i = 0; lines[i]; i++) {
		char *colon = strchr(lines[i], ':');
		*colon = '\0';
		header_add(
		    message->header, lines[i], colon + 1, strlen(colon + 1));
	}
	for (; *body; body++)
		g_string_append(
		    out, *body == '\n' ? "\r\n" : (char[]){*body, '\0'});
	gsize len = out->len;
	*octets = g_string_free(out, FALSE);
	message_set_body(message, *octets, len);
	return message;
}

/* The repaired message with CRLF as LF, or the refusal's text. */
static char *
repaired(const char *text, Blocked blocked)
{
	g_autofree char *octets = NULL;
	g_autoptr(Message) message = message_of(text, &octets);
	g_autoptr(HeaderPlan) plan = header_plan_new(message->header);
	g_autoptr(EditList) edits = edit_list_new();
	g_autoptr(GString) why = g_string_new(NULL);
	g_autoptr(Reply) reply =
	    part_repair_plan(message, blocked, NULL, plan, edits, why);

	if (reply)
		return reply_to_text(reply);
	UNIT_TRUE("why names what was done",
	    edit_list_count(edits) == 0 || why->len > 0);
	header_plan_to_edits(plan, edits);
	g_autoptr(GString) out = apply_to_string(message, edits, APPLY_MESSAGE);
	g_auto(GStrv) lines = g_strsplit(out->str, "\r\n", -1);
	return g_strjoinv("\n", lines);
}

static const struct {
	const char *label, *text;
	const char *want; /* NULL: unchanged */
} repairs[] = {
    {"plain", "Subject: x\n\ntext\n", NULL},
    {"good parts", MIXED PART("Content-Type: text/plain\n", "x") END, NULL},
    {"missing equals",
	MIXED PART("Content-Type: text/plain; charset\n"
		   "Content-Disposition: inline filename=a.txt\n",
	    "x") END,
	MIXED PART("Content-Type: text/plain\n"
		   "Content-Disposition: inline; filename=a.txt\n",
	    "x") END},
    {"8-bit in a quoted string stays",
	MIXED PART("Content-Type: a/b; name=\"\xc3\xa9\"\n", "x") END, NULL},
    {"8-bit outside", MIXED PART("Content-Type: a/b; name=\xc3\xa9\n", "x") END,
	MIXED PART("Content-Type: a/b; name*=utf-8''%C3%A9\n", "x") END},
    {"fold",
	MIXED PART("Content-Type: application/octet-stream;\n"
		   "  charset=x;; name=0123456789012345678901234567890123\n",
	    "x") END,
	MIXED PART("Content-Type: application/octet-stream; charset=x;\n"
		   "\tname=0123456789012345678901234567890123\n",
	    "x") END},
    {"repeated stays",
	MIXED PART("Content-ID: <1>\nContent-Type: text/plain\n"
		   "CONTENT-TYPE : text/html\nContent-Id: <2>\nX: 1\nX: 2\n",
	    "x") END,
	NULL},
    {"blank before the one that counts",
	MIXED PART("Content-Type:\nContent-Disposition: \n"
		   "Content-Type: a/b\nContent-Disposition: inline\n",
	    "x") END,
	MIXED PART("Content-Type: a/b\nContent-Disposition: inline\n", "x")
	    END},
    {"a control before the name",
	MIXED PART("\fContent-Type: a/b;;\n", "x") END,
	MIXED PART("Content-Type: a/b\n", "x") END},
    {"a name alone behind",
	MIXED PART("Content-Type: a/b\nContent-Type\n", "x") END, NULL},
    {"no subtype",
	MIXED PART("Content-Type: multipart; boundary=c\n", "--c\n\nx\n--c--")
	    END,
	MIXED PART("Content-Type: multipart/mixed; boundary=c\n",
	    "--c\n\nx\n--c--") END},
    {"rubbish first", MIXED PART("Content-Type: <text/html\n", "x") END,
	MIXED PART("Content-Type: text/html\n", "x") END},
    {"two boundaries",
	HEAD("multipart/mixed; boundary=b; boundary=c") PART("", "x") END,
	MIXED PART("", "x") END},
    {"two boundaries, the last met",
	HEAD("multipart/mixed; boundary=c; boundary=b") PART("", "x") END,
	MIXED PART("", "x") END},
    {"two boundaries, one end",
	HEAD("multipart/mixed; boundary=c; boundary=b") "text\n" END,
	MIXED "--b\n\ntext\n" END},
    {"white space for the empty line",
	MIXED "--b\nContent-Type: text/html\n \n<html>\n" END,
	MIXED "--b\nContent-Type: text/html\n \n\n<html>\n" END},
    {"white space, then a field",
	MIXED PART("Content-Type: text/html\n \nX-A: b\n", "x") END, NULL},
    {"no colon stays", MIXED PART("Content-Type: text/plain\nfoo\n", "x") END,
	NULL},
    {"a name alone",
	MIXED PART("Content-Type\nX\nContent-Type: text/html\n", "x") END,
	MIXED PART("X\nContent-Type: text/html\n", "x") END},
    {"encoding that cannot be read",
	MIXED PART("Content-Transfer-Encoding: \"8bit\n", "x") END,
	MIXED PART("Content-Transfer-Encoding: 8bit\n", "x") END},
    {"the message's own cannot be read",
	"Content-Transfer-Encoding: \"8bit\n" MIXED PART("", "x") END,
	"Content-Transfer-Encoding: 8bit\n" MIXED PART("", "x") END},
    {"encoding unknown",
	MIXED PART("Content-Transfer-Encoding: utf-8\n", "x") END, NULL},
    {"nested",
	MIXED PART("Content-Type: multipart/x; boundary=c;;\n",
	    "--c\nContent-Type: text\n\nx\n--c--\n") END,
	MIXED PART("Content-Type: multipart/x; boundary=c\n",
	    "--c\nContent-Type: text/plain\n\nx\n--c--\n") END},
    {"no start", MIXED "text\n", HEAD("text/plain") "text\n"},
    {"no start, nested",
	MIXED PART("Content-Type: multipart/x; boundary=c; charset=d\n", "text")
	    END,
	MIXED PART("Content-Type: text/plain; charset=d\n", "text") END},
    {"only the end", MIXED "text\n--b--\n", MIXED "--b\n\ntext\n--b--\n"},
    {"another boundary", MIXED "--c\n\nx\n--c--\n",
	HEAD("multipart/mixed") "--c\n\nx\n--c--\n"},
    {"no parameter", HEAD("multipart/mixed") "--c\n\nx\n--c--\n", NULL},
    {"boundary with a blank",
	HEAD("multipart/mixed; boundary=\"b \"") "--b\n\nx\n--b--\n",
	MIXED "--b\n\nx\n--b--\n"},
    {"no empty line before the first boundary",
	MIXED
	"--b\nContent-Type: multipart/x; boundary=c\n--c\n\nx\n--c--\n" END,
	MIXED "--b\nContent-Type: multipart/x; boundary=c\n\n--c\n\nx\n"
	      "--c--\n" END},
    {"no empty line before the next part",
	MIXED "--b\nContent-Type: multipart/x; boundary=c\n" PART("", "x") END,
	MIXED "--b\nContent-Type: text/plain\n\n" PART("", "x") END},
    {"a name alone in a signed part", SIGNED PART("Content-Type\n", "x") END,
	"554 5.6.0 A MIME field is malformed inside a signed part, which must "
	"not be changed: the message cannot be forwarded"},
    {"signed stays",
	SIGNED PART("Content-Type: a/b; name=\"\xc3\xa9\"\n", "x") END, NULL},
    {"fault in a signed part",
	SIGNED PART("Content-Type: text/plain; charset\n", "x") END,
	"554 5.6.0 A MIME field is malformed inside a signed part, which must "
	"not be changed: the message cannot be forwarded"},
    {"no boundary in a signed part",
	SIGNED PART("Content-Type: multipart/x; boundary=c\n", "x") END,
	"554 5.6.0 The first boundary of a multipart is missing inside a "
	"signed part, which must not be changed: the message cannot be "
	"forwarded"},
    {"no empty line in a signed part",
	SIGNED "--b\nContent-Type: multipart/x; boundary=c\n--c\n\nx\n" END,
	"554 5.6.0 The first boundary of a multipart is missing inside a "
	"signed part, which must not be changed: the message cannot be "
	"forwarded"},
    {"fault in an embedded message",
	MIXED PART("Content-Type: message/rfc822\n",
	    "Content-Type: text; charset\n\nx") END,
	NULL},
};

static void
repair(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(repairs); i++) {
		g_autofree char *got =
		    repaired(repairs[i].text, BLOCKED_REFUSE);
		UNIT_TEXT(repairs[i].label, got,
		    repairs[i].want ? repairs[i].want : repairs[i].text);
		if (g_str_has_prefix(got, "554"))
			continue;
		g_autofree char *again = repaired(got, BLOCKED_REFUSE);
		UNIT_TEXT("twice is once", again, got);
	}
}

#define ATTACHED(name)                                                         \
	PART("Content-Type: a/b; name=" name "\n"                              \
	     "Content-Disposition: attachment; filename=" name "\n",           \
	    "x")
#define REFUSED                                                                \
	"550 5.7.1 Attachment \"a.exe\" is of a kind that cannot be forwarded"

static const struct {
	const char *label;
	Blocked blocked;
	const char *text, *want;
} attachments[] = {
    {"refused", BLOCKED_REFUSE, MIXED ATTACHED("a.exe") END, REFUSED},
    {"name alone", BLOCKED_REFUSE,
	MIXED PART("Content-Type: a/b; name=a.exe\n", "x") END, REFUSED},
    {"RFC 2231", BLOCKED_REFUSE,
	MIXED PART("Content-Disposition: x; filename*0*=utf-8''a;\n"
		   " filename*1=\".exe\"\n",
	    "x") END,
	REFUSED},
    {"RFC 2047", BLOCKED_REFUSE,
	MIXED PART("Content-Disposition: x; "
		   "filename=\"=?utf-8?Q?a=2Eexe?=\"\n",
	    "x") END,
	REFUSED},
    {"hidden by a harmless one", BLOCKED_REFUSE,
	MIXED PART("Content-Disposition: x; filename=a.txt;\n"
		   " filename*=utf-8''a.exe\n",
	    "x") END,
	REFUSED},
    {"masked", BLOCKED_REFUSE, MIXED ATTACHED("\"\xc3\xa9\t.exe\"") END,
	"550 5.7.1 Attachment \"???.exe\" is of a kind that cannot be "
	"forwarded"},
    {"renamed", BLOCKED_RENAME, MIXED ATTACHED("a.exe") END,
	"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n"
	"X-Aliasbridge-Attachment: renamed; was a.exe\n\n" PART(
	    "Content-Type: a/b; name=a.exe.blocked\n"
	    "Content-Disposition: attachment; filename=a.exe.blocked\n",
	    "x") END},
    {"replaced", BLOCKED_REPLACE, MIXED ATTACHED("a.exe") PART("", "y") END,
	"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n"
	"X-Aliasbridge-Attachment: removed; was a.exe\n\n" PART(
	    "Content-Type: text/plain; charset=utf-8\n"
	    "Content-Transfer-Encoding: base64\n",
	    "VGhlIGF0dGFjaG1lbnQgImEuZXhlIiB3YXMgcmVtb3ZlZCBvbiB0aGUgd2F5OiBm"
	    "aWxlcyBvZiBp\ndHMga2luZCBjYW5ub3QgYmUgZm9yd2FyZGVkLg==\n")
	    PART("", "y") END},
    {"the message itself, renamed", BLOCKED_RENAME,
	HEAD("a/b; name=a.exe") "x\n",
	"MIME-Version: 1.0\nContent-Type: a/b; name=a.exe.blocked\n"
	"X-Aliasbridge-Attachment: renamed; was a.exe\n\nx\n"},
    {"the message itself, replaced", BLOCKED_REPLACE,
	HEAD("a/b; name=a.exe") "x\n",
	"MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
	"Content-Transfer-Encoding: base64\n"
	"X-Aliasbridge-Attachment: removed; was a.exe\n\n"
	"VGhlIGF0dGFjaG1lbnQgImEuZXhlIiB3YXMgcmVtb3ZlZCBvbiB0aGUgd2F5OiBm"
	"aWxlcyBvZiBp\ndHMga2luZCBjYW5ub3QgYmUgZm9yd2FyZGVkLg==\n"},
    {"replaced, named twice", BLOCKED_REPLACE,
	"Content-Disposition: x; filename=a.exe\n"
	"Content-Disposition: x; filename=b.exe\n\nx\n",
	"Content-Type: text/plain; charset=utf-8\n"
	"Content-Transfer-Encoding: base64\nMIME-Version: 1.0\n"
	"X-Aliasbridge-Attachment: removed; was a.exe\n\n"
	"VGhlIGF0dGFjaG1lbnQgImEuZXhlIiB3YXMgcmVtb3ZlZCBvbiB0aGUgd2F5OiBm"
	"aWxlcyBvZiBp\ndHMga2luZCBjYW5ub3QgYmUgZm9yd2FyZGVkLg==\n"},
    {"signed", BLOCKED_RENAME, SIGNED ATTACHED("a.exe") END,
	"550 5.7.1 Attachment \"a.exe\" is of a kind that cannot be "
	"forwarded, and inside a signed part"},
};

static void
attachment(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(attachments); i++) {
		g_autofree char *got =
		    repaired(attachments[i].text, attachments[i].blocked);
		UNIT_TEXT(attachments[i].label, got, attachments[i].want);
	}
}

/* A line of 2,000 octets, "%s" in format; what must be in the result. */
static const struct {
	const char *label, *format, *want, *gone;
} lines[] = {
    {"text", "Subject: x\n\n%s\n",
	"\nContent-Transfer-Encoding: quoted-printable\nMIME-Version: 1.0\n",
	NULL},
    {"text in a part",
	MIXED PART("Content-Transfer-Encoding: 7bit\n", "%s") END,
	"--b\nContent-Transfer-Encoding: quoted-printable\n\n", ": 7bit"},
    {"other", MIXED PART("Content-Type: a/b\n", "%s") END,
	"--b\nContent-Type: a/b\nContent-Transfer-Encoding: base64\n\n"
	"MDAw",
	NULL},
    {"base64", MIXED PART("Content-Transfer-Encoding: Base64\n", "%s") END,
	": Base64\n\n00000", NULL},
    {"quoted-printable",
	MIXED PART("Content-Transfer-Encoding: quoted-printable\n", "%s") END,
	": quoted-printable\n\n00000", NULL},
    {"in a signed part", SIGNED PART("", "%s") END,
	"554 5.6.0 A line is longer than 998 octets inside a signed part",
	"--b"},
    {"in an embedded message",
	MIXED PART("Content-Type: message/rfc822\n", "%s") END,
	"554 5.6.0 A line is longer than 998 octets inside an embedded "
	"message",
	"--b"},
    {"a name", MIXED PART("Content-Type: a/b; name=%s\n", "x") END,
	"--b\nContent-Type: a/b;\n\tname*0*=utf-8''000", NULL},
    {"text in a field", MIXED PART("Content-Description: %s\n", "x") END,
	"--b\nContent-Description: ", NULL},
};

static void
long_lines(void)
{
	g_autofree char *run = g_strdup_printf("%02000d", 0);

	for (guint i = 0; i < G_N_ELEMENTS(lines); i++) {
		g_auto(GStrv) pieces = g_strsplit(lines[i].format, "%s", 2);
		g_autofree char *text =
		    g_strconcat(pieces[0], run, pieces[1], NULL);
		g_autofree char *got = repaired(text, BLOCKED_REFUSE);
		UNIT_TRUE(lines[i].label, strstr(got, lines[i].want));
		UNIT_TRUE(lines[i].label,
		    !lines[i].gone || !strstr(got, lines[i].gone));
		g_auto(GStrv) out = g_strsplit(got, "\n", -1);
		for (guint k = 0; out[k]; k++)
			UNIT_TRUE(lines[i].label, strlen(out[k]) <= BOUND_LINE);
	}
}

/* Nested parts, as deep as allowed, each in need of a repair. */
static void
deep(void)
{
	g_autoptr(GString) text = g_string_new(MIXED "--b\n");

	for (guint i = 1; i < BOUND_MIME_DEPTH; i++)
		g_string_append_printf(text,
		    "Content-Type: multipart/x; boundary=b%u;;\n\n--b%u\n", i,
		    i);
	g_string_append(text, "\nx\n");
	g_autofree char *got = repaired(text->str, BLOCKED_REFUSE);
	UNIT_TRUE("repaired", !strstr(got, ";;"));
	g_string_insert(text, (gssize)text->len - 3,
	    "Content-Type: multipart/x; boundary=c\n\n--c\n");
	g_autofree char *refused = repaired(text->str, BLOCKED_REFUSE);
	UNIT_TEXT("refused", refused,
	    "554 5.6.0 The message has too many or too deeply nested parts, or "
	    "too "
	    "long a boundary");
}

static void
bounds(void)
{
	g_autoptr(GString) text = g_string_new(MIXED "--b\nX: ");

	for (guint i = 0; i < BOUND_HEADER_CUT; i++)
		g_string_append_c(text, 'x');
	g_string_append(text, "\n\nx\n" END);
	g_autofree char *one = repaired(text->str, BLOCKED_REFUSE);
	UNIT_TEXT("long field", one,
	    "554 5.6.0 The header of a body part is too long");

	g_string_assign(text, MIXED "--b\n");
	for (guint i = 0; i < BOUND_BODY_EDITS + 2; i++)
		g_string_append(text, "Content-Type:\n");
	g_string_append(text, "Content-Type: a/b\n\nx\n" END);
	g_autofree char *many = repaired(text->str, BLOCKED_REFUSE);
	UNIT_TEXT("many repairs", many,
	    "554 5.6.0 The message has too many malformed parts");
}

/* What is written anew is held in memory, and may be five times as long. */
static void
bounded_octets(void)
{
	g_autoptr(GString) text = g_string_new(MIXED);
	g_autofree char *quotes = g_strnfill(50000, '"');

	for (guint i = 0; i < 40; i++)
		g_string_append_printf(
		    text, "--b\nContent-Type: x; name=%s\n\nx\n", quotes);
	g_string_append(text, END);
	g_autofree char *got = repaired(text->str, BLOCKED_REFUSE);
	UNIT_TRUE("many octets",
	    strcmp(got, "554 5.6.0 The message has too many malformed parts") ==
		0);
}

/* Each part is repaired, but the header need not name them all. */
static void
many_attachments(void)
{
	g_autoptr(GString) text = g_string_new(MIXED);

	for (guint i = 0; i < BOUND_ATTACHMENT_NOTES + 5; i++)
		g_string_append_printf(
		    text, "--b\nContent-Type: a/b; name=%u.exe\n\nx\n", i);
	g_string_append(text, END);
	g_autofree char *got = repaired(text->str, BLOCKED_RENAME);
	g_auto(GStrv) notes =
	    g_strsplit(got, "\nX-Aliasbridge-Attachment:", -1);
	g_auto(GStrv) renamed = g_strsplit(got, ".exe.blocked\n", -1);
	UNIT_NUMBER("notes", g_strv_length(notes) - 1, BOUND_ATTACHMENT_NOTES);
	UNIT_NUMBER(
	    "renamed", g_strv_length(renamed) - 1, BOUND_ATTACHMENT_NOTES + 5);
}

static const UnitCase cases[] = {{"repair", repair}, {"attachment", attachment},
    {"long_lines", long_lines}, {"deep", deep}, {"bounds", bounds},
    {"bounded_octets", bounded_octets}, {"many_attachments", many_attachments}};
UNIT_MAIN("part_repair", cases)
