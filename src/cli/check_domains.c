/* SPDX-License-Identifier: MIT */
#include "cli/check_rules.h"

#include <string.h>

#include "core/address.h"

/* relay_domains takes subdomains by default. */
static bool
relays(const Check *check, const char *domain)
{
	g_auto(GStrv) words =
	    postfix_view_split(check_get(check, "relay_domains"));
	bool parents =
	    strstr(check_get(check, "parent_domain_matches_subdomains"),
		"relay_domains") != NULL;

	for (guint i = 0; parents && words[i]; i++)
		if (address_domain_is_within(domain, words[i]))
			return true;
	return postfix_view_holds(
	    check->view, check_get(check, "relay_domains"), domain);
}

static void
check_domain_class(Check *check, const char *domain)
{
	g_autofree char *why = NULL;

	if (postfix_view_holds(
		check->view, check_get(check, "mydestination"), domain)) {
		why = g_strdup_printf(
		    "%s would be delivered to local users", domain);
		check_find(check, HARM_LOSE, NULL, "mydestination", why,
		    "mydestination without it");
	} else if (postfix_view_holds(check->view,
		       check_get(check, "virtual_alias_domains"), domain)) {
		why = g_strdup_printf(
		    "Postfix would expand %s itself, without rewriting",
		    domain);
		check_find(check, HARM_LEAK, NULL, "virtual_alias_domains", why,
		    "virtual_alias_domains =");
	} else if (relays(check, domain)) {
		why = g_strdup_printf("relayhost takes relay domains along: "
				      "mail for %s would go to SES and come "
				      "back",
		    domain);
		check_find(check, HARM_LOOP, NULL, "relay_domains", why,
		    "relay_domains =");
	}
}

/* One line of virtual(5) is enough, such as an older forwarding left. Is it
 * there? */
static bool
check_expanded(Check *check, const char *key)
{
	g_autofree char *targets = postfix_view_find(
	    check->view, check_get(check, "virtual_alias_maps"), key);

	if (!targets)
		return false;
	g_autofree char *why = g_strdup_printf("Postfix itself would send mail "
					       "for %s on, with the sender's "
					       "own From",
	    key);
	g_autofree char *put = g_strdup_printf(
	    "virtual_alias_maps without %s and other aliases", key);
	check_find(check, HARM_LEAK, NULL, "virtual_alias_maps", why, put);
	return true;
}

static void
check_domain_expanded(Check *check, const char *domain)
{
	g_autofree char *catch_all = g_strconcat("@", domain, NULL);

	check_expanded(check, catch_all);
}

static void
check_aliases_expanded(Check *check)
{
	const char *const *alias = check->aliases;

	while (*alias && !check_expanded(check, *alias))
		alias++;
}

static void
check_domain_known(Check *check, const char *domain)
{
	const char *list = check_get(check, "virtual_mailbox_domains");
	g_autofree char *why = NULL, *put = NULL;

	if (postfix_view_holds(check->view, list, domain))
		return;
	why = g_strdup_printf("Postfix does not take mail for %s", domain);
	put = g_strdup_printf(
	    "virtual_mailbox_domains = cdb:%s/domains", check->settings->table);
	check_find(check, HARM_STOP, NULL, "virtual_mailbox_domains", why, put);
}

static void
check_domain_transport(Check *check, const char *domain)
{
	g_autofree char *transport = postfix_view_find(
	    check->view, check_get(check, "transport_maps"), domain);
	g_autofree char *why = NULL;

	if (!transport || *transport == '\0' || *transport == ':' ||
	    check_is_agent(postfix_view_transport(check->view, transport)))
		return;
	why = g_strdup_printf(
	    "%s would go to %s, past the delivery agent", domain, transport);
	check_find(check, HARM_LOSE, NULL, "transport_maps", why,
	    "nothing for the alias domains in transport_maps");
}

static void
check_classes(Check *check)
{
	const char *bounce = check->policy->bounce_domain;
	char *const *domains = check->policy->domains;

	for (guint i = 0; domains && domains[i]; i++) {
		check_domain_class(check, domains[i]);
		check_domain_expanded(check, domains[i]);
		check_domain_known(check, domains[i]);
		check_domain_transport(check, domains[i]);
	}
	if (!bounce || check->policy->bounce_address ||
	    (domains && g_strv_contains((const char *const *)domains, bounce)))
		return;
	check_domain_class(check, bounce);
	check_domain_known(check, bounce);
}

static bool
names_table(const Check *check, const char *list, const char *file)
{
	g_autofree char *path =
	    g_build_filename(check->settings->table, file, NULL);

	return strstr(list, path) != NULL;
}

