/* SPDX-License-Identifier: MIT */
#include "core/alias_json.h"

#include <string.h>

#include "core/bounds.h"
#include "core/failure.h"

/* One entry being read. */
typedef struct Entry {
	Alias *alias; /* owned until returned */
	guint max_targets;
	GPtrArray *errors;   /* borrowed; of char * */
	GPtrArray *warnings; /* borrowed; of char * */
} Entry;

static void add(GPtrArray *texts, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void
add(GPtrArray *texts, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	g_ptr_array_add(texts, g_strdup_vprintf(format, arguments));
	va_end(arguments);
}

/* The Lambda's tables may hold "Name <a@b>" and blanks: the address in it, or
 * the text itself. The caller owns it. */
static char *
bare_address(const char *text)
{
	const char *open = strrchr(text, '<');
	gsize len = strlen(text);

	if (open && len > 0 && text[len - 1] == '>')
		return g_strndup(open + 1, len - 1 - (gsize)(open + 1 - text));
	return g_strstrip(g_strdup(text));
}

/* Targets are ASCII and their domains folded. */
static gboolean
same_target(gconstpointer a, gconstpointer b)
{
	return g_ascii_strcasecmp(a, b) == 0;
}

static void
read_target(Entry *entry, GPtrArray *targets, const char *text)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *bare = bare_address(text);
	g_autofree char *shown = failure_mask(text, -1, 100);
	g_autoptr(Address) address = address_parse(bare, -1, &error);

	if (!address) {
		add(entry->errors, "target \"%s\": %s", shown, error->message);
		return;
	}
	if (!address_is_ascii(address)) {
		add(entry->errors,
		    "target \"%s\": a local part that is not "
		    "ASCII needs SMTPUTF8, which SES does not have",
		    shown);
		return;
	}
	if (strcmp(bare, text) != 0)
		add(entry->warnings, "target \"%s\" is taken as \"%s\"", shown,
		    bare);
	g_autofree char *target = address_to_text(address);
	if (g_ptr_array_find_with_equal_func(
		targets, target, same_target, NULL))
		add(entry->warnings, "target \"%s\" is there twice", shown);
	else
		g_ptr_array_add(targets, g_steal_pointer(&target));
}

static char **
strv_of(GPtrArray *texts)
{
	g_ptr_array_add(texts, NULL);
	return (char **)g_ptr_array_free(texts, FALSE);
}

static void
read_targets(Entry *entry, const json_t *value)
{
	GPtrArray *targets = g_ptr_array_new();
	gsize count = json_array_size(value);

	if (!json_is_array(value))
		add(entry->errors, "targets must be an array of addresses: "
				   "[\"me@example.org\"]");
	if (count > entry->max_targets) {
		add(entry->errors,
		    "%" G_GSIZE_FORMAT " targets, at most %u "
		    "may be",
		    count, entry->max_targets);
		count = 0;
	}
	for (gsize i = 0; i < count; i++) {
		const char *text = json_string_value(json_array_get(value, i));
		if (text)
			read_target(entry, targets, text);
		else
			add(entry->errors,
			    "target %" G_GSIZE_FORMAT " must be a string",
			    i + 1);
	}
	g_strfreev(entry->alias->targets);
	entry->alias->targets = strv_of(targets);
}

static void
read_enabled(Entry *entry, const json_t *value)
{
	if (json_is_boolean(value))
		entry->alias->enabled = json_is_true(value);
	else
		add(entry->errors, "enabled must be true or false");
}

static void
read_reject(Entry *entry, const json_t *value)
{
	g_autoptr(GError) error = NULL;
	const char *text = json_string_value(value);

	if (!text)
		add(entry->errors, "reject must be a string: \"550 5.7.1 "
				   "This address was closed\"");
	else if (!(entry->alias->reject = reply_parse(text, &error)))
		add(entry->errors, "reject: %s", error->message);
}

/* A label's A-label. A star stands for characters of that: none is known of
 * one that holds both a star and what is not ASCII. */
