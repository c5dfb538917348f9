/* SPDX-License-Identifier: MIT */
#include "core/forward_header.h"

#include <gmime/gmime.h>
#include <string.h>

#include "core/address_list.h"
#include "core/bounds.h"
#include "core/destination.h"
#include "core/encoded_word.h"
#include "core/from_line.h"
#include "core/mark.h"
#include "core/ses_rules.h"
#include "core/signature.h"

/* --- names --- */

/* Ours to write: the same from outside would be a lie. */
static const char *const forged[] = {
    "X-Original-From",
    "X-Original-To",
    "X-Original-Cc",
    "X-Original-Sender",
    "X-Original-Reply-To",
    "X-Original-Message-ID",
    "X-Original-Date",
    "X-Original-Authentication-Results",
};

/* Invalid after forwarding, refused by SES, or telling of the mailbox. */
static const char *const removed[] = {
    "Return-Path",
    "DKIM-Signature",
    "DomainKey-Signature",
    "X-Google-DKIM-Signature",
    "ARC-Seal",
    "ARC-Message-Signature",
    "ARC-Authentication-Results",
    "Delivered-To",
    "Envelope-To",
    "Bcc",
    "Resent-Bcc",
    "Feedback-ID",
};

/* An answer to these would show the mailbox behind the alias. */
static const char *const receipts[] = {
    "Disposition-Notification-To",
    "Disposition-Notification-Options",
    "Return-Receipt-To",
    "X-Confirm-Reading-To",
};

/* What was there before we wrote our own, in this order. */
static const char *const recorded[] = {
    "From",
    "To",
    "Sender",
    "Reply-To",
    "Message-ID",
    "Date",
};

/* The fields ses-alias-lambda carries on, and those that end loops. */
static const char *const lambda_kept[] = {
    "Subject",
    "MIME-Version",
    "Auto-Submitted",
    "Precedence",
    "List-Id",
    "Received",
    MARK_FIELD,
};

#define IS_ONE_OF(name, names)                                                 \
	header_name_is_one_of(name, names, G_N_ELEMENTS(names))

static bool
starts_with(const char *name, const char *prefix)
{
	return g_ascii_strncasecmp(name, prefix, strlen(prefix)) == 0;
}

/* --- small steps --- */

static bool
is_named(const Header *fields, guint index, const char *name)
{
	return g_ascii_strcasecmp(header_at(fields, index)->name, name) == 0;
}

static const char *
first_value(const HeaderPlan *header, const char *name)
{
	gint at = header_plan_find(header, name);

	return at < 0 ? NULL : header_plan_value(header, (guint)at);
}

static void
remove_forged(HeaderPlan *header)
{
	const Header *fields = header_plan_header(header);

	for (guint i = 0; i < header_count(fields); i++) {
		const char *name = header_at(fields, i)->name;
		if (IS_ONE_OF(name, forged) || starts_with(name, "X-SES-"))
			header_plan_remove(header, i);
	}
}

static void
record_originals(const Forward *forward, HeaderPlan *header)
{
	for (guint i = 0; i < G_N_ELEMENTS(recorded); i++) {
		const char *value = first_value(header, recorded[i]);
		if (value)
			ses_rules_keep_original(
			    header, recorded[i], value, forward->charset);
	}
}

static void
remove_unwanted(const Forward *forward, HeaderPlan *header)
{
	const Header *fields = header_plan_header(header);

	for (guint i = 0; i < header_count(fields); i++) {
		const char *name = header_at(fields, i)->name;
		if (IS_ONE_OF(name, removed) ||
		    g_ascii_strcasecmp(name, "Sender") == 0 ||
		    (!forward->policy->keep_receipts &&
			IS_ONE_OF(name, receipts)))
			header_plan_remove(header, i);
	}
}

/* Another server's verdict would be taken for the next one's. */
static void
rename_results(const Forward *forward, HeaderPlan *header)
{
	const Header *fields = header_plan_header(header);

	for (guint i = 0; i < header_count(fields); i++)
		if (g_ascii_strcasecmp(header_at(fields, i)->name,
			"Authentication-Results") == 0)
			ses_rules_set_aside(header, i, forward->charset);
}

/* --- From and Reply-To --- */

GPtrArray *
forward_header_senders(const Header *header, const char *charset)
{
	const HeaderField *field;

	for (guint nth = 1; (field = header_get(header, "From", nth)); nth++) {
		GPtrArray *mailboxes =
		    address_list_parse(field->value, field->value_len, charset);
		if (mailboxes->len > 0)
			return mailboxes;
		g_ptr_array_unref(mailboxes);
	}
	return g_ptr_array_new_with_free_func((GDestroyNotify)mailbox_free);
}

