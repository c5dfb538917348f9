/* SPDX-License-Identifier: MIT */
#include "core/ses_rules.h"

#include <string.h>

#include "core/address_list.h"
#include "core/bounds.h"
#include "core/encoded_word.h"
#include "core/parameter.h"

#define ORIGINAL "X-Original-"

/* SES Developer Guide, "Header fields": each at most once. */
static const char *const single[] = {
    "Accept-Language",
    "acceptLanguage",
    "Archived-At",
    "Auto-Submitted",
    "Bounces-to",
    "Comments",
    "Content-Alternative",
    "Content-Base",
    "Content-Class",
    "Content-Description",
    "Content-Disposition",
    "Content-Duration",
    "Content-ID",
    "Content-Language",
    "Content-Length",
    "Content-Location",
    "Content-MD5",
    "Content-Transfer-Encoding",
    "Content-Type",
    "Date",
    "Delivered-To",
    "Disposition-Notification-Options",
    "Disposition-Notification-To",
    "DKIM-Signature",
    "DomainKey-Signature",
    "Errors-To",
    "From",
    "Importance",
    "In-Reply-To",
    "Keywords",
    "List-Archive",
    "List-Help",
    "List-Id",
    "List-Owner",
    "List-Post",
    "List-Subscribe",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "Message-Context",
    "Message-ID",
    "MIME-Version",
    "Organization",
    "Original-From",
    "Original-Message-ID",
    "Original-Recipient",
    "Original-Subject",
    "Precedence",
    "Priority",
    "References",
    "Reply-To",
    "Return-Path",
    "Return-Receipt-To",
    "Sender",
    "Solicitation",
    "Sensitivity",
    "Subject",
    "Thread-Index",
    "Thread-Topic",
    "User-Agent",
    "VBR-Info",
};

static const char *const address_fields[] = {
    "From",
    "To",
    "Cc",
    "Bcc",
    "Reply-To",
    "Sender",
    "Return-Path",
    "Resent-From",
    "Resent-To",
    "Resent-Cc",
    "Resent-Sender",
    "Resent-Reply-To",
};

bool
ses_rules_is_single(const char *name)
{
	return header_name_is_one_of(name, single, G_N_ELEMENTS(single));
}

bool
ses_rules_is_address_field(const char *name)
{
	return header_name_is_one_of(
	    name, address_fields, G_N_ELEMENTS(address_fields));
}

static void
note(GString *why, const char *what, const char *name)
{
	if (why)
		g_string_append_printf(
		    why, "%s%s %s", why->len > 0 ? ", " : "", what, name);
}

/* No fold can shorten a line below its field's name. */
static bool
is_writable_name(const char *name)
{
	return header_name_is_legal(name) && strlen(name) < BOUND_LINE / 2;
}

char *
ses_rules_legal_value(
    const char *name, const char *value, gsize len, const char *charset)
{
	if (header_value_is_legal(name, value))
		return g_strdup(value);
	g_autofree char *unfolded = header_unfold(value, len);
	g_autofree char *folded = header_fold(name, unfolded);
	if (header_value_is_legal(name, folded))
		return g_steal_pointer(&folded);
	g_autofree char *repaired =
	    encoded_word_repair(unfolded, strlen(unfolded), charset);
	return header_fold(name, repaired);
}

bool
ses_rules_keep_original(
    HeaderPlan *plan, const char *name, const char *value, const char *charset)
{
	g_autofree char *new_name = g_strconcat(ORIGINAL, name, NULL);

	if (!is_writable_name(new_name))
		return false;
	g_autofree char *legal =
	    ses_rules_legal_value(new_name, value, strlen(value), charset);
	header_plan_add_long(plan, new_name, legal);
	return true;
}

void
ses_rules_set_aside(HeaderPlan *plan, guint index, const char *charset)
{
	const HeaderField *field = header_at(header_plan_header(plan), index);
	const char *value = header_plan_value(plan, index);

	if (!value)
		return;
	ses_rules_keep_original(plan, field->name, value, charset);
	header_plan_remove(plan, index);
}

/* --- fields that may appear once --- */

