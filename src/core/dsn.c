/* SPDX-License-Identifier: MIT */
#include "core/dsn.h"

#include <gmime/gmime.h>
#include <string.h>

#include "core/address.h"
#include "core/bounds.h"
#include "core/encoded_word.h"
#include "core/transfer_encoding.h"

/* Octets of a returned field that are still worth showing. */
#define FIELD_MAX 2000

/* --- the reason, in words --- */

/* RFC 3463 and the IANA registry, by subject and detail: what concerns the
 * sender, in words that hold for an alias. */
static const struct {
	const char *tail, *words;
} reasons[] = {
    {".1.1", "there is no such mailbox"},
    {".1.10", "the domain takes no mail"},
    {".2.1", "the mailbox is disabled"},
    {".2.2", "the mailbox is full"},
    {".2.3", "the message is too large"},
    {".3.4", "the message is too large"},
    {".4.6", "the message went in a loop"},
    {".4.7", "it could not be delivered in time"},
    {".1.", "the address does not take mail"},
    {".2.", "the mailbox does not take the message"},
    {".3.", "the mail system does not take the message"},
    {".4.", "the mail system could not be reached"},
    {".5.", "the mail systems did not understand each other"},
    {".6.", "the content of the message was not accepted"},
    {".7.", "the message was refused by policy"},
};

static const char *
reason_of(const char *status)
{
	for (guint i = 0; i < G_N_ELEMENTS(reasons); i++) {
		const char *tail = reasons[i].tail;
		bool whole = !g_str_has_suffix(tail, ".");
		if (whole ? g_str_equal(status + 1, tail)
			  : g_str_has_prefix(status + 1, tail))
			return reasons[i].words;
	}
	return "the mail system gave no reason";
}

/* --- what must not show --- */

/* Is the domain one that the reader knows: his own, or the alias's? */
static bool
is_known_domain(const Dsn *dsn, const char *domain)
{
	const char *const known[] = {address_domain_of(dsn->recipient),
	    address_domain_of(dsn->alias), dsn->domain};

	for (guint i = 0; i < G_N_ELEMENTS(known); i++)
		if (address_domain_is_within(known[i], domain))
			return true;
	return *domain == '\0';
}

static bool
is_known_address(const Dsn *dsn, const char *address)
{
	return g_ascii_strcasecmp(address, dsn->recipient) == 0 ||
	       g_ascii_strcasecmp(address, dsn->alias) == 0;
}

/* Does value, words decoded, hold what is to be hidden? */
static bool
gives_away(const Dsn *dsn, const char *value)
{
	g_autofree char *decoded =
	    encoded_word_decode(value, strlen(value), NULL);
	g_autofree char *text = g_utf8_casefold(decoded, -1);

	for (guint i = 0; i < dsn->hidden->len; i++) {
		const char *address = g_ptr_array_index(dsn->hidden, i);
		const char *domain = address_domain_of(address);
		if (*address != '@' && !is_known_address(dsn, address) &&
		    strstr(text, address))
			return true;
		if (!is_known_domain(dsn, domain) && strstr(text, domain))
			return true;
	}
	return false;
}

/* --- parts --- */

static void
add_field(GString *out, const char *name, const char *value)
{
	g_autofree char *folded = header_fold(name, value);

	header_append_field(out, name, folded, strlen(folded));
}

/* The returned message's first field of the name source, if there is one:
 * shown under name or, where it gives away too much, not at all. */
static bool
add_returned(GString *out, const Dsn *dsn, const char *name, const char *source)
{
	const HeaderField *field = header_get(dsn->returned, source, 1);

	if (!field || field->value_len > FIELD_MAX)
		return false;
	g_autofree char *value = header_unfold(field->value, field->value_len);
	g_autofree char *folded = header_fold(name, value);
	if (*value && header_value_is_legal(name, folded) &&
	    !gives_away(dsn, value))
		add_field(out, name, value);
	return true;
}