/* The first mailbox with an address, else the first. */
static const Mailbox *
best_sender(const GPtrArray *senders)
{
	for (guint i = 0; i < senders->len; i++) {
		const Mailbox *mailbox = g_ptr_array_index(senders, i);
		if (mailbox->addr)
			return mailbox;
	}
	return senders->len > 0 ? g_ptr_array_index(senders, 0) : NULL;
}

/* aws-lambda-ses-forwarder's "Jane Doe at jane@corp.com" <alias>. */
static char *
forwarder_from(const Forward *forward, const Mailbox *sender)
{
	const char *address =
	    sender && sender->addr ? sender->addr : forward->message->sender;
	g_autofree char *name =
	    sender && sender->name ? from_line_clean_name(sender->name) : NULL;
	g_autofree char *shown = name && *address
				     ? g_strconcat(name, " at ", address, NULL)
				     : g_strdup(name ? name : address);
	g_autoptr(Mailbox) mailbox = g_new0(Mailbox, 1);

	mailbox->name = *shown ? g_steal_pointer(&shown) : NULL;
	mailbox->addr = address_list_addr_spec(forward->alias_text, -1);
	return mailbox_to_text(mailbox);
}

static void
write_from(const Forward *forward, HeaderPlan *header, const Mailbox *sender)
{
	const Policy *policy = forward->policy;
	g_autofree char *value =
	    policy->profile == PROFILE_FORWARDER
		? forwarder_from(forward, sender)
		: from_line(policy->profile == PROFILE_LAMBDA
				? FROM_BARE
				: policy->from_format,
		      forward->alias_text, sender, forward->message->sender,
		      forward->alias->entry->from_name,
		      forward->unverified ? "UNVERIFIED" : NULL);
	gint at = header_plan_find(header, "From");

	header_plan_set(header, "From", value);
	for (guint i = (guint)at + 1;
	     at >= 0 && i < header_count(header_plan_header(header)); i++)
		if (g_ascii_strcasecmp(
			header_at(header_plan_header(header), i)->name,
			"From") == 0)
			ses_rules_set_aside(header, i, forward->charset);
}

static bool
has_address(const GPtrArray *mailboxes)
{
	const Mailbox *best = best_sender(mailboxes);

	return best && best->addr;
}

static bool
is_usable(const char *value, const char *charset)
{
	if (!value)
		return false;
	g_autoptr(GPtrArray) mailboxes =
	    address_list_parse(value, strlen(value), charset);
	return has_address(mailboxes);
}

/* Where answers to the message went before it was forwarded. */
static char *
answer_to(const Forward *forward, const GPtrArray *senders)
{
	g_autofree char *text =
	    address_list_to_text(senders, BOUND_SES_RECIPIENTS);

	if (text && strlen(text) < BOUND_HEADER_PIECE)
		return g_steal_pointer(&text);
	const Mailbox *sender = best_sender(senders);
	if (sender && sender->addr)
		return g_strdup(sender->addr);
	g_autoptr(Address) address =
	    address_parse(forward->message->sender, -1, NULL);
	return address && address_is_ascii(address) ? address_to_text(address)
						    : NULL;
}

/* The Lambda writes the bare address, and over a Reply-To that is there. */
static char *
lambda_answer_to(const Forward *forward, const GPtrArray *senders)
{
	const Mailbox *sender = best_sender(senders);

	return sender && sender->addr ? g_strdup(sender->addr)
				      : answer_to(forward, senders);
}

/* Keep the first Reply-To that can be answered to. False: there is none. */
static bool
keep_reply_to(const Forward *forward, HeaderPlan *header)
{
	const Header *fields = header_plan_header(header);
	guint i = 0;

	while (i < header_count(fields) &&
	       !(is_named(fields, i, "Reply-To") &&
		   is_usable(header_plan_value(header, i), forward->charset)))
		i++;
	if (i == header_count(fields))
		return false;
	while (i-- > 0)
		if (is_named(fields, i, "Reply-To"))
			ses_rules_set_aside(header, i, forward->charset);
	return true;
}

