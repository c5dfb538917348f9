/* SPDX-License-Identifier: MIT */
#include "core/policy.h"

#include "core/bounds.h"
#include "core/failure.h"
#include "core/secret.h"

Policy *
policy_new(void)
{
	Policy *policy = g_new0(Policy, 1);

	policy->domains = g_new0(char *, 1);
	policy->verified_domains = g_new0(char *, 1);
	policy->delimiters = g_strdup("+");
	policy->unknown = reply_new(
	    550, "5.1.1", "This email address is not accepted by this domain.");
	policy->secrets = secrets_new();
	policy->profile = PROFILE_DEFAULT;
	policy->from_format = FROM_NAME_AT;
	policy->to = TO_TARGET;
	policy->dmarc_fail = DMARC_REJECT;
	policy->virus = VERDICT_REFUSE;
	policy->spam = VERDICT_MARK;
	policy->several_aliases = SEVERAL_SPLIT;
	policy->ses_rules = true;
	policy->blocked_attachments = BLOCKED_REFUSE;
	policy->message_size = BOUND_SES_MESSAGE;
	return policy;
}

void
policy_free(Policy *policy)
{
	if (!policy)
		return;
	g_strfreev(policy->domains);
	g_strfreev(policy->verified_domains);
	g_free(policy->delimiters);
	reply_free(policy->unknown);
	g_free(policy->forwarded_by);
	g_free(policy->bounce_address);
	g_free(policy->bounce_domain);
	g_ptr_array_unref(policy->secrets);
	g_free(policy->postmaster);
	g_free(policy->authserv_id);
	g_free(policy);
}

void
policy_add_secret(Policy *policy, const void *octets, gsize len)
{
	secrets_add(policy->secrets, octets, len);
}

/* A verified identity covers its subdomains (SES "Verified identities"). */
static bool
domain_is_verified(const Policy *policy, const char *domain)
{
	char **verified = policy->verified_domains[0] ? policy->verified_domains
						      : policy->domains;

	for (; *verified; verified++)
		if (address_domain_is_within(domain, *verified))
			return true;
	return false;
}

bool
policy_is_verified(const Policy *policy, const Address *address)
{
	return domain_is_verified(policy, address->domain);
}

bool
policy_handles(const Policy *policy, const Address *address)
{
	return address_in_domains(
	    address, (const char *const *)policy->domains);
}

bool
policy_handles_domain(const Policy *policy, const char *domain)
{
	return g_strv_contains((const char *const *)policy->domains, domain);
}

bool
policy_is_bounce_address(const Policy *policy, const Address *address)
{
	g_autoptr(Address) bounce =
	    policy->bounce_address
		? address_parse(policy->bounce_address, -1, NULL)
		: NULL;

	if (!bounce || address_equal(bounce, address))
		return bounce != NULL;
	g_autoptr(Address) bare =
	    address_without_extension(address, policy->delimiters);
	return bare && address_equal(bounce, bare);
}

bool
policy_needs_body(const Policy *policy)
{
	return policy->ses_rules || policy->message_size < BOUND_MESSAGE;
}

static bool
bounce_address_is_usable(const Policy *policy, GError **error)
{
	g_autoptr(GError) why = NULL;

	if (!policy->bounce_address)
		return true;
	g_autoptr(Address) address =
	    address_parse(policy->bounce_address, -1, &why);
	if (!address)
		return failure_set(
		    error, FAILURE_CONFIG, "bounce_address: %s", why->message);
	if (!policy_is_verified(policy, address))
		return failure_set(error, FAILURE_CONFIG,
		    "bounce_address %s is at no verified domain: SES would "
		    "refuse every message; use a mailbox at one of "
		    "verified_domains",
		    policy->bounce_address);
	return true;
}

static bool
has_sender(const Policy *policy, GError **error)
{
	if (policy->bounce_address)
		return true;
	if (policy->secrets->len == 0)
		return failure_set(error, FAILURE_CONFIG,
		    "no envelope sender: add secrets = "
		    "\"/etc/aliasbridge/secrets\"; (made by 'aliasbridge "
		    "secret new') or bounce_address = \"bounces@%s\";",
		    policy->domains[0]);
	if (!policy->bounce_domain)
		return failure_set(error, FAILURE_CONFIG,
		    "no bounce_domain for signed addresses: "
		    "add bounce_domain = \"%s\";",
		    policy->domains[0]);
	return true;
}

static bool
bounce_domain_is_usable(const Policy *policy, GError **error)
{
	if (policy->bounce_address ||
	    domain_is_verified(policy, policy->bounce_domain))
		return true;
	return failure_set(error, FAILURE_CONFIG,
	    "bounce_domain %s is not at or below a verified domain: "
	    "SES would refuse every message",
	    policy->bounce_domain);
}

static bool
has_domains(const Policy *policy, GError **error)
{
	return policy->domains[0] ||
	       failure_set(error, FAILURE_CONFIG,
		   "no domain is handled: add domains = [ \"example.com\" ];");
}

static bool
domains_are_verified(const Policy *policy, GError **error)
{
	for (char **domain = policy->domains; *domain; domain++)
		if (!domain_is_verified(policy, *domain))
			return failure_set(error, FAILURE_CONFIG,
			    "domain %s is not at or below one of "
			    "verified_domains: SES would refuse mail from "
			    "its aliases",
			    *domain);
	return true;
}

static bool
size_is_usable(const Policy *policy, GError **error)
{
	return !policy->ses_rules || policy->message_size <= POLICY_SES_SIZE ||
	       failure_set(error, FAILURE_CONFIG,
		   "limits.message_size %" G_GSIZE_FORMAT
		   " is more than SES takes (%d)",
		   policy->message_size, POLICY_SES_SIZE);
}

bool
policy_validate(const Policy *policy, const char **option, GError **error)
{
	static const struct {
		const char *option;
		bool (*holds)(const Policy *policy, GError **error);
	} rules[] = {
	    {NULL, has_domains},
	    {"verified_domains", domains_are_verified},
	    {"limits.message_size", size_is_usable},
	    {NULL, has_sender},
	    {"bounce_address", bounce_address_is_usable},
	    {"bounce_domain", bounce_domain_is_usable},
	};

	for (guint i = 0; i < G_N_ELEMENTS(rules); i++) {
		*option = rules[i].option;
		if (!rules[i].holds(policy, error))
			return false;
	}
	return true;
}
