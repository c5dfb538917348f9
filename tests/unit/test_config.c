/* SPDX-License-Identifier: MIT */
#include "io/config.h"

#include <sys/stat.h>

#include "core/failure.h"
#include "core/secret.h"
#include "unit.h"

#define BASE                                                                   \
	"domains = [ \"Example.com\" ];\n"                                     \
	"bounce_address = \"bounces@example.com\";\n"

static Config *
parse(const char *text, GError **error)
{
	gsize len = strlen(text);
	g_autofree char *octets = unit_octets(text, len);

	return config_parse("/etc/x/a.conf", octets, len, error);
}

/* What stands in the lines that follow BASE, and what becomes of it. */
static const struct {
	const char *text, *want; /* a part of the error; NULL: taken */
} rows[] = {
    {"", NULL},
    {"recipient_delimiter = \"\";", NULL},
    {"recipient_delimiter = \"+-\";", NULL},
    {"recipient_delimiter = \"@\";", "a.conf:3: recipient_delimiter must"},
    {"unknown_reply = \"550 5.1.1 No such user here\";", NULL},
    {"unknown_reply = \"250 fine\";", "a.conf:3: unknown_reply: "},
    {"unknown_reply = \"\";", "must not be empty"},
    {"from_format = \"name\";", NULL},
    {"from_format = \"nam\";", "one of \"name-at\", \"name-via\""},
    {"from_format = 3;", "must be a string: from_format = \"name-at\";"},
    {"to = \"targets-only\"; profile = \"lambda\";", NULL},
    {"receipts = \"keep\";", NULL},
    {"receipts = true;", "receipts must be a string"},
    {"dmarc_fail = \"mark\"; authserv_id = \"mx.example.com\";", NULL},
    {"authserv_id = \"m\xc3\xbc\";", "must be printable ASCII"},
    {"authserv_id = \"a\\nb\";", "control characters"},
    {"ses_verdicts = true; virus = \"off\"; spam = \"refuse\";", NULL},
    {"ses_verdicts = \"yes\";", "true or false: ses_verdicts = false;"},
    {"ses_verdicts = 1;", "true or false"},
    {"several_aliases = \"defer\"; ses_rules = false;", NULL},
    {"attachments: { blocked = \"rename\"; };", NULL},
    {"attachments = \"rename\";", "attachments must be a group"},
    {"limits: { message_size = 10000000; };", NULL},
    {"limits: { message_size = 10000000L; };", NULL},
    {"limits: { message_size = 10; };", "must be from 1000 to"},
    {"\nlimits: {\nmessage_size = 50000000; };",
	"a.conf:5: limits.message_size 50000000 is more than SES takes"},
    {"limits: { message_size = \"10M\"; };", "must be a whole number"},
    {"limits: { message_size = 1.5; };", "must be a whole number"},
    {"milter: { socket = \"inet:8891@127.0.0.1\"; };", NULL},
    {"milter: { socket = \"inet:8891\"; };", NULL},
    {"milter: { socket = \"inet6:65535@[::1]\"; };", NULL},
    {"milter: { socket = \"inet:65536@127.0.0.1\"; };", "inet:port@host"},
    {"milter: { socket = \"inet:0@127.0.0.1\"; };", "inet:port@host"},
    {"milter: { socket = \"inet:+1@127.0.0.1\"; };", "inet:port@host"},
    {"milter: { socket = \"inet:8891@\"; };", "inet:port@host"},
    {"milter: { socket = \"inet:localhost:8891\"; };", "inet:port@host"},
    {"milter: { socket = \"/run/x\"; };", "must be \"unix:/path\""},
    {"reinject = \"[::1]:10026\";", NULL},
    {"reinject = \"localhost:1\";", NULL},
    {"reinject = \"x\";",
	"a.conf:3: reinject must be \"host:port\" as \"127.0.0.1:10026\", "
	"not \"x\""},
    {"reinject = \"127.0.0.1:\";", "must be \"host:port\""},
    {"reinject = \":25\";", "must be \"host:port\""},
    {"reinject = \"127.0.0.1:70000\";", "must be \"host:port\""},
    {"reinject = \"mx.example.com:25\";", "must be on this machine"},
    {"milter: { sockets = \"unix:/x\"; };",
	"unknown option milter.sockets; did you mean milter: { socket = "},
    {"socket = \"unix:/x\";", "did you mean milter: { socket = "},
    {"too = \"alias\";", "did you mean to = "},
    {"prot = 587;", "did you mean ses: { port = "},
    {"from_fromat = \"name\";", "did you mean from_format = \"name-at\";"},
    {"\n\nhost = \"x\";", "a.conf:5: unknown option host; did you mean ses:"},
    {"utterly_unknown_thing = 1;", "unknown option utterly_unknown_thing"},
    {"relay = \"ses\";", "a.conf:3: relay = \"ses\" needs ses.host"},
    {"relay = \"ses\"; ses: { host = \"h\"; user = \"u\"; "
     "password_file = \"p\"; port = 465; };",
	NULL},
    {"ses: { host = \"[::1]\"; };", NULL},
    {"ses: { host = \"192.0.2.1\"; };", NULL},
    {"ses: { host = \"a.example:587\"; };",
	"a.conf:3: ses.host must be the name of a host, without a port"},
    {"ses: { host = \"[a.example]\"; };", "ses.host must be the name"},
    {"ses: { host = \"smtp://a.example\"; };", "ses.host must be the name"},
    {"ses: { usr = \"x\"; };", "ses.usr; did you mean ses: { user = "},
    {"milter: { usr = \"x\"; };", "milter.usr; did you mean milter: { user"},
    {"ses: { port = 70000; };", "ses.port must be from 1 to 65535"},
    {"sync: { source = \"ssm:/aliases\"; };", NULL},
    {"sync: { source = \"ssm-path:/aliases/\"; };", NULL},
    {"sync: { source = \"ssm-path:/aliases\"; };", NULL},
    {"sync: { source = \"ssm:aliases\"; };", NULL},
    {"sync: { source = \"ssm:/aliases:7\"; };", NULL},
    {"sync: { source = \"ssm:arn:aws:ssm:eu-west-1:1:parameter/a\"; };", NULL},
    {"sync: { source = \"file:a.json\"; };", NULL},
    {"sync: { source = \"file:\"; };",
	"sync.source: \"file:\": nothing follows the ':'"},
    {"\nsync: {\nsource = \"ssm-path:/\"; };",
	"a.conf:5: sync.source: \"ssm-path:/\": a prefix begins with"},
    {"sync: { source = \"ssm:a@b\"; };", "sync.source: \"ssm:a@b\": a param"},
    {"sync: { source = \"aliases.json\"; };", "write file:PATH, ssm:NAME or"},
    {"sync: { max_shrink = 101; };", "from 0 to 100"},
    {"\nlimits: { message_size = 99999999999; };",
	"a.conf:4: 99999999999 is too large a number"},
    {"limits: { message_size = 4294968296; };", "4294968296 is too large"},
    {"limits: { message_size = 99999999999L; };", "99999999999L is too large"},
    {"limits: { message_size = 0x10000C350; };", "0x10000C350 is too large"},
    {"sync: { interval = 99999999999999999999999; };", "a.conf:3: 9999"},
    {"# 99999999999\n// 99999999999\n/* \n99999999999 */\n"
     "forwarded_by = \"\\\"99999999999\";",
	NULL},
    {"limits: { message_size = 1e6; };", "a whole number"},
    {"verified_domains = [ \"example.org\" ];", "a.conf:3: domain example.com"},
    {"verified_domains = ( \"example.com\", 3 );", "an array of strings"},
    {"verified_domains = [];", "verified_domains must not be empty"},
    {"verified_domains = \"example.com\";", "an array of strings"},
    {"verified_domains = [ \"-x\" ];",
	"verified_domains: \"-x\": domain is no host name"},
    {"postmaster = \"me\";", "postmaster: \"me\": no domain"},
    {"bounce_domain = \"a b\";", "bounce_domain: "},
    {"secrets = \"/nonexistent/secrets\";",
	"a.conf:3: cannot read /nonexistent/secrets: No such file or "
	"directory; 'aliasbridge secret new'"},
    {"to = ;", "a.conf:3: syntax error"},
    {"to = \"alias\"; to = \"target\";", "a.conf:3: duplicate"},
};

