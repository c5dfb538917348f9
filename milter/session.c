/* SPDX-License-Identifier: MIT */
#include "milter/session.h"

#include <libmilter/mfapi.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "io/log.h"
#include "milter/answer.h"
#include "milter/eom.h"
#include "milter/transaction.h"

#define ACTIONS                                                                \
	(SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_CHGBODY | SMFIF_CHGFROM |       \
	    SMFIF_ADDRCPT | SMFIF_ADDRCPT_PAR | SMFIF_DELRCPT |                \
	    SMFIF_SETSYMLIST)

/* No event that is not used, no reply that is always "continue". DATA keeps
 * both: over TCP its reply ends a delay, and it is where we accept. NOEOH is
 * never asked for: libmilter then hangs on a message without header. */
#define STEPS                                                                  \
	(SMFIP_NOCONNECT | SMFIP_NOHELO | SMFIP_NOUNKNOWN | SMFIP_NR_MAIL |    \
	    SMFIP_NR_HDR | SMFIP_NR_EOH | SMFIP_NR_BODY | SMFIP_HDR_LEADSPC)

/* Set before there are threads. libmilter keeps the protocol's state machine
 * once a process, so every session gets the same steps. */
static bool reads_bodies;

/* The queue id. Postfix has none yet at the first RCPT. */
static char queue_id_macro[] = "i";
/* What Postfix makes of RCPT TO; it has looked that up already. Beside it one
 * that always has a value: where none has, libmilter keeps those of the
 * recipient before. */
static char resolved_macro[] = "{rcpt_addr}";
static char recipient_macros[] = "j i {rcpt_addr}";
/* What only smtpd(8) says. */
static char connections_macro[] = "{client_connections}";

/* How many end-of-message callbacks run. */
static atomic_int answering;

static void
set_transaction(SMFICTX *ctx, Transaction *transaction)
{
	transaction_free(smfi_getpriv(ctx));
	smfi_setpriv(ctx, transaction);
}

static void
note_queue_id(SMFICTX *ctx, Transaction *transaction)
{
	const char *queue_id = smfi_getsymval(ctx, queue_id_macro);

	if (queue_id && !transaction->queue_id)
		transaction->queue_id = g_strdup(queue_id);
}

static sfsistat
on_negotiate(SMFICTX *ctx, unsigned long actions, unsigned long steps,
    unsigned long f2, unsigned long f3, unsigned long *want_actions,
    unsigned long *want_steps, unsigned long *want_f2, unsigned long *want_f3)
{
	unsigned long wanted = STEPS | (reads_bodies ? 0 : SMFIP_NOBODY);

	(void)f2;
	(void)f3;
	if ((actions & ACTIONS) != ACTIONS || (steps & wanted) != wanted) {
		log_line(LOG_LEVEL_ERROR, NULL,
		    "the MTA offers actions %#lx and steps %#lx, wanted are "
		    "%#lx and %#lx (milter_protocol = 6)",
		    actions, steps, (unsigned long)ACTIONS, wanted);
		return SMFIS_REJECT;
	}
	*want_actions = ACTIONS;
	*want_steps = wanted;
	*want_f2 = *want_f3 = 0;
	/* Others than these cost the MTA a lookup for each command. */
	if (smfi_setsymlist(ctx, SMFIM_ENVFROM, connections_macro) !=
		MI_SUCCESS ||
	    smfi_setsymlist(ctx, SMFIM_ENVRCPT, recipient_macros) != MI_SUCCESS)
		return SMFIS_REJECT;
	return SMFIS_CONTINUE;
}

/* Postfix plays SMTP to milters for sendmail(1) and requeued mail, and cannot
 * refuse a recipient there: it would try again for ever. Its paths have no
 * brackets, and only smtpd(8) counts connections; a client that leaves out
 * the brackets has such a count. */
static bool
is_local(SMFICTX *ctx, const char *path)
{
	return *path != '<' && !smfi_getsymval(ctx, connections_macro);
}

static sfsistat
on_mail(SMFICTX *ctx, char **arguments)
{
	Transaction *transaction =
	    transaction_new((const char *const *)arguments);

	transaction->local = is_local(ctx, arguments[0]);
	set_transaction(ctx, transaction);
	return SMFIS_NOREPLY;
}

static sfsistat
refuse_recipient(SMFICTX *ctx, const Transaction *transaction,
    const char *given, const Reply *reply, const GError *error)
{
	const char *queue_id = smfi_getsymval(ctx, queue_id_macro);

	log_line(error ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO,
	    queue_id ? queue_id : "NOQUEUE",
	    "alias=%s from=<%s> verdict=%s (%d %s %s%s%s)", given,
	    transaction->message->sender, answer_verdict(reply), reply->code,
	    reply->status, reply->text, error ? ": " : "",
	    error ? error->message : "");
	return answer(ctx, reply);
}

