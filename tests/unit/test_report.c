/* SPDX-License-Identifier: MIT */
#include "core/report.h"

#include <stdio.h>
#include <stdlib.h>

#include "bounce_sample.h"
#include "core/bounce_text.h"
#include "core/bounds.h"
#include "core/delivery_status.h"
#include "unit.h"

#define SRS "SRS0=abcd=AB=sender.example=bob@bounce.example"

/* What the name of a sample promises. */
static const struct {
	const char *kind, *report, *outcome;
} kinds[] = {
    {"permanent", "report bounce", "permanent"},
    {"temporary", "report bounce", "temporary"},
    {"delivered", "report", "delivered"},
    {"complaint", "complaint", "unclear"},
    {"autoreply", "auto-reply", "unclear"},
    {"mail", "mail", "unclear"},
};

static void
check_sample(const BounceSample *sample, const Policy *policy)
{
	Message *message = sample->message;

	if (g_str_equal(sample->kind, "mail") ||
	    g_str_equal(sample->kind, "autoreply")) {
		g_free(message->sender);
		message->sender = g_strdup(SAMPLE_TARGET);
	}
	g_autoptr(Report) report =
	    report_read(message, policy->secrets, SAMPLE_NOW);
	for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
		if (!g_str_equal(kinds[i].kind, sample->kind))
			continue;
		UNIT_TRUE(sample->name,
		    strstr(kinds[i].report,
			report_kind_to_text(report->kind)) != NULL);
		UNIT_TEXT(sample->name, report_outcome_to_text(report->outcome),
		    kinds[i].outcome);
	}
	UNIT_TEXT(
	    sample->name, report->alias, sample->marked ? SAMPLE_ALIAS : NULL);
	if (!sample->marked)
		return;
	const HeaderField *subject = header_get(report->returned, "Subject", 1);
	UNIT_TEXT(sample->name, subject ? subject->value : NULL, " Our order");
	if (!g_str_equal(sample->kind, "mail"))
		UNIT_TEXT(sample->name, report->target, SAMPLE_TARGET);
	bool hidden = g_ptr_array_find_with_equal_func(
	    report->addresses, SAMPLE_TARGET, g_str_equal, NULL);
	UNIT_TRUE(sample->name, hidden);
}

static void
samples(void)
{
	g_autoptr(Policy) policy = bounce_sample_policy();
	g_autoptr(GPtrArray) all = bounce_samples(SRS, policy);

	UNIT_TRUE("there are samples", all->len > 25);
	for (guint i = 0; i < all->len; i++)
		check_sample(g_ptr_array_index(all, i), policy);
}

static const struct {
	const char *text, *outcome, *status, *target;
	guint recipients;
} statuses[] = {
    {"", "unclear", NULL, NULL, 0},
    {"Reporting-MTA: dns; a\n\n", "unclear", NULL, NULL, 0},
    {"Reporting-MTA: dns; a\r\n\r\nFinal-Recipient: rfc822; a@b.example\r\n"
     "Action: failed\r\nStatus: 5.1.1\r\n",
	"permanent", "5.1.1", "a@b.example", 1},
    {"Action: Failed\n\n\nFinal-Recipient: RFC822;<A@B.example>\n\n",
	"permanent", NULL, "a@b.example", 1},
    {"Final-Recipient: rfc822; a@b.example\n\nAction: delayed\n"
     "Status: 4.2.2 (full)\n",
	"temporary", "4.2.2", "a@b.example", 1},
    {"Final-Recipient: rfc822; a@b.example\nAction: relayed\n"
     "Final-Recipient: rfc822; c@d.example\nAction: failed\n"
     "Status: 5.0.0\nDiagnostic-Code: smtp;\n 550-5.7.1 no\n",
	"permanent", "5.7.1", "c@d.example", 2},
    {"Original-Recipient: rfc822;a@b.example\nStatus: 4.4.1\n", "temporary",
	"4.4.1", "a@b.example", 1},
    {"Final-Recipient: rfc822; a@b.example\nStatus: 2.1.5\n", "delivered",
	"2.1.5", "a@b.example", 1},
    {"Final-Recipient: x400; /c=de/\nDiagnostic-Code: X-LOCAL; 500 (no)\n",
	"permanent", NULL, NULL, 1},
    {"Final-Recipient: rfc822; a@b.example\nAction: failed\n"
     "Status: 4.4.7\n",
	"permanent", "4.4.7", "a@b.example", 1},
    {"Final-Recipient: rfc822; a@b.example\nAction: odd\nStatus: 5.1\n",
	"unclear", NULL, "a@b.example", 1},
    {"Status: 5.1.1234\nAction: failed", "permanent", NULL, NULL, 1},
};

