/* SPDX-License-Identifier: MIT */
/*
 * alias.h - an alias entry, and the keys to try for a recipient
 *
 * An entry is what the table says under one key: targets, and what else may
 * stand beside them. Whether it forwards at all (enabled, expires, senders)
 * is decided here, so that RCPT, EOM and the command line agree.
 */
#ifndef ALIASBRIDGE_ALIAS_H
#define ALIASBRIDGE_ALIAS_H

#include <glib.h>
#include <stdbool.h>

#include "core/address.h"
#include "core/reply.h"

typedef struct Alias {
	char *key;            /* owned; the table's key, folded */
	char **targets;       /* owned; addr-specs as given, NULL-terminated;
				 empty: nothing but a refusal */
	bool enabled;         /* default true */
	Reply *reject;        /* owned; its own refusal, or NULL */
	char **senders;       /* owned; patterns ("*@shop.example"), or NULL */
	gint64 expires;       /* first second at which it is over; 0: never */
	char *from_name;      /* owned; UTF-8, or NULL */
	char *subject_prefix; /* owned; UTF-8, or NULL */
	char *comment;        /* owned; UTF-8, or NULL */
} Alias;

Alias *alias_new(const char *key);
void alias_free(Alias *alias);
/* The caller owns it. */
Alias *alias_copy(const Alias *alias);
bool alias_same(const Alias *a, const Alias *b);

/* The entry as the compiled table keeps it (one NUL-free text) and back.
 * Reading refuses, with FAILURE_TEMPORARY, what it did not write. */
char *alias_to_record(const Alias *alias);
Alias *alias_from_record(
    const char *key, const char *record, gsize len, GError **error);

/* A key as it is looked up: user@domain, user+ext@domain, @domain, user or @,
 * the local part folded, the domain as A-labels. FAILURE_INPUT for what is
 * none of these or is over BOUND_TABLE_KEY. Owned by the caller. */
char *alias_fold_key(const char *key, GError **error);

/* Which kind of key matched. */
typedef enum AliasRule {
	ALIAS_EXACT_EXTENSION, /* user+ext@domain */
	ALIAS_EXACT,           /* user@domain */
	ALIAS_DOMAIN,          /* @domain */
	ALIAS_MAILBOX,         /* user, on every handled domain */
	ALIAS_ANY,             /* @, every handled domain */
} AliasRule;

const char *alias_rule_to_text(AliasRule rule);

/* The keys to try for address, first match wins. keys has room for
 * ALIAS_MAX_KEYS, its strings are owned by the caller; rules likewise. An
 * exact key without delimiter in the address has rule ALIAS_EXACT and is
 * tried once. The mailbox key is tried as it stands, then with the extension
 * stripped, both with rule ALIAS_MAILBOX. Returns how many. */
#define ALIAS_MAX_KEYS 6
guint alias_keys(const Address *address, const char *delimiters,
    char *keys[ALIAS_MAX_KEYS], AliasRule rules[ALIAS_MAX_KEYS]);

/* NULL if mail from sender may be forwarded at now, else the refusal: the
 * entry's own reply if it has one. Without one, an entry that is disabled,
 * expired or has no targets answers unknown (the reply for addresses that are
 * not in the table; NULL: 550 5.2.1), a sender that is not allowed 550 5.7.1.
 * sender is a mailbox text or "" for the null reverse-path, which every entry
 * takes (bounces must come home); NULL: not known yet, do not look. Owned by
 * the caller. */
Reply *alias_refusal(
    const Alias *alias, const char *sender, gint64 now, const Reply *unknown);

/* Does it forward at all at now: enabled, not expired, with targets? */
bool alias_is_active(const Alias *alias, gint64 now);

/* Does any of the entry's sender patterns take this address? "*" stands for
 * any octets; case does not count; "@shop.example" is "*@shop.example". An
 * entry without patterns takes every sender. */
bool alias_allows_sender(const Alias *alias, const char *sender);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Alias, alias_free)

#endif
