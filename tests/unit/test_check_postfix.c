/* SPDX-License-Identifier: MIT */
/*
 * The recordings in postconf/ are what "postconf -x", "-M" and "-Px" of
 * Postfix 3.7.11 say with the pieces of conf/ in place. Each row breaks one
 * thing in one of them.
 */
#include "cli/check_postfix.h"

#include <errno.h>
#include <glib/gstdio.h>

#include "unit.h"

#define AGENT "/usr/libexec/aliasbridge/aliasbridge-deliver"

/* What postmap would find. */
static char *
fake_lookup(const PostfixView *view, const char *table, const char *key)
{
	static const char *const answers[][3] = {
	    {"cdb:/var/lib/aliasbridge/domains", "example.com", "1"},
	    {"pcre:", "SRS0=", "srs"},
	    {"inline:{ {<> = ", "<>", "the:same"},
	    {"inline:{ {<> = aliasbridge-null:", "<>", "aliasbridge-null:"},
	    {"inline:{ {<> = discard:", "<>", "discard:"},
	    {"inline:{ {bounces@", "bounces@example.com", "found"},
	    {"cdb:/all-local", "example.com", "local:"},
	    {"cdb:/all-agent", "example.com", "aliasbridge:"},
	    {"hash:/old-virtual", "@example.com", "me@example.net"},
	    {"hash:/old-alias", "shop@example.com", "me@example.net"},
	    {"texthash:/dev/zero", "[email-smtp.", "user:password"},
	    {"texthash:/dev/full", "email-smtp.", "user:password"},
	};
	char *found = NULL;

	(void)view;
	for (guint i = 0; i < G_N_ELEMENTS(answers); i++)
		if (g_str_has_prefix(table, answers[i][0]) &&
		    g_str_has_prefix(key, answers[i][1])) {
			g_free(found);
			found = g_strdup(answers[i][2]);
		}
	return found;
}

/* The password file that the recordings name is root's. */
static int
fake_access(const char *path)
{
	if (g_str_equal(path, "/nowhere"))
		return ENOENT;
	return g_str_has_prefix(path, "/dev/") ? 0 : EACCES;
}

static char *
recording(const char *way, const char *kind)
{
	const char *top = g_getenv("top_srcdir");
	g_autofree char *name = g_strconcat(way, ".", kind, NULL);
	g_autofree char *path = g_build_filename(
	    top ? top : ".", "tests", "unit", "postconf", name, NULL);
	char *text = NULL;

	UNIT_TRUE(path, g_file_get_contents(path, &text, NULL, NULL));
	return text ? text : g_strdup("");
}

static char *
replace(const char *text, const char *from, const char *to)
{
	g_auto(GStrv) pieces = g_strsplit(text, from, -1);

	return g_strjoinv(to, pieces);
}

static Config *
config_new(const char *more)
{
	g_autofree char *text = g_strconcat(
	    "domains = [ \"example.com\" ]; table = \"/var/lib/aliasbridge\";"
	    "bounce_address = \"bounces@example.com\";\n",
	    more, NULL);
	g_autoptr(GError) error = NULL;
	Config *config = config_parse("test", text, strlen(text), &error);

	UNIT_TEXT("config", error ? error->message : NULL, NULL);
	return config;
}

/* As a file of secrets would do it. */
static void
use_srs(Config *config)
{
	g_clear_pointer(&config->policy->bounce_address, g_free);
	g_free(config->policy->bounce_domain);
	config->policy->bounce_domain = g_strdup("example.com");
}

static const char *const aliases[] = {
    "news@example.com", "shop@example.com", NULL};

typedef struct Row {
	const char *way;
	const char *from, *to; /* in all three recordings; NULL: nothing */
	Harm harm;             /* of the one finding */
	const char *what;      /* in its text; NULL: no finding at all */
} Row;

#define MA "milter-agent"
#define M "milter"
#define A "agent"