void
ses_rules_repair_repeated(HeaderPlan *plan, const char *charset, GString *why)
{
	const Header *header = header_plan_header(plan);
	g_autoptr(GHashTable) kept =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	for (guint i = 0; i < header_count(header); i++) {
		const char *name = header_at(header, i)->name;
		const char *value = header_plan_value(plan, i);
		if (!value || !ses_rules_is_single(name))
			continue;
		char *key = g_ascii_strdown(name, -1);
		gpointer first = NULL;
		if (!g_hash_table_lookup_extended(kept, key, NULL, &first)) {
			g_hash_table_insert(kept, key, GUINT_TO_POINTER(i));
			continue;
		}
		guint at = GPOINTER_TO_UINT(first);
		if (header_value_is_blank(header_plan_value(plan, at)) &&
		    !header_value_is_blank(value)) {
			header_plan_remove(plan, at);
			g_hash_table_insert(kept, key, GUINT_TO_POINTER(i));
		} else {
			g_free(key);
			ses_rules_set_aside(plan, i, charset);
		}
		note(why, "repeated", name);
	}
}

/* Is the value legal as it is, or once its lines are folded anew? */
static bool
fits_when_folded(HeaderPlan *plan, guint index)
{
	const char *name = header_at(header_plan_header(plan), index)->name;
	const char *value = header_plan_value(plan, index);

	if (header_value_is_legal(name, value))
		return true;
	g_autofree char *unfolded = header_unfold(value, strlen(value));
	g_autofree char *folded = header_fold(name, unfolded);
	if (!header_value_is_legal(name, folded))
		return false;
	header_plan_change(plan, index, folded);
	return true;
}

static bool
is_too_long(const char *value)
{
	return strlen(value) >= BOUND_HEADER_VALUE;
}

/* --- addresses --- */

static bool
is_destination(const char *name)
{
	return g_ascii_strcasecmp(name, "To") == 0 ||
	       g_ascii_strcasecmp(name, "Cc") == 0;
}

static bool
has_original(const HeaderPlan *plan, const char *name)
{
	for (guint i = 0; i < header_plan_count_added(plan); i++) {
		const char *added = header_plan_added_name(plan, i);
		if (g_str_has_prefix(added, ORIGINAL) &&
		    g_ascii_strcasecmp(added + strlen(ORIGINAL), name) == 0)
			return true;
	}
	return false;
}

void
ses_rules_keep_once(HeaderPlan *plan, guint index, const char *charset)
{
	const char *name = header_at(header_plan_header(plan), index)->name;

	if (!is_destination(name) || !has_original(plan, name))
		ses_rules_keep_original(
		    plan, name, header_plan_value(plan, index), charset);
}

/* Whoever is to be named goes to the front of the list. */
static void
put_first(GPtrArray *mailboxes, const char *addr)
{
	for (guint i = 0; addr && i < mailboxes->len; i++) {
		const Mailbox *mailbox = g_ptr_array_index(mailboxes, i);
		if (!mailbox->addr ||
		    g_ascii_strcasecmp(mailbox->addr, addr) != 0)
			continue;
		g_ptr_array_insert(
		    mailboxes, 0, g_ptr_array_steal_index(mailboxes, i));
		return;
	}
}

static char *
folded_list(const char *name, const GPtrArray *mailboxes, guint max)
{
	g_autofree char *text = address_list_to_text(mailboxes, max);

	return text ? header_fold(name, text) : NULL;
}

/* As many as SES counts, without their names where those are too long. */
static char *
shortened_list(const char *name, GPtrArray *mailboxes, const char *addressee)
{
	put_first(mailboxes, addressee);
	g_autofree char *list =
	    folded_list(name, mailboxes, BOUND_SES_RECIPIENTS);
	if (!is_too_long(list))
		return g_steal_pointer(&list);
	for (guint i = 0; i < mailboxes->len; i++) {
		Mailbox *mailbox = g_ptr_array_index(mailboxes, i);
		g_clear_pointer(&mailbox->name, g_free);
	}
	return folded_list(name, mailboxes, BOUND_SES_RECIPIENTS);
}

static bool
addresses_may_stay(HeaderPlan *plan, guint index)
{
	const char *value = header_plan_value(plan, index);

	return address_list_is_strict(value, strlen(value)) &&
	       fits_when_folded(plan, index) &&
	       !is_too_long(header_plan_value(plan, index));
}

static void
repair_addresses(HeaderPlan *plan, guint index, const char *charset,
    const char *addressee, GString *why)
{
	const char *name = header_at(header_plan_header(plan), index)->name;

	if (addresses_may_stay(plan, index))
		return;
	const char *value = header_plan_value(plan, index);
	g_autoptr(GPtrArray) mailboxes =
	    address_list_parse(value, strlen(value), charset);
	g_autofree char *list = folded_list(name, mailboxes, 0);
	bool too_long = list && is_too_long(list);
	note(why, too_long ? "shortened" : "addresses in", name);
	if (too_long || !address_list_is_complete(mailboxes))
		ses_rules_keep_once(plan, index, charset);
	if (too_long) {
		g_free(list);
		list = shortened_list(name, mailboxes, addressee);
	}
	if (list)
		header_plan_change(plan, index, list);
	else
		header_plan_remove(plan, index);
}