/* Message-ID and boundary: the same for the same input, and guessed by
 * nobody who does not know it. */
static char *
digest_of(const Dsn *dsn)
{
	g_autoptr(GString) text = g_string_new(NULL);

	g_string_append_printf(text, "%s\n%s\n%s\n%s\n%" G_GINT64_FORMAT,
	    dsn->domain, dsn->recipient, dsn->alias,
	    dsn->status ? dsn->status : "", dsn->now);
	for (guint i = 0; i < header_count(dsn->returned); i++)
		g_string_append_printf(
		    text, "\n%s", header_at(dsn->returned, i)->value);
	char *digest =
	    g_compute_checksum_for_string(G_CHECKSUM_SHA256, text->str, -1);
	digest[32] = '\0';
	return digest;
}

static void
add_header(GString *out, const Dsn *dsn, const char *subject, const char *type,
    const char *digest)
{
	g_autoptr(GDateTime) now = g_date_time_new_from_unix_utc(dsn->now);
	g_autofree char *date = g_mime_utils_header_format_date(now);
	g_autofree char *from = g_strdup_printf(
	    "Mail Delivery System <MAILER-DAEMON@%s>", dsn->domain);
	g_autofree char *to = g_strdup_printf("<%s>", dsn->recipient);
	g_autofree char *id = g_strdup_printf("<%s@%s>", digest, dsn->domain);
	g_autofree char *content =
	    g_strdup_printf("%s; boundary=\"=_%s\"", type, digest);

	add_field(out, "Date", date);
	add_field(out, "From", from);
	add_field(out, "To", to);
	add_field(out, "Subject", subject);
	add_field(out, "Message-ID", id);
	g_string_append(out, "Auto-Submitted: auto-replied\r\n"
			     "MIME-Version: 1.0\r\n");
	add_field(out, "Content-Type", content);
	g_string_append(out, "\r\n");
}

static void
begin_part(
    GString *out, const char *digest, const char *description, const char *type)
{
	g_string_append_printf(out,
	    "--=_%s\r\nContent-Description: %s\r\nContent-Type: %s\r\n", digest,
	    description, type);
}

static void
add_explanation(GString *out, const Dsn *dsn, const char *status)
{
	g_string_append_printf(out,
	    "\r\nThis is the mail system at %s.\r\n\r\n"
	    "Your message to\r\n\r\n    %s\r\n\r\n"
	    "could not be delivered: %s (%s).\r\n"
	    "No further attempt will be made.\r\n\r\n",
	    dsn->domain, dsn->alias, reason_of(status), status);
}

static void
add_status(GString *out, const Dsn *dsn, const char *status)
{
	g_string_append_printf(out,
	    "\r\nReporting-MTA: dns; %s\r\n\r\n"
	    "Final-Recipient: rfc822; %s\r\n"
	    "Action: failed\r\nStatus: %s\r\n\r\n",
	    dsn->domain, dsn->alias, status);
}

/* As the sender wrote it: kept under another name what we or SES replace. */
static void
add_returned_header(GString *out, const Dsn *dsn)
{
	g_string_append(out, "\r\n");
	if (!add_returned(out, dsn, "Date", "X-Original-Date"))
		add_returned(out, dsn, "Date", "Date");
	add_returned(out, dsn, "From", "X-Original-From");
	add_field(out, "To", dsn->alias);
	add_returned(out, dsn, "Subject", "Subject");
	if (!add_returned(out, dsn, "Message-ID", "X-Original-Message-ID"))
		add_returned(out, dsn, "Message-ID", "Message-ID");
	g_string_append(out, "\r\n");
}

/* What we write must be 7-bit; an alias need not be. */
static char *
ascii_of(const char *alias)
{
	char *text = g_strdup(alias);

	for (char *c = text; *c; c++)
		if (*c <= ' ' || *c > '~')
			*c = '?';
	return text;
}