static void
lines(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *text = g_strconcat(BASE, rows[i].text, NULL);
		g_autoptr(GError) error = NULL;
		g_autoptr(Config) config = parse(text, &error);
		UNIT_TRUE("error set on failure", !config == !!error);
		bool as_wanted =
		    rows[i].want ? error && strstr(error->message, rows[i].want)
				 : config != NULL;
		UNIT_TRUE(rows[i].text, as_wanted);
		if (!as_wanted)
			UNIT_TEXT(rows[i].text, error ? error->message : "",
			    rows[i].want);
	}
}

/* Unlike everything there is. */
static void
no_guess(void)
{
	static const char *const names[] = {"x", "ab", "foo", "zzzz", "colour"};

	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *text =
		    g_strdup_printf(BASE "%s = 1;", names[i]);
		g_autofree char *want = g_strdup_printf(
		    "/etc/x/a.conf:3: unknown option %s", names[i]);
		g_autoptr(GError) error = NULL;
		Config *config = parse(text, &error);
		UNIT_TRUE("refused", !config);
		UNIT_TEXT(names[i], error ? error->message : "", want);
	}
}

static void
byte_order_mark(void)
{
	g_autoptr(GError) error = NULL;
	Config *config = parse("\xef\xbb\xbf" BASE, &error);

	UNIT_TRUE("refused", !config);
	UNIT_TEXT("said", error ? error->message : "",
	    "/etc/x/a.conf:1: a byte order mark: save the file as UTF-8 "
	    "without one");
}

