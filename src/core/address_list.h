/* SPDX-License-Identifier: MIT */
/*
 * address_list.h - the value of an address header field (From, To, Cc, ...)
 *
 * Two questions. Would a strict parser take the value as it stands? And if
 * not: which mailboxes does a forgiving reader see in it? Values here are
 * unfolded or folded with LF or CRLF; both are white space.
 *
 * "Strict" is what JavaMail's InternetAddress.parse(value, true) followed by
 * validate() on every address takes; SES answers with its exception texts
 * (Missing final '@domain', Illegal semicolon, ...). strict_address.h has more.
 */
#ifndef ALIASBRIDGE_ADDRESS_LIST_H
#define ALIASBRIDGE_ADDRESS_LIST_H

#include <glib.h>
#include <stdbool.h>

typedef struct Mailbox {
	char *name; /* owned; decoded UTF-8 display name, or NULL */
	char *addr; /* owned; a legal ASCII addr-spec, or NULL where the text
		       gives none */
	char *text; /* owned; the octets it was read from, trimmed */
} Mailbox;

/* Would a strict parser take this value? An empty value is strict where the
 * parser gives an empty list. Also false for any octet over 127 or control
 * character but tab and folds. */
bool address_list_is_strict(const char *value, gsize len);

/*
 * Read mailboxes as forgivingly as correspondents deserve: groups are
 * flattened, routes dropped, comments stay in names or become one, words
 * are decoded (RFC 2047, also inside quotes and over the whole address),
 * 8-bit text is UTF-8 or else charset or else windows-1252, missing quotes
 * and commas guessed. At most BOUND_MAILBOXES.
 *
 * Returns an array of Mailbox (owned by the caller, with a free function);
 * empty where there is none; never NULL. charset may be NULL.
 */
GPtrArray *address_list_parse(
    const char *value, gsize len, const char *charset);

/* Has each of mailboxes an address, and is there one at all? */
bool address_list_is_complete(const GPtrArray *mailboxes);

void mailbox_free(Mailbox *mailbox);

/* One address, as address_parse takes it, as a strict parser takes it: quoted
 * where needed, in ASCII. NULL where that cannot be: a local part beyond ASCII
 * or that ends in a backslash, an underscore in the domain, no address. The
 * caller owns it. */
char *address_list_addr_spec(const char *text, gssize len);

/* One mailbox as a strict parser takes it: name-addr with the name as atoms,
 * quoted-string or encoded-words, or a bare addr-spec. mailbox->addr must not
 * be NULL. No folds, but encoded-words are split at spaces so that
 * header_fold can. The caller owns it. */
char *mailbox_to_text(const Mailbox *mailbox);

/* A display name alone, as mailbox_to_text writes it. */
char *mailbox_phrase(const char *name);

/* Those of mailboxes that have an address, joined with ", "; NULL when none
 * has. max: how many at most (0: all). The caller owns it. */
char *address_list_to_text(const GPtrArray *mailboxes, guint max);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Mailbox, mailbox_free)

#endif