static void
status(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(statuses); i++) {
		gsize len = strlen(statuses[i].text);
		g_autofree char *octets = unit_octets(statuses[i].text, len);
		g_autoptr(DeliveryStatus) got =
		    delivery_status_parse(octets, len);
		const char *label = statuses[i].text;
		UNIT_TEXT(label, report_outcome_to_text(got->outcome),
		    statuses[i].outcome);
		UNIT_TEXT(label, got->status, statuses[i].status);
		UNIT_TEXT(label, got->target, statuses[i].target);
		UNIT_NUMBER(label, got->recipients, statuses[i].recipients);
	}
}

static const struct {
	const char *subject, *text, *outcome, *status;
} texts[] = {
    {"", "", "unclear", NULL},
    {"hello", "We met at 10.5.1.1 port 465 in 2.5.1.1, version 5.94.2.",
	"unclear", NULL},
    {"failure notice", "", "permanent", NULL},
    {"", "Sorry. (#5.1.1)", "permanent", "5.1.1"},
    {"", "host said: 550-5.7.26 not\n550 5.7.26 allowed", "permanent",
	"5.7.26"},
    {"", "said: 451 try later", "temporary", NULL},
    {"", "smtp;421 4.7.0 too busy", "temporary", "4.7.0"},
    {"", "451 4.3.0 busy. I have\n> given\n> up.", "permanent", "4.3.0"},
    {"", "452 4.2.2 full. Then 550 5.2.2 full", "permanent", "5.2.2"},
    {"Delivery Status Notification (Delay)", "550 5.1.1", "temporary", "5.1.1"},
    {"", "could not be\ndelivered; will be\nretried", "temporary", NULL},
    {"", "see below\nReceived: by x with id 550 5.1.1 z", "unclear", NULL},
    {"", "<a@b.example>:\n554: delivery error", "permanent", NULL},
    {"", "Die Nachricht konnte nicht zugestellt werden", "permanent", NULL},
    {"", "No se pudo entregar", "permanent", NULL},
    {"",
	"\xe9\x85\x8d\xe4\xbf\xa1\xe3\x81\xa7\xe3\x81\x8d\xe3\x81\xbe\xe3"
	"\x81\x9b\xe3\x82\x93\xe3\x81\xa7\xe3\x81\x97\xe3\x81\x9f",
	"permanent", NULL},
    {"\xff\xfe", "\xff 550 5.1.1 \x80", "permanent", "5.1.1"},
};

static void
words(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autoptr(BounceText) got =
		    bounce_text_read(texts[i].subject, texts[i].text);
		UNIT_TEXT(texts[i].text, report_outcome_to_text(got->outcome),
		    texts[i].outcome);
		UNIT_TEXT(texts[i].text, got->status, texts[i].status);
	}
}

/* A mark in the message that came back is not asked of the messages inside
 * it, nor of the report's own header. */
