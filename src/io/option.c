/* SPDX-License-Identifier: MIT */
#include "io/option.h"

#include <string.h>

#include "core/address.h"
#include "core/bounds.h"
#include "core/failure.h"
#include "core/host_port.h"
#include "core/reply.h"
#include "core/table_source.h"

const char *
option_leaf(const Option *option, gsize *group_len)
{
	const char *dot = strchr(option->name, '.');

	*group_len = dot ? (gsize)(dot - option->name) : 0;
	return dot ? dot + 1 : option->name;
}

/* "unknown_reply must be a string: unknown_reply = "..." */
static bool
wrong_type(const Option *option, const char *kind, GError **error)
{
	gsize group_len;
	const char *leaf = option_leaf(option, &group_len);

	return failure_set(error, FAILURE_CONFIG, "%s must be %s: %s = %s;",
	    option->name, kind, leaf, option->example);
}

static char *
words_to_text(const Option *option)
{
	GString *text = g_string_new("one of ");

	for (guint i = 0; option->words[i]; i++)
		g_string_append_printf(
		    text, "%s\"%s\"", i > 0 ? ", " : "", option->words[i]);
	return g_string_free(text, FALSE);
}

static bool
is_printable_ascii(const char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			return false;
	return true;
}

static void
replace(void *place, char *value)
{
	char **text = place;

	g_free(*text);
	*text = value;
}

static bool
set_delimiters(
    const Option *option, void *place, const char *text, GError **error)
{
	if (strpbrk(text, "@ \"") || !is_printable_ascii(text))
		return failure_set(error, FAILURE_CONFIG,
		    "%s must hold characters that separate an extension in "
		    "a local part, as \"+\", or \"\" for none",
		    option->name);
	replace(place, g_strdup(text));
	return true;
}

static char *
resolve(const char *folder, const char *path)
{
	return g_path_is_absolute(path) ? g_strdup(path)
					: g_build_filename(folder, path, NULL);
}

/* inet:PORT or inet:PORT@HOST; a HOST is looked up when it is opened. */
static bool
is_inet_socket(const char *text)
{
	const char *port = strchr(text, ':');
	const char *at = port ? strchr(port, '@') : NULL;

	if (!g_str_has_prefix(text, "inet:") &&
	    !g_str_has_prefix(text, "inet6:"))
		return false;
	g_autofree char *number =
	    at ? g_strndup(port + 1, (gsize)(at - port - 1))
	       : g_strdup(port + 1);
	return host_port_is_port(number, NULL) && (!at || at[1] != '\0');
}

static bool
set_socket(const Option *option, void *place, const char *text,
    const char *folder, GError **error)
{
	if (g_str_has_prefix(text, "unix:") && text[5] != '\0') {
		g_autofree char *path = resolve(folder, text + 5);
		replace(place, g_strconcat("unix:", path, NULL));
		return true;
	}
	if (!is_inet_socket(text))
		return failure_set(error, FAILURE_CONFIG,
		    "%s must be \"unix:/path\" or "
		    "\"inet:port@host\", not \"%s\"",
		    option->name, text);
	replace(place, g_strdup(text));
	return true;
}

static bool
set_reinject(
    const Option *option, void *place, const char *text, GError **error)
{
	g_autofree char *host = NULL;
	int port;

	if (!host_port_split(text, &host, &port))
		return failure_set(error, FAILURE_CONFIG,
		    "%s must be \"host:port\" as %s, not \"%s\"", option->name,
		    option->example, text);
	/* What listens elsewhere would get mail without TLS. */
	if (!host_port_is_local(host))
		return failure_set(error, FAILURE_CONFIG,
		    "%s must be on this machine as %s, not \"%s\"",
		    option->name, option->example, text);
	replace(place, g_strdup(text));
	return true;
}

static bool
is_literal(const char *text)
{
	gsize len = strlen(text);

	if (len < 2 || text[0] != '[' || text[len - 1] != ']')
		return false;
	g_autofree char *inner = g_strndup(text + 1, len - 2);
	return g_hostname_is_ip_address(inner);
}