static const Row rows[] = {
    {MA, NULL, NULL, HARM_NONE, NULL},
    {M, NULL, NULL, HARM_NONE, NULL},
    {A, NULL, NULL, HARM_NONE, NULL},

    /* the milter */
    {MA, "milter_default_action = tempfail", "milter_default_action = accept",
	HARM_LOSE, "milter_default_action = accept"},
    {M, "milter_default_action = tempfail",
	"milter_default_action = quarantine", HARM_LOSE, "quarantine"},
    {MA, "milter_default_action = tempfail", "milter_default_action = shutdown",
	HARM_NONE, NULL},
    {MA, "smtpd_milters = unix:/run/aliasbridge/milter.sock",
	"smtpd_milters = { unix:/run/aliasbridge/milter.sock, "
	"default_action=accept }",
	HARM_LOSE, "default_action=accept"},
    {MA, "smtpd_milters = unix:/run/aliasbridge/milter.sock",
	"smtpd_milters = inet:x:1, { unix:/run/aliasbridge/milter.sock, "
	"default_action=tempfail, connect_timeout=5s }",
	HARM_NONE, NULL},
    {MA, "smtpd_milters = unix:/run/aliasbridge/milter.sock",
	"smtpd_milters = unix:aliasbridge/milter.sock", HARM_STOP,
	"smtpd_milters"},
    {MA, "smtp       inet  n       -       n",
	"smtp       inet  n       -       y", HARM_STOP, "smtpd_milters"},
    {MA, "smtp/inet/smtpd_reject_unlisted_recipient = no", "", HARM_NONE,
	"smtpd_reject_unlisted_recipient = yes"},
    {A, "smtpd_reject_unlisted_recipient = yes",
	"smtpd_reject_unlisted_recipient = no", HARM_BOUNCE,
	"smtpd_reject_unlisted_recipient = no"},
    {MA, "smtp/inet/smtpd_milters",
	"smtp/inet/receive_override_options = no_milters\n"
	"smtp/inet/smtpd_milters",
	HARM_STOP, "no_milters"},
    {MA, "smtp/inet/smtpd_milters",
	"smtp/inet/smtpd_proxy_filter = 127.0.0.1:1\n"
	"smtp/inet/smtpd_milters",
	HARM_LOSE, "smtpd_proxy_filter"},
    {MA, "\nnon_smtpd_milters =",
	"\nnon_smtpd_milters = unix:/run/aliasbridge/milter.sock", HARM_BOUNCE,
	"non_smtpd_milters"},
    {MA, "strict_rfc821_envelopes = yes", "strict_rfc821_envelopes = no",
	HARM_TWICE, "strict_rfc821_envelopes"},
    {MA, "message_strip_characters = \\0",
	"message_strip_characters =", HARM_NONE, "message_strip_characters"},
    {MA, "milter_protocol = 6", "milter_protocol = 2", HARM_STOP,
	"milter_protocol = 2"},
    {A, "smtpd_forbid_bare_newline = normalize",
	"smtpd_forbid_bare_newline = no", HARM_NONE,
	"smtpd_forbid_bare_newline = no"},

    /* the alias domains */
    {MA, "\nmydestination = localhost",
	"\nmydestination = Example.com, localhost", HARM_LOSE, "mydestination"},
    {MA, "\nrelay_domains =", "\nrelay_domains = example.com", HARM_LOOP,
	"relay_domains"},
    {MA, "\nrelay_domains =", "\nrelay_domains = com", HARM_LOOP,
	"relay_domains"},
    {MA, "\nvirtual_alias_domains =", "\nvirtual_alias_domains = example.com",
	HARM_LEAK, "virtual_alias_domains"},
    {MA, "\nvirtual_mailbox_domains = cdb:/var/lib/aliasbridge/domains",
	"\nvirtual_mailbox_domains = example.com", HARM_NONE, NULL},
    {MA, "\nvirtual_mailbox_domains = cdb:/var/lib/aliasbridge/domains",
	"\nvirtual_mailbox_domains = example.net", HARM_STOP,
	"virtual_mailbox_domains"},
    {MA, "\ntransport_maps =", "\ntransport_maps = cdb:/all-local", HARM_LOSE,
	"transport_maps"},
    {MA, "\ntransport_maps =", "\ntransport_maps = cdb:/all-agent", HARM_NONE,
	NULL},
    {MA, "cdb:/var/lib/aliasbridge/aliases pcre:", "cdb:/other pcre:",
	HARM_BOUNCE, "virtual_mailbox_maps"},
    {MA, "\nvirtual_alias_maps =",
	"\nvirtual_alias_maps = cdb:/var/lib/aliasbridge/aliases", HARM_LEAK,
	"virtual_alias_maps"},
    {MA, "\nvirtual_alias_maps =", "\nvirtual_alias_maps = hash:/old-virtual",
	HARM_LEAK, "@example.com"},
    {MA, "\nvirtual_alias_maps =", "\nvirtual_alias_maps = hash:/old-alias",
	HARM_LEAK, "virtual_alias_maps without shop@example.com"},
    {MA, "cdb:/var/lib/aliasbridge/aliases pcre:",
	"cdb:/var/lib/aliasbridge/aliases nopcre:", HARM_BOUNCE,
	"virtual_mailbox_maps"},
    {MA, "\nrecipient_delimiter = +", "\nrecipient_delimiter =", HARM_BOUNCE,
	"recipient_delimiter"},
    {MA, "\nsender_canonical_maps =",
	"\nsender_canonical_maps = tcp:localhost:10001", HARM_BOUNCE,
	"sender_canonical_maps"},
    {A, "\nswap_bangpath = no", "\nswap_bangpath = yes", HARM_TWICE,
	"swap_bangpath = no"},
    {MA, "\nallow_percent_hack = no", "\nallow_percent_hack = yes", HARM_TWICE,
	"user%domain"},
    {MA, "\nmydestination = localhost, mx.example.com",
	"\nmydestination = localhost", HARM_BOUNCE,
	"myorigin = mx.example.com"},
    {A, "\nmyorigin = mx.example.com", "\nmyorigin = example.com", HARM_BOUNCE,
	"postmaster@example.com"},
    {MA, "\nmyorigin = mx.example.com", "\nmyorigin = example.com", HARM_NONE,
	"postmaster@example.com"},
    {A, "\nmyorigin = mx.example.com", "\nmyorigin = catch.example.com",
	HARM_BOUNCE, "myorigin = catch.example.com"},
    {A, "\nmyorigin = mx.example.com", "\nmyorigin = /dev/null", HARM_NONE,
	NULL},

    /* the delivery agent */
    {A, "\nvirtual_transport = aliasbridge:", "\nvirtual_transport = virtual",
	HARM_LOSE, "virtual_transport"},
    {M, "\nvirtual_transport = retry:", "\nvirtual_transport = lmtp:",
	HARM_LOSE, "virtual_transport"},
    {M, "\nvirtual_transport = retry:", "\nvirtual_transport = nobody:",
	HARM_STOP, "virtual_transport"},
    {M, "\ntransport_maps = inline:{ {bounces@",
	"\ntransport_maps = inline:{ {x@", HARM_BOUNCE,
	"{bounces@example.com = discard:}"},
    {A, "flags=q user=aliasbridge null_sender= argv=" AGENT " --sender",
	"flags=DRq user=aliasbridge null_sender= argv=" AGENT " --sender",
	HARM_BOUNCE, "flags=q"},
    {A, "flags=q user=aliasbridge null_sender= argv=" AGENT " --sender",
	"user=aliasbridge null_sender= argv=" AGENT " --sender", HARM_BOUNCE,
	"flags=q"},
    {A, "user=aliasbridge null_sender= argv=" AGENT " --sender",
	"user=aliasbridge argv=" AGENT " --sender", HARM_LOOP, "null_sender="},
    {A, "user=aliasbridge null_sender= argv=" AGENT " --sender",
	"user=aliasbridge null_sender= size=100 argv=" AGENT " --sender",
	HARM_BOUNCE, "size="},
    {A, "user=aliasbridge null_sender= argv=" AGENT " --sender",
	"null_sender= argv=" AGENT " --sender", HARM_STOP, "user="},
    {A, "argv=" AGENT " --sender ${sender}", "argv=" AGENT " --sender x",
	HARM_STOP, "${sender}"},
    {A, "argv=" AGENT " --sender", "argv=/nowhere/aliasbridge-deliver --sender",
	HARM_STOP, "argv="},
    {A, "argv=" AGENT " --sender", "argv=" AGENT " --null-sender --sender",
	HARM_BOUNCE, "--null-sender"},
    {A, "aliasbridge unix -       n       n",
	"aliasbridge unix -       n       y", HARM_STOP, "chroot"},
    {A, "\naliasbridge_destination_recipient_limit = 1",
	"\naliasbridge_destination_recipient_limit = 50", HARM_STOP,
	"aliasbridge_destination_recipient_limit"},
    {A, "\naliasbridge_time_limit = 600s", "\naliasbridge_time_limit = 5m",
	HARM_BOUNCE, "aliasbridge_time_limit"},
    {A, "\naliasbridge_time_limit = 600s", "\naliasbridge_time_limit = 1h",
	HARM_NONE, NULL},
    {A, "inline:{ {<> = aliasbridge-null:} }", "", HARM_LOSE,
	"sender_dependent_default_transport_maps"},
    {A, "inline:{ {<> = aliasbridge-null:} }", "inline:{ {<> = smtp:} }",
	HARM_LOSE, "sender_dependent_default_transport_maps"},
    {A, "argv=" AGENT " --null-sender", "argv=" AGENT, HARM_BOUNCE,
	"--null-sender"},
    {A, "\naliasbridge-null_time_limit = 600s",
	"\naliasbridge-null_time_limit = 10s", HARM_BOUNCE,
	"aliasbridge-null_time_limit"},

    /* as after master.cf.milter was appended: the last one counts */
    {MA, "smtp       inet  n       -       n",
	"smtp       inet  n       -       y       -       -       smtpd\n"
	"smtp       inet  n       -       n",
	HARM_NONE, "goes by the last"},

    /* the re-injection listener */
    {A, "127.0.0.1:10026 inet", "127.0.0.1:10027 inet", HARM_STOP,
	"127.0.0.1:10026"},
    {A, "smtpd_recipient_restrictions = permit_mynetworks,reject",
	"smtpd_recipient_restrictions = reject", HARM_STOP,
	"smtpd_recipient_restrictions"},
    {A, "smtpd_tls_security_level = none", "smtpd_tls_security_level = encrypt",
	HARM_STOP, "smtpd_tls_security_level"},
    {A, "127.0.0.1:10026", "10026", HARM_LEAK, "10026"},
    {MA,
	"no_unknown_recipient_checks,no_header_body_checks,no_milters\n"
	"127.0.0.1:10026",
	"no_unknown_recipient_checks\n"
	"127.0.0.1:10026/inet/content_filter = smtp:x\n127.0.0.1:10026",
	HARM_LOOP, "content_filter"},

    /* on to SES */
    {A, "\nrelayhost = [email-smtp.REGION.amazonaws.com]:587",
	"\nrelayhost =", HARM_BOUNCE, "relayhost"},
    {A, "smtp_sasl_auth_enable = yes", "smtp_sasl_auth_enable = no",
	HARM_BOUNCE, "smtp_sasl_auth_enable"},
    {A, "\nsmtp_sasl_password_maps = texthash:/etc/postfix/sasl_passwd",
	"\nsmtp_sasl_password_maps =", HARM_BOUNCE, "smtp_sasl_password_maps"},
    {A, "\nsmtp_sasl_password_maps = texthash:/etc/postfix/sasl_passwd",
	"\nsmtp_sasl_password_maps = texthash:/nowhere", HARM_STOP,
	"aliasbridge smtp-password --postfix /nowhere"},
    {A, "\nsmtp_sasl_password_maps = texthash:/etc/postfix/sasl_passwd",
	"\nsmtp_sasl_password_maps = texthash:/dev/null", HARM_BOUNCE,
	"[email-smtp.REGION.amazonaws.com]:587 USER:PASSWORD"},
    {A, "\nsmtp_sasl_password_maps = texthash:/etc/postfix/sasl_passwd",
	"\nsmtp_sasl_password_maps = texthash:/dev/zero", HARM_NONE, NULL},
    {A, "\nsmtp_sasl_password_maps = texthash:/etc/postfix/sasl_passwd",
	"\nsmtp_sasl_password_maps = texthash:/dev/full", HARM_NONE, NULL},
    {A, "amazonaws.com]:587", "amazonaws.com]:465", HARM_STOP,
	"smtp_tls_wrappermode = yes"},
    {A, "\nsmtp_tls_wrappermode = no", "\nsmtp_tls_wrappermode = yes",
	HARM_STOP, "smtp_tls_wrappermode = no"},
    {A, "\nsmtp_sasl_tls_security_options = noanonymous",
	"\nsmtp_sasl_tls_security_options = noplaintext, noanonymous",
	HARM_STOP, "smtp_sasl_tls_security_options"},
    {A, "\nsmtp_sasl_auth_soft_bounce = yes",
	"\nsmtp_sasl_auth_soft_bounce = no", HARM_BOUNCE,
	"smtp_sasl_auth_soft_bounce"},
    {A, "\nsmtp_tls_security_level = secure",
	"\nsmtp_tls_security_level = encrypt", HARM_LEAK,
	"smtp_tls_security_level"},
    {A, "\nsmtp_tls_security_level = secure",
	"\nsmtp_tls_security_level =", HARM_LEAK, "smtp_tls_security_level"},
    {A, "\nsmtp_tls_CAfile = /etc/ssl/certs/ca-certificates.crt",
	"\nsmtp_tls_CAfile =", HARM_STOP, "smtp_tls_CAfile"},
    {A, "\nsmtp_destination_recipient_limit = 50",
	"\nsmtp_destination_recipient_limit = 100", HARM_BOUNCE,
	"smtp_destination_recipient_limit"},
    {A, "\nmessage_size_limit = 40000000", "\nmessage_size_limit = 0",
	HARM_BOUNCE, "message_size_limit"},
    {A, "\nmessage_size_limit = 40000000", "\nmessage_size_limit = 50000000",
	HARM_BOUNCE, "message_size_limit"},
    {A, "\nsmtputf8_enable = no", "\nsmtputf8_enable = yes", HARM_BOUNCE,
	"smtputf8_enable"},
    {A, "\nsmtp_fallback_relay =", "\nsmtp_fallback_relay = mx2.example",
	HARM_LEAK, "smtp_fallback_relay"},
    /* an override of the transport in use counts, others do not */
    {A, "relay/unix/syslog_name",
	"smtp/unix/smtp_tls_security_level = may\n"
	"relay/unix/syslog_name",
	HARM_LEAK, "smtp_tls_security_level = may"},
    {A, "relay/unix/syslog_name",
	"relay/unix/smtp_tls_security_level = may\n"
	"relay/unix/syslog_name",
	HARM_NONE, NULL},
};

