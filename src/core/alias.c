/* SPDX-License-Identifier: MIT */
#include "core/alias.h"

#include <string.h>

#include "core/bounds.h"
#include "core/failure.h"

Alias *
alias_new(const char *key)
{
	Alias *alias = g_new0(Alias, 1);

	alias->key = g_strdup(key);
	alias->enabled = true;
	return alias;
}

void
alias_free(Alias *alias)
{
	if (!alias)
		return;
	g_free(alias->key);
	g_strfreev(alias->targets);
	reply_free(alias->reject);
	g_strfreev(alias->senders);
	g_free(alias->from_name);
	g_free(alias->subject_prefix);
	g_free(alias->comment);
	g_free(alias);
}

Alias *
alias_copy(const Alias *alias)
{
	Alias *copy = alias_new(alias->key);

	copy->targets = g_strdupv(alias->targets);
	copy->enabled = alias->enabled;
	copy->reject = reply_copy(alias->reject);
	copy->senders = g_strdupv(alias->senders);
	copy->expires = alias->expires;
	copy->from_name = g_strdup(alias->from_name);
	copy->subject_prefix = g_strdup(alias->subject_prefix);
	copy->comment = g_strdup(alias->comment);
	return copy;
}

static bool
lists_same(char **a, char **b)
{
	char *none[] = {NULL};
	const char *const *x = (const char *const *)(a ? a : none);
	const char *const *y = (const char *const *)(b ? b : none);

	return g_strv_equal(x, y);
}

static bool
replies_same(const Reply *a, const Reply *b)
{
	if (!a || !b)
		return a == b;
	return a->code == b->code && strcmp(a->status, b->status) == 0 &&
	       strcmp(a->text, b->text) == 0;
}

bool
alias_same(const Alias *a, const Alias *b)
{
	return strcmp(a->key, b->key) == 0 &&
	       lists_same(a->targets, b->targets) && a->enabled == b->enabled &&
	       replies_same(a->reject, b->reject) &&
	       lists_same(a->senders, b->senders) && a->expires == b->expires &&
	       g_strcmp0(a->from_name, b->from_name) == 0 &&
	       g_strcmp0(a->subject_prefix, b->subject_prefix) == 0 &&
	       g_strcmp0(a->comment, b->comment) == 0;
}

const char *
alias_rule_to_text(AliasRule rule)
{
	switch (rule) {
	case ALIAS_EXACT_EXTENSION:
		return "exact, with extension";
	case ALIAS_EXACT:
		return "exact";
	case ALIAS_DOMAIN:
		return "catch-all of the domain";
	case ALIAS_MAILBOX:
		return "mailbox on every domain";
	case ALIAS_ANY:
		return "catch-all of every domain";
	default:
		return "none";
	}
}

/* The local part of a folded address, owned by the caller. */
static char *
local_of(const char *folded)
{
	return g_strndup(folded, (gsize)(strrchr(folded, '@') - folded));
}

static char *
fold_mailbox(const char *key, GError **error)
{
	g_autofree char *text = g_strconcat(key, "@mailbox.invalid", NULL);
	g_autoptr(Address) address = address_parse(text, -1, error);

	if (!address)
		return NULL;
	g_autofree char *folded = address_fold(address);
	return local_of(folded);
}

char *
alias_fold_key(const char *key, GError **error)
{
	if (strlen(key) > BOUND_TABLE_KEY) {
		failure_set(error, FAILURE_INPUT,
		    "a key is longer than %d octets", BOUND_TABLE_KEY);
		return NULL;
	}
	if (strcmp(key, "@") == 0)
		return g_strdup(key);
	if (*key == '@') {
		g_autofree char *domain =
		    address_domain_to_ascii(key + 1, -1, error);
		return domain ? g_strconcat("@", domain, NULL) : NULL;
	}
	if (!strchr(key, '@'))
		return fold_mailbox(key, error);
	g_autoptr(Address) address = address_parse(key, -1, error);
	return address ? address_fold(address) : NULL;
}

guint
alias_keys(const Address *address, const char *delimiters,
    char *keys[ALIAS_MAX_KEYS], AliasRule rules[ALIAS_MAX_KEYS])
{
	g_autoptr(Address) bare =
	    address_without_extension(address, delimiters);
	guint n = 0;

	rules[n] = bare ? ALIAS_EXACT_EXTENSION : ALIAS_EXACT;
	keys[n++] = address_fold(address);
	if (bare) {
		rules[n] = ALIAS_EXACT;
		keys[n++] = address_fold(bare);
	}
	guint exact = n;
	rules[n] = ALIAS_DOMAIN;
	keys[n++] = g_strconcat("@", address->domain, NULL);
	for (guint i = 0; i < exact; i++) {
		rules[n] = ALIAS_MAILBOX;
		keys[n++] = local_of(keys[i]);
	}
	rules[n] = ALIAS_ANY;
	keys[n++] = g_strdup("@");
	return n;
}

bool
alias_is_active(const Alias *alias, gint64 now)
{
	return alias->enabled && alias->targets && alias->targets[0] &&
	       (alias->expires == 0 || now < alias->expires);
}

Reply *
alias_refusal(
    const Alias *alias, const char *sender, gint64 now, const Reply *unknown)
{
	if (!alias_is_active(alias, now)) {
		if (alias->reject || unknown)
			return reply_copy(
			    alias->reject ? alias->reject : unknown);
		return reply_new(
		    550, "5.2.1", "This email address is not in use.");
	}
	if (!sender || *sender == '\0' || alias_allows_sender(alias, sender))
		return NULL;
	if (alias->reject)
		return reply_copy(alias->reject);
	return reply_new(550, "5.7.1",
	    "This email address does not accept mail from this sender.");
}

/* "*" is any octets; both in lower case. Remembers the last star only, so
 * that time is at most the product of both lengths. */
static bool
glob(const char *pattern, const char *text)
{
	const char *star = NULL, *resume = NULL;

	while (*text) {
		if (*pattern == '*') {
			star = pattern++;
			resume = text;
		} else if (*pattern == *text) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star + 1;
			text = ++resume;
		} else {
			return false;
		}
	}
	return pattern[strspn(pattern, "*")] == '\0';
}

static char *
fold_sender(const char *sender)
{
	g_autoptr(Address) address = address_parse(sender, -1, NULL);

	return address ? address_fold(address) : g_ascii_strdown(sender, -1);
}

bool
alias_allows_sender(const Alias *alias, const char *sender)
{
	if (!alias->senders)
		return true;
	g_autofree char *folded = fold_sender(sender);
	for (char **pattern = alias->senders; *pattern; pattern++) {
		g_autofree char *lower = g_ascii_strdown(*pattern, -1);
		g_autofree char *any = *lower == '@'
					   ? g_strconcat("*", lower, NULL)
					   : g_strdup(lower);
		if (glob(any, folded))
			return true;
	}
	return false;
}