/* What libconfig itself takes for a syntax error. */
static void
byte_order_mark_included(void)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *folder = unit_new_folder();
	g_autofree char *path = g_build_filename(folder, "a.conf", NULL);
	g_autofree char *part = g_build_filename(folder, "part.conf", NULL);
	g_autofree char *want = g_strconcat(part,
	    ":1: a byte order mark: save the file as UTF-8 without one", NULL);

	g_file_set_contents(path, BASE "@include \"part.conf\"\n", -1, NULL);
	g_file_set_contents(
	    part, "\xef\xbb\xbf# spam\nspam = \"off\";\n", -1, NULL);
	g_autoptr(Config) marked = config_load(path, &error);
	UNIT_TRUE("refused", !marked);
	UNIT_TEXT("said", error ? error->message : "", want);
	g_clear_error(&error);
	g_file_set_contents(part, "spam = ;\n", -1, NULL);
	g_autoptr(Config) other = config_load(path, &error);
	UNIT_TRUE("another error",
	    !other && strstr(error->message, "part.conf:1: syntax error"));
	unit_remove_folder(folder);
}

static void
foreign_bounce_address(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Config) config =
	    parse("domains = [ \"x.test\" ];\n\nbounce_address = \"b@y.test\";",
		&error);

	UNIT_TRUE("refused", !config);
	UNIT_TRUE("where", g_str_has_prefix(error->message,
			       "/etc/x/a.conf:3: bounce_address b@y.test is "
			       "at no verified domain"));
}

/* What a value's errors that are found later start with. */
static void
places(void)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *here = g_get_current_dir();
	g_autofree char *path = g_strconcat("unix:", here, "/m.sock", NULL);
	g_autoptr(Config) config = parse(BASE "ses: {\nhost = \"h\"; };", NULL);

	UNIT_TEXT("set", config_place(config, "ses.host"), "/etc/x/a.conf:4");
	UNIT_TEXT("not set", config_place(config, "ses.user"), "/etc/x/a.conf");
	UNIT_TRUE("argument", config_set(config, "milter.socket", "unix:m.sock",
				  "--socket", &error));
	UNIT_TEXT("value", config->settings->socket, path);
	UNIT_TEXT("place", config_place(config, "milter.socket"), "--socket");
	UNIT_TRUE("no value",
	    !config_set(config, "milter.socket", "x", "--socket", &error));
	UNIT_TRUE("why", g_str_has_prefix(error->message,
			     "--socket: milter.socket must be \"unix:"));
	UNIT_TEXT("stays", config->settings->socket, path);
}

static void
several_errors(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Config) config = parse(
	    "domains = 3;\nspam = \"x\";\nses: { port = 0; hots = \"a\"; };\n",
	    &error);

	UNIT_TRUE("refused", !config);
	g_auto(GStrv) each = g_strsplit(error->message, "\n", -1);
	UNIT_NUMBER("each on a line", g_strv_length(each), 4);
	UNIT_TRUE("code", g_error_matches(error, FAILURE, FAILURE_CONFIG));
}

