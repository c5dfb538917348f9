/* SPDX-License-Identifier: MIT */
#include "cli/check_rules.h"

#include <string.h>

#include "core/address.h"
#include "core/srs.h"

static const char refused[] =
    "reports to our envelope senders would be refused, and nobody learns that "
    "forwarded mail failed";

/* Its signature is none: only the pattern is asked. */
static void
check_signed_addresses(Check *check)
{
	const Policy *policy = check->policy;
	g_autofree char *probe = g_strdup_printf(
	    "SRS0=AAAA=AA=example.org=probe@%s", policy->bounce_domain);
	g_autofree char *value = postfix_view_find(
	    check->view, check_get(check, "virtual_mailbox_maps"), probe);

	if (value)
		return;
	g_auto(GStrv) labels = g_strsplit(policy->bounce_domain, ".", -1);
	g_autofree char *escaped = g_strjoinv("\\.", labels);
	g_autofree char *put =
	    g_strdup_printf("virtual_mailbox_maps = cdb:%s/aliases, "
			    "pcre:{ {" SRS_PATTERN "%s$$/ srs} }",
		check->settings->table, escaped);
	check_find(
	    check, HARM_BOUNCE, NULL, "virtual_mailbox_maps", refused, put);
}

/* Does the list know the address, or the domain as this list has it? */
static bool
is_known(const Check *check, const char *parameter, const char *address,
    const char *domain)
{
	const char *list = check_get(check, parameter);
	g_autofree char *one = postfix_view_find(check->view, list, address);
	g_autofree char *all =
	    one ? NULL : postfix_view_find(check->view, list, domain);

	return one || all;
}

/* The milter takes it from outside whatever Postfix's lists say. */
static void
check_fixed_is_taken(Check *check, const char *address)
{
	if (check->has_milter || is_known(check, "virtual_mailbox_maps",
				     address, strchr(address, '@')))
		return;
	g_autofree char *put = g_strdup_printf("virtual_mailbox_maps = "
					       "cdb:%s/aliases, "
					       "inline:{ {%s = bounce} }",
	    check->settings->table, address);
	check_find(
	    check, HARM_BOUNCE, NULL, "virtual_mailbox_maps", refused, put);
}

/* The agent ends such mail itself. */
static void
check_fixed_ends(Check *check, const char *address)
{
	if (check->has_agent || is_known(check, "transport_maps", address,
				    strchr(address, '@') + 1))
		return;
	g_autofree char *put = g_strdup_printf(
	    "transport_maps = inline:{ {%s = discard:} }", address);
	check_find(check, HARM_BOUNCE, NULL, "transport_maps",
	    "reports to the bounce_address would wait in the queue until they "
	    "are returned",
	    put);
}

static void
check_fixed_address(Check *check)
{
	const Policy *policy = check->policy;
	g_autoptr(Address) address =
	    address_parse(policy->bounce_address, -1, NULL);

	if (!address || !policy_handles(policy, address))
		return;
	g_autofree char *key = address_fold(address);
	check_fixed_is_taken(check, key);
	check_fixed_ends(check, key);
}

void
check_bounces(Check *check)
{
	if (check->policy->bounce_address)
		check_fixed_address(check);
	else if (check->policy->bounce_domain)
		check_signed_addresses(check);
}
