/* SPDX-License-Identifier: MIT */
#include "core/forward_envelope.h"

#include <string.h>

#include "core/address.h"
#include "core/failure.h"
#include "core/srs.h"

char *
forward_envelope_sender(const Message *message, const char *alias_text,
    const Policy *policy, gint64 now, GError **error)
{
	if (policy->bounce_address)
		return g_strdup(policy->bounce_address);
	if (!policy->bounce_domain) {
		failure_set(error, FAILURE_CONFIG,
		    "neither bounce_address nor bounce_domain is set");
		return NULL;
	}
	return srs_forward(message->sender, alias_text, policy->bounce_domain,
	    policy->secrets, now, error);
}

/* The folded recipients that are no aliases: they get the message anyway. */
static GHashTable *
ordinary_recipients(const Message *message)
{
	GHashTable *ordinary =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	for (guint i = 0; i < message->recipients->len; i++) {
		const Recipient *recipient =
		    g_ptr_array_index(message->recipients, i);
		if (recipient->alias)
			continue;
		g_autoptr(Address) address =
		    address_parse(recipient->given, -1, NULL);
		if (address)
			g_hash_table_add(ordinary, address_fold(address));
	}
	return ordinary;
}

static bool
wants_no_reports(const Message *message)
{
	bool never = false;

	for (guint i = 0; i < message->recipients->len; i++) {
		const Recipient *recipient =
		    g_ptr_array_index(message->recipients, i);
		if (!recipient->alias)
			continue;
		if (!recipient->notify ||
		    g_ascii_strcasecmp(recipient->notify, "NEVER") != 0)
			return false;
		never = true;
	}
	return never;
}

void
forward_envelope_add_targets(
    const Message *message, const char *const *targets, EditList *edits)
{
	const char *parameters =
	    wants_no_reports(message) ? "NOTIFY=NEVER" : NULL;
	g_autoptr(GHashTable) seen = ordinary_recipients(message);

	for (guint i = 0; targets[i]; i++) {
		g_autoptr(Address) target = address_parse(targets[i], -1, NULL);
		if (!target)
			continue;
		g_autofree char *text = address_to_text(target);
		if (g_hash_table_add(seen, address_fold(target)))
			edit_recipient_add(edits, text, parameters);
	}
}

/* "<@r1,@r2:a@b>" -> "<a@b>": as Postfix stores it, and matches it by octets
 * when it is to be removed. */
static char *
without_route(const char *given)
{
	const char *start = *given == '<' ? given + 1 : given;
	const char *colon = *start == '@' ? strchr(start, ':') : NULL;

	if (!colon)
		return g_strdup(given);
	return g_strconcat(*given == '<' ? "<" : "", colon + 1, NULL);
}

void
forward_envelope_remove_alias(const Message *message, EditList *edits)
{
	g_autoptr(GHashTable) seen =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	for (guint i = 0; i < message->recipients->len; i++) {
		const Recipient *recipient =
		    g_ptr_array_index(message->recipients, i);
		if (!recipient->alias)
			continue;
		char *given = without_route(recipient->given);
		if (g_hash_table_add(seen, given))
			edit_recipient_remove(edits, given);
	}
}