static void
values(void)
{
	g_autoptr(Config) config =
	    parse("domains = [ \"Example.com\", "
		  "\"b\xc3\xbc"
		  "cher.example\", \"EXAMPLE.COM.\" ];\n"
		  "bounce_address = \"b@example.com\";\n"
		  "table = \"cache\"; milter: { socket = \"unix:m.sock\"; };\n"
		  "sync: { source = \"file:a.json\"; interval = 5; };\n"
		  "receipts = \"keep\"; spam = \"off\"; to = \"alias\";\n"
		  "limits: { message_size = 30000000; };",
		NULL);
	const Policy *policy = config->policy;
	const Settings *settings = config->settings;

	UNIT_NUMBER("domains", g_strv_length(policy->domains), 2);
	UNIT_TEXT("folded", policy->domains[0], "example.com");
	UNIT_TEXT("A-label", policy->domains[1], "xn--bcher-kva.example");
	UNIT_TEXT("verified by default", policy->verified_domains[1],
	    "xn--bcher-kva.example");
	UNIT_TEXT("relative path", settings->table, "/etc/x/cache");
	UNIT_TEXT("socket", settings->socket, "unix:/etc/x/m.sock");
	UNIT_TEXT("source", settings->source, "file:/etc/x/a.json");
	g_autoptr(Config) open =
	    parse(BASE "sync: { source = \"ssm-path:/aliases\"; };", NULL);
	UNIT_TEXT("prefix", open ? open->settings->source : NULL,
	    "ssm-path:/aliases/");
	UNIT_NUMBER("interval", settings->sync_interval, 5);
	UNIT_TRUE("receipts", policy->keep_receipts);
	UNIT_NUMBER("spam", policy->spam, VERDICT_OFF);
	UNIT_NUMBER("to", policy->to, TO_ALIAS);
	UNIT_NUMBER("size", policy->message_size, 30000000);
	g_autoptr(Config) ses = parse(BASE, NULL);
	UNIT_NUMBER("SES's size", ses->policy->message_size, 40000000);
	g_autoptr(Config) other = parse(BASE "ses_rules = false;", NULL);
	UNIT_TRUE("no size, no bodies", !policy_needs_body(other->policy));
	g_autoptr(Config) both = parse(BASE
	    "ses_rules = false; limits: { message_size = 40000000; };",
	    NULL);
	UNIT_TRUE("a size of its own", policy_needs_body(both->policy));
}

/* What is printed reads back to the same, every option set or not. */
static void
print(void)
{
	static const char *const texts[] = {BASE,
	    BASE "forwarded_by = \"quo\\\"te\\\\\"; authserv_id = \"x\";\n"
		 "relay = \"ses\"; ses: { host = \"h\"; user = \"u\"; "
		 "password_file = \"p\"; ca_file = \"c\"; };\n"
		 "sync: { source = \"ssm:/a\"; region = \"eu-west-1\"; "
		 "aws_profile = \"x\"; ssm_endpoint = \"http://[::1]:1\"; };\n"
		 "milter: { user = \"u\"; socket_group = \"g\"; };\n"
		 "attachments: { blocked = \"replace\"; };\n"
		 "postmaster = \"p@example.org\";"};

	for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autoptr(Config) config = parse(texts[i], NULL);
		g_autofree char *once = config_to_text(config);
		g_autoptr(Config) again = parse(once, NULL);
		g_autofree char *twice = again ? config_to_text(again) : NULL;
		UNIT_TEXT("reads back", twice, once);
	}
}

static const struct {
	const char *label, *text, *want; /* a part of the error; NULL: taken */
	mode_t mode;
	guint count;
	const char *first;
} secret_rows[] = {
    {"one", "s3cret value\n", NULL, 0600, 1, "s3cret value"},
    {"several, blank lines, CR, no last line end", "a b \r\n\n#c\nd", NULL,
	0640, 3, "a b "},
    {"others may read", "x\n", "chmod 0640", 0644, 0, NULL},
    {"group may write", "x\n", "chmod 0640", 0660, 0, NULL},
    {"empty", "\n\n", "holds no secret", 0600, 0, NULL},
};

