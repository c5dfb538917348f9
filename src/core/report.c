/* SPDX-License-Identifier: MIT */
#include "core/report.h"

#include <string.h>

#include "core/bounce_text.h"
#include "core/bounds.h"
#include "core/delivery_status.h"
#include "core/encoded_word.h"
#include "core/mark.h"
#include "core/named_addresses.h"
#include "core/report_parts.h"
#include "core/returned_header.h"

/* --- the mark --- */

typedef struct MarkSearch {
	Report *report;           /* borrowed */
	const GPtrArray *secrets; /* borrowed */
	gint64 now;
} MarkSearch;

static bool
search_mark(const MarkSearch *search, const GString *text)
{
	gsize at = 0;
	g_autoptr(Mark) mark =
	    mark_find(text->str, text->len, search->secrets, search->now, &at);

	if (!mark)
		return false;
	search->report->alias = g_steal_pointer(&mark->alias);
	header_free(search->report->returned);
	search->report->returned = returned_header_read(text, at);
	return true;
}

/* Did a header come back, whatever it lacks? */
static bool
has_returned(const ReportParts *parts)
{
	for (guint i = 0; i < parts->returned->len; i++) {
		const GString *text = g_ptr_array_index(parts->returned, i);
		if (strstr(text->str, "\nFrom:") ||
		    g_str_has_prefix(text->str, "From:"))
			return true;
	}
	return false;
}

/* A mark deeper in a message that came back is another's: it would name an
 * alias that the sender need not know. Marks stand in the order of the
 * forwardings, so that the first is the alias which the sender wrote to. */
static void
find_mark(
    const MarkSearch *search, const ReportParts *parts, const Message *message)
{
	for (guint i = 0; i < parts->returned->len; i++)
		if (search_mark(search, g_ptr_array_index(parts->returned, i)))
			return;
	if (has_returned(parts) || search_mark(search, parts->text) ||
	    search_mark(search, parts->html) || !message->body)
		return;
	/* A report cut off or broken, so that no part of it was found. */
	GString *raw = g_string_new_len(
	    message->body, (gssize)MIN(message->body_len, BOUND_REPORT));
	search_mark(search, raw);
	g_string_free(raw, TRUE);
}

/* --- kinds --- */

static char *
field_text(const Header *header, const char *name)
{
	const HeaderField *field = header_get(header, name, 1);

	return field ? encoded_word_decode(field->value, field->value_len, NULL)
		     : g_strdup("");
}

static bool
starts_with_one_of(const char *text, const char *const *starts, guint count)
{
	g_autofree char *folded = g_utf8_casefold(text, -1);

	for (guint i = 0; i < count; i++)
		if (g_str_has_prefix(folded, starts[i]))
			return true;
	return false;
}

static bool
starts_with(const char *text, const char *start)
{
	return starts_with_one_of(text, &start, 1);
}

/* From a mail system, going by the names that they give themselves. */
static bool
is_from_system(const Header *header)
{
	static const char *const names[] = {"mailer-daemon", "mailerdaemon",
	    "mailer_daemon", "mailer daemon", "maildaemon", "mail-daemon",
	    "postmaster", "microsoftexchange", "mail delivery", "mail router",
	    "mdaemon", "mailadministrator", "mail administrator",
	    "ndr administrator", "system administrator"};
	g_autofree char *from = field_text(header, "From");
	g_autofree char *folded = g_utf8_casefold(from, -1);

	for (guint i = 0; i < G_N_ELEMENTS(names); i++)
		if (strstr(folded, names[i]))
			return true;
	return header_get(header, "X-Failed-Recipients", 1) != NULL;
}

/* RFC 3834 and what was there before it. */
static bool
is_auto_reply(const Header *header)
{
	static const char *const fields[] = {"X-Autoreply", "X-Autorespond",
	    "X-Auto-Reply-From", "X-Mail-Autoreply"};
	static const char *const subjects[] = {"out of office",
	    "out of the office", "automatic reply", "auto reply", "auto-reply",
	    "autoreply", "auto:", "automatische antwort", "abwesen",
	    "r\xc3\xa9ponse automatique", "respuesta autom",
	    "risposta automatica", "resposta autom", "autosvar",
	    "automatisch antwoord",
	    "\xe8\x87\xaa\xe5\x8b\x95\xe5\xbf\x9c\xe7\xad\x94"};
	g_autofree char *submitted = field_text(header, "Auto-Submitted");
	g_autofree char *precedence = field_text(header, "Precedence");
	g_autofree char *subject = field_text(header, "Subject");

	for (guint i = 0; i < G_N_ELEMENTS(fields); i++)
		if (header_get(header, fields[i], 1))
			return true;
	return starts_with(submitted, "auto-replied") ||
	       starts_with(precedence, "auto_reply") ||
	       starts_with_one_of(subject, subjects, G_N_ELEMENTS(subjects));
}

/* SES hands complaints on from its address; Hotmail's feedback is not ARF. */
static bool
is_from_complaints(const Header *header)
{
	g_autofree char *from = field_text(header, "From");
	g_autofree char *subject = field_text(header, "Subject");

	return strstr(from, "@email-abuse.amazonses.com") ||
	       (strstr(from, "staff@hotmail.com") &&
		   strstr(subject, "complaint about message"));
}

