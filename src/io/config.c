/* SPDX-License-Identifier: MIT */
#include "io/config.h"

#include <libconfig.h>
#include <string.h>

#include "core/bounds.h"
#include "core/failure.h"
#include "core/large_number.h"
#include "core/secret.h"
#include "io/file.h"
#include "io/option.h"

const char CONFIG_DEFAULT_PATH[] = SYSCONFDIR "/aliasbridge/aliasbridge.conf";

/* Errors shown for one file; the rest are counted. */
#define ERRORS_SHOWN 20

/* UTF-8's, which libconfig does not take. */
#define MARK "\xef\xbb\xbf"
#define MARK_FOUND "a byte order mark: save the file as UTF-8 without one"

#define P(field) OPTION_POLICY, G_STRUCT_OFFSET(Policy, field)
#define S(field) OPTION_SETTINGS, G_STRUCT_OFFSET(Settings, field)
#define WORDS(...)                                                             \
	{                                                                      \
		__VA_ARGS__, NULL                                              \
	}
#define NO_WORDS                                                               \
	{                                                                      \
		NULL                                                           \
	}
#define VERDICT_WORDS WORDS("refuse", "mark", "off")

/* In the order in which they are printed; those of a group stand together. */
static const Option options[] = {
    {"domains", OPTION_DOMAINS, P(domains), "[ \"example.com\" ]", NO_WORDS, 0,
	0},
    {"verified_domains", OPTION_DOMAINS, P(verified_domains),
	"[ \"example.com\" ]", NO_WORDS, 0, 0},
    {"recipient_delimiter", OPTION_DELIMITERS, P(delimiters), "\"+\"", NO_WORDS,
	0, 0},
    {"unknown_reply", OPTION_REPLY, P(unknown),
	"\"550 5.1.1 This email address is not accepted by this domain.\"",
	NO_WORDS, 0, 0},
    {"table", OPTION_PATH, S(table), "\"/var/lib/aliasbridge\"", NO_WORDS, 0,
	0},
    {"profile", OPTION_WORD, P(profile), "\"default\"",
	WORDS("default", "lambda", "forwarder"), 0, 0},
    {"from_format", OPTION_WORD, P(from_format), "\"name-at\"",
	WORDS("name-at", "name-via", "name", "address", "bare"), 0, 0},
    {"to", OPTION_WORD, P(to), "\"target\"",
	WORDS("target", "alias", "targets-only"), 0, 0},
    {"receipts", OPTION_FLAG, P(keep_receipts), "\"remove\"",
	WORDS("remove", "keep"), 0, 0},
    {"forwarded_by", OPTION_TEXT, P(forwarded_by), "\"mx.example.com\"",
	NO_WORDS, 0, 0},
    {"bounce_address", OPTION_ADDRESS, P(bounce_address),
	"\"bounces@example.com\"", NO_WORDS, 0, 0},
    {"bounce_domain", OPTION_DOMAIN, P(bounce_domain), "\"example.com\"",
	NO_WORDS, 0, 0},
    {"secrets", OPTION_PATH, S(secrets_file), "\"/etc/aliasbridge/secrets\"",
	NO_WORDS, 0, 0},
    {"postmaster", OPTION_ADDRESS, P(postmaster), "\"postmaster@example.org\"",
	NO_WORDS, 0, 0},
    {"dmarc_fail", OPTION_WORD, P(dmarc_fail), "\"reject\"",
	WORDS("reject", "mark", "off"), 0, 0},
    {"authserv_id", OPTION_TEXT, P(authserv_id), "\"mx.example.com\"", NO_WORDS,
	0, 0},
    {"ses_verdicts", OPTION_BOOL, P(trust_ses_verdicts), "false", NO_WORDS, 0,
	0},
    {"virus", OPTION_WORD, P(virus), "\"refuse\"", VERDICT_WORDS, 0, 0},
    {"spam", OPTION_WORD, P(spam), "\"mark\"", VERDICT_WORDS, 0, 0},
    {"several_aliases", OPTION_WORD, P(several_aliases), "\"split\"",
	WORDS("split", "defer"), 0, 0},
    {"ses_rules", OPTION_BOOL, P(ses_rules), "true", NO_WORDS, 0, 0},
    {"attachments.blocked", OPTION_WORD, P(blocked_attachments), "\"refuse\"",
	WORDS("refuse", "rename", "replace"), 0, 0},
    {"limits.message_size", OPTION_SIZE, P(message_size), "40000000", NO_WORDS,
	1000, BOUND_MESSAGE},
    {"milter.socket", OPTION_SOCKET, S(socket),
	"\"unix:/run/aliasbridge/milter.sock\"", NO_WORDS, 0, 0},
    {"milter.socket_group", OPTION_TEXT, S(socket_group), "\"postfix\"",
	NO_WORDS, 0, 0},
    {"milter.user", OPTION_TEXT, S(user), "\"aliasbridge\"", NO_WORDS, 0, 0},
    {"milter.spool", OPTION_PATH, S(spool), "\"/var/tmp\"", NO_WORDS, 0, 0},
    {"relay", OPTION_WORD, S(relay), "\"postfix\"", WORDS("postfix", "ses"), 0,
	0},
    {"reinject", OPTION_REINJECT, S(reinject), "\"127.0.0.1:10026\"", NO_WORDS,
	0, 0},
    {"deadline", OPTION_INT, S(deadline), "300", NO_WORDS, 5, 3600},
    {"ses.host", OPTION_HOST, S(ses_host),
	"\"email-smtp.eu-west-1.amazonaws.com\"", NO_WORDS, 0, 0},
    {"ses.port", OPTION_INT, S(ses_port), "587", NO_WORDS, 1, 65535},
    {"ses.user", OPTION_TEXT, S(ses_user), "\"AKIA...\"", NO_WORDS, 0, 0},
    {"ses.password_file", OPTION_PATH, S(ses_password_file),
	"\"/etc/aliasbridge/ses-password\"", NO_WORDS, 0, 0},
    {"ses.ca_file", OPTION_PATH, S(ses_ca_file),
	"\"/etc/ssl/certs/ca-certificates.crt\"", NO_WORDS, 0, 0},
    {"sync.source", OPTION_SOURCE, S(source), "\"ssm-path:/aliases/\"",
	NO_WORDS, 0, 0},
    {"sync.region", OPTION_TEXT, S(region), "\"eu-west-1\"", NO_WORDS, 0, 0},
    {"sync.aws_profile", OPTION_TEXT, S(profile_name), "\"default\"", NO_WORDS,
	0, 0},
    {"sync.interval", OPTION_INT, S(sync_interval), "60", NO_WORDS, 1, 86400},
    {"sync.max_shrink", OPTION_INT, S(max_shrink), "20", NO_WORDS, 0, 100},
    {"sync.requests_per_second", OPTION_INT, S(requests_second), "10", NO_WORDS,
	1, 1000},
    {"sync.ssm_endpoint", OPTION_TEXT, S(ssm_endpoint),
	"\"https://ssm.eu-west-1.amazonaws.com\"", NO_WORDS, 0, 0},
    {"sync.sts_endpoint", OPTION_TEXT, S(sts_endpoint),
	"\"https://sts.eu-west-1.amazonaws.com\"", NO_WORDS, 0, 0},
};