static void
write_reply_to(
    const Forward *forward, HeaderPlan *header, const GPtrArray *senders)
{
	bool lambda = forward->policy->profile == PROFILE_LAMBDA;

	if (!lambda && keep_reply_to(forward, header))
		return;
	g_autofree char *value = lambda ? lambda_answer_to(forward, senders)
					: answer_to(forward, senders);
	if (value)
		header_plan_set(header, "Reply-To", value);
	else
		header_plan_remove_named(header, "Reply-To");
}

/* --- To and Cc --- */

static void
show_target(const Forward *forward, HeaderPlan *header, const char *name)
{
	gint at = header_plan_find(header, name);
	g_autofree char *target =
	    address_list_addr_spec(forward->alias->targets[0], -1);

	if (at < 0 || !target)
		return;
	bool whole;
	g_autofree char *value =
	    destination_replace(header_plan_value(header, (guint)at),
		forward->alias->addressed, target, forward->charset, &whole);
	if (!value)
		return;
	if (!whole)
		ses_rules_keep_once(header, (guint)at, forward->charset);
	header_plan_change(header, (guint)at, value);
}

static void
write_targets_only(const Forward *forward, HeaderPlan *header)
{
	g_autoptr(GString) targets = g_string_new(NULL);
	for (guint i = 0; forward->alias->targets[i]; i++) {
		g_autofree char *target =
		    address_list_addr_spec(forward->alias->targets[i], -1);
		if (target)
			g_string_append_printf(targets, "%s%s",
			    targets->len > 0 ? ", " : "", target);
	}
	gint cc = header_plan_find(header, "Cc");

	header_plan_set(header, "To", targets->str);
	if (cc >= 0)
		ses_rules_set_aside(header, (guint)cc, forward->charset);
}

static ToMode
to_mode(const Policy *policy)
{
	switch (policy->profile) {
	case PROFILE_LAMBDA:
		return TO_TARGETS_ONLY;
	case PROFILE_FORWARDER:
		return TO_ALIAS;
	case PROFILE_DEFAULT:
	default:
		return policy->to;
	}
}

/* Several targets need not learn of each other. */
static bool
shows_target(const Forward *forward)
{
	const char *const *targets = forward->alias->targets;

	return to_mode(forward->policy) == TO_TARGET && targets[0] &&
	       !targets[1];
}

char *
forward_header_addressee(const Forward *forward)
{
	return address_list_addr_spec(shows_target(forward)
					  ? forward->alias->targets[0]
					  : forward->alias_text,
	    -1);
}

static void
write_destinations(const Forward *forward, HeaderPlan *header)
{
	if (to_mode(forward->policy) == TO_TARGETS_ONLY) {
		write_targets_only(forward, header);
	} else if (shows_target(forward)) {
		show_target(forward, header, "To");
		show_target(forward, header, "Cc");
	}
}

/* --- Message-ID, Date, References, Subject --- */

/* "<left@right>", nothing else, ASCII: fit to stand in References. */
static bool
is_message_id(const char *id)
{
	gsize len = strlen(id);

	if (len < 5 || len > BOUND_LINE / 2 || id[0] != '<' ||
	    id[len - 1] != '>' || !strchr(id, '@'))
		return false;
	for (gsize i = 1; i < len - 1; i++)
		if (id[i] <= ' ' || id[i] > '~' || id[i] == '<' || id[i] == '>')
			return false;
	return true;
}

/* From the message alone, so that every interpreter makes the same. */
static char *
make_message_id(const Forward *forward)
{
	const Header *header = forward->message->header;
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);

	for (guint i = 0; i < header_count(header); i++) {
		const HeaderField *field = header_at(header, i);
		if (g_ascii_strcasecmp(field->name, "Received") == 0)
			continue;
		g_checksum_update(sum, (const guchar *)field->name, -1);
		g_checksum_update(sum, (const guchar *)field->value,
		    (gssize)field->value_len);
	}
	g_checksum_update(sum, (const guchar *)forward->message->body,
	    (gssize)MIN(forward->message->body_len, BOUND_HEADER_TOTAL));
	return g_strdup_printf("<%.32s@%s>", g_checksum_get_string(sum),
	    forward->alias->addressed->domain);
}

/* SES writes its own Date over any; the day is enough then, and the same
 * however often the message is planned that day. */
static char *
make_date(const Forward *forward)
{
	gint64 now = forward->policy->ses_rules
			 ? forward->now - forward->now % SECONDS_A_DAY
			 : forward->now;
	g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(now);

	return g_mime_utils_header_format_date(date);
}