static bool
set_host(const Option *option, void *place, const char *text, GError **error)
{
	char *host = is_literal(text) ? g_strdup(text)
				      : address_domain_to_ascii(text, -1, NULL);

	if (!host)
		return failure_set(error, FAILURE_CONFIG,
		    "%s must be the name of a host, without a port, as %s, not "
		    "\"%s\"",
		    option->name, option->example, text);
	replace(place, host);
	return true;
}

/* As the sync writes it, so that the two can be compared. */
static bool
set_source(const Option *option, void *place, const char *text,
    const char *folder, GError **error)
{
	g_autoptr(GError) why = NULL;
	bool file = g_str_has_prefix(text, "file:") && text[5] != '\0';
	g_autofree char *path = file ? resolve(folder, text + 5) : NULL;
	g_autofree char *whole =
	    file ? g_strconcat("file:", path, NULL) : g_strdup(text);
	g_autoptr(TableSource) source = table_source_parse(whole, &why);

	if (!source)
		return failure_set(error, FAILURE_CONFIG, "%s: %s",
		    option->name, why->message);
	replace(place, g_strdup(source->text));
	return true;
}

static bool
set_address(const Option *option, void *place, const char *text, GError **error)
{
	g_autoptr(GError) why = NULL;
	g_autoptr(Address) address = address_parse(text, -1, &why);

	if (!address)
		return failure_set(error, FAILURE_CONFIG, "%s: \"%s\": %s",
		    option->name, text, why->message);
	replace(place, address_to_text(address));
	return true;
}

static char *
to_domain(const Option *option, const char *text, GError **error)
{
	g_autoptr(GError) why = NULL;
	char *domain = address_domain_to_ascii(text, -1, &why);

	if (!domain)
		failure_set(error, FAILURE_CONFIG, "%s: \"%s\": %s",
		    option->name, text, why->message);
	return domain;
}

static bool
set_domain(const Option *option, void *place, const char *text, GError **error)
{
	char *domain = to_domain(option, text, error);

	if (domain)
		replace(place, domain);
	return domain != NULL;
}

static bool
set_reply(const Option *option, void *place, const char *text, GError **error)
{
	g_autoptr(GError) why = NULL;
	Reply **reply = place;
	Reply *parsed = reply_parse(text, &why);

	if (!parsed)
		return failure_set(error, FAILURE_CONFIG, "%s: %s",
		    option->name, why->message);
	reply_free(*reply);
	*reply = parsed;
	return true;
}

static bool
set_word(const Option *option, void *place, const char *text, GError **error)
{
	for (guint i = 0; option->words[i]; i++) {
		if (strcmp(option->words[i], text) != 0)
			continue;
		if (option->type == OPTION_FLAG)
			*(bool *)place = i > 0;
		else
			*(guint *)place = i;
		return true;
	}
	g_autofree char *words = words_to_text(option);
	return failure_set(error, FAILURE_CONFIG, "%s must be %s, not \"%s\"",
	    option->name, words, text);
}

static bool
set_string(const Option *option, void *place, const char *text,
    const char *folder, GError **error)
{
	if (!g_utf8_validate(text, -1, NULL) || strlen(text) > BOUND_TABLE_TEXT)
		return failure_set(error, FAILURE_CONFIG,
		    "%s must be at most %d octets of UTF-8", option->name,
		    BOUND_TABLE_TEXT);
	for (const char *c = text; *c; c++)
		if (g_ascii_iscntrl(*c))
			return failure_set(error, FAILURE_CONFIG,
			    "%s must not hold control characters",
			    option->name);
	if (*text == '\0' && option->type != OPTION_DELIMITERS)
		return failure_set(error, FAILURE_CONFIG,
		    "%s must not be empty: leave it out, or "
		    "write %s",
		    option->name, option->example);
	switch ((guint)option->type) {
	case OPTION_DELIMITERS:
		return set_delimiters(option, place, text, error);
	case OPTION_PATH:
		replace(place, resolve(folder, text));
		return true;
	case OPTION_SOCKET:
		return set_socket(option, place, text, folder, error);
	case OPTION_REINJECT:
		return set_reinject(option, place, text, error);
	case OPTION_HOST:
		return set_host(option, place, text, error);
	case OPTION_SOURCE:
		return set_source(option, place, text, folder, error);
	case OPTION_ADDRESS:
		return set_address(option, place, text, error);
	case OPTION_DOMAIN:
		return set_domain(option, place, text, error);
	case OPTION_REPLY:
		return set_reply(option, place, text, error);
	case OPTION_WORD:
	case OPTION_FLAG:
		return set_word(option, place, text, error);
	default:
		break;
	}
	if (!is_printable_ascii(text))
		return failure_set(error, FAILURE_CONFIG,
		    "%s must be printable ASCII", option->name);
	replace(place, g_strdup(text));
	return true;
}

