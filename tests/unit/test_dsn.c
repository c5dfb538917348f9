/* SPDX-License-Identifier: MIT */
#include "core/dsn.h"

#include "bounce_sample.h"
#include "core/bounds.h"
#include "unit.h"

static char *
report_of(const Header *returned, const GPtrArray *hidden, const char *status)
{
	Dsn dsn = {"bounce.example", SAMPLE_SENDER, SAMPLE_ALIAS, status,
	    returned, hidden, SAMPLE_NOW};

	return dsn_to_text(&dsn);
}

static const char whole[] =
    "Date: Tue, 24 Nov 2026 12:00:00 +0000\r\n"
    "From: Mail Delivery System <MAILER-DAEMON@bounce.example>\r\n"
    "To: <bob@sender.example>\r\n"
    "Subject: Undelivered mail for shop@example.com\r\n"
    "Message-ID: <DIGEST@bounce.example>\r\n"
    "Auto-Submitted: auto-replied\r\n"
    "MIME-Version: 1.0\r\n"
    "Content-Type: multipart/report; report-type=delivery-status;\r\n"
    " boundary=\"=_DIGEST\"\r\n"
    "\r\n"
    "--=_DIGEST\r\n"
    "Content-Description: Notification\r\n"
    "Content-Type: text/plain; charset=us-ascii\r\n"
    "\r\n"
    "This is the mail system at bounce.example.\r\n"
    "\r\n"
    "Your message to\r\n"
    "\r\n"
    "    shop@example.com\r\n"
    "\r\n"
    "could not be delivered: the mailbox is full (5.2.2).\r\n"
    "No further attempt will be made.\r\n"
    "\r\n"
    "--=_DIGEST\r\n"
    "Content-Description: Delivery report\r\n"
    "Content-Type: message/delivery-status\r\n"
    "\r\n"
    "Reporting-MTA: dns; bounce.example\r\n"
    "\r\n"
    "Final-Recipient: rfc822; shop@example.com\r\n"
    "Action: failed\r\n"
    "Status: 5.2.2\r\n"
    "\r\n"
    "--=_DIGEST\r\n"
    "Content-Description: Undelivered message header\r\n"
    "Content-Type: text/rfc822-headers\r\n"
    "\r\n"
    "Date: Mon, 23 Nov 2026 10:00:00 +0000\r\n"
    "From: Bob <bob@sender.example>\r\n"
    "To: shop@example.com\r\n"
    "Subject: Our order\r\n"
    "Message-ID: <m1@sender.example>\r\n"
    "\r\n"
    "--=_DIGEST--\r\n";

static void
add(Header *header, const char *name, const char *value)
{
	header_add(header, name, value, strlen(value));
}

static Header *
returned_new(void)
{
	Header *header = header_new();

	add(header, "Received", " by mx.target.example");
	add(header, "From",
	    " \"Bob - bob at sender.example\" <shop@example.com>");
	add(header, "To", " jane.hidden@target.example");
	add(header, "Subject", " Our order");
	add(header, "Date", " Tue, 24 Nov 2026 00:57:05 +0000");
	add(header, "Message-ID", " <x@eu-west-1.amazonses.com>");
	add(header, "X-Original-From", " Bob <bob@sender.example>");
	add(header, "X-Original-Message-ID", " <m1@sender.example>");
	add(header, "X-Original-Date", " Mon, 23 Nov 2026 10:00:00 +0000");
	return header;
}

static void
form(void)
{
	g_autoptr(Header) header = returned_new();
	g_autoptr(GPtrArray) hidden = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_add(hidden, g_strdup(SAMPLE_TARGET));
	g_autofree char *text = report_of(header, hidden, "5.2.2");
	char *id = strstr(text, "Message-ID: <");
	g_autofree char *digest = g_strndup(id + 13, 32);
	g_autoptr(GString) got = g_string_new(text);
	g_string_replace(got, digest, "DIGEST", 0);

	UNIT_TEXT("whole", got->str, whole);
	g_autofree char *again = report_of(header, hidden, "5.2.2");
	UNIT_TEXT("same again", again, text);
}