static Settings *
settings_new(const char *path)
{
	Settings *settings = g_new0(Settings, 1);

	settings->path = g_strdup(path);
	settings->table = g_strdup(LOCALSTATEDIR "/lib/aliasbridge");
	settings->socket = g_strdup("unix:/run/aliasbridge/milter.sock");
	settings->spool = g_strdup("/var/tmp");
	settings->relay = RELAY_POSTFIX;
	settings->reinject = g_strdup("127.0.0.1:10026");
	settings->ses_port = 587;
	settings->deadline = 300;
	settings->sync_interval = 60;
	settings->max_shrink = 20;
	settings->requests_second = 10;
	return settings;
}

static void
settings_free(Settings *settings)
{
	if (!settings)
		return;
	for (guint i = 0; i < G_N_ELEMENTS(options); i++) {
		const Option *option = &options[i];
		if (option->place == OPTION_SETTINGS &&
		    option->type <= OPTION_DOMAIN)
			g_free(*(char **)G_STRUCT_MEMBER_P(
			    settings, option->offset));
	}
	g_free(settings->path);
	g_free(settings);
}

static Config *
config_new(const char *path)
{
	Config *config = g_new0(Config, 1);

	config->policy = policy_new();
	config->policy->message_size = 0;
	config->settings = settings_new(path);
	config->places =
	    g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
	return config;
}