static sfsistat
defer_second(SMFICTX *ctx, const Transaction *transaction, const char *given)
{
	g_autoptr(Reply) reply = reply_new(452, "4.5.3",
	    "Too many recipients; try this one again in its own message.");

	return refuse_recipient(ctx, transaction, given, reply, NULL);
}

static sfsistat
take_recipient(
    SMFICTX *ctx, Transaction *transaction, char **arguments, Rcpt *rcpt)
{
	if (!transaction_admits(transaction, rcpt))
		return defer_second(ctx, transaction, arguments[0]);
	transaction_add_recipient(
	    transaction, (const char *const *)arguments, rcpt);
	return SMFIS_CONTINUE;
}

static sfsistat
on_rcpt(SMFICTX *ctx, char **arguments)
{
	Transaction *transaction = smfi_getpriv(ctx);
	Rcpt rcpt;

	if (!transaction)
		return SMFIS_TEMPFAIL;
	if (transaction->local)
		return SMFIS_CONTINUE;
	RcptPath path = {arguments[0], smfi_getsymval(ctx, resolved_macro)};
	rcpt_judge(&rcpt, &path, transaction->message->sender,
	    transaction->snapshot->config->policy, transaction->snapshot->table,
	    time(NULL));
	sfsistat status =
	    rcpt.kind == RCPT_REFUSED
		? refuse_recipient(
		      ctx, transaction, arguments[0], rcpt.reply, rcpt.error)
		: take_recipient(ctx, transaction, arguments, &rcpt);
	rcpt_clear(&rcpt);
	return status;
}

static sfsistat
on_data(SMFICTX *ctx)
{
	Transaction *transaction = smfi_getpriv(ctx);

	if (!transaction)
		return SMFIS_CONTINUE;
	note_queue_id(ctx, transaction);
	if (group_way(&transaction->group) != GROUP_LEAVE)
		return SMFIS_CONTINUE;
	if (transaction->group.alias)
		eom_log_left(transaction, "aliases and others");
	set_transaction(ctx, NULL);
	return SMFIS_ACCEPT;
}

static sfsistat
on_header(SMFICTX *ctx, char *name, char *value)
{
	Transaction *transaction = smfi_getpriv(ctx);

	if (transaction)
		transaction_add_header(transaction, name, value);
	return SMFIS_NOREPLY;
}

static sfsistat
on_end_of_header(SMFICTX *ctx)
{
	(void)ctx;
	return SMFIS_NOREPLY;
}

static sfsistat
on_body(SMFICTX *ctx, unsigned char *octets, size_t len)
{
	Transaction *transaction = smfi_getpriv(ctx);

	if (transaction)
		transaction_add_body(transaction, (char *)octets, len);
	return SMFIS_NOREPLY;
}

static sfsistat
on_end_of_message(SMFICTX *ctx)
{
	Transaction *transaction = smfi_getpriv(ctx);

	if (!transaction)
		return SMFIS_TEMPFAIL;
	atomic_fetch_add(&answering, 1);
	sfsistat status = eom_answer(ctx, transaction, reads_bodies);
	set_transaction(ctx, NULL);
	atomic_fetch_sub(&answering, 1);
	return status;
}

/* Also at close, where there may be no transaction. */
static sfsistat
on_abort(SMFICTX *ctx)
{
	set_transaction(ctx, NULL);
	return SMFIS_CONTINUE;
}

bool
session_register(bool body)
{
	static char name[] = "aliasbridge";
	struct smfiDesc description = {
	    .xxfi_name = name,
	    .xxfi_version = SMFI_VERSION,
	    .xxfi_flags = ACTIONS,
	    .xxfi_negotiate = on_negotiate,
	    .xxfi_envfrom = on_mail,
	    .xxfi_envrcpt = on_rcpt,
	    .xxfi_data = on_data,
	    .xxfi_header = on_header,
	    .xxfi_eoh = on_end_of_header,
	    .xxfi_body = on_body,
	    .xxfi_eom = on_end_of_message,
	    .xxfi_abort = on_abort,
	    .xxfi_close = on_abort,
	};

	reads_bodies = body;
	return smfi_register(description) == MI_SUCCESS;
}

bool
session_reads_bodies(void)
{
	return reads_bodies;
}

bool
session_drain(unsigned seconds)
{
	static const gulong step = G_USEC_PER_SEC / 50;

	for (gulong left = seconds * (gulong)G_USEC_PER_SEC;
	     atomic_load(&answering) > 0; left -= step) {
		if (left < step)
			return false;
		g_usleep(step);
	}
	/* The last answers are written when their callbacks have returned. */
	g_usleep(G_USEC_PER_SEC / 10);
	return true;
}
