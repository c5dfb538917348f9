/* SPDX-License-Identifier: MIT */
#include "cli/check_rules.h"

#include <string.h>
#include <unistd.h>

static bool
has_argument(const PostfixService *service, const char *text)
{
	for (guint i = 0; service->arguments[i]; i++)
		if (strstr(service->arguments[i], text))
			return true;
	return false;
}

/* In the documentation's folder. */
static const char put_agent[] =
    "virtual_transport = aliasbridge:, and in master.cf the services of "
    "master.cf.agent";

static void
check_no_agent(Check *check)
{
	const char *transport = check_get(check, "virtual_transport");
	const PostfixService *service =
	    postfix_view_transport(check->view, transport);
	bool waits = service && g_str_equal(service->command, "error") &&
		     g_str_equal(service->name, "retry");

	if (!check->has_milter)
		check_find(check, HARM_LOSE, NULL, "virtual_transport",
		    "there is neither a milter nor a delivery agent of "
		    "aliasbridge: nothing forwards mail for aliases",
		    put_agent);
	else if (!service)
		check_find(check, HARM_STOP, NULL, "virtual_transport",
		    "master.cf has no such service", put_agent);
	else if (!waits)
		check_find(check, HARM_LOSE, NULL, "virtual_transport",
		    "mail that the milter leaves alone would go there, not "
		    "to the targets",
		    put_agent);
	if (check->has_milter &&
	    check->policy->several_aliases == SEVERAL_SPLIT)
		check_find(check, HARM_BOUNCE, NULL, "virtual_transport",
		    "mail to several aliases at once needs the delivery "
		    "agent, or several_aliases = \"defer\" in "
		    "aliasbridge.conf",
		    put_agent);
}

static void
check_pipe_flags(Check *check, const PostfixService *service)
{
	const char *flags = check_pipe_attribute(service, "flags");

	if (flags && strpbrk(flags, "DFOR.>B"))
		check_find(check, HARM_BOUNCE, service, NULL,
		    "its flags change the message or refuse it: D, F, O, R, "
		    "B, '.' and '>' must not be there",
		    "flags=q");
	else if (!flags || !strchr(flags, 'q'))
		check_find(check, HARM_BOUNCE, service, NULL,
		    "without the flag q a quoted address is not handed on as "
		    "one",
		    "flags=q");
	if (g_strcmp0(check_pipe_attribute(service, "null_sender"), "") != 0)
		check_find(check, HARM_LOOP, service, NULL,
		    "without null_sender= a bounce comes with MAILER-DAEMON "
		    "as its sender, and is answered",
		    "null_sender=");
	if (check_pipe_attribute(service, "size"))
		check_find(check, HARM_BOUNCE, service, NULL,
		    "its size= returns mail that Postfix has taken",
		    "no size=");
}

static void
check_pipe_command(Check *check, const PostfixService *service)
{
	const char *program = check_pipe_attribute(service, "argv");

	if (service->chroot)
		check_find(check, HARM_STOP, service, NULL,
		    "the agent is not inside the chroot",
		    "n in the chroot column");
	if (!check_pipe_attribute(service, "user"))
		check_find(check, HARM_STOP, service, NULL,
		    "pipe(8) needs a user", "user=aliasbridge");
	if (!has_argument(service, "${sender}") ||
	    !has_argument(service, "${recipient}"))
		check_find(check, HARM_STOP, service, NULL,
		    "the agent is not told sender and recipient",
		    "--sender ${sender} --recipient ${recipient}");
	if (*program == '/' && access(program, X_OK) != 0)
		check_find(check, HARM_STOP, service, NULL,
		    "its program is not there, or may not be run",
		    "argv=" PKGLIBEXECDIR "/aliasbridge-deliver");
	else if (g_str_has_suffix(program, "/aliasbridge"))
		check_find(check, HARM_NONE, service, NULL,
		    "aliasbridge-deliver needs fewer libraries, so that mail "
		    "waits where one is missing",
		    "argv=" PKGLIBEXECDIR "/aliasbridge-deliver");
}

/* As Postfix reads "1000s", "5m", "1h". */
static gint64
seconds(const char *text)
{
	char *unit;
	gint64 number = g_ascii_strtoll(text, &unit, 10);

	switch (*unit) {
	case 'm':
		return number * 60;
	case 'h':
		return number * 3600;
	case 'd':
		return number * 86400;
	case 'w':
		return number * 604800;
	default:
		return number;
	}
}

static void
check_pipe_limits(Check *check, const PostfixService *service)
{
	g_autofree char *recipients =
	    g_strconcat(service->name, "_destination_recipient_limit", NULL);
	g_autofree char *limit =
	    g_strconcat(service->name, "_time_limit", NULL);
	g_autofree char *put_limit =
	    g_strdup_printf("%s = %ds", limit, check->settings->deadline + 300);
	g_autofree char *put_one = g_strconcat(recipients, " = 1", NULL);
	const char *time = check_get(check, limit);

	if (*time == '\0')
		time = check_get(check, "command_time_limit");
	if (!postfix_view_is_set(check->view, NULL, recipients, "1"))
		check_find(check, HARM_STOP, NULL, recipients,
		    "the agent serves one recipient at a time, and refuses "
		    "to start with more",
		    put_one);
	if (seconds(time) < check->settings->deadline + 30)
		check_find(check, HARM_BOUNCE, NULL, limit,
		    "Postfix returns the message when this runs out, so it "
		    "must be well above the agent's own deadline",
		    put_limit);
}

static void
check_pipe(Check *check, const PostfixService *service, bool null)
{
	check_pipe_flags(check, service);
	check_pipe_command(check, service);
	check_pipe_limits(check, service);
	if (has_argument(service, "--null-sender") != null)
		check_find(check, HARM_BOUNCE, service, NULL,
		    null ? "null-sender mail needs --null-sender here"
			 : "--null-sender does not look aliases up",
		    null ? "argv=... --null-sender ..."
			 : "argv=... without --null-sender");
}

static void
check_alias_agent(Check *check)
{
	if (check->has_agent)
		check_pipe(check,
		    postfix_view_transport(
			check->view, check_get(check, "virtual_transport")),
		    false);
	else
		check_no_agent(check);
}

/* Postfix's own reports are what goes out with a null sender. */
static void
check_null_agent(Check *check)
{
	g_autofree char *transport = postfix_view_find(check->view,
	    check_get(check, "sender_dependent_default_transport_maps"), "<>");
	const PostfixService *service =
	    transport ? postfix_view_transport(check->view, transport) : NULL;

	/* Where the milter is alone, to drop them is a choice. */
	bool dropped = !check->has_agent && service &&
		       g_str_equal(service->command, "discard");

	if (!check->policy->ses_rules)
		return;
	if (check_is_agent(service))
		check_pipe(check, service, true);
	else if (check->to_ses && !dropped)
		check_find(check, HARM_LOSE, NULL,
		    "sender_dependent_default_transport_maps",
		    "SES refuses MAIL FROM:<>, so reports of failed mail "
		    "would reach nobody",
		    "sender_dependent_default_transport_maps = "
		    "inline:{ {<> = aliasbridge-null:} }");
}

void
check_agent(Check *check)
{
	check_alias_agent(check);
	check_null_agent(check);
}
