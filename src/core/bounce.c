/* SPDX-License-Identifier: MIT */
#include "core/bounce.h"

#include <string.h>

#include "core/address.h"
#include "core/dsn.h"
#include "core/report.h"
#include "core/srs.h"

/* Everything one decision is about. */
typedef struct Case {
	const Message *message; /* borrowed */
	const Policy *policy;   /* borrowed */
	gint64 now;
	SrsKind kind;
	const char *original; /* borrowed; see srs_reverse */
	const Report *report; /* borrowed */
} Case;

static Reply *
refusal_of(SrsKind kind)
{
	switch (kind) {
	case SRS_FORGED:
		return reply_new(
		    550, "5.7.1", "This bounce address was not signed here");
	case SRS_EXPIRED:
		return reply_new(
		    550, "5.1.1", "This bounce address has expired");
	case SRS_NONE:
	case SRS_SENDER:
	case SRS_TOKEN:
	case SRS_SWALLOW:
	default:
		return NULL;
	}
}

static SrsKind
kind_of(
    const char *recipient, const Policy *policy, gint64 now, char **original)
{
	if (original)
		*original = NULL;
	return policy->bounce_domain
		   ? srs_reverse(recipient, policy->bounce_domain,
			 policy->secrets, now, original)
		   : SRS_NONE;
}

bool
bounce_is_signed(
    const char *recipient, const Policy *policy, gint64 now, Reply **refusal)
{
	SrsKind kind = kind_of(recipient, policy, now, NULL);

	*refusal = refusal_of(kind);
	return kind != SRS_NONE;
}

static BounceEvent
event_of(const Report *report)
{
	if (report->kind == REPORT_COMPLAINT)
		return BOUNCE_EVENT_COMPLAINT;
	if (report->kind != REPORT_STATUS && report->kind != REPORT_TEXT)
		return BOUNCE_EVENT_NONE;
	switch (report->outcome) {
	case REPORT_PERMANENT:
		return BOUNCE_EVENT_PERMANENT;
	case REPORT_TEMPORARY:
		return BOUNCE_EVENT_TEMPORARY;
	case REPORT_DELIVERED:
		return BOUNCE_EVENT_NONE;
	case REPORT_UNCLEAR:
	default:
		return BOUNCE_EVENT_UNCLEAR;
	}
}

/* Sent with an address that swallows what comes back. */
static void
bounce_send(Bounce *bounce, const Case *c, const char *recipient, char *octets,
    gsize len)
{
	bounce->verdict = BOUNCE_SEND;
	bounce->sender = srs_forward("", bounce->alias,
	    c->policy->bounce_domain, c->policy->secrets, c->now, NULL);
	bounce->recipient = g_strdup(recipient);
	bounce->octets = octets;
	bounce->len = len;
}

static void
tell_sender(Bounce *bounce, const Case *c)
{
	Dsn dsn = {c->policy->bounce_domain, c->original, bounce->alias,
	    c->report->status, c->report->returned, c->report->addresses,
	    c->now};
	char *octets = dsn_to_text(&dsn);

	bounce_send(bounce, c, c->original, octets, strlen(octets));
}

static void
tell_postmaster(Bounce *bounce, const Case *c)
{
	gsize len;
	Dsn dsn = {c->policy->bounce_domain, c->policy->postmaster,
	    bounce->alias ? bounce->alias : "", NULL, c->report->returned,
	    c->report->addresses, c->now};
	char *octets = dsn_wrap_complaint(&dsn, c->message, &len);

	bounce_send(bounce, c, c->policy->postmaster, octets, len);
}

/* Why a report of a failure is not passed on; NULL: it is. */
static const char *
why_silent(const Case *c)
{
	if (c->kind == SRS_SWALLOW)
		return "it came back to a null sender";
	if (c->kind == SRS_TOKEN)
		return "the sender's address was too long to keep";
	if (!c->report->alias)
		return "what came back has no mark of ours";
	return NULL;
}

static void
decide_failure(Bounce *bounce, const Case *c)
{
	const char *silent = why_silent(c);
	const char *status = c->report->status ? c->report->status : "5.0.0";

	if (!silent) {
		bounce->why =
		    g_strdup_printf("permanent %s: told the sender", status);
		tell_sender(bounce, c);
		return;
	}
	/* Without our mark nobody vouches that it was a message of ours. */
	if (!c->report->alias)
		bounce->event = BOUNCE_EVENT_UNCLEAR;
	bounce->why = g_strdup_printf("permanent %s: %s", status, silent);
}