static bool
holds(const GPtrArray *texts, const char *text)
{
	return g_ptr_array_find_with_equal_func(
	    (GPtrArray *)(gsize)texts, text, g_str_equal, NULL);
}

static bool
add_domain(const Option *option, GPtrArray *domains,
    const config_setting_t *element, GError **error)
{
	const char *text = config_setting_get_string(element);

	if (!text)
		return wrong_type(option, "an array of strings", error);
	g_autofree char *domain = to_domain(option, text, error);
	if (!domain)
		return false;
	if (!holds(domains, domain))
		g_ptr_array_add(domains, g_steal_pointer(&domain));
	return true;
}

static bool
set_domains(const Option *option, void *place, const config_setting_t *setting,
    GError **error)
{
	g_autoptr(GPtrArray) domains = g_ptr_array_new_with_free_func(g_free);
	char ***list = place;
	int count = config_setting_length(setting);

	if (!config_setting_is_array(setting) &&
	    !config_setting_is_list(setting))
		return wrong_type(option, "an array of strings", error);
	for (int i = 0; i < count; i++)
		if (!add_domain(option, domains,
			config_setting_get_elem(setting, (guint)i), error))
			return false;
	if (domains->len == 0)
		return failure_set(error, FAILURE_CONFIG,
		    "%s must not be empty: %s = %s;", option->name,
		    option->name, option->example);
	g_ptr_array_add(domains, NULL);
	g_strfreev(*list);
	*list = (char **)g_ptr_array_free(g_steal_pointer(&domains), FALSE);
	return true;
}

static bool
set_number(const Option *option, void *place, const config_setting_t *setting,
    GError **error)
{
	int type = config_setting_type(setting);

	if (type != CONFIG_TYPE_INT && type != CONFIG_TYPE_INT64)
		return wrong_type(option, "a whole number", error);
	/* libconfig 1.5 gives 0 for get_int64 of a plain number. */
	gint64 value = type == CONFIG_TYPE_INT
			   ? config_setting_get_int(setting)
			   : config_setting_get_int64(setting);
	if (value < option->min || value > option->max)
		return failure_set(error, FAILURE_CONFIG,
		    "%s must be from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT
		    ", not %" G_GINT64_FORMAT,
		    option->name, option->min, option->max, value);
	if (option->type == OPTION_SIZE)
		*(gsize *)place = (gsize)value;
	else
		*(int *)place = (int)value;
	return true;
}

static bool
set_bool(const Option *option, void *place, const config_setting_t *setting,
    GError **error)
{
	if (config_setting_type(setting) != CONFIG_TYPE_BOOL)
		return wrong_type(option, "true or false", error);
	*(bool *)place = config_setting_get_bool(setting) != 0;
	return true;
}

bool
option_set(const Option *option, void *base, const config_setting_t *setting,
    const char *folder, GError **error)
{
	void *place = G_STRUCT_MEMBER_P(base, option->offset);

	if (option->type == OPTION_DOMAINS)
		return set_domains(option, place, setting, error);
	if (option->type == OPTION_INT || option->type == OPTION_SIZE)
		return set_number(option, place, setting, error);
	if (option->type == OPTION_BOOL)
		return set_bool(option, place, setting, error);
	const char *text = config_setting_get_string(setting);
	if (!text)
		return wrong_type(option, "a string", error);
	return set_string(option, place, text, folder, error);
}

