/* SPDX-License-Identifier: MIT */
#include "io/rcpt.h"

#include <string.h>

#include "core/bounce.h"

static void
refuse(Rcpt *rcpt, Reply *reply)
{
	rcpt->kind = RCPT_REFUSED;
	rcpt->reply = reply;
}

/* Postfix takes more than address_parse does. What it would hand to the
 * delivery agent must be an address, or the sender only hears of it later. */
static bool
is_at_handled_domain(const char *given, const Policy *policy)
{
	const char *at = strrchr(given, '@');

	if (!at)
		return false;
	g_autofree char *domain = address_domain_to_ascii(
	    at + 1, (gssize)strcspn(at + 1, "> "), NULL);
	return domain &&
	       g_strv_contains((const char *const *)policy->domains, domain);
}

/* False: it is none of our signed addresses. One that postsrsd wrote may be
 * longer than an address can be. */
static bool
judge_signed(Rcpt *rcpt, const char *given, const Policy *policy, gint64 now)
{
	g_autofree char *text =
	    rcpt->address ? address_to_text(rcpt->address) : g_strdup(given);
	Reply *refusal = NULL;

	if (policy->secrets->len == 0 ||
	    !bounce_is_signed(text, policy, now, &refusal))
		return false;
	if (refusal)
		refuse(rcpt, refusal);
	return true;
}

static bool
is_bounce_address(const Address *address, const Policy *policy)
{
	g_autoptr(Address) bounce =
	    policy->bounce_address
		? address_parse(policy->bounce_address, -1, NULL)
		: NULL;

	return bounce && address_equal(bounce, address);
}

static void
judge_entry(Rcpt *rcpt, const char *sender, const Policy *policy, gint64 now)
{
	Reply *refusal =
	    alias_refusal(rcpt->match.alias, sender, now, policy->unknown);

	if (!refusal && !address_is_ascii(rcpt->address))
		refusal = reply_new(553, "5.6.7",
		    "This address cannot be written in a header field and so "
		    "not be forwarded for");
	if (refusal)
		refuse(rcpt, refusal);
	else
		rcpt->kind = RCPT_ALIAS;
}

static void
look_up(Rcpt *rcpt, const char *sender, const Policy *policy, Table *table,
    gint64 now)
{
	switch (table_lookup(table, rcpt->address, policy->delimiters, now,
	    &rcpt->match, &rcpt->error)) {
	case TABLE_FOUND:
		judge_entry(rcpt, sender, policy, now);
		return;
	case TABLE_ABSENT:
		refuse(rcpt, reply_copy(policy->unknown));
		return;
	case TABLE_FAILED:
		refuse(rcpt, reply_new(451, "4.3.0",
				 "The alias table cannot be read now."));
		return;
	}
}

void
rcpt_judge(Rcpt *rcpt, const char *given, const char *sender,
    const Policy *policy, Table *table, gint64 now)
{
	*rcpt = (Rcpt){
	    .kind = RCPT_ORDINARY, .address = address_parse(given, -1, NULL)};
	if (judge_signed(rcpt, given, policy, now))
		return;
	if (!rcpt->address) {
		if (is_at_handled_domain(given, policy))
			refuse(rcpt, reply_new(553, "5.1.3",
					 "This is not a valid address."));
		return;
	}
	if (!policy_handles(policy, rcpt->address) ||
	    is_bounce_address(rcpt->address, policy))
		return;
	look_up(rcpt, sender, policy, table, now);
}

void
rcpt_clear(Rcpt *rcpt)
{
	address_free(rcpt->address);
	table_match_clear(&rcpt->match);
	reply_free(rcpt->reply);
	g_clear_error(&rcpt->error);
	*rcpt = (Rcpt){.kind = RCPT_ORDINARY};
}
