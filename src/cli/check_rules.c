/* SPDX-License-Identifier: MIT */
#include "cli/check_rules.h"

#include <string.h>

static char *
service_label(const PostfixService *service)
{
	return service ? g_strdup_printf(
			     "master.cf, %s %s", service->name, service->type)
		       : g_strdup("main.cf");
}

void
check_find(Check *check, Harm harm, const PostfixService *service,
    const char *parameter, const char *why, const char *put)
{
	Finding *finding = g_new0(Finding, 1);
	const char *name = service ? service->name : "the service";

	finding->harm = harm;
	finding->where = service_label(service);
	finding->what =
	    parameter ? g_strdup_printf("%s = %s", parameter,
			    postfix_view_get(check->view, service, parameter))
		      : g_strdup(name);
	finding->why = g_strdup(why);
	finding->put = g_strdup(put);
	g_ptr_array_add(check->findings, finding);
}

const char *
check_get(const Check *check, const char *parameter)
{
	return postfix_view_get(check->view, NULL, parameter);
}

bool
check_is_yes(
    const Check *check, const PostfixService *service, const char *parameter)
{
	return postfix_view_is_set(check->view, service, parameter, "yes");
}

/* "inet:PORT@HOST" is libmilter's way, "inet:HOST:PORT" Postfix's. */
static char *
socket_as_postfix_says(const char *socket)
{
	const char *port = socket + strlen("inet:");
	const char *at = strchr(socket, '@');

	if (!g_str_has_prefix(socket, "inet:") || !at)
		return g_strdup(socket);
	return g_strdup_printf("inet:%s:%.*s", at + 1, (int)(at - port), port);
}

char *
check_milter_address(const char *entry)
{
	g_auto(GStrv) words = NULL;

	if (*entry != '{')
		return g_strdup(entry);
	g_autofree char *inner = g_strdup(entry + 1);
	if (g_str_has_suffix(inner, "}"))
		inner[strlen(inner) - 1] = '\0';
	words = postfix_view_split(inner);
	return g_strdup(words[0] ? words[0] : "");
}

/* Meant to be ours: it names our socket or, where a chroot makes the path
 * another one, our file name. */
static bool
is_our_milter(const Check *check, const char *word)
{
	g_autofree char *address = check_milter_address(word);
	g_autofree char *ours = socket_as_postfix_says(check->settings->socket);

	if (g_str_equal(address, ours))
		return true;
	if (!g_str_has_prefix(address, "unix:") ||
	    !g_str_has_prefix(ours, "unix:"))
		return false;
	g_autofree char *a = g_path_get_basename(address + strlen("unix:"));
	g_autofree char *b = g_path_get_basename(ours + strlen("unix:"));
	return g_str_equal(a, b);
}

char *
check_our_milter(
    const Check *check, const PostfixService *service, const char *parameter)
{
	g_auto(GStrv) words = postfix_view_split(
	    postfix_view_get(check->view, service, parameter));

	for (guint i = 0; words[i]; i++)
		if (is_our_milter(check, words[i]))
			return g_strdup(words[i]);
	return NULL;
}

bool
check_is_listener(const PostfixService *service)
{
	return g_str_equal(service->command, "smtpd") &&
	       (g_str_equal(service->type, "inet") ||
		   g_str_equal(service->type, "pass"));
}

bool
check_has_our_milter(const Check *check, const PostfixService *service)
{
	g_autofree char *word =
	    check_our_milter(check, service, "smtpd_milters");

	return check_is_listener(service) && word;
}

const char *
check_pipe_attribute(const PostfixService *service, const char *name)
{
	gsize len = strlen(name);

	for (guint i = 0; service->arguments[i]; i++) {
		const char *word = service->arguments[i];
		if (strncmp(word, name, len) == 0 && word[len] == '=')
			return word + len + 1;
		if (g_str_has_prefix(word, "argv="))
			break;
	}
	return NULL;
}

bool
check_is_agent(const PostfixService *service)
{
	const char *program = service && g_str_equal(service->command, "pipe")
				  ? check_pipe_attribute(service, "argv")
				  : NULL;

	return program && strstr(program, "aliasbridge") != NULL;
}

const PostfixService *
check_reinject_service(const Check *check)
{
	const char *reinject = check->settings->reinject;
	const char *colon = strrchr(reinject, ':');
	const PostfixService *service =
	    postfix_view_service(check->view, reinject, "inet");

	if (service || !colon)
		return service;
	return postfix_view_service(check->view, colon + 1, "inet");
}

bool
check_uses_reinjection(const Check *check)
{
	return check->settings->relay == RELAY_POSTFIX && check->has_agent;
}