static PostfixView *
view_of(const Row *row, const char *agent)
{
	static const char *const kinds[] = {"x", "M", "Px"};
	char *texts[G_N_ELEMENTS(kinds)];
	bool broken = false;

	for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
		g_autofree char *text = recording(row->way, kinds[i]);
		g_autofree char *other = replace(text,
		    row->from ? row->from : "\x01", row->to ? row->to : "");
		broken |= !g_str_equal(text, other);
		texts[i] = replace(other, AGENT, agent);
	}
	UNIT_TRUE(row->from ? row->from : row->way, broken == !!row->from);
	PostfixView *view = postfix_view_parse(texts[0], texts[1], texts[2]);
	view->lookup = fake_lookup;
	view->access = fake_access;
	for (guint i = 0; i < G_N_ELEMENTS(kinds); i++)
		g_free(texts[i]);
	return view;
}

/* An agent that can be run, in a folder of its own. Owned by the caller. */
static char *
agent_new(void)
{
	char *folder = unit_new_folder();
	char *agent = g_build_filename(folder, "aliasbridge-deliver", NULL);

	UNIT_TRUE("agent", g_file_set_contents(agent, "", 0, NULL));
	UNIT_TRUE("agent", g_chmod(agent, 0755) == 0);
	g_free(folder);
	return agent;
}