char *
dsn_to_text(const Dsn *given)
{
	g_autofree char *alias = ascii_of(given->alias);
	Dsn copy = *given;
	const Dsn *dsn = &copy;
	GString *out = g_string_new(NULL);

	copy.alias = alias;
	const char *status = dsn->status ? dsn->status : "5.0.0";
	g_autofree char *digest = digest_of(dsn);
	g_autofree char *subject =
	    g_strdup_printf("Undelivered mail for %s", dsn->alias);

	add_header(out, dsn, subject,
	    "multipart/report; report-type=delivery-status", digest);
	begin_part(out, digest, "Notification", "text/plain; charset=us-ascii");
	add_explanation(out, dsn, status);
	begin_part(out, digest, "Delivery report", "message/delivery-status");
	add_status(out, dsn, status);
	begin_part(
	    out, digest, "Undelivered message header", "text/rfc822-headers");
	add_returned_header(out, dsn);
	g_string_append_printf(out, "--=_%s--\r\n", digest);
	return g_string_free(out, FALSE);
}

/* --- complaints --- */

/* CRLF, 7-bit, no NUL, lines within bounds. */
static bool
is_plain(const char *octets, gsize len)
{
	gsize line = 0;

	for (gsize i = 0; i < len; i++) {
		if ((octets[i] & 0x80) || octets[i] == '\0')
			return false;
		if (octets[i] == '\r' || octets[i] == '\n') {
			bool pair = octets[i] == '\r' && i + 1 < len &&
				    octets[i + 1] == '\n';
			if (!pair)
				return false;
			i++;
			line = 0;
		} else if (++line > BOUND_LINE) {
			return false;
		}
	}
	return true;
}

static GString *
whole_text(const Message *message)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < header_count(message->header); i++) {
		const HeaderField *field = header_at(message->header, i);
		header_append_field(
		    out, field->name, field->value, field->value_len);
	}
	g_string_append(out, "\r\n");
	if (message->body)
		g_string_append_len(out, message->body,
		    (gssize)MIN(message->body_len, BOUND_REPORT));
	return out;
}

static void
add_complaint(GString *out, const Message *complaint, const char *digest)
{
	GString *text = whole_text(complaint);

	if (is_plain(text->str, text->len)) {
		begin_part(out, digest, "Complaint", "message/rfc822");
		g_string_append(out, "\r\n");
		g_string_append_len(out, text->str, (gssize)text->len);
	} else {
		begin_part(out, digest, "Complaint",
		    "application/octet-stream; name=\"complaint.eml\"");
		g_string_append(out, "Content-Transfer-Encoding: base64\r\n"
				     "Content-Disposition: attachment; "
				     "filename=\"complaint.eml\"\r\n\r\n");
		transfer_encode(TRANSFORM_BASE64, text->str, text->len, out);
	}
	g_string_free(text, TRUE);
}

char *
dsn_wrap_complaint(const Dsn *given, const Message *complaint, gsize *len)
{
	g_autofree char *alias = ascii_of(given->alias);
	Dsn copy = *given;
	const Dsn *dsn = &copy;
	GString *out = g_string_new(NULL);

	copy.alias = alias;
	g_autofree char *digest = digest_of(dsn);
	g_autofree char *subject =
	    g_strdup_printf("Complaint about mail for %s",
		*dsn->alias ? dsn->alias : "an alias");

	add_header(out, dsn, subject, "multipart/mixed", digest);
	begin_part(out, digest, "Notification", "text/plain; charset=us-ascii");
	g_string_append_printf(out,
	    "\r\nA recipient called a message that was forwarded for\r\n\r\n"
	    "    %s\r\n\r\nspam. What was said of it is attached. The sender "
	    "was not told.\r\n\r\n",
	    *dsn->alias ? dsn->alias : "an alias that is not named");
	add_complaint(out, complaint, digest);
	g_string_append_printf(out, "\r\n--=_%s--\r\n", digest);
	*len = out->len;
	return g_string_free(out, FALSE);
}
