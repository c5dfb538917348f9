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

/* The domain behind the last "@" of a path, as A-labels, or NULL. Postfix
 * takes more than address_parse does. */
static char *
domain_of(const char *path)
{
	const char *at = strrchr(path, '@');

	return at ? address_domain_to_ascii(
			at + 1, (gssize)strcspn(at + 1, "> "), NULL)
		  : NULL;
}

static bool
is_at_handled_domain(const char *path, const Policy *policy)
{
	g_autofree char *domain = domain_of(path);

	return domain && policy_handles_domain(policy, domain);
}

static bool
names_domain(const char *path)
{
	const char *at = strrchr(path, '@');
	g_autofree char *domain = domain_of(path);

	return domain || (at && at[1] == '[');
}

static bool
is_postmaster(const char *path)
{
	return g_ascii_strcasecmp(path, "<postmaster>") == 0 ||
	       g_ascii_strcasecmp(path, "postmaster") == 0;
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
	else
		rcpt->kind = RCPT_BOUNCE;
	return true;
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

static void
refuse_syntax(Rcpt *rcpt)
{
	refuse(rcpt, reply_new(553, "5.1.3", "This is not a valid address."));
}

/* False: it names nobody at a handled domain, and no address of ours. */
static bool
judge_path(Rcpt *rcpt, const char *given, const char *sender,
    const Policy *policy, Table *table, gint64 now)
{
	address_free(rcpt->address);
	rcpt->address = address_parse(given, -1, NULL);
	if (judge_signed(rcpt, given, policy, now))
		return true;
	if (!rcpt->address) {
		if (!is_at_handled_domain(given, policy))
			return false;
		/* The delivery agent could only return it. */
		refuse_syntax(rcpt);
		return true;
	}
	if (policy_is_bounce_address(policy, rcpt->address)) {
		rcpt->kind = RCPT_BOUNCE;
		return true;
	}
	if (!policy_handles(policy, rcpt->address))
		return false;
	look_up(rcpt, sender, policy, table, now);
	return true;
}

void
rcpt_judge(Rcpt *rcpt, const RcptPath *path, const char *sender,
    const Policy *policy, Table *table, gint64 now)
{
	*rcpt = (Rcpt){.kind = RCPT_ORDINARY};
	if (judge_path(rcpt, path->given, sender, policy, table, now))
		return;
	if (path->resolved)
		judge_path(rcpt, path->resolved, sender, policy, table, now);
	else if (!names_domain(path->given) && !is_postmaster(path->given))
		refuse_syntax(rcpt);
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