void
config_free(Config *config)
{
	if (!config)
		return;
	policy_free(config->policy);
	settings_free(config->settings);
	g_hash_table_unref(config->places);
	g_free(config);
}

const char *
config_place(const Config *config, const char *option)
{
	const char *place = g_hash_table_lookup(config->places, option);

	return place ? place : config->settings->path;
}

/* place is taken over. */
static void
set_place(Config *config, const Option *option, char *place)
{
	g_hash_table_insert(config->places, (char *)(gsize)option->name, place);
}

static void *
base_of(const Config *config, const Option *option)
{
	return option->place == OPTION_POLICY ? (void *)config->policy
					      : (void *)config->settings;
}

/* What reading one file needs to hand around. */
typedef struct Reading {
	Config *config;   /* borrowed; filled */
	const char *name; /* borrowed; the file, in errors */
	char *folder;     /* owned; where relative paths start */
	GString *errors;  /* owned; one a line */
	guint error_count;
} Reading;

/* place: "FILE:LINE" or the file alone. */
static void
note_place(Reading *reading, const char *place, const char *text)
{
	if (++reading->error_count > ERRORS_SHOWN)
		return;
	if (reading->errors->len > 0)
		g_string_append_c(reading->errors, '\n');
	g_autofree char *masked = failure_mask(text, -1, 1000);
	g_string_append_printf(reading->errors, "%s: %s", place, masked);
}

/* libconfig 1.5 names the file as @include does, later ones where it is. */
static char *
included_path(const Reading *reading, const char *file)
{
	return g_path_is_absolute(file)
		   ? g_strdup(file)
		   : g_build_filename(reading->folder, file, NULL);
}

/* file NULL: the one that is read. Owned by the caller. */
static char *
place_new(const Reading *reading, const char *file, guint line)
{
	g_autofree char *path = file ? included_path(reading, file) : NULL;

	return g_strdup_printf("%s:%u", path ? path : reading->name, line);
}

static char *
place_of(const Reading *reading, const config_setting_t *setting)
{
	return place_new(reading, config_setting_source_file(setting),
	    config_setting_source_line(setting));
}

static void
note_at(Reading *reading, const char *file, guint line, const char *text)
{
	g_autofree char *place = place_new(reading, file, line);

	note_place(reading, place, text);
}

static void
note(Reading *reading, const config_setting_t *setting, const char *text)
{
	g_autofree char *place = place_of(reading, setting);

	note_place(reading, place, text);
}

/* An error about an option's value, or (option NULL) one that is missing. */
static void
note_option(Reading *reading, const char *option, const char *text)
{
	note_place(reading,
	    option ? config_place(reading->config, option) : reading->name,
	    text);
}

static void
note_unknown(
    Reading *reading, const config_setting_t *setting, const char *name)
{
	const Option *near =
	    option_nearest(options, G_N_ELEMENTS(options), name);
	GString *text = g_string_new(NULL);

	g_string_printf(text, "unknown option %.100s", name);
	if (near) {
		gsize group_len;
		const char *leaf = option_leaf(near, &group_len);
		if (group_len == 0)
			g_string_append_printf(text, "; did you mean %s = %s;?",
			    leaf, near->example);
		else
			g_string_append_printf(text,
			    "; did you mean %.*s: { %s = %s; };?",
			    (int)group_len, near->name, leaf, near->example);
	}
	note(reading, setting, text->str);
	g_string_free(text, TRUE);
}

static const Option *
find_option(const char *name)
{
	for (guint i = 0; i < G_N_ELEMENTS(options); i++)
		if (strcmp(options[i].name, name) == 0)
			return &options[i];
	return NULL;
}

bool
config_set(Config *config, const char *name, const char *text,
    const char *where, GError **error)
{
	const Option *option = find_option(name);
	g_autofree char *folder = g_get_current_dir();

	g_assert(option);
	if (!option_set_text(
		option, base_of(config, option), text, folder, error)) {
		g_prefix_error(error, "%s: ", where);
		return false;
	}
	set_place(config, option, g_strdup(where));
	return true;
}

static bool
is_group(const char *name)
{
	gsize len = strlen(name);

	for (guint i = 0; i < G_N_ELEMENTS(options); i++)
		if (strncmp(options[i].name, name, len) == 0 &&
		    options[i].name[len] == '.')
			return true;
	return false;
}