static char *
fold_label(const char *label, bool of_host)
{
	bool ascii = g_str_is_ascii(label), star = strchr(label, '*') != NULL;

	if (!star && (of_host || !ascii))
		return address_domain_to_ascii(label, -1, NULL);
	return ascii ? g_ascii_strdown(label, -1) : NULL;
}

/* Owned by the caller; or NULL: no domain looks like this. of_host: its labels
 * are a host's and nothing else. */
static char *
fold_starred_domain(const char *domain, bool of_host)
{
	gsize len = strlen(domain);
	bool dot = of_host && len > 0 && domain[len - 1] == '.';
	g_autofree char *bare = g_strndup(domain, len - dot);
	g_auto(GStrv) labels = g_strsplit(bare, ".", -1);

	for (char **label = labels; *label; label++) {
		char *folded = fold_label(*label, of_host);
		if (!folded)
			return NULL;
		g_free(*label);
		*label = folded;
	}
	return g_strjoinv(".", labels);
}

/* In lower case, the domain as A-labels; NULL: no address that may come is
 * like this. (SES has no SMTPUTF8: local parts are ASCII.) */
static char *
fold_pattern(const char *text)
{
	const char *at = strrchr(text, '@');

	for (const char *c = text; *c; c++)
		if (g_ascii_iscntrl(*c) || g_ascii_isspace(*c))
			return NULL;
	if (strlen(text) > BOUND_ADDRESS || (!at && !strchr(text, '*')))
		return NULL;
	g_autofree char *local =
	    at ? g_strndup(text, (gsize)(at - text)) : g_strdup("");
	g_autofree char *lower = g_ascii_strdown(local, -1);
	/* Without "@" it is the end of a domain, "*.example", or both. */
	const char *end = at ? at + 1 : text;
	g_autofree char *domain =
	    strchr(end, '*') ? fold_starred_domain(end, at && *end != '[')
			     : address_domain_to_ascii(end, -1, NULL);
	if (!domain || !g_str_is_ascii(lower))
		return NULL;
	return g_strconcat(lower, at ? "@" : "", domain, NULL);
}

static void
read_senders(Entry *entry, const json_t *value)
{
	GPtrArray *senders = g_ptr_array_new();
	gsize count = json_array_size(value);

	if (!json_is_array(value) || count == 0 || count > BOUND_TARGETS) {
		add(entry->errors,
		    "senders must be an array of at most %d "
		    "patterns: [\"*@shop.example\"]",
		    BOUND_TARGETS);
		count = 0;
	}
	for (gsize i = 0; i < count; i++) {
		const char *text = json_string_value(json_array_get(value, i));
		char *pattern = text ? fold_pattern(text) : NULL;
		if (pattern)
			g_ptr_array_add(senders, pattern);
		else
			add(entry->errors,
			    "sender pattern %" G_GSIZE_FORMAT
			    " must be an address, \"@domain\" or hold a \"*\", "
			    "and ASCII but for whole labels of its domain",
			    i + 1);
	}
	g_strfreev(entry->alias->senders);
	entry->alias->senders = strv_of(senders);
}

static int
digits(const char *text, guint count)
{
	int number = 0;

	for (guint i = 0; i < count; i++) {
		if (!g_ascii_isdigit(text[i]))
			return -1;
		number = number * 10 + g_ascii_digit_value(text[i]);
	}
	return number;
}

/* Midnight after the day at text, "YYYY-MM-DD". */
static gint64
end_of_day(const char *text)
{
	int year = digits(text, 4);
	int month = year > 0 ? digits(text + 5, 2) : -1;
	int day = month > 0 ? digits(text + 8, 2) : -1;

	if (day < 1 || month > 12 ||
	    !g_date_valid_dmy(
		(GDateDay)day, (GDateMonth)month, (GDateYear)year))
		return 0;
	g_autoptr(GDateTime) start =
	    g_date_time_new_utc(year, month, day, 0, 0, 0);
	return start ? g_date_time_to_unix(start) + 24 * 60 * 60 : 0;
}

