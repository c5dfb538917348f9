/* SPDX-License-Identifier: MIT */
#include "cli/trial.h"

#include "core/intake.h"
#include "table_sample.h"
#include "unit.h"

#define NOW 1790000000

static const char json[] =
    "{\"a@x.test\": [\"t@y.test\"],"
    " \"off@x.test\": {\"targets\": [\"t@y.test\"], \"enabled\": false},"
    " \"old@x.test\": {\"targets\": [\"t@y.test\"],"
    "   \"expires\": \"2020-01-01\", \"reject\": \"550 5.1.6 moved\"},"
    " \"none@x.test\": {\"targets\": [], \"reject\": \"550 5.1.1 no\"},"
    " \"shop@x.test\": {\"targets\": [\"t@y.test\"],"
    "   \"senders\": [\"*@shop.test\"]}}";

/* The configuration of a table in this folder. Owned by the caller. */
static Config *
config(const char *directory)
{
	static const guint8 secret[] = "key";
	g_autoptr(GError) error = NULL;
	g_autofree char *text =
	    g_strdup_printf("domains = [ \"x.test\" ];\n"
			    "verified_domains = [ \"x.test\", \"v.test\" ];\n"
			    "bounce_address = \"bounces@v.test\";\n"
			    "table = \"%s\";\n",
		directory);
	Config *config = config_parse("conf", text, strlen(text), &error);

	UNIT_TEXT("configuration", error ? error->message : NULL, NULL);
	policy_add_secret(config->policy, secret, 3);
	config->policy->bounce_domain = g_strdup("x.test");
	return config;
}

/* "forward", "bounce", "REPLY (why)" or the error. Owned by the caller. */
static char *
tried(const Config *config, const char *to, const char *sender)
{
	static const char octets[] = "From: j@shop.test\r\n\r\n";
	g_autoptr(GError) error = NULL;
	g_autoptr(Message) message = message_new(sender);

	intake_split(message, octets, sizeof octets - 1);
	g_autoptr(Trial) trial = trial_run(config, to, message, NOW, &error);
	if (!trial)
		return g_strdup(error ? error->message : "no error");
	if (!trial->plan)
		return g_strdup("bounce");
	if (trial->plan->verdict == PLAN_FORWARD)
		return g_strdup("forward");
	g_autofree char *reply = reply_to_text(trial->plan->reply);
	return g_strdup_printf("%s (%s)", reply, trial->plan->why);
}

#define UNKNOWN "550 5.1.1 This email address is not accepted by this domain."

static const struct {
	const char *to, *sender, *want;
} rows[] = {
    {"a@x.test", "j@shop.test", "forward"},
    {"<A@X.test>", "", "forward"},
    {"who@x.test", "j@shop.test", UNKNOWN " (not in the table)"},
    {"off@x.test", "j@shop.test", UNKNOWN " (the entry is disabled)"},
    {"old@x.test", "j@shop.test", "550 5.1.6 moved (the entry has expired)"},
    {"none@x.test", "j@shop.test", "550 5.1.1 no (the entry has no targets)"},
    {"shop@x.test", "j@shop.test", "forward"},
    {"shop@x.test", "j@c.test",
	"550 5.7.1 This email address does not accept mail from this sender. "
	"(This email address does not accept mail from this sender.)"},
    {"who@other.test", "j@c.test",
	"550 5.7.1 Not a domain handled here (its domain is none of the "
	"configured domains)"},
    {"bounces@v.test", "", "bounce"},
    {"bounces+a@v.test", "j@c.test", "bounce"},
    {"SRS0=aaaa=bb=c.test=j@x.test", "",
	"550 5.7.1 This bounce address was not signed here (This bounce "
	"address was not signed here)"},
    {"SRS0=aaaa=bb=c.test=bounces-0123456789-0123456789-0123456789-abcdef-"
     "0123456789@x.test",
	"",
	"550 5.7.1 This bounce address was not signed here (This bounce "
	"address was not signed here)"},
    {"a b@x.test", "", "illegal character in address"},
    {"who", "", "no domain"},
};

static void
judge(void)
{
	g_autofree char *directory = unit_new_folder();
	g_autoptr(Config) ours = config(directory);

	g_autofree char *none = tried(ours, "a@x.test", "");
	UNIT_TRUE("no table", g_str_has_prefix(none, "451 4.3.0 "));
	g_autofree char *unread = tried(ours, "bounces@v.test", "");
	UNIT_TEXT("no table needed", unread, "bounce");

	table_sample_write(directory, json, ours->policy, NOW);
	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *got = tried(ours, rows[i].to, rows[i].sender);
		UNIT_TEXT(rows[i].to, got, rows[i].want);
	}
	unit_remove_folder(directory);
}

static const UnitCase cases[] = {{"judge", judge}};
UNIT_MAIN("trial", cases)