static void
agent_free(char *agent)
{
	g_autofree char *folder = g_path_get_dirname(agent);

	unit_remove_folder(folder);
	g_free(agent);
}

static void
run_row(const Row *row, const Config *config, const char *agent)
{
	const char *label = row->to ? row->to : row->way;
	g_autoptr(PostfixView) view = view_of(row, agent);
	g_autoptr(GPtrArray) findings = check_postfix(view, config, aliases);

	UNIT_NUMBER(label, findings->len, row->what ? 1 : 0);
	for (guint i = 0; i < findings->len; i++) {
		const Finding *finding = g_ptr_array_index(findings, i);
		g_autofree char *text = g_strjoin(" | ", finding->where,
		    finding->what, finding->why, finding->put, NULL);
		UNIT_TRUE(text, row->what && strstr(text, row->what));
		UNIT_TEXT(
		    text, harm_to_text(finding->harm), harm_to_text(row->harm));
	}
}

static void
break_one(void)
{
	char *agent = agent_new();

	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		bool alone = g_str_equal(rows[i].way, M);
		g_autoptr(Config) config =
		    config_new(alone ? "several_aliases = \"defer\";" : "");
		if (!alone)
			use_srs(config);
		run_row(&rows[i], config, agent);
	}
	agent_free(agent);
}

