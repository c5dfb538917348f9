/* SPDX-License-Identifier: MIT */
/*
 * transaction.h - what is collected of one mail transaction
 *
 * From MAIL to the end of the message, for one message and one snapshot of
 * the configuration. Memory stays bounded whatever is sent: header fields
 * beyond the bounds by one and bodies beyond message_size are not kept, and a
 * failure on the way is kept for the end, where it can be said.
 */
#ifndef ALIASBRIDGE_TRANSACTION_H
#define ALIASBRIDGE_TRANSACTION_H

#include <glib.h>
#include <stdbool.h>

#include "core/message.h"
#include "core/plan.h"
#include "io/rcpt.h"
#include "io/spool.h"
#include "milter/group.h"
#include "milter/snapshot.h"

typedef struct Transaction {
	Snapshot *snapshot; /* owned reference */
	char *queue_id;     /* owned; NULL until the MTA says it */
	bool local;         /* not by SMTP: recipients cannot be refused */
	bool smtputf8;      /* the client asked for it */
	Message *message;   /* owned; recipients: the aliases, and ordinary
			       ones as far as a rewrite may be for them */
	Group group;
	GPtrArray *aliases; /* of Address, owned: those that differ, in order,
			       BOUND_JUDGED + 1 at most */
	TableMatch match;   /* owned; of the first alias */
	Spool *spool;       /* owned; the body */
	GError *failure;    /* owned; why the body is not whole, or NULL */
} Transaction;

/* Begin with MAIL FROM's arguments (NULL-terminated): the path, with brackets
 * or, by sendmail(1), without, and ESMTP parameters. */
Transaction *transaction_new(const char *const *arguments);
void transaction_free(Transaction *transaction);

/* May this one be said yes to, besides those that are there? */
bool transaction_admits(const Transaction *transaction, const Rcpt *rcpt);

/* Add a recipient that is said yes to: RCPT TO's arguments, and how it was
 * judged. Of an alias rcpt's address and match are taken. */
void transaction_add_recipient(
    Transaction *transaction, const char *const *arguments, Rcpt *rcpt);

void transaction_add_header(
    Transaction *transaction, const char *name, const char *value);
void transaction_add_body(
    Transaction *transaction, const char *octets, gsize len);

/* Once all is there: give the message its body; read: bodies were asked for.
 * False with transaction->failure set. */
bool transaction_complete(Transaction *transaction, bool read);

/* Would Postfix insist on SMTPUTF8 at the next hop? It does when the client
 * asked for it and the envelope or the header, as received, has 8-bit octets;
 * rewriting them does not change its mind. */
bool transaction_is_smtputf8(const Transaction *transaction);

/* The plan for one alias of it. */
Plan *transaction_plan(const Transaction *transaction, const Address *address,
    const TableMatch *match, gint64 now) G_GNUC_WARN_UNUSED_RESULT;

#endif
