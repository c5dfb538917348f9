/* SPDX-License-Identifier: MIT */
/*
 * policy.h - what the administrator allows: everything a plan depends on that
 * is not the message, the alias or the time
 *
 * A plain struct, filled by io/config or by a test, and passed.
 */
#ifndef ALIASBRIDGE_POLICY_H
#define ALIASBRIDGE_POLICY_H

#include <glib.h>
#include <stdbool.h>

#include "core/address.h"
#include "core/reply.h"

typedef enum FromFormat {
	FROM_NAME_AT,  /* "Jane Doe - jane at corp.com" <alias> */
	FROM_NAME_VIA, /* "Jane Doe via example.com" <alias> */
	FROM_NAME,     /* "Jane Doe" <alias> */
	FROM_ADDRESS,  /* "jane at corp.com" <alias> */
	FROM_BARE,     /* alias */
} FromFormat;

typedef enum ToMode {
	TO_TARGET,       /* the alias becomes the target, if it has one */
	TO_ALIAS,        /* stays */
	TO_TARGETS_ONLY, /* To is all targets, Cc goes (the Lambda's way) */
} ToMode;

typedef enum Profile {
	PROFILE_DEFAULT,
	PROFILE_LAMBDA,    /* headers as ses-alias-lambda makes them */
	PROFILE_FORWARDER, /* as aws-lambda-ses-forwarder */
} Profile;

typedef enum DmarcFail { DMARC_REJECT, DMARC_MARK, DMARC_OFF } DmarcFail;
typedef enum SeveralAliases { SEVERAL_SPLIT, SEVERAL_DEFER } SeveralAliases;
typedef enum Blocked {
	BLOCKED_REFUSE,
	BLOCKED_RENAME,
	BLOCKED_REPLACE,
} Blocked;
typedef enum VerdictAction {
	VERDICT_REFUSE,
	VERDICT_MARK, /* the verdict is kept as X-Original-NAME */
	VERDICT_OFF,
} VerdictAction;

typedef struct Policy {
	char **domains;          /* handled: aliases live there; A-labels */
	char **verified_domains; /* SES identities; empty: domains */
	char *delimiters;        /* recipient_delimiter; "" for none */
	Reply *unknown;          /* the refusal of unknown aliases */

	Profile profile;
	FromFormat from_format;
	ToMode to;
	bool keep_receipts; /* receipts = "keep" */
	char *forwarded_by; /* X-SES-Forwarded-By's value; NULL: the alias */

	char *bounce_address; /* fixed envelope sender, or NULL: SRS */
	char *bounce_domain;  /* where SRS addresses live */
	GPtrArray *secrets; /* of Secret (secret.h); empty: no SRS, no marks */
	char *postmaster;   /* complaints go there; or NULL */

	DmarcFail dmarc_fail;
	char *authserv_id;   /* NULL: no Authentication-Results is trusted */
	VerdictAction virus; /* X-SES-Virus-Verdict: FAIL */
	VerdictAction spam;  /* X-SES-Spam-Verdict: FAIL */
	bool trust_ses_verdicts; /* mail comes from SES: its headers count */

	SeveralAliases several_aliases;
	bool ses_rules; /* repair what SES refuses; false: another relay */
	Blocked blocked_attachments;
	gsize message_size; /* the most that may go out; BOUND_MESSAGE: any */
} Policy;

/* The most SES takes, whichever way its "40 MB" is read. */
#define POLICY_SES_SIZE (40 * 1024 * 1024)

/* Everything at its default, nothing handled. Owned by the caller. */
Policy *policy_new(void);
void policy_free(Policy *policy);

/* Append a signing secret, a copy of these octets. */
void policy_add_secret(Policy *policy, const void *octets, gsize len);

/* Is the whole usable: domains, a bounce address or domain at a verified
 * one, secrets where SRS needs them? FAILURE_CONFIG says why not; *option
 * becomes the name of the option whose value that is (static), or NULL where
 * one is missing. */
bool policy_validate(const Policy *policy, const char **option, GError **error);

/* Is address at a verified domain, or below one? */
bool policy_is_verified(const Policy *policy, const Address *address);
/* Is address at a handled domain? */
bool policy_handles(const Policy *policy, const Address *address);
/* Is domain, in A-labels and lower case, a handled one? */
bool policy_handles_domain(const Policy *policy, const char *domain);
/* Is address the fixed bounce_address, with an extension or without? */
bool policy_is_bounce_address(const Policy *policy, const Address *address);
/* Does planning look at message bodies at all, be it for their size? */
bool policy_needs_body(const Policy *policy);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Policy, policy_free)

#endif
