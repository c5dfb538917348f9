/* SPDX-License-Identifier: MIT */
#include "cli/check_rules.h"

#include <string.h>

static void
check_reinject_access(Check *check, const PostfixService *service)
{
	const char *recipients = postfix_view_get(
	    check->view, service, "smtpd_recipient_restrictions");
	const char *relays =
	    postfix_view_get(check->view, service, "smtpd_relay_restrictions");
	const char *tls =
	    postfix_view_get(check->view, service, "smtpd_tls_security_level");

	if (!strstr(relays, "permit_mynetworks") ||
	    (*recipients && !strstr(recipients, "permit_mynetworks")))
		check_find(check, HARM_STOP, service,
		    "smtpd_recipient_restrictions",
		    "it does not take rewritten mail from this machine",
		    "-o smtpd_recipient_restrictions=permit_mynetworks,"
		    "reject");
	if (g_str_equal(tls, "encrypt"))
		check_find(check, HARM_STOP, service,
		    "smtpd_tls_security_level",
		    "the agent speaks no TLS to this machine",
		    "-o smtpd_tls_security_level=none");
	if (!g_str_has_prefix(service->name, "127.") &&
	    !g_str_has_prefix(service->name, "localhost") &&
	    !g_str_has_prefix(service->name, "[::1]"))
		check_find(check, HARM_LEAK, service, NULL,
		    "it listens to others than this machine",
		    "127.0.0.1: before the port");
}

static void
check_reinject_filters(Check *check, const PostfixService *service)
{
	const char *overrides =
	    postfix_view_get(check->view, service, "receive_override_options");

	if (check_has_our_milter(check, service) &&
	    !strstr(overrides, "no_milters"))
		check_find(check, HARM_LOOP, service, "smtpd_milters",
		    "rewritten mail would meet the milter again",
		    "-o smtpd_milters=");
	if (*postfix_view_get(check->view, service, "content_filter") ||
	    *postfix_view_get(check->view, service, "smtpd_proxy_filter"))
		check_find(check, HARM_LOOP, service, "content_filter",
		    "rewritten mail would be filtered again, and come back",
		    "-o content_filter= -o smtpd_proxy_filter=");
}

void
check_reinjection(Check *check)
{
	const PostfixService *service = check_reinject_service(check);
	g_autofree char *put = g_strdup_printf("%s inet n - n - - smtpd -o "
					       "smtpd_milters= ...",
	    check->settings->reinject);

	if (!check_uses_reinjection(check))
		return;
	if (!service || !g_str_equal(service->command, "smtpd")) {
		check_find(check, HARM_STOP, NULL, NULL,
		    "the re-injection listener of aliasbridge.conf is not in "
		    "master.cf",
		    put);
		return;
	}
	check_reinject_access(check, service);
	check_reinject_filters(check, service);
}