bool
option_set_text(const Option *option, void *base, const char *text,
    const char *folder, GError **error)
{
	return set_string(option, G_STRUCT_MEMBER_P(base, option->offset), text,
	    folder, error);
}

static char *
quote(const char *text)
{
	GString *out = g_string_new("\"");

	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			g_string_append_c(out, '\\');
		g_string_append_c(out, *text);
	}
	g_string_append_c(out, '"');
	return g_string_free(out, FALSE);
}

static char *
quote_list(char **list)
{
	GString *out = g_string_new("[ ");

	for (guint i = 0; list[i]; i++) {
		g_autofree char *quoted = quote(list[i]);
		g_string_append_printf(out, "%s%s", i > 0 ? ", " : "", quoted);
	}
	g_string_append(out, " ]");
	return g_string_free(out, FALSE);
}

static char *
reply_quoted(const Reply *reply)
{
	g_autofree char *text = reply_to_text(reply);

	return quote(text);
}

char *
option_to_text(const Option *option, const void *base)
{
	const void *place = (const char *)base + option->offset;

	switch (option->type) {
	case OPTION_DOMAINS:
		return quote_list(*(char **const *)place);
	case OPTION_REPLY:
		return reply_quoted(*(Reply *const *)place);
	case OPTION_INT:
		return g_strdup_printf("%d", *(const int *)place);
	case OPTION_SIZE:
		return g_strdup_printf(
		    "%" G_GSIZE_FORMAT, *(const gsize *)place);
	case OPTION_BOOL:
		return g_strdup(*(const bool *)place ? "true" : "false");
	case OPTION_WORD:
		return quote(option->words[*(const guint *)place]);
	case OPTION_FLAG:
		return quote(option->words[*(const bool *)place]);
	case OPTION_TEXT:
	case OPTION_DELIMITERS:
	case OPTION_PATH:
	case OPTION_SOCKET:
	case OPTION_REINJECT:
	case OPTION_HOST:
	case OPTION_SOURCE:
	case OPTION_ADDRESS:
	case OPTION_DOMAIN:
	default:
		break;
	}
	const char *text = *(char *const *)place;
	return text ? quote(text) : NULL;
}

#define NAME_MAX_COMPARED 64

/* Levenshtein's distance without regard to case; texts are cut at
 * NAME_MAX_COMPARED. */
static guint
distance(const char *a, const char *b)
{
	guint row[NAME_MAX_COMPARED + 1];
	gsize a_len = strnlen(a, NAME_MAX_COMPARED);
	gsize b_len = strnlen(b, NAME_MAX_COMPARED);

	for (guint j = 0; j <= b_len; j++)
		row[j] = j;
	for (guint i = 1; i <= a_len; i++) {
		guint diagonal = row[0];
		row[0] = i;
		for (guint j = 1; j <= b_len; j++) {
			bool same = g_ascii_tolower(a[i - 1]) ==
				    g_ascii_tolower(b[j - 1]);
			guint replaced = diagonal + (same ? 0 : 1);
			diagonal = row[j];
			row[j] = MIN(replaced, MIN(row[j], row[j - 1]) + 1);
		}
	}
	return row[b_len];
}

const Option *
option_nearest(const Option *options, guint count, const char *name)
{
	const char *dot = strrchr(name, '.');
	const char *name_leaf = dot ? dot + 1 : name;
	guint len = (guint)strnlen(name_leaf, NAME_MAX_COMPARED);
	/* Of a short name half may be wrong, of any at most three letters. */
	guint best_distance = MIN(MIN(len / 2, (len + 2) / 3), 3) + 1;
	guint best_whole = 0;
	const Option *best = NULL;

	for (guint i = 0; i < count; i++) {
		gsize group_len;
		const char *leaf = option_leaf(&options[i], &group_len);
		guint whole = distance(name, options[i].name);
		guint d = MIN(whole, distance(name_leaf, leaf));
		/* Groups have members of one name: ses.user, milter.user. */
		if (d < best_distance ||
		    (d == best_distance && whole < best_whole)) {
			best = &options[i];
			best_distance = d;
			best_whole = whole;
		}
	}
	return best;
}