static void
check_recipients(Check *check)
{
	const char *maps = check_get(check, "virtual_mailbox_maps");
	g_autofree char *put = g_strdup_printf(
	    "virtual_mailbox_maps = cdb:%s/aliases", check->settings->table);

	if (*maps == '\0')
		check_find(check, HARM_BOUNCE, NULL, "virtual_mailbox_maps",
		    "an empty list takes every recipient, to return the "
		    "unknown ones later",
		    put);
	else if (!names_table(check, maps, "aliases"))
		check_find(check, HARM_BOUNCE, NULL, "virtual_mailbox_maps",
		    "the table of aliases is not in it, so that what is an "
		    "alias and what Postfix takes are two lists",
		    put);
	if (names_table(
		check, check_get(check, "virtual_alias_maps"), "aliases"))
		check_find(check, HARM_LEAK, NULL, "virtual_alias_maps",
		    "Postfix itself would send to the targets, with the "
		    "sender's own From",
		    "virtual_alias_maps without the table of aliases");
	else
		check_aliases_expanded(check);
}

static void
check_addresses(Check *check)
{
	static const char *const rewriters[] = {
	    "sender_canonical_maps", "recipient_canonical_maps"};
	g_autofree char *put = g_strdup_printf(
	    "recipient_delimiter = %s", check->policy->delimiters);

	if (!postfix_view_is_set(check->view, NULL, "recipient_delimiter",
		check->policy->delimiters))
		check_find(check, HARM_BOUNCE, NULL, "recipient_delimiter",
		    "Postfix and aliasbridge cut extensions differently, so "
		    "what one takes the other does not know",
		    put);
	for (guint i = 0; i < G_N_ELEMENTS(rewriters); i++) {
		const char *maps = check_get(check, rewriters[i]);
		g_autofree char *empty = g_strconcat(rewriters[i], " =", NULL);
		if (strstr(maps, "srs") || strstr(maps, "localhost:1000"))
			check_find(check, HARM_BOUNCE, NULL, rewriters[i],
			    "a second SRS signs or undoes what aliasbridge "
			    "signed",
			    empty);
	}
}

/* Postfix keeps an address and a route to it as two recipients, and the agent
 * serves each. */
static void
check_routes(Check *check)
{
	static const struct {
		const char *parameter, *route;
	} routes[] = {
	    {"swap_bangpath", "domain!user"},
	    {"allow_percent_hack", "user%domain"},
	};

	for (guint i = 0; i < G_N_ELEMENTS(routes); i++) {
		if (!check_is_yes(check, NULL, routes[i].parameter))
			continue;
		g_autofree char *why = g_strdup_printf(
		    "Postfix takes %s for user@domain, and beside it for a "
		    "recipient more",
		    routes[i].route);
		g_autofree char *put =
		    g_strconcat(routes[i].parameter, " = no", NULL);
		check_find(
		    check, HARM_TWICE, NULL, routes[i].parameter, why, put);
	}
}

/* The domain of names without one. Owned by the caller. */
static char *
read_origin(const Check *check)
{
	const char *origin = check_get(check, "myorigin");
	char *text = NULL;

	if (*origin != '/')
		return g_strdup(origin);
	if (!g_file_get_contents(origin, &text, NULL, NULL))
		return g_strdup("");
	text[strcspn(text, " \t\r\n")] = '\0';
	return text;
}

static bool
is_taken_here(const Check *check, const char *domain)
{
	static const char *const classes[] = {"mydestination",
	    "virtual_mailbox_domains", "virtual_alias_domains",
	    "relay_domains"};

	for (guint i = 0; i < G_N_ELEMENTS(classes); i++)
		if (postfix_view_holds(
			check->view, check_get(check, classes[i]), domain))
			return true;
	return false;
}

static bool
is_alias(const Check *check, const char *local, const char *domain)
{
	g_autofree char *key = g_strconcat(local, "@", domain, NULL);
	g_autofree char *found = postfix_view_find(
	    check->view, check_get(check, "virtual_mailbox_maps"), key);

	return found != NULL;
}

/* Where the alias domains take names without domain: RFC 5321 4.5.1. */
static void
check_postmaster(Check *check, const char *origin)
{
	g_autofree char *why = NULL;

	if (!g_strv_contains(
		(const char *const *)check->policy->domains, origin) ||
	    is_alias(check, "postmaster", origin) ||
	    is_alias(check, "", origin))
		return;
	why = g_strdup_printf("<postmaster> is postmaster@%s, and that is no "
			      "alias: %s",
	    origin,
	    check->has_milter
		? "every mail system should have one"
		: "Postfix takes it from everyone, to return it later");
	check_find(check, check->has_milter ? HARM_NONE : HARM_BOUNCE, NULL,
	    "myorigin", why, "an alias \"postmaster\" in the table");
}

/* <postmaster> is taken from everyone, wherever it leads. */
static void
check_origin(Check *check)
{
	g_autofree char *origin = read_origin(check);
	g_autofree char *why = NULL, *put = NULL;

	check_postmaster(check, origin);
	if (*origin == '\0' || is_taken_here(check, origin))
		return;
	why = g_strdup_printf("mail to <postmaster> and to local users would "
			      "go to SES as mail for %s, and come back",
	    origin);
	put = g_strdup_printf("myorigin = %s, or mydestination with %s",
	    check->policy->domains[0], origin);
	check_find(check, HARM_BOUNCE, NULL, "myorigin", why, put);
}

void
check_domains(Check *check)
{
	check_classes(check);
	check_recipients(check);
	check_addresses(check);
	check_routes(check);
	check_origin(check);
}