/* Postfix itself says which recipients there are, and bounce_address is in no
 * table. */
static void
fixed_bounce_address(void)
{
	static const Row with_agent[] = {
	    {A, NULL, NULL, HARM_BOUNCE, "{bounces@example.com = bounce}"},
	    {A, "cdb:/var/lib/aliasbridge/aliases pcre:",
		"cdb:/var/lib/aliasbridge/aliases "
		"inline:{ {bounces@example.com = bounce} } pcre:",
		HARM_NONE, NULL},
	    {MA, NULL, NULL, HARM_NONE, NULL},
	};

	g_autoptr(Config) config = config_new("");
	char *agent = agent_new();

	for (guint i = 0; i < G_N_ELEMENTS(with_agent); i++)
		run_row(&with_agent[i], config, agent);
	agent_free(agent);
}

/* An empty configuration must say so, not crash. */
static void
empty(void)
{
	g_autoptr(Config) config = config_new("");
	g_autoptr(PostfixView) view = postfix_view_parse("", "", "");
	g_autoptr(GPtrArray) findings = check_postfix(view, config, aliases);

	UNIT_TRUE("findings", findings->len > 3);
}

static const struct {
	const char *list, *want;
} lists[] = {
    {"", ""},
    {" a, b\tc ", "a|b|c"},
    {"cdb:/x pcre:{ {/^a, b$/ c} } d", "cdb:/x|pcre:{ {/^a, b$/ c} }|d"},
    {"{ unix:/x, default_action=accept }, y",
	"{ unix:/x, default_action=accept }|y"},
    {"{ open", "{ open"},
};

static void
split(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(lists); i++) {
		g_auto(GStrv) words = postfix_view_split(lists[i].list);
		g_autofree char *got = g_strjoinv("|", words);
		UNIT_TEXT(lists[i].list, got, lists[i].want);
	}
}

static const UnitCase cases[] = {{"break-one", break_one},
    {"fixed", fixed_bounce_address}, {"empty", empty}, {"split", split}};
UNIT_MAIN("check_postfix", cases)
