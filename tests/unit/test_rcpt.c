/* SPDX-License-Identifier: MIT */
#include "io/rcpt.h"

#include "core/srs.h"
#include "table_sample.h"
#include "unit.h"

#define NOW 1790000000
#define DAY 86400

static const char json[] =
    "{\"a@x.test\": [\"t@y.test\"],"
    " \"off@x.test\": {\"targets\": [\"t@y.test\"], \"enabled\": false},"
    " \"old@x.test\": {\"targets\": [\"t@y.test\"],"
    "   \"expires\": \"2020-01-01\", \"reject\": \"550 5.1.6 moved\"},"
    " \"shop@x.test\": {\"targets\": [\"t@y.test\"],"
    "   \"senders\": [\"*@shop.test\"]},"
    " \"@all.test\": [\"t@y.test\"], \"postmaster\": [\"t@y.test\"]}";

static Policy *
policy(void)
{
	Policy *policy = policy_new();

	g_strfreev(policy->domains);
	policy->domains = g_strsplit("x.test all.test", " ", -1);
	g_free(policy->bounce_address);
	policy->bounce_address = g_strdup("bounces@x.test");
	g_free(policy->bounce_domain);
	policy->bounce_domain = g_strdup("x.test");
	policy_add_secret(policy, "key", 3);
	return policy;
}

/* A folder with the table in it. Owned by the caller. */
static char *
build(const Policy *policy)
{
	char *folder = unit_new_folder();

	table_sample_write(folder, json, policy, NOW);
	return folder;
}

/* "alias KEY", "ordinary", "bounce" or the reply. Owned by the caller. */
static char *
judged_path(const RcptPath *path, const char *sender, const Policy *policy,
    Table *table)
{
	Rcpt rcpt;
	char *said = NULL;

	rcpt_judge(&rcpt, path, sender, policy, table, NOW);
	switch (rcpt.kind) {
	case RCPT_ORDINARY:
		said = g_strdup("ordinary");
		break;
	case RCPT_BOUNCE:
		said = g_strdup("bounce");
		break;
	case RCPT_ALIAS:
		said = g_strdup_printf("alias %s", rcpt.match.alias->key);
		break;
	case RCPT_REFUSED:
		said = reply_to_text(rcpt.reply);
		break;
	}
	rcpt_clear(&rcpt);
	return said;
}

/* The same, of a path that the MTA makes nothing else of. */
static char *
judged(
    const char *given, const char *sender, const Policy *policy, Table *table)
{
	RcptPath path = {.given = given};

	return judged_path(&path, sender, policy, table);
}

#define UNKNOWN "550 5.1.1 This email address is not accepted by this domain."
#define NOT_ASCII                                                              \
	"553 5.6.7 This address cannot be written in a header field and so "   \
	"not be forwarded for"
#define NO_ADDRESS "553 5.1.3 This is not a valid address."