static void
secrets(void)
{
	g_autofree char *folder = unit_new_folder();
	g_autofree char *path = g_build_filename(folder, "secrets", NULL);
	g_autofree char *name = g_build_filename(folder, "a.conf", NULL);
	const char *text = "domains = [ \"example.com\" ];"
			   "secrets = \"secrets\";";

	for (guint i = 0; i < G_N_ELEMENTS(secret_rows); i++) {
		g_autoptr(GError) error = NULL;
		g_file_set_contents(path, secret_rows[i].text, -1, NULL);
		chmod(path, secret_rows[i].mode);
		g_autoptr(Config) config =
		    config_parse(name, text, strlen(text), &error);
		UNIT_NUMBER(
		    secret_rows[i].label, config != NULL, !secret_rows[i].want);
		if (!config) {
			UNIT_TRUE(secret_rows[i].label,
			    strstr(error->message, secret_rows[i].want));
			continue;
		}
		const Policy *policy = config->policy;
		UNIT_NUMBER(secret_rows[i].label, policy->secrets->len,
		    secret_rows[i].count);
		const Secret *first = policy->secrets->pdata[0];
		g_autofree char *octets =
		    g_strndup((const char *)first->octets, first->len);
		UNIT_TEXT(secret_rows[i].label, octets, secret_rows[i].first);
		UNIT_TEXT(
		    "bounce_domain", policy->bounce_domain, "example.com");
		g_autofree char *printed = config_to_text(config);
		UNIT_TRUE("not printed",
		    !strstr(printed, octets) || secret_rows[i].count > 1);
	}
	unit_remove_folder(folder);
}

static void
files(void)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *folder = unit_new_folder();
	g_autofree char *path = g_build_filename(folder, "a.conf", NULL);
	g_autofree char *part = g_build_filename(folder, "part.conf", NULL);
	g_autoptr(Config) missing = config_load(path, &error);

	UNIT_TRUE("missing",
	    !missing && g_error_matches(error, FAILURE, FAILURE_CONFIG));
	g_clear_error(&error);
	g_file_set_contents(path, BASE "@include \"part.conf\"\n", -1, NULL);
	g_file_set_contents(part, "\nspam = \"xx\";\n", -1, NULL);
	g_autoptr(Config) included = config_load(path, &error);
	UNIT_TRUE("line of the included file",
	    !included && strstr(error->message, "part.conf:2: spam must"));
	g_clear_error(&error);
	g_file_set_contents(part, "\nsecrets = \"none\";\n", -1, NULL);
	g_autoptr(Config) unread = config_load(path, &error);
	UNIT_TRUE("value of the included file",
	    !unread && strstr(error->message, "part.conf:2: cannot read"));
	g_clear_error(&error);
	g_file_set_contents(part, "spam = \"off\"; table = \"t\";", -1, NULL);
	g_autoptr(Config) good = config_load(path, &error);
	UNIT_TRUE("included", good && good->policy->spam == VERDICT_OFF);
	g_autofree char *table = g_build_filename(folder, "t", NULL);
	UNIT_TEXT("relative", good->settings->table, table);
	g_clear_error(&error);
	g_autofree char *huge = g_strnfill(1100000, '#');
	g_file_set_contents(path, huge, -1, NULL);
	g_autoptr(Config) over = config_load(path, &error);
	UNIT_TRUE("over the bound", !over);
	unit_remove_folder(folder);
}

/* The sample and the manual name every option; the sample is valid. */
static void
documented(void)
{
	const char *top = g_getenv("top_srcdir");

	if (!top)
		return;
	g_autofree char *conf =
	    g_build_filename(top, "conf/aliasbridge.conf", NULL);
	g_autofree char *man =
	    g_build_filename(top, "man/aliasbridge.conf.5", NULL);
	g_autofree char *sample = NULL;
	g_autofree char *manual = NULL;
	UNIT_TRUE("sample", g_file_get_contents(conf, &sample, NULL, NULL));
	UNIT_TRUE("manual", g_file_get_contents(man, &manual, NULL, NULL));
	for (guint i = 0; config_option_name(i); i++) {
		const char *name = config_option_name(i);
		const char *dot = strchr(name, '.');
		g_autofree char *set =
		    g_strconcat(dot ? dot + 1 : name, " = ", NULL);
		g_autofree char *item = g_strconcat(".It Ic ", name, NULL);
		UNIT_TRUE(name, sample && strstr(sample, set));
		UNIT_TRUE(name, manual && strstr(manual, item));
	}
	g_autoptr(GError) error = NULL;
	g_autoptr(Config) config =
	    config_parse("/etc/aliasbridge/aliasbridge.conf", sample,
		strlen(sample), &error);
	UNIT_TRUE("sample is valid", config != NULL);
	UNIT_TEXT("sample is valid", error ? error->message : NULL, NULL);
}

static const UnitCase cases[] = {{"lines", lines}, {"no_guess", no_guess},
    {"foreign", foreign_bounce_address}, {"mark", byte_order_mark},
    {"included_mark", byte_order_mark_included},
    {"several_errors", several_errors}, {"values", values}, {"print", print},
    {"secrets", secrets}, {"files", files}, {"places", places},
    {"documented", documented}};
UNIT_MAIN("config", cases)
