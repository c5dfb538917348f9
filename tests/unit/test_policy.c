/* SPDX-License-Identifier: MIT */
#include "core/policy.h"

#include "core/bounds.h"
#include "core/failure.h"
#include "unit.h"

static Policy *
sample(void)
{
	Policy *policy = policy_new();

	g_strfreev(policy->domains);
	policy->domains = g_strsplit("example.com example.net", " ", -1);
	policy->bounce_address = g_strdup("bounces@example.com");
	return policy;
}

static void
defaults(void)
{
	g_autoptr(Policy) policy = policy_new();
	g_autofree char *unknown = reply_to_text(policy->unknown);

	UNIT_TEXT("unknown", unknown,
	    "550 5.1.1 This email address is not accepted by this domain.");
	UNIT_TRUE("SES", policy->ses_rules && policy_needs_body(policy));
	UNIT_NUMBER("size", policy->message_size, 40000000);
	policy->ses_rules = false;
	UNIT_TRUE("a limit", policy_needs_body(policy));
	policy->message_size = BOUND_MESSAGE;
	UNIT_TRUE("no limit", !policy_needs_body(policy));
	UNIT_TRUE("trusts nothing",
	    !policy->trust_ses_verdicts && !policy->authserv_id);
	const char *option = "";
	UNIT_TRUE(
	    "not usable as it is", !policy_validate(policy, &option, NULL));
}

static const struct {
	const char *address;
	bool verified, handled;
} places[] = {
    {"a@example.com", true, true},
    {"a@EXAMPLE.com", true, true},
    {"a@sub.example.com", true, false},
    {"a@notexample.com", false, false},
    {"a@example.com.evil.org", false, false},
    {"a@com", false, false},
};

static void
domains(void)
{
	g_autoptr(Policy) policy = sample();

	for (guint i = 0; i < G_N_ELEMENTS(places); i++) {
		g_autoptr(Address) address =
		    address_parse(places[i].address, -1, NULL);
		UNIT_NUMBER(places[i].address,
		    policy_is_verified(policy, address), places[i].verified);
		UNIT_NUMBER(places[i].address, policy_handles(policy, address),
		    places[i].handled);
	}
	g_strfreev(policy->verified_domains);
	policy->verified_domains = g_strsplit("other.org", " ", -1);
	g_autoptr(Address) address = address_parse("a@example.com", -1, NULL);
	UNIT_TRUE("verified, not handled, counts",
	    !policy_is_verified(policy, address));
}

static void
change(Policy *policy, guint row)
{
	switch (row) {
	case 0:
		return;
	case 1:
		g_clear_pointer(&policy->bounce_address, g_free);
		return;
	case 2:
		policy->bounce_address[10] = 'X';
		return;
	case 3:
		g_clear_pointer(&policy->bounce_address, g_free);
		policy_add_secret(policy, "tops\0cret", 9);
		return;
	case 4:
		g_clear_pointer(&policy->bounce_address, g_free);
		policy_add_secret(policy, "topsecret", 9);
		policy->bounce_domain = g_strdup("b.example.com");
		return;
	case 5:
		g_clear_pointer(&policy->bounce_address, g_free);
		policy_add_secret(policy, "topsecret", 9);
		policy->bounce_domain = g_strdup("example.org");
		return;
	case 6:
		g_strfreev(policy->verified_domains);
		policy->verified_domains = g_strsplit("example.com", " ", -1);
		return;
	case 7:
		policy->message_size = POLICY_SES_SIZE + 1;
		return;
	case 8:
		policy->message_size = POLICY_SES_SIZE + 1;
		policy->ses_rules = false;
		return;
	default:
		g_strfreev(policy->domains);
		policy->domains = g_new0(char *, 1);
	}
}

static const struct {
	const char *label, *want; /* a part of the error; NULL: usable */
	const char *option;       /* whose value is at fault, or NULL */
} validations[] = {
    {"whole", NULL, NULL},
    {"no bounce address", "bounce_address = \"bounces@example.com\";", NULL},
    {"foreign bounce address", "no verified domain", "bounce_address"},
    {"secrets alone", "bounce_domain = \"example.com\";", NULL},
    {"SRS", NULL, NULL},
    {"SRS elsewhere", "example.org is not at or below", "bounce_domain"},
    {"domain not verified", "domain example.net", "verified_domains"},
    {"too big for SES", "limits.message_size", "limits.message_size"},
    {"big for another relay", NULL, NULL},
    {"no domains", "domains = [ \"example.com\" ];", NULL},
};

static void
validate(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(validations); i++) {
		g_autoptr(Policy) policy = sample();
		g_autoptr(GError) error = NULL;
		change(policy, i);
		const char *option = NULL;
		bool good = policy_validate(policy, &option, &error);
		UNIT_NUMBER(validations[i].label, good, !validations[i].want);
		if (!validations[i].want)
			continue;
		UNIT_TRUE(validations[i].label,
		    g_error_matches(error, FAILURE, FAILURE_CONFIG) &&
			strstr(error->message, validations[i].want));
		UNIT_TEXT(validations[i].label, option, validations[i].option);
	}
}

static const UnitCase cases[] = {
    {"defaults", defaults}, {"domains", domains}, {"validate", validate}};
UNIT_MAIN("policy", cases)