static const struct {
	const char *given, *sender, *want;
} rows[] = {
    {"<a@x.test>", "j@c.test", "alias a@x.test"},
    {"a@x.test", "j@c.test", "alias a@x.test"},
    {"<A@X.Test>", "", "alias a@x.test"},
    {"<@r.test:a@x.test>", "", "alias a@x.test"},
    {"<\"a\"@x.test>", "", "alias a@x.test"},
    {"<a+b@x.test>", "", "alias a@x.test"},
    {"<postmaster@x.test>", "", "alias postmaster"},
    {"<who@all.test>", "", "alias @all.test"},
    {"<w\u00fc@all.test>", "j@c.test", NOT_ASCII},
    {"<w\u00fc@x.test>", "j@c.test", UNKNOWN},
    {"<who@x.test>", "j@c.test", UNKNOWN},
    {"<off@x.test>", "j@c.test", UNKNOWN},
    {"<old@x.test>", "j@c.test", "550 5.1.6 moved"},
    {"<shop@x.test>", "j@shop.test", "alias shop@x.test"},
    {"<shop@x.test>", "", "alias shop@x.test"},
    {"<who@other.test>", "j@c.test", "ordinary"},
    {"<who@sub.x.test>", "j@c.test", "ordinary"},
    {"<postmaster>", "j@c.test", "ordinary"},
    {"<bounces@x.test>", "", "bounce"},
    {"<Bounces+a@x.test>", "", "bounce"},
    {"<Bounces@X.TEST>", "", "bounce"},
    {"<a b@x.test>", "j@c.test", NO_ADDRESS},
    {"<@x.test>", "j@c.test", NO_ADDRESS},
    {"<a b@other.test>", "j@c.test", "ordinary"},
    {"<who@[192.0.2.1]>", "", "ordinary"},
    {"<who>", "j@c.test", NO_ADDRESS},
    {"<\"a@x.test\">", "j@c.test", NO_ADDRESS},
    {"<x.test!a>", "j@c.test", NO_ADDRESS},
    {"<a%x.test>", "j@c.test", NO_ADDRESS},
    {"<>", "", NO_ADDRESS},
    {"", "", NO_ADDRESS},
    {"@", "", NO_ADDRESS},
};

/* What the MTA makes of it is known. */
static const struct {
	RcptPath path;
	const char *want;
} resolved[] = {
    {{"<a>", "a@x.test"}, "alias a@x.test"},
    {{"<a>", "a@other.test"}, "ordinary"},
    {{"<who>", "who@x.test"}, UNKNOWN},
    {{"<who>", "\"w ho\"@x.test"}, UNKNOWN},
    {{"<who>", "w ho@x.test"}, NO_ADDRESS},
    {{"<old>", "old@x.test"}, "550 5.1.6 moved"},
    {{"<x.test!a>", "a@x.test"}, "alias a@x.test"},
    {{"<a%x.test>", "a@x.test"}, "alias a@x.test"},
    {{"<\"a@x.test\">", "a@x.test"}, "alias a@x.test"},
    {{"<\"who@x.test\"@other.test>", "who@x.test"}, UNKNOWN},
    {{"<a%x.test@other.test>", "a@x.test"}, "alias a@x.test"},
    {{"<who@other.test>", "who@other.test"}, "ordinary"},
    {{"<a@x.test>", "who@other.test"}, "alias a@x.test"},
    {{"<postmaster>", "postmaster@x.test"}, "alias postmaster"},
    {{"<postmaster>", "postmaster@other.test"}, "ordinary"},
    {{"<bounces>", "bounces@x.test"}, "bounce"},
    {{"<b>", "SRS0=aaaa=bb=c.test=j@x.test"},
	"550 5.7.1 This bounce address was not signed here"},
};

static void
judge(void)
{
	g_autoptr(Policy) ours = policy();
	g_autofree char *directory = build(ours);
	g_autoptr(Table) table = table_open(directory);

	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *got =
		    judged(rows[i].given, rows[i].sender, ours, table);
		UNIT_TEXT(rows[i].given, got, rows[i].want);
	}
	for (guint i = 0; i < G_N_ELEMENTS(resolved); i++) {
		g_autofree char *got =
		    judged_path(&resolved[i].path, "j@c.test", ours, table);
		UNIT_TEXT(resolved[i].path.given, got, resolved[i].want);
	}
	g_autofree char *refused =
	    judged("<shop@x.test>", "j@c.test", ours, table);
	UNIT_TRUE("sender", g_str_has_prefix(refused, "550 5.7.1 "));
	unit_remove_folder(directory);
}

/* A signed address made so many days ago. Owned by the caller. */
static char *
signed_address(const char *sender, int days, const Policy *policy)
{
	g_autofree char *address = srs_forward(sender, "a@x.test", "x.test",
	    policy->secrets, NOW - days * (gint64)DAY, NULL);

	return g_strdup_printf("<%s>", address);
}

