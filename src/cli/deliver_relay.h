/* SPDX-License-Identifier: MIT */
/*
 * deliver_relay.h - where the delivery agent hands a message on to, and what
 * the answer means for the sender
 *
 * relay = "postfix": the re-injection listener on this machine, without TLS;
 * relay = "ses": the SES SMTP endpoint, with TLS and AUTH.
 */
#ifndef ALIASBRIDGE_DELIVER_RELAY_H
#define ALIASBRIDGE_DELIVER_RELAY_H

#include <glib.h>
#include <stdbool.h>

#include "core/reply.h"
#include "core/secret.h"
#include "io/config.h"
#include "net/smtp_client.h"

/* How to reach it. Owns its strings; server borrows them and the config's. */
typedef struct Relay {
	SmtpServer server;
	char *host;          /* owned */
	SecretText password; /* owned; or NULL */
	RelayMode mode;
} Relay;

/* config has the settings that its relay needs, in form: config_load sees to
 * that. NULL with the failures of ses_password_read. timeout: seconds for the
 * whole transaction. Owned by the caller; config must outlive it. */
Relay *relay_new(const Config *config, int timeout,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
void relay_free(Relay *relay);

/*
 * What to tell the sender of a message that relay answered so: code 250, 4xx
 * or 5xx, and a text of our own, for the relay's may name a target. *trouble
 * becomes true where the administrator must act.
 *
 * A refusal that says something of this site's configuration and nothing of
 * the message becomes a 4xx: AUTH, an identity that is not verified, a
 * re-injection listener that does not take mail from us. Owned by the caller.
 */
Reply *relay_verdict(RelayMode mode, const SmtpResult *result, bool *trouble);

/* The SES message id in SES's reply ("Ok 0100...-000000"), or NULL. The
 * caller owns it. */
char *relay_ses_id(const Reply *reply);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Relay, relay_free)

#endif