static ReportKind
kind_of(const Message *message, const ReportParts *parts)
{
	const Header *header = message->header;

	if (parts->feedback->len > 0 ||
	    g_strcmp0(parts->report_type, "feedback-report") == 0 ||
	    is_from_complaints(header))
		return REPORT_COMPLAINT;
	if (parts->status->len > 0 ||
	    g_strcmp0(parts->report_type, "delivery-status") == 0)
		return REPORT_STATUS;
	if (parts->disposition ||
	    g_strcmp0(parts->report_type, "disposition-notification") == 0)
		return REPORT_AUTO_REPLY;
	if (is_from_system(header))
		return REPORT_TEXT;
	if (is_auto_reply(header))
		return REPORT_AUTO_REPLY;
	return *message->sender == '\0' ? REPORT_TEXT : REPORT_NONE;
}

/* --- targets --- */

/* Of a bounce in words: the first address it names that is not ours;
 * X-Failed-Recipients comes first. */
static char *
text_target(const GPtrArray *addresses)
{
	for (guint i = 0; i < addresses->len; i++) {
		const char *address = g_ptr_array_index(addresses, i);
		if (*address != '@' && !g_str_has_prefix(address, "srs") &&
		    !g_str_has_prefix(address, "postmaster@") &&
		    !g_str_has_prefix(address, "mailer-daemon@"))
			return g_strdup(address);
	}
	return NULL;
}

/* Original-Rcpt-To of a complaint. */
static char *
complaint_target(const ReportParts *parts)
{
	const char *field = NULL;
	const char *line = parts->feedback->str;

	while (line && !field) {
		if (g_ascii_strncasecmp(line, "Original-Rcpt-To:", 17) == 0)
			field = line + 17;
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	if (!field)
		return NULL;
	g_autofree char *value = g_strndup(field, strcspn(field, "\r\n"));
	g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(g_free);
	named_addresses_add_text(found, value);
	return found->len > 0 ? g_strdup(g_ptr_array_index(found, 0)) : NULL;
}

/* --- all of it --- */

/* Only bounces have X-Failed-Recipients (Exim, Google), warnings do not. */
static void
read_words(Report *report, const Message *message, BounceText *words)
{
	report->outcome = words->outcome;
	report->status = g_steal_pointer(&words->status);
	if (report->outcome == REPORT_UNCLEAR &&
	    header_get(message->header, "X-Failed-Recipients", 1))
		report->outcome = REPORT_PERMANENT;
}

/* A part that says delivery-status, but not of whom or what, leaves the
 * words. */
static void
read_status(Report *report, const Message *message, const ReportParts *parts,
    BounceText *words)
{
	g_autoptr(DeliveryStatus) status =
	    delivery_status_parse(parts->status->str, parts->status->len);

	if (status->recipients == 0 || status->outcome == REPORT_UNCLEAR) {
		read_words(report, message, words);
	} else {
		report->outcome = status->outcome;
		report->status = g_steal_pointer(&status->status);
	}
	report->target = g_steal_pointer(&status->target);
}

static void
read_kind(Report *report, const Message *message, const ReportParts *parts,
    BounceText *words)
{
	report->kind = kind_of(message, parts);
	switch (report->kind) {
	case REPORT_STATUS:
		read_status(report, message, parts, words);
		break;
	case REPORT_TEXT:
		read_words(report, message, words);
		break;
	case REPORT_COMPLAINT:
		report->target = complaint_target(parts);
		break;
	case REPORT_AUTO_REPLY:
	case REPORT_NONE:
	default:
		break;
	}
}

Report *
report_read(const Message *message, const GPtrArray *secrets, gint64 now)
{
	Report *report = g_new0(Report, 1);
	MarkSearch search = {report, secrets, now};
	g_autoptr(ReportParts) parts = report_parts_new(message);
	g_autofree char *stripped =
	    parts->text->len > 0 ? NULL
				 : report_parts_strip_html(parts->html->str);
	g_autofree char *explanation =
	    bounce_text_words(stripped ? stripped : parts->text->str);
	g_autofree char *subject = field_text(message->header, "Subject");
	g_autoptr(BounceText) words = bounce_text_read(subject, explanation);

	report->returned = header_new();
	report->addresses = g_ptr_array_new_with_free_func(g_free);
	read_kind(report, message, parts, words);
	find_mark(&search, parts, message);
	const HeaderField *named =
	    header_get(message->header, "X-Failed-Recipients", 1);
	if (named)
		named_addresses_add_text(report->addresses, named->value);
	/* Whatever the bounds below leave out, not this one. */
	if (report->target)
		named_addresses_add_text(report->addresses, report->target);
	named_addresses_add_text(report->addresses, parts->status->str);
	named_addresses_add_text(report->addresses, explanation);
	if (!report->target &&
	    (report->kind == REPORT_TEXT || report->kind == REPORT_STATUS))
		report->target = text_target(report->addresses);
	named_addresses_add_systems(report->addresses, parts->status->str);
	named_addresses_add_header(report->addresses, report->returned);
	return report;
}

void
report_free(Report *report)
{
	if (!report)
		return;
	g_free(report->status);
	g_free(report->target);
	g_free(report->alias);
	if (report->addresses)
		g_ptr_array_unref(report->addresses);
	header_free(report->returned);
	g_free(report);
}

const char *
report_kind_to_text(ReportKind kind)
{
	switch (kind) {
	case REPORT_STATUS:
		return "report";
	case REPORT_TEXT:
		return "bounce";
	case REPORT_COMPLAINT:
		return "complaint";
	case REPORT_AUTO_REPLY:
		return "auto-reply";
	case REPORT_NONE:
	default:
		return "mail";
	}
}

const char *
report_outcome_to_text(ReportOutcome outcome)
{
	switch (outcome) {
	case REPORT_PERMANENT:
		return "permanent";
	case REPORT_TEMPORARY:
		return "temporary";
	case REPORT_DELIVERED:
		return "delivered";
	case REPORT_UNCLEAR:
	default:
		return "unclear";
	}
}