gint64
alias_parse_expires(const char *text)
{
	gsize len = strlen(text);

	if (len < 10 || text[4] != '-' || text[7] != '-')
		return 0;
	if (len == 10)
		return end_of_day(text);
	if ((text[10] != 'T' && text[10] != 't') || len > 40 ||
	    end_of_day(text) == 0)
		return 0;
	/* Without a time zone it gives NULL: RFC 3339 demands one. */
	g_autofree char *upper = g_ascii_strup(text, -1);
	g_autoptr(GDateTime) time = g_date_time_new_from_iso8601(upper, NULL);
	return time ? g_date_time_to_unix(time) : 0;
}

static void
read_expires(Entry *entry, const json_t *value)
{
	const char *text = json_string_value(value);

	entry->alias->expires = text ? alias_parse_expires(text) : 0;
	if (entry->alias->expires == 0)
		add(entry->errors, "expires must be a day, \"2027-01-31\", or "
				   "a time, \"2027-01-31T18:00:00Z\"");
}

static bool
has_control(const char *text)
{
	for (; *text; text = g_utf8_find_next_char(text, NULL))
		if (g_unichar_iscntrl(g_utf8_get_char(text)))
			return true;
	return false;
}

static char *
read_text(Entry *entry, const char *name, const json_t *value, bool one_line)
{
	const char *text = json_string_value(value);

	if (!text || strlen(text) > BOUND_TABLE_TEXT)
		add(entry->errors, "%s must be a string of at most %d octets",
		    name, BOUND_TABLE_TEXT);
	else if (one_line && has_control(text))
		add(entry->errors, "%s must not hold control characters", name);
	else if (*text)
		return g_strdup(text);
	return NULL;
}

static void
read_from_name(Entry *entry, const json_t *value)
{
	entry->alias->from_name = read_text(entry, "from_name", value, true);
}

static void
read_subject_prefix(Entry *entry, const json_t *value)
{
	entry->alias->subject_prefix =
	    read_text(entry, "subject_prefix", value, true);
}

static void
read_comment(Entry *entry, const json_t *value)
{
	entry->alias->comment = read_text(entry, "comment", value, false);
}

static const struct {
	const char *name;
	void (*read)(Entry *entry, const json_t *value);
} members[] = {
    {"targets", read_targets},
    {"enabled", read_enabled},
    {"reject", read_reject},
    {"senders", read_senders},
    {"expires", read_expires},
    {"from_name", read_from_name},
    {"subject_prefix", read_subject_prefix},
    {"comment", read_comment},
};

static void
read_member(Entry *entry, const char *name, const json_t *value)
{
	for (guint i = 0; i < G_N_ELEMENTS(members); i++)
		if (strcmp(members[i].name, name) == 0) {
			members[i].read(entry, value);
			return;
		}
	GString *known = g_string_new(NULL);
	for (guint i = 0; i < G_N_ELEMENTS(members); i++)
		g_string_append_printf(
		    known, "%s%s", i > 0 ? ", " : "", members[i].name);
	g_autofree char *shown = failure_mask(name, -1, 60);
	add(entry->errors, "unknown member \"%s\"; there are %s", shown,
	    known->str);
	g_string_free(known, TRUE);
}

static void
read_object(Entry *entry, json_t *value)
{
	for (void *at = json_object_iter(value); at;
	     at = json_object_iter_next(value, at))
		read_member(entry, json_object_iter_key(at),
		    json_object_iter_value(at));
}

Alias *
alias_from_json(const char *key, json_t *value, guint max_targets,
    GPtrArray *errors, GPtrArray *warnings)
{
	Entry entry = {alias_new(key), max_targets, errors, warnings};
	guint before = errors->len;

	if (json_is_object(value))
		read_object(&entry, value);
	else if (json_is_array(value))
		read_targets(&entry, value);
	else
		add(errors, "an entry is an array of targets or an object: "
			    "[\"me@example.org\"]");
	if (!entry.alias->targets)
		entry.alias->targets = g_new0(char *, 1);
	bool silent = entry.alias->enabled && !entry.alias->reject;
	if (errors->len == before && silent && !entry.alias->targets[0])
		add(errors, "no targets: name one, or say \"enabled\": false "
			    "or \"reject\"");
	return entry.alias;
}