static void
take_setting(
    Reading *reading, const config_setting_t *setting, const char *name)
{
	g_autoptr(GError) error = NULL;
	const Option *option = find_option(name);

	if (!option) {
		note_unknown(reading, setting, name);
		return;
	}
	set_place(reading->config, option, place_of(reading, setting));
	if (!option_set(option, base_of(reading->config, option), setting,
		reading->folder, &error))
		note(reading, setting, error->message);
}

static void
take_group(Reading *reading, const config_setting_t *group, const char *name)
{
	int count = config_setting_length(group);

	for (int i = 0; i < count; i++) {
		const config_setting_t *member =
		    config_setting_get_elem(group, (guint)i);
		g_autofree char *full =
		    g_strconcat(name, ".", config_setting_name(member), NULL);
		take_setting(reading, member, full);
	}
}

static void
take_member(Reading *reading, const config_setting_t *member)
{
	const char *name = config_setting_name(member);

	if (!is_group(name)) {
		take_setting(reading, member, name);
		return;
	}
	if (config_setting_is_group(member)) {
		take_group(reading, member, name);
		return;
	}
	g_autofree char *text = g_strdup_printf(
	    "%s must be a group: %s: { name = value; };", name, name);
	note(reading, member, text);
}

static void
take_members(Reading *reading, const config_setting_t *root)
{
	int count = config_setting_length(root);

	for (int i = 0; i < count; i++)
		take_member(reading, config_setting_get_elem(root, (guint)i));
}

/* In an included file it stays unseen. */
static bool
has_large_number(Reading *reading, const char *text)
{
	guint line;
	g_autofree char *number = large_number_find(text, &line);

	if (!number)
		return false;
	g_autofree char *what =
	    g_strdup_printf("%.60s is too large a number", number);
	note_at(reading, NULL, line, what);
	return true;
}

/* To libconfig, the mark of an included file is one more wrong octet. */
static void
note_syntax(Reading *reading, const config_t *file)
{
	const char *included = config_error_file(file);
	g_autofree char *path =
	    included ? included_path(reading, included) : NULL;
	g_autoptr(GString) text =
	    path ? file_read(path, BOUND_CONFIG_FILE) : NULL;

	if (text && g_str_has_prefix(text->str, MARK))
		note_at(reading, included, 1, MARK_FOUND);
	else
		note_at(reading, included, (guint)config_error_line(file),
		    config_error_text(file));
}

static void
take_text(Reading *reading, const char *text)
{
	config_t file;

	config_init(&file);
	config_set_include_dir(&file, reading->folder);
	if (g_str_has_prefix(text, MARK))
		note_at(reading, NULL, 1, MARK_FOUND);
	else if (!config_read_string(&file, text))
		note_syntax(reading, &file);
	else if (!has_large_number(reading, text))
		take_members(reading, config_root_setting(&file));
	config_destroy(&file);
}

/* What may be left out and follows from the rest. */
static void
fill_in(Config *config)
{
	Policy *policy = config->policy;

	if (!policy->verified_domains[0]) {
		g_strfreev(policy->verified_domains);
		policy->verified_domains = g_strdupv(policy->domains);
	}
	if (!policy->bounce_domain && config->settings->secrets_file)
		policy->bounce_domain = g_strdup(policy->domains[0]);
	if (policy->message_size == 0)
		policy->message_size =
		    policy->ses_rules ? BOUND_SES_MESSAGE : BOUND_MESSAGE;
}

/* Direct relay needs to know where and as whom. */
static void
check_relay(Reading *reading)
{
	const Settings *settings = reading->config->settings;
	const struct {
		const char *value, *name;
	} needed[] = {
	    {settings->ses_host, "ses.host"},
	    {settings->ses_user, "ses.user"},
	    {settings->ses_password_file, "ses.password_file"},
	};

	if (settings->relay != RELAY_SES)
		return;
	for (guint i = 0; i < G_N_ELEMENTS(needed); i++) {
		const Option *option = find_option(needed[i].name);
		if (needed[i].value || !option)
			continue;
		gsize group_len;
		const char *leaf = option_leaf(option, &group_len);
		g_autofree char *text = g_strdup_printf(
		    "relay = \"ses\" needs %s: add ses: { %s = %s; };",
		    option->name, leaf, option->example);
		note_option(reading, "relay", text);
	}
}

/* Lines as postsrsd reads them: the octets before the line end are the key,
 * empty lines do not count, and there are no comments. */