/* What the returned field may hold, and whether it is shown. */
static const struct {
	const char *name, *value;
	bool shown;
} fields[] = {
    {"Subject", " about jane.hidden@target.example", false},
    {"Subject", " about JANE.Hidden@Target.example!", false},
    {"Subject", " see target.example", false},
    {"Subject", " =?utf-8?q?jane=2Ehidden=40target=2Eexample?=", false},
    {"Subject", " =?utf-8?b?amFuZS5oaWRkZW5AdGFyZ2V0LmV4YW1wbGU=?=", false},
    {"Subject", " a host mx7.relay.example", false},
    {"Subject", " 8-bit \xc3\xa9", false},
    {"Subject", " hello\rX: y", true},
    {"Subject", " ", false},
    {"Subject", " bob@sender.example and shop@example.com", true},
    {"Subject", " =?utf-8?q?caf=C3=A9?=", true},
    {"Subject", " folded\n\tonce", true},
    {"X-Original-Message-ID", " <y@target.example>", false},
    {"X-Original-From", " \"jane.hidden@target.example\" <a@b.example>", false},
    {"From", " not recorded <a@b.example>", false},
};

static void
hidden_fields(void)
{
	g_autoptr(GPtrArray) hidden = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_add(hidden, g_strdup(SAMPLE_TARGET));
	g_ptr_array_add(hidden, g_strdup("@mx7.relay.example"));
	g_ptr_array_add(hidden, g_strdup(SAMPLE_SENDER));
	g_ptr_array_add(hidden, g_strdup(SAMPLE_ALIAS));
	g_autoptr(Header) none = header_new();
	g_autofree char *bare = report_of(none, hidden, NULL);
	g_auto(GStrv) bare_parts = g_strsplit(bare, "\r\n", -1);
	gsize bare_lines = g_strv_length(bare_parts);

	for (guint i = 0; i < G_N_ELEMENTS(fields); i++) {
		g_autoptr(Header) header = header_new();
		add(header, fields[i].name, fields[i].value);
		g_autofree char *text = report_of(header, hidden, NULL);
		g_auto(GStrv) lines = g_strsplit(text, "\r\n", -1);
		UNIT_NUMBER(fields[i].value, g_strv_length(lines),
		    bare_lines + fields[i].shown);
		UNIT_TRUE("ASCII", g_str_is_ascii(text));
		UNIT_TRUE("hidden", !strstr(text, "target.example"));
	}
}

static const struct {
	const char *status, *words;
} reasons[] = {
    {NULL, "the mail system gave no reason (5.0.0)"},
    {"5.1.1", "there is no such mailbox (5.1.1)"},
    {"5.1.10", "the domain takes no mail (5.1.10)"},
    {"5.1.11", "the address does not take mail (5.1.11)"},
    {"4.4.7", "it could not be delivered in time (4.4.7)"},
    {"5.7.26", "the message was refused by policy (5.7.26)"},
    {"5.9.9", "the mail system gave no reason (5.9.9)"},
};

static void
statuses(void)
{
	g_autoptr(Header) none = header_new();
	g_autoptr(GPtrArray) hidden = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < G_N_ELEMENTS(reasons); i++) {
		g_autofree char *text =
		    report_of(none, hidden, reasons[i].status);
		UNIT_TRUE(reasons[i].words, strstr(text, reasons[i].words));
	}
}

static void
wrap(void)
{
	static const struct {
		const char *body;
		const char *want; /* in the attachment */
	} bodies[] = {
	    {"plain\r\n", "Content-Type: message/rfc822\r\n\r\n"
			  "From: x@y.example\r\n\r\nplain\r\n"},
	    {"caf\xc3\xa9\r\n", "RnJvbTogeEB5LmV4YW1wbGUNCg0KY2Fmw6kNCg=="},
	    {"lone\n", "RnJvbTogeEB5LmV4YW1wbGUNCg0KbG9uZQo="},
	};
	g_autoptr(Header) none = header_new();
	g_autoptr(GPtrArray) hidden = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < G_N_ELEMENTS(bodies); i++) {
		g_autoptr(Message) message = message_new("");
		add(message->header, "From", " x@y.example");
		message_set_body(
		    message, bodies[i].body, strlen(bodies[i].body));
		Dsn dsn = {"bounce.example", "postmaster@example.com",
		    SAMPLE_ALIAS, NULL, none, hidden, SAMPLE_NOW};
		gsize len;
		g_autofree char *text = dsn_wrap_complaint(&dsn, message, &len);
		UNIT_NUMBER("length", strlen(text), len);
		UNIT_TRUE(bodies[i].body, strstr(text, bodies[i].want));
		UNIT_TRUE("ASCII", g_str_is_ascii(text));
		UNIT_TRUE(
		    "to", strstr(text, "\r\nTo: <postmaster@example.com>\r\n"));
	}
}

static const UnitCase cases[] = {{"form", form},
    {"hidden fields", hidden_fields}, {"statuses", statuses}, {"wrap", wrap}};
UNIT_MAIN("dsn", cases)