/* As postsrsd signs whatever its length: here 69 octets before the "@". Owned
 * by the caller. */
static char *
long_address(const Policy *policy)
{
	g_autofree char *fresh = signed_address("j@c.test", 0, policy);
	g_autofree char *day = g_strndup(fresh + strlen("<SRS0=HHHH="), 2);
	static const char host[] = "c.test";
	static const char local[] =
	    "bounces-0123456789-0123456789-0123456789-abcdef";
	g_autofree char *text = g_strconcat(day, host, local, NULL);
	g_autofree char *lower = g_ascii_strdown(text, -1);
	GHmac *hmac = g_hmac_new(G_CHECKSUM_SHA1, (const guchar *)"key", 3);
	guint8 digest[20];
	gsize len = sizeof digest;

	g_hmac_update(hmac, (const guchar *)lower, -1);
	g_hmac_get_digest(hmac, digest, &len);
	g_hmac_unref(hmac);
	g_autofree char *hash = g_base64_encode(digest, len);
	return g_strdup_printf(
	    "<SRS0=%.4s=%s=%s=%s@x.test>", hash, day, host, local);
}

static void
bounces(void)
{
	g_autoptr(Policy) ours = policy();
	g_autoptr(Table) no_table = table_open("/nonexistent");
	g_autofree char *fresh = signed_address("j@c.test", 0, ours);
	g_autofree char *swallow = signed_address("", 1, ours);
	g_autofree char *old =
	    signed_address("j@c.test", SRS_MAX_AGE + 5, ours);

	g_autofree char *said = judged(fresh, "", ours, no_table);
	UNIT_TEXT("fresh", said, "bounce");
	g_autofree char *from_postsrsd = long_address(ours);
	g_autofree char *taken = judged(from_postsrsd, "", ours, no_table);
	UNIT_TEXT("long", taken, "bounce");
	g_autofree char *nothing = judged(swallow, "", ours, no_table);
	UNIT_TEXT("swallow", nothing, "bounce");
	g_autofree char *late = judged(old, "", ours, no_table);
	UNIT_TEXT("expired", late, "550 5.1.1 This bounce address has expired");
	g_autofree char *forged =
	    judged("<SRS0=aaaa=bb=c.test=j@x.test>", "", ours, no_table);
	UNIT_TEXT("forged", forged,
	    "550 5.7.1 This bounce address was not signed here");
	g_autofree char *foreign =
	    judged("<SRS0=aaaa=bb=c.test=j@other.test>", "", ours, no_table);
	UNIT_TEXT("foreign", foreign, "ordinary");
}

static void
no_table(void)
{
	g_autoptr(Policy) ours = policy();
	g_autoptr(Table) table = table_open("/nonexistent");
	RcptPath path = {.given = "<a@x.test>"};
	Rcpt rcpt;

	rcpt_judge(&rcpt, &path, "", ours, table, NOW);
	UNIT_NUMBER("deferred", rcpt.kind, RCPT_REFUSED);
	UNIT_NUMBER("4xx", rcpt.reply->code, 451);
	UNIT_TRUE("why", rcpt.error != NULL);
	rcpt_clear(&rcpt);

	g_autofree char *other = judged("<a@other.test>", "", ours, table);
	UNIT_TEXT("others pass", other, "ordinary");
}

static void
no_secret(void)
{
	g_autoptr(Policy) ours = policy();
	g_autofree char *directory = build(ours);
	g_autoptr(Table) table = table_open(directory);

	g_ptr_array_set_size(ours->secrets, 0);
	g_autofree char *said =
	    judged("<SRS0=aaaa=bb=c.test=j@x.test>", "", ours, table);
	UNIT_TEXT("looked up", said, UNKNOWN);
	unit_remove_folder(directory);
}

static const UnitCase cases[] = {{"judge", judge}, {"bounces", bounces},
    {"no_table", no_table}, {"no_secret", no_secret}};
UNIT_MAIN("rcpt", cases)