static void
take_secrets(Policy *policy, const char *text, gsize len)
{
	const char *end = text + len;

	while (text < end) {
		const char *stop = memchr(text, '\n', (gsize)(end - text));
		const char *next = stop ? stop + 1 : end;
		if (!stop)
			stop = end;
		if (stop > text && stop[-1] == '\r')
			stop--;
		if (stop > text)
			policy_add_secret(policy, text, (gsize)(stop - text));
		text = next;
	}
}

static bool
read_secrets(Config *config, GError **error)
{
	const char *path = config->settings->secrets_file;
	g_autoptr(SecretString) text = file_read_private(
	    path, BOUND_CONFIG_FILE, "aliasbridge secret new", error);

	if (!text)
		return false;
	take_secrets(config->policy, text->str, text->len);
	if (config->policy->secrets->len > 0)
		return true;
	return failure_set(error, FAILURE_CONFIG,
	    "%s holds no secret: write one a line", path);
}

static void
check_whole(Reading *reading)
{
	Config *config = reading->config;
	g_autoptr(GError) error = NULL;
	const char *name = "secrets";

	fill_in(config);
	check_relay(reading);
	if ((config->settings->secrets_file && !read_secrets(config, &error)) ||
	    !policy_validate(config->policy, &name, &error))
		note_option(reading, name, error->message);
}

Config *
config_parse(const char *name, const char *text, gsize len, GError **error)
{
	g_autoptr(Config) config = config_new(name);
	g_autofree char *copy = g_strndup(text, len);
	g_autofree char *folder = g_path_get_dirname(name);
	Reading reading = {.config = config,
	    .name = name,
	    .folder = folder,
	    .errors = g_string_new(NULL)};

	if (len > BOUND_CONFIG_FILE || strlen(copy) != len)
		note_option(&reading, NULL, "not a text of at most 1 MB");
	else
		take_text(&reading, copy);
	if (reading.error_count == 0)
		check_whole(&reading);
	if (reading.error_count > ERRORS_SHOWN)
		g_string_append_printf(reading.errors,
		    "\n%s: and %u errors more", name,
		    reading.error_count - ERRORS_SHOWN);
	g_autofree char *errors = g_string_free(reading.errors, FALSE);
	if (reading.error_count == 0)
		return g_steal_pointer(&config);
	failure_set(error, FAILURE_CONFIG, "%s", errors);
	return NULL;
}

Config *
config_load(const char *path, GError **error)
{
	g_autofree char *absolute = g_canonicalize_filename(path, NULL);
	g_autoptr(GString) text = file_read(path, BOUND_CONFIG_FILE);

	if (text)
		return config_parse(absolute, text->str, text->len, error);
	file_failed(error, FAILURE_CONFIG, "read", path);
	return NULL;
}

/* One option's line, in the indentation of its group. */
static void
print_option(const Config *config, const Option *option, GString *out)
{
	gsize group_len;
	const char *leaf = option_leaf(option, &group_len);
	g_autofree char *value =
	    option_to_text(option, base_of(config, option));
	const char *indent = group_len > 0 ? "\t" : "";

	if (value)
		g_string_append_printf(
		    out, "%s%s = %s;\n", indent, leaf, value);
	else
		g_string_append_printf(
		    out, "%s# %s = %s;\n", indent, leaf, option->example);
}

static bool
same_group(const Option *a, const Option *b)
{
	gsize a_len, b_len;

	option_leaf(a, &a_len);
	option_leaf(b, &b_len);
	return a_len == b_len && strncmp(a->name, b->name, a_len) == 0;
}

char *
config_to_text(const Config *config)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < G_N_ELEMENTS(options); i++) {
		const Option *option = &options[i];
		gsize group_len;
		option_leaf(option, &group_len);
		if (group_len > 0 &&
		    (i == 0 || !same_group(option, &options[i - 1])))
			g_string_append_printf(
			    out, "%.*s: {\n", (int)group_len, option->name);
		print_option(config, option, out);
		if (group_len > 0 && (i + 1 == G_N_ELEMENTS(options) ||
					 !same_group(option, &options[i + 1])))
			g_string_append(out, "};\n");
	}
	return g_string_free(out, FALSE);
}

const char *
config_option_name(guint index)
{
	return index < G_N_ELEMENTS(options) ? options[index].name : NULL;
}