/* SES replaces Message-ID: answers to the original are tied by References. */
static void
write_references(HeaderPlan *header)
{
	const char *id_value = first_value(header, "Message-ID");

	if (!id_value || first_value(header, "References"))
		return;
	g_autofree char *id = header_unfold(id_value, strlen(id_value));
	if (!is_message_id(id))
		return;
	const char *parent_value = first_value(header, "In-Reply-To");
	g_autofree char *parent =
	    parent_value ? header_unfold(parent_value, strlen(parent_value))
			 : NULL;
	g_autofree char *references = parent && is_message_id(parent)
					  ? g_strconcat(parent, " ", id, NULL)
					  : g_strdup(id);
	header_plan_add(header, "References", references);
}

static void
write_identity(const Forward *forward, HeaderPlan *header)
{
	write_references(header);
	if (!first_value(header, "Message-ID")) {
		g_autofree char *id = make_message_id(forward);
		header_plan_add(header, "Message-ID", id);
	}
	if (!first_value(header, "Date")) {
		g_autofree char *date = make_date(forward);
		header_plan_add(header, "Date", date);
	}
}

static char *
prefixed_subject(const char *prefix, const char *subject)
{
	gsize skip = strspn(subject, " \t\n");

	if (g_str_is_ascii(prefix))
		return g_strconcat(prefix, subject + skip, NULL);
	/* White space between two encoded-words vanishes: keep ours inside. */
	bool inside = g_str_has_prefix(subject + skip, "=?");
	g_autofree char *text = g_strdup(prefix);
	if (!inside)
		g_strchomp(text);
	g_autofree char *words = encoded_word_encode(text, ENCODED_WORD_TEXT);
	return g_strconcat(words, " ", subject + skip, NULL);
}

static void
write_subject(const Forward *forward, HeaderPlan *header)
{
	const char *prefix = forward->alias->entry->subject_prefix;

	if (!prefix || !*prefix)
		return;
	const char *subject = first_value(header, "Subject");
	g_autofree char *decoded = subject
				       ? encoded_word_decode(subject,
					     strlen(subject), forward->charset)
				       : g_strdup("");
	if (strstr(decoded, prefix))
		return;
	g_autofree char *unfolded =
	    subject ? header_unfold(subject, strlen(subject)) : g_strdup("");
	g_autofree char *value = prefixed_subject(prefix, unfolded);
	header_plan_set(header, "Subject", value);
}

/* --- ours --- */

static void
write_own(const Forward *forward, HeaderPlan *header)
{
	const Policy *policy = forward->policy;
	g_autoptr(Mark) mark = g_new0(Mark, 1);

	mark->alias = g_strdup(forward->alias_text);
	mark->hop = forward->hops + 1;
	mark->day = forward->now / SECONDS_A_DAY;
	g_autofree char *text = mark_to_text(mark, policy->secrets);

	const char *by =
	    policy->forwarded_by ? policy->forwarded_by : forward->alias_text;
	g_autofree char *legal =
	    ses_rules_legal_value("X-SES-Forwarded-By", by, strlen(by), NULL);
	header_plan_add(header, "X-SES-Forwarded-By", legal);
	if (text)
		header_plan_add(header, MARK_FIELD, text);
}

static void
keep_as_lambda(HeaderPlan *header)
{
	static const char *const written[] = {"From", "To", "Reply-To"};
	const Header *fields = header_plan_header(header);

	for (guint i = 0; i < header_count(fields); i++) {
		const char *name = header_at(fields, i)->name;
		if (!IS_ONE_OF(name, lambda_kept) &&
		    !IS_ONE_OF(name, written) && !starts_with(name, "Content-"))
			header_plan_remove(header, i);
	}
}

void
forward_header(const Forward *forward, HeaderPlan *header)
{
	Profile profile = forward->policy->profile;
	g_autoptr(GPtrArray) senders = forward_header_senders(
	    header_plan_header(header), forward->charset);

	remove_forged(header);
	header_plan_merge(header, "To");
	header_plan_merge(header, "Cc");
	if (profile == PROFILE_DEFAULT)
		record_originals(forward, header);
	remove_unwanted(forward, header);
	if (profile != PROFILE_LAMBDA)
		rename_results(forward, header);
	write_from(forward, header, best_sender(senders));
	write_reply_to(forward, header, senders);
	write_destinations(forward, header);
	write_subject(forward, header);
	if (profile == PROFILE_DEFAULT)
		write_identity(forward, header);
	else if (profile == PROFILE_FORWARDER)
		header_plan_remove_named(
		    header, "Message-ID"); /* SES writes its own */
	else
		keep_as_lambda(header);
	write_own(forward, header);
}