static void
decide_valid(Bounce *bounce, const Case *c)
{
	bounce->event = event_of(c->report);
	if (bounce->event == BOUNCE_EVENT_COMPLAINT && c->policy->postmaster) {
		bounce->why = g_strdup("complaint: told the postmaster");
		tell_postmaster(bounce, c);
	} else if (bounce->event == BOUNCE_EVENT_COMPLAINT) {
		bounce->why = g_strdup("complaint: no postmaster is set");
	} else if (bounce->event == BOUNCE_EVENT_PERMANENT) {
		decide_failure(bounce, c);
	} else {
		bounce->why = g_strdup_printf("%s, %s: not passed on",
		    report_kind_to_text(c->report->kind),
		    report_outcome_to_text(c->report->outcome));
	}
}

/* The report's mark names the alias; where there is none, what we signed into
 * the address does, unless that was only its digest. */
static char *
alias_of(const Case *c)
{
	if (c->report->alias)
		return g_strdup(c->report->alias);
	bool named = (c->kind == SRS_TOKEN || c->kind == SRS_SWALLOW) &&
		     strchr(c->original, '@');
	return named ? g_strdup(c->original) : NULL;
}

/* No form of ours in it, so nobody to tell; but a report may be counted. */
static void
decide_fixed(
    Bounce *bounce, const Message *message, const Policy *policy, gint64 now)
{
	g_autoptr(Report) report = report_read(message, policy->secrets, now);

	bounce->verdict = BOUNCE_SWALLOW;
	bounce->why = g_strdup("mail to the bounce_address ends here");
	if (!report->alias)
		return;
	bounce->event = event_of(report);
	bounce->alias = g_strdup(report->alias);
	bounce->target = g_strdup(report->target);
}

static void
decide_unsigned(Bounce *bounce, const Message *message, const char *recipient,
    const Policy *policy, gint64 now)
{
	g_autoptr(Address) address = address_parse(recipient, -1, NULL);

	if (address && policy_is_bounce_address(policy, address)) {
		decide_fixed(bounce, message, policy, now);
		return;
	}
	bounce->verdict = BOUNCE_NONE;
	bounce->why = g_strdup("an ordinary address");
}

Bounce *
bounce_decide(const Message *message, const char *recipient,
    const Policy *policy, gint64 now)
{
	Bounce *bounce = g_new0(Bounce, 1);
	g_autofree char *original = NULL;
	SrsKind kind = kind_of(recipient, policy, now, &original);

	if (kind == SRS_NONE) {
		decide_unsigned(bounce, message, recipient, policy, now);
		return bounce;
	}
	bounce->reply = refusal_of(kind);
	if (bounce->reply) {
		bounce->verdict = BOUNCE_REFUSE;
		bounce->why = g_strdup(
		    kind == SRS_FORGED ? "forged address" : "expired address");
		return bounce;
	}
	g_autoptr(Report) report = report_read(message, policy->secrets, now);
	Case c = {message, policy, now, kind, original, report};
	bounce->verdict = BOUNCE_SWALLOW;
	bounce->alias = alias_of(&c);
	/* Of a report of ours that came back: not a target, the sender. */
	if (kind != SRS_SWALLOW || report->alias)
		bounce->target = g_strdup(report->target);
	decide_valid(bounce, &c);
	return bounce;
}

void
bounce_free(Bounce *bounce)
{
	if (!bounce)
		return;
	g_free(bounce->sender);
	g_free(bounce->recipient);
	g_free(bounce->octets);
	reply_free(bounce->reply);
	g_free(bounce->alias);
	g_free(bounce->target);
	g_free(bounce->why);
	g_free(bounce);
}

const char *
bounce_event_to_text(BounceEvent event)
{
	switch (event) {
	case BOUNCE_EVENT_PERMANENT:
		return "permanent";
	case BOUNCE_EVENT_TEMPORARY:
		return "temporary";
	case BOUNCE_EVENT_UNCLEAR:
		return "unclear";
	case BOUNCE_EVENT_COMPLAINT:
		return "complaint";
	case BOUNCE_EVENT_NONE:
	default:
		return "none";
	}
}
