/* SPDX-License-Identifier: MIT */
#include "cli/check_rules.h"

#include <string.h>

/* The path a process of Postfix opens for "unix:PATH": under the queue's
 * folder where PATH is relative or the process is chrooted. */
static char *
socket_path(const Check *check, const PostfixService *service, const char *path)
{
	if (*path == '/' && !service->chroot)
		return g_strdup(path);
	return g_build_filename(
	    check_get(check, "queue_directory"), path, NULL);
}

static void
check_milter_action(
    Check *check, const PostfixService *service, const char *word)
{
	const char *action =
	    postfix_view_get(check->view, service, "milter_default_action");
	const char *own = strstr(word, "default_action=");
	gsize len;

	if (own)
		action = own + strlen("default_action=");
	len = strcspn(action, " ,\t}");
	if (strncmp(action, "tempfail", len) == 0 ||
	    strncmp(action, "shutdown", len) == 0)
		return;
	check_find(check, HARM_LOSE, service,
	    own ? "smtpd_milters" : "milter_default_action",
	    "where the milter stops in the middle of its edits the message "
	    "must not be taken: it may have lost its recipient",
	    own ? "default_action=tempfail (in smtpd_milters)"
		: "milter_default_action = tempfail");
}

static void
check_milter_socket(
    Check *check, const PostfixService *service, const char *word)
{
	const char *ours = check->settings->socket;
	g_autofree char *address = check_milter_address(word);

	if (!g_str_has_prefix(address, "unix:") ||
	    !g_str_has_prefix(ours, "unix:"))
		return;
	g_autofree char *opened =
	    socket_path(check, service, address + strlen("unix:"));
	if (g_str_equal(opened, ours + strlen("unix:")))
		return;
	g_autofree char *why = g_strdup_printf(
	    "this process opens %s, and the milter listens at %s", opened,
	    ours + strlen("unix:"));
	g_autofree char *put = g_strdup_printf("smtpd_milters = %s%s", ours,
	    service->chroot ? " (and n in the chroot column)" : "");
	check_find(check, HARM_STOP, service, "smtpd_milters", why, put);
}

static void
check_milter_sees_all(Check *check, const PostfixService *service)
{
	if (strstr(postfix_view_get(
		       check->view, service, "receive_override_options"),
		"no_milters"))
		check_find(check, HARM_STOP, service,
		    "receive_override_options",
		    "no_milters keeps the milter out of this listener",
		    "receive_override_options =");
	if (*postfix_view_get(check->view, service, "smtpd_proxy_filter"))
		check_find(check, HARM_LOSE, service, "smtpd_proxy_filter",
		    "a milter does not see the content of mail that goes "
		    "through a proxy filter",
		    "smtpd_proxy_filter =");
}

static void
check_milter_protocol(Check *check, const PostfixService *service)
{
	const char *protocol =
	    postfix_view_get(check->view, service, "milter_protocol");

	if (*protocol && g_ascii_strtoll(protocol, NULL, 10) < 6)
		check_find(check, HARM_STOP, service, "milter_protocol",
		    "the milter does not work with an older one",
		    "milter_protocol = 6");
}

static void
check_milter_listener(Check *check, const PostfixService *service)
{
	g_autofree char *word =
	    check_our_milter(check, service, "smtpd_milters");

	check_milter_action(check, service, word);
	check_milter_socket(check, service, word);
	check_milter_protocol(check, service);
	check_milter_sees_all(check, service);
	if (check_is_yes(check, service, "smtpd_reject_unlisted_recipient"))
		check_find(check, HARM_NONE, service,
		    "smtpd_reject_unlisted_recipient",
		    "Postfix refuses unknown aliases before the milter can, "
		    "in its own words",
		    "-o smtpd_reject_unlisted_recipient=no (here alone)");
}

static void
check_plain_listener(Check *check, const PostfixService *service)
{
	if (!check_is_yes(check, service, "smtpd_reject_unlisted_recipient"))
		check_find(check, HARM_BOUNCE, service,
		    "smtpd_reject_unlisted_recipient",
		    "no milter refuses unknown aliases here, so they would be "
		    "taken and returned later",
		    "smtpd_reject_unlisted_recipient = yes");
}

/* Versions that have no such parameter have no such protection. */
static void
check_line_ends(Check *check, const PostfixService *service)
{
	if (postfix_view_is_set(
		check->view, service, "smtpd_forbid_bare_newline", "no"))
		check_find(check, HARM_NONE, service,
		    "smtpd_forbid_bare_newline",
		    "a lone LF can end a message here, and what follows it "
		    "is taken for another message of the same client",
		    "smtpd_forbid_bare_newline = normalize");
}

static void
check_listeners(Check *check)
{
	const PostfixService *reinject = check_uses_reinjection(check)
					     ? check_reinject_service(check)
					     : NULL;

	for (guint i = 0; i < check->view->services->len; i++) {
		const PostfixService *service =
		    g_ptr_array_index(check->view->services, i);
		if (!check_is_listener(service) || service == reinject)
			continue;
		check_line_ends(check, service);
		if (check_has_our_milter(check, service))
			check_milter_listener(check, service);
		else
			check_plain_listener(check, service);
	}
}

static void
check_other_milters(Check *check)
{
	g_autofree char *word =
	    check_our_milter(check, NULL, "non_smtpd_milters");

	if (word)
		check_find(check, HARM_BOUNCE, NULL, "non_smtpd_milters",
		    "a milter cannot refuse recipients of local mail; the "
		    "delivery agent serves it",
		    "non_smtpd_milters =");
	if (check->has_milter &&
	    !check_is_yes(check, NULL, "strict_rfc821_envelopes"))
		check_find(check, HARM_TWICE, NULL, "strict_rfc821_envelopes",
		    "a recipient written as \"Name <a@b>\" is not found again "
		    "when the milter takes it away, and is served twice",
		    "strict_rfc821_envelopes = yes");
	if (check->has_milter && postfix_view_is_set(check->view, NULL,
				     "message_strip_characters", ""))
		check_find(check, HARM_NONE, NULL, "message_strip_characters",
		    "libmilter ends a header field at a NUL",
		    "message_strip_characters = \\0");
}

void
check_milter(Check *check)
{
	check_listeners(check);
	check_other_milters(check);
}