static void
whose_mark(void)
{
	g_autoptr(Policy) policy = bounce_sample_policy();
	BounceSample *inner = bounce_sample_new("permanent-inner",
	    "From: MAILER-DAEMON@x.example\nSubject: failure notice\n"
	    "Content-Type: multipart/report; boundary=b;\n"
	    " report-type=delivery-status\n"
	    "X-Aliasbridge-Mark: none\n\n--b\n"
	    "Content-Type: message/delivery-status\n\n"
	    "Final-Recipient: rfc822; a@b.example\nAction: failed\n\n--b\n"
	    "Content-Type: message/rfc822\n\nFrom: a@b.example\n"
	    "Content-Type: multipart/mixed; boundary=c\n\n"
	    "--c\nContent-Type: message/rfc822\n\n@RETURNED@\n\n--c--\n--b--\n",
	    SRS, policy);
	g_autoptr(Report) report =
	    report_read(inner->message, policy->secrets, SAMPLE_NOW);
	UNIT_TEXT("inside", report->alias, NULL);
	bounce_sample_free(inner);

	BounceSample *own = bounce_sample_new("permanent-own",
	    "@RETURNED@\n\nundeliverable: 550 5.1.1\n", SRS, policy);
	g_autoptr(Report) other =
	    report_read(own->message, policy->secrets, SAMPLE_NOW);
	UNIT_TEXT("own header", other->alias, NULL);
	bounce_sample_free(own);
}

/* ALIASBRIDGE_CORPUS: a folder of messages. Each is read without harm; with
 * ALIASBRIDGE_VERBOSE set, what they are is shown. */
static void
read_corpus(const char *folder, const Policy *policy, guint depth)
{
	GDir *dir = g_dir_open(folder, 0, NULL);

	for (const char *name; dir && (name = g_dir_read_name(dir));) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		g_autofree char *text = NULL;
		if (depth < 5 && g_file_test(path, G_FILE_TEST_IS_DIR))
			read_corpus(path, policy, depth + 1);
		if (!g_file_get_contents(path, &text, NULL, NULL))
			continue;
		BounceSample *sample =
		    bounce_sample_new(name, text, SRS, policy);
		g_free(sample->message->sender);
		sample->message->sender = g_strdup("x@y.example");
		g_autoptr(Report) report =
		    report_read(sample->message, policy->secrets, SAMPLE_NOW);
		UNIT_TRUE(name, !report->alias);
		if (getenv("ALIASBRIDGE_VERBOSE") &&
		    report->kind != REPORT_NONE)
			printf("%-10s %-9s %-7s %-40s %s\n",
			    report_kind_to_text(report->kind),
			    report_outcome_to_text(report->outcome),
			    report->status ? report->status : "-",
			    report->target ? report->target : "-", name);
		bounce_sample_free(sample);
	}
	if (dir)
		g_dir_close(dir);
}

static void
corpus(void)
{
	const char *folder = getenv("ALIASBRIDGE_CORPUS");
	g_autoptr(Policy) policy = bounce_sample_policy();

	if (folder)
		read_corpus(folder, policy, 0);
}

/* GMime enters a group for each colon in an address list, and no stack is deep
 * enough for as many as a message may hold. */
static void
groups(void)
{
	static const char *const lists[] = {"a:", "a\n :", "a: a;"};
	g_autoptr(Policy) policy = bounce_sample_policy();

	for (guint i = 0; i < G_N_ELEMENTS(lists); i++) {
		g_autoptr(GString) text = g_string_new(
		    "MIME-Version: 1.0\nContent-Type: multipart/report; "
		    "boundary=b\n\n--b\n\n--b\n"
		    "Content-Type: message/rfc822\n\nFrom: x@y.example\nTo: ");
		while (text->len < BOUND_REPORT - 100)
			g_string_append(text, lists[i]);
		g_string_append(text, "\nSubject: s\n\n\n--b--\n");
		BounceSample *sample =
		    bounce_sample_new("groups", text->str, SRS, policy);
		g_autoptr(Report) report =
		    report_read(sample->message, policy->secrets, SAMPLE_NOW);
		UNIT_TRUE(lists[i], !report->alias);
		bounce_sample_free(sample);
	}
}

static const UnitCase cases[] = {{"samples", samples}, {"status", status},
    {"words", words}, {"whose mark", whose_mark}, {"groups", groups},
    {"corpus", corpus}};
UNIT_MAIN("report", cases)