/* --- more than 50 addresses --- */

static void
shorten(HeaderPlan *plan, guint index, GPtrArray *mailboxes, guint room,
    const char *charset)
{
	g_autofree char *text =
	    room > 0 ? address_list_to_text(mailboxes, room) : NULL;

	ses_rules_keep_once(plan, index, charset);
	if (text)
		header_plan_change(plan, index, text);
	else
		header_plan_remove(plan, index);
}

/* Cut To and Cc so that SES counts no more than it takes. */
static void
repair_crowd(
    HeaderPlan *plan, const char *charset, const char *addressee, GString *why)
{
	const Header *header = header_plan_header(plan);
	guint room = BOUND_SES_RECIPIENTS;

	for (guint i = 0; i < header_count(header); i++) {
		const char *name = header_at(header, i)->name;
		const char *value = header_plan_value(plan, i);
		if (!value || !is_destination(name))
			continue;
		g_autoptr(GPtrArray) mailboxes =
		    address_list_parse(value, strlen(value), charset);
		if (mailboxes->len <= room) {
			room -= mailboxes->len;
			continue;
		}
		note(why, "shortened", name);
		put_first(mailboxes, addressee);
		shorten(plan, i, mailboxes, room, charset);
		room = 0;
	}
}

/* --- MIME fields --- */

static void
repair_content(HeaderPlan *plan, guint index, ContentKind kind,
    const char *charset, GString *why)
{
	const HeaderField *field = header_at(header_plan_header(plan), index);
	const char *value = header_plan_value(plan, index);
	gsize len = strlen(value);

	if (content_value_is_strict(kind, value, len) &&
	    fits_when_folded(plan, index))
		return;
	note(why, "value of", field->name);
	g_autoptr(ContentValue) content =
	    content_value_parse(kind, value, len, charset);
	g_autofree char *text = content_value_to_header(content, field->name);
	header_plan_change(plan, index, text);
}

/* --- the rest --- */

/* Of a legal value, the words that are within the bound. */
static char *
beginning(const char *value)
{
	char *text = header_unfold(value, strlen(value));
	gsize len = BOUND_HEADER_BEGINNING;

	while (len > 0 && text[len] != ' ' && text[len] != '\t')
		len--;
	text[len] = '\0';
	return text;
}

static void
repair_text(HeaderPlan *plan, guint index, const char *charset, GString *why)
{
	const char *name = header_at(header_plan_header(plan), index)->name;
	const char *value = header_plan_value(plan, index);

	if (fits_when_folded(plan, index))
		return;
	g_autofree char *legal =
	    ses_rules_legal_value(name, value, strlen(value), charset);
	if (is_too_long(legal) &&
	    ses_rules_keep_original(plan, name, value, charset)) {
		note(why, "shortened", name);
		g_autofree char *shorter = beginning(legal);
		header_plan_change(plan, index, shorter);
		return;
	}
	note(why, "text of", name);
	header_plan_change(plan, index, legal);
}

static void
repair_field(HeaderPlan *plan, guint index, const char *charset,
    const char *addressee, GString *why)
{
	const char *name = header_at(header_plan_header(plan), index)->name;

	if (!is_writable_name(name)) {
		note(why, "dropped a field with an", "illegal name");
		header_plan_remove(plan, index);
	} else if (ses_rules_is_address_field(name)) {
		repair_addresses(plan, index, charset, addressee, why);
	} else if (g_ascii_strcasecmp(name, "Content-Type") == 0) {
		repair_content(plan, index, CONTENT_TYPE, charset, why);
	} else if (g_ascii_strcasecmp(name, "Content-Disposition") == 0) {
		repair_content(plan, index, CONTENT_DISPOSITION, charset, why);
	} else {
		repair_text(plan, index, charset, why);
	}
}

void
ses_rules_repair_header(
    HeaderPlan *plan, const char *charset, const char *addressee, GString *why)
{
	ses_rules_repair_repeated(plan, charset, why);
	for (guint i = 0; i < header_count(header_plan_header(plan)); i++)
		if (header_plan_value(plan, i))
			repair_field(plan, i, charset, addressee, why);
	repair_crowd(plan, charset, addressee, why);
}
