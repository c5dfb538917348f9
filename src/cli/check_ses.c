/* SPDX-License-Identifier: MIT */
#include "cli/check_rules.h"

#include <errno.h>
#include <string.h>

#include "core/bounds.h"

static const PostfixService *
smtp_service(const Check *check)
{
	return postfix_view_transport(
	    check->view, check_get(check, "default_transport"));
}

/* Postfix asks for the host, then for relayhost as it is written. */
static void
check_ses_line(Check *check, const PostfixService *smtp, const char *maps)
{
	const char *relayhost = check_get(check, "relayhost");
	const char *start = relayhost + (*relayhost == '[');
	g_autofree char *host = g_strndup(start, strcspn(start, "]:"));
	g_autofree char *by_name =
	    postfix_view_find(check->view, maps, relayhost);
	g_autofree char *by_host = postfix_view_find(check->view, maps, host);
	g_autofree char *put =
	    g_strdup_printf("%s USER:PASSWORD, in that file", relayhost);
	if (!by_name && !by_host)
		check_find(check, HARM_BOUNCE, smtp, "smtp_sasl_password_maps",
		    "it has no line for relayhost as it is written in "
		    "main.cf, and SES refuses mail without a login for good",
		    put);
}

/* The file is root's: others are not told what is in it. */
static void
check_ses_password(Check *check, const PostfixService *smtp)
{
	const char *maps =
	    postfix_view_get(check->view, smtp, "smtp_sasl_password_maps");

	if (*maps == '\0') {
		check_find(check, HARM_BOUNCE, smtp, "smtp_sasl_password_maps",
		    "there is no SES SMTP user name and password",
		    "smtp_sasl_password_maps = "
		    "texthash:/etc/postfix/sasl_passwd");
		return;
	}
	if (!g_str_has_prefix(maps, "texthash:/"))
		return;
	const char *path = maps + strlen("texthash:");
	int failed = check->view->access(path);
	g_autofree char *make =
	    g_strconcat("aliasbridge smtp-password --postfix ", path, NULL);
	if (failed == ENOENT)
		check_find(check, HARM_STOP, smtp, "smtp_sasl_password_maps",
		    "the file is not there, so nothing can be sent", make);
	else if (failed == 0)
		check_ses_line(check, smtp, maps);
}

static void
check_ses_login(Check *check, const PostfixService *smtp)
{
	const char *options = postfix_view_get(
	    check->view, smtp, "smtp_sasl_tls_security_options");

	if (!check_is_yes(check, smtp, "smtp_sasl_auth_enable"))
		check_find(check, HARM_BOUNCE, smtp, "smtp_sasl_auth_enable",
		    "SES refuses mail without a login for good (530)",
		    "smtp_sasl_auth_enable = yes");
	if (strstr(options, "noplaintext"))
		check_find(check, HARM_STOP, smtp,
		    "smtp_sasl_tls_security_options",
		    "SES offers PLAIN and LOGIN alone",
		    "smtp_sasl_security_options = noanonymous");
	if (postfix_view_is_set(
		check->view, smtp, "smtp_sasl_auth_soft_bounce", "no"))
		check_find(check, HARM_BOUNCE, smtp,
		    "smtp_sasl_auth_soft_bounce",
		    "a changed password would return all mail",
		    "smtp_sasl_auth_soft_bounce = yes");
}

static void
check_ses_tls(Check *check, const PostfixService *smtp)
{
	const char *level =
	    postfix_view_get(check->view, smtp, "smtp_tls_security_level");
	bool named =
	    g_str_equal(level, "secure") || g_str_equal(level, "verify");

	if (!named && !g_str_equal(level, "fingerprint") &&
	    !g_str_equal(level, "dane-only"))
		check_find(check, HARM_LEAK, smtp, "smtp_tls_security_level",
		    "another than SES may answer, and gets the password and "
		    "the mail",
		    "smtp_tls_security_level = secure");
	else if (named &&
		 !*postfix_view_get(check->view, smtp, "smtp_tls_CAfile") &&
		 !*postfix_view_get(check->view, smtp, "smtp_tls_CApath") &&
		 !check_is_yes(check, smtp, "tls_append_default_CA"))
		check_find(check, HARM_STOP, smtp, "smtp_tls_CAfile",
		    "without it no certificate is trusted",
		    "smtp_tls_CAfile = /etc/ssl/certs/ca-certificates.crt");
}

/* 465 and 2465 speak TLS from the first octet, the other ports do not. */
static void
check_ses_port(Check *check, const PostfixService *smtp)
{
	const char *relayhost = check_get(check, "relayhost");
	bool wrapped = g_str_has_suffix(relayhost, ":465") ||
		       g_str_has_suffix(relayhost, ":2465") ||
		       g_str_has_suffix(relayhost, ":smtps") ||
		       g_str_has_suffix(relayhost, ":submissions");

	if (wrapped == check_is_yes(check, smtp, "smtp_tls_wrappermode"))
		return;
	check_find(check, HARM_STOP, smtp, "smtp_tls_wrappermode",
	    "this and the port of relayhost do not go together: each end "
	    "waits for the other to begin",
	    wrapped ? "smtp_tls_wrappermode = yes"
		    : "smtp_tls_wrappermode = no");
}

static void
check_ses_limits(Check *check, const PostfixService *smtp)
{
	g_autofree char *parameter = g_strconcat(
	    smtp ? smtp->name : "smtp", "_destination_recipient_limit", NULL);
	g_autofree char *put = g_strconcat(parameter, " = 50", NULL);
	const char *limit = check_get(check, parameter);
	gint64 recipients = g_ascii_strtoll(limit, NULL, 10);
	gint64 size =
	    g_ascii_strtoll(check_get(check, "message_size_limit"), NULL, 10);

	if (*limit && (recipients <= 0 || recipients > BOUND_SES_RECIPIENTS))
		check_find(check, HARM_BOUNCE, NULL, parameter,
		    "SES refuses more than 50 recipients at once", put);
	if (size <= 0 || size > POLICY_SES_SIZE)
		check_find(check, HARM_BOUNCE, NULL, "message_size_limit",
		    "what SES does not take must be refused while the sender "
		    "is still there",
		    "message_size_limit = 40000000");
	if (check_is_yes(check, NULL, "smtputf8_enable"))
		check_find(check, HARM_BOUNCE, NULL, "smtputf8_enable",
		    "SES has no SMTPUTF8, so such mail would be taken and "
		    "returned",
		    "smtputf8_enable = no");
	if (*postfix_view_get(check->view, smtp, "smtp_fallback_relay"))
		check_find(check, HARM_LEAK, smtp, "smtp_fallback_relay",
		    "what SES defers would leave another way, unsigned",
		    "smtp_fallback_relay =");
}

void
check_ses(Check *check)
{
	const PostfixService *smtp = smtp_service(check);

	if (!check->policy->ses_rules ||
	    (!check->has_milter && check->settings->relay == RELAY_SES))
		return;
	if (!check->to_ses) {
		check_find(check, HARM_BOUNCE, NULL, "relayhost",
		    "mail would go straight to the targets' own hosts, and "
		    "not through SES",
		    "relayhost = [email-smtp.REGION.amazonaws.com]:587");
		return;
	}
	check_ses_login(check, smtp);
	check_ses_password(check, smtp);
	check_ses_tls(check, smtp);
	check_ses_port(check, smtp);
	check_ses_limits(check, smtp);
}
