/* SPDX-License-Identifier: MIT */
#include "cli/deliver_relay.h"

#include <string.h>

#include "core/bounds.h"
#include "core/host_port.h"
#include "io/ses_password.h"

/* --- how to reach it --- */

static void
set_reinject(Relay *relay, const char *reinject)
{
	bool split =
	    host_port_split(reinject, &relay->host, &relay->server.port);

	g_assert(split);
	relay->server.tls = SMTP_TLS_NONE;
}

static bool
set_ses(Relay *relay, const Config *config, GError **error)
{
	const Settings *settings = config->settings;
	int port = settings->ses_port;

	relay->password = ses_password_read(config, error);
	if (!relay->password)
		return false;
	relay->host = g_strdup(settings->ses_host);
	relay->server.port = port;
	/* 465 and 2465 are SES's; a test's own port is told apart by them. */
	relay->server.tls =
	    port % 1000 == 465 ? SMTP_TLS_WRAPPER : SMTP_TLS_STARTTLS;
	relay->server.ca_file = settings->ses_ca_file;
	relay->server.user = settings->ses_user;
	relay->server.password = relay->password;
	return true;
}

Relay *
relay_new(const Config *config, int timeout, GError **error)
{
	const Policy *policy = config->policy;
	const Settings *settings = config->settings;
	g_autoptr(Relay) relay = g_new0(Relay, 1);

	relay->mode = settings->relay;
	if (settings->relay == RELAY_POSTFIX)
		set_reinject(relay, settings->reinject);
	else if (!set_ses(relay, config, error))
		return NULL;
	relay->server.host = relay->host;
	relay->server.timeout = timeout;
	/* This machine's own name is nobody's business outside. */
	relay->server.helo =
	    policy->bounce_domain ? policy->bounce_domain : policy->domains[0];
	return g_steal_pointer(&relay);
}

void
relay_free(Relay *relay)
{
	if (!relay)
		return;
	g_free(relay->host);
	secret_text_free(relay->password);
	g_free(relay);
}

/* --- what its answer means --- */

/* In SES's replies; they say that the account is not set up. */
static const char *const account_texts[] = {"is not verified", "Access denied",
    "not subscribed", "Authentication required", "Credentials Invalid",
    "sending paused", "Sending paused"};

static bool
is_account_trouble(const char *text)
{
	for (guint i = 0; i < G_N_ELEMENTS(account_texts); i++)
		if (strstr(text, account_texts[i]))
			return true;
	return false;
}

static bool
is_too_big(const Reply *reply)
{
	return reply->code == 552 || g_str_equal(reply->status, "5.3.4");
}

static bool
is_site_trouble(RelayMode mode, const SmtpResult *result)
{
	if (mode == RELAY_SES)
		return is_account_trouble(result->reply->text);
	return result->stage < SMTP_STAGE_MESSAGE && !is_too_big(result->reply);
}

Reply *
relay_verdict(RelayMode mode, const SmtpResult *result, bool *trouble)
{
	const Reply *reply = result->reply;

	*trouble = false;
	if (reply->code == 250)
		return reply_new(250, "2.0.0", "Ok");
	if (reply->code < 500)
		return reply_new(451, "4.4.1",
		    "The next mail system does not take the message now");
	if (is_site_trouble(mode, result)) {
		*trouble = true;
		return reply_new(
		    451, "4.3.5", "Mail system configuration error");
	}
	if (is_too_big(reply))
		return reply_new(552, "5.3.4",
		    "The message is too big for the next mail system");
	return reply_new(
	    554, "5.6.0", "The next mail system refused the message");
}

char *
relay_ses_id(const Reply *reply)
{
	const char *id = reply->text;

	if (reply->code != 250 || !g_str_has_prefix(id, "Ok "))
		return NULL;
	id += strlen("Ok ");
	gsize len = strspn(id, "0123456789abcdefghijklmnopqrstuvwxyz-"
			       "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	return len > 0 && id[len] == '\0' ? g_strdup(id) : NULL;
}
