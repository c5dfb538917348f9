/* SPDX-License-Identifier: MIT */
#include "milter/transaction.h"

#include <string.h>

#include "core/bounds.h"

/* The reverse-path as Postfix stores it: without brackets and route. */
static char *
read_sender(const char *path)
{
	g_autoptr(Address) address = address_parse(path, -1, NULL);

	if (address)
		return address_to_text(address);
	gsize len = strlen(path);
	if (len >= 2 && path[0] == '<' && path[len - 1] == '>')
		return g_strndup(path + 1, len - 2);
	return g_strdup(path);
}

/* The value of an ESMTP parameter, borrowed; "" where it has none; NULL where
 * it is not given. */
static const char *
find_parameter(const char *const *arguments, const char *name)
{
	gsize len = strlen(name);

	for (const char *const *p = arguments + 1; *p; p++) {
		if (g_ascii_strncasecmp(*p, name, len) != 0)
			continue;
		if ((*p)[len] == '=')
			return *p + len + 1;
		if ((*p)[len] == '\0')
			return "";
	}
	return NULL;
}

Transaction *
transaction_new(const char *const *arguments)
{
	Transaction *transaction = g_new0(Transaction, 1);
	g_autofree char *sender = read_sender(arguments[0]);

	transaction->snapshot = snapshot_ref_current();
	const Config *config = transaction->snapshot->config;
	transaction->smtputf8 = find_parameter(arguments, "SMTPUTF8") != NULL;
	transaction->message = message_new(sender);
	transaction->aliases =
	    g_ptr_array_new_with_free_func((GDestroyNotify)address_free);
	transaction->spool =
	    spool_new(config->settings->spool, config->policy->message_size);
	return transaction;
}

void
transaction_free(Transaction *transaction)
{
	if (!transaction)
		return;
	g_free(transaction->queue_id);
	message_free(transaction->message);
	group_clear(&transaction->group);
	g_ptr_array_unref(transaction->aliases);
	table_match_clear(&transaction->match);
	spool_free(transaction->spool);
	g_clear_error(&transaction->failure);
	snapshot_unref(transaction->snapshot);
	g_free(transaction);
}

static bool
is_known(const Transaction *transaction, const Address *address)
{
	for (guint i = 0; i < transaction->aliases->len; i++)
		if (address_equal(
			g_ptr_array_index(transaction->aliases, i), address))
			return true;
	return transaction->aliases->len > BOUND_JUDGED;
}

/* folded: what the member borrows; owned by the caller. */
static GroupMember
member_of(const Rcpt *rcpt, char **folded)
{
	*folded = rcpt->address ? address_fold(rcpt->address) : NULL;
	return (GroupMember){*folded,
	    rcpt->kind == RCPT_ALIAS ? (const char *const *)rcpt->match.targets
				     : NULL};
}

bool
transaction_admits(const Transaction *transaction, const Rcpt *rcpt)
{
	g_autofree char *folded = NULL;
	GroupMember member = member_of(rcpt, &folded);

	return group_admits(&transaction->group, &member,
	    transaction->snapshot->config->policy->several_aliases);
}

/* By what the MTA makes of it: it stays, and is compared with the targets. */
static void
add_ordinary(Transaction *transaction, const Rcpt *rcpt)
{
	if (transaction->group.strange)
		return;
	g_autofree char *text = address_to_text(rcpt->address);
	message_add_recipient(transaction->message, text, NULL, false);
}

static void
add_alias(Transaction *transaction, const char *const *arguments, Rcpt *rcpt)
{
	message_add_recipient(transaction->message, arguments[0],
	    find_parameter(arguments, "NOTIFY"), true);
	if (is_known(transaction, rcpt->address))
		return;
	g_ptr_array_add(transaction->aliases, g_steal_pointer(&rcpt->address));
	if (transaction->aliases->len > 1)
		return;
	transaction->match = rcpt->match;
	rcpt->match = (TableMatch){0};
}

void
transaction_add_recipient(
    Transaction *transaction, const char *const *arguments, Rcpt *rcpt)
{
	g_autofree char *folded = NULL;
	GroupMember member = member_of(rcpt, &folded);

	group_add(&transaction->group, &member);
	if (rcpt->kind == RCPT_ALIAS)
		add_alias(transaction, arguments, rcpt);
	else
		add_ordinary(transaction, rcpt);
}

void
transaction_add_header(
    Transaction *transaction, const char *name, const char *value)
{
	Header *header = transaction->message->header;

	/* One over is enough for the plan to refuse the message. */
	if (!header_is_over_bounds(header))
		header_add(header, name, value, strlen(value));
}

void
transaction_add_body(Transaction *transaction, const char *octets, gsize len)
{
	if (!transaction->failure)
		spool_append(
		    transaction->spool, octets, len, &transaction->failure);
}

bool
transaction_complete(Transaction *transaction, bool read)
{
	if (transaction->failure)
		return false;
	if (!read)
		return true;
	const char *body = spool_map(transaction->spool, &transaction->failure);
	if (!body)
		return false;
	message_set_body(
	    transaction->message, body, spool_len(transaction->spool));
	return true;
}

bool
transaction_is_smtputf8(const Transaction *transaction)
{
	const Message *message = transaction->message;

	if (!transaction->smtputf8)
		return false;
	if (!g_str_is_ascii(message->sender))
		return true;
	for (guint i = 0; i < message->recipients->len; i++) {
		const Recipient *recipient =
		    g_ptr_array_index(message->recipients, i);
		if (!g_str_is_ascii(recipient->given))
			return true;
	}
	for (guint i = 0; i < header_count(message->header); i++)
		if (!g_str_is_ascii(header_at(message->header, i)->value))
			return true;
	return false;
}

Plan *
transaction_plan(const Transaction *transaction, const Address *address,
    const TableMatch *match, gint64 now)
{
	PlanAlias alias = {
	    .addressed = address,
	    .entry = match->alias,
	    .targets = (const char *const *)match->targets,
	};

	return plan_forward(transaction->message, &alias,
	    transaction->snapshot->config->policy, now);
}
