/* SPDX-License-Identifier: MIT */
#include "cli/table_columns.h"

#include <string.h>

#include "core/failure.h"
#include "core/json_text.h"

static const char *const columns[] = {"key", "targets", "enabled", "reject",
    "senders", "expires", "from_name", "subject_prefix", "comment", NULL};

const char *const *
table_columns_header(void)
{
	return columns;
}

static char *
text_of(const char *text)
{
	return g_strdup(text ? text : "");
}

static char *
time_of(gint64 seconds)
{
	g_autoptr(GDateTime) time =
	    seconds > 0 ? g_date_time_new_from_unix_utc(seconds) : NULL;

	return time ? g_date_time_format(time, "%Y-%m-%dT%H:%M:%SZ")
		    : g_strdup("");
}

static char *
words_of(char *const *words)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; words && words[i]; i++)
		g_string_append_printf(
		    text, "%s%s", i > 0 ? " " : "", words[i]);
	return g_string_free(text, FALSE);
}

char **
table_columns_of(const Alias *alias)
{
	g_autofree char *reject =
	    alias->reject ? reply_to_text(alias->reject) : NULL;
	char **fields = g_new0(char *, G_N_ELEMENTS(columns));

	fields[0] = g_strdup(alias->key);
	fields[1] = words_of(alias->targets);
	fields[2] = g_strdup(alias->enabled ? "yes" : "no");
	fields[3] = text_of(reject);
	fields[4] = words_of(alias->senders);
	fields[5] = time_of(alias->expires);
	fields[6] = text_of(alias->from_name);
	fields[7] = text_of(alias->subject_prefix);
	fields[8] = text_of(alias->comment);
	return fields;
}

static void
add_word(json_t *array, GString *word)
{
	if (word->len > 0)
		json_array_append_new(array, json_string(word->str));
	g_string_truncate(word, 0);
}

/* Words with spaces, commas or semicolons between, which may also stand in
 * quotes: "a b"@c. */
static json_t *
array_of(const char *words)
{
	g_autoptr(GString) word = g_string_new(NULL);
	json_t *array = json_array();
	bool quoted = false;

	for (const char *c = words; *c; c++) {
		if (*c == '\\' && c[1])
			g_string_append_c(word, *c++);
		else if (*c == '"')
			quoted = !quoted;
		if (!quoted && strchr(" ,;\t\r\n", *c))
			add_word(array, word);
		else
			g_string_append_c(word, *c);
	}
	add_word(array, word);
	return array;
}

/* NULL: neither. */
static json_t *
flag_of(const char *text)
{
	static const char *const yes[] = {"yes", "true", "1", NULL};
	static const char *const no[] = {"no", "false", "0", NULL};
	g_autofree char *lower = g_ascii_strdown(text, -1);

	if (g_strv_contains(yes, lower))
		return json_true();
	return g_strv_contains(no, lower) ? json_false() : NULL;
}

static bool
set_member(json_t *entry, const char *name, const char *text, GError **error)
{
	json_t *value;

	if (strcmp(name, "targets") == 0 || strcmp(name, "senders") == 0)
		value = array_of(text);
	else if (strcmp(name, "enabled") == 0)
		value = flag_of(text);
	else
		value = json_string(text);
	if (value && json_object_set_new(entry, name, value) == 0)
		return true;
	return failure_set(error, FAILURE_INPUT,
	    value ? "%s: it is no UTF-8 text" : "%s: write yes or no", name);
}

bool
table_columns_check(char *const *header, GError **error)
{
	bool key = false;

	for (guint i = 0; header[i]; i++) {
		key = key || strcmp(header[i], "key") == 0;
		if (g_strv_contains(columns, header[i]))
			continue;
		g_autofree char *shown = failure_mask(header[i], -1, 60);
		return failure_set(error, FAILURE_INPUT,
		    "there is no column \"%s\": the first line names columns "
		    "out of key, targets, enabled, reject, senders, expires, "
		    "from_name, subject_prefix, comment",
		    shown);
	}
	if (!key)
		failure_set(error, FAILURE_INPUT,
		    "the first line names no column \"key\"");
	return key;
}

/* ["a@b"] is shorter than {"targets": ["a@b"]}. */
static json_t *
simplify(json_t *entry)
{
	json_t *targets = json_object_get(entry, "targets");

	if (json_is_true(json_object_get(entry, "enabled")))
		json_object_del(entry, "enabled");
	if (!targets || json_object_size(entry) > 1)
		return entry;
	json_incref(targets);
	json_decref(entry);
	return targets;
}

json_t *
table_columns_read(
    char *const *header, char *const *fields, const char **key, GError **error)
{
	json_t *entry = json_object();
	bool good = true;

	*key = NULL;
	for (guint i = 0; good && fields[i]; i++) {
		if (!header[i]) {
			failure_set(error, FAILURE_INPUT,
			    "there are more fields than columns");
			good = false;
		} else if (strcmp(header[i], "key") == 0) {
			*key = fields[i];
		} else if (*fields[i]) {
			good = set_member(entry, header[i], fields[i], error);
		}
	}
	if (good && (!*key || !**key)) {
		failure_set(error, FAILURE_INPUT, "it has no key");
		good = false;
	}
	if (good)
		return simplify(entry);
	json_decref(entry);
	return NULL;
}

char *
table_columns_to_json(const Alias *alias)
{
	g_auto(GStrv) fields = table_columns_of(alias);
	json_t *entry = json_object();

	for (guint i = 1; columns[i]; i++)
		if (*fields[i] || strcmp(columns[i], "targets") == 0)
			set_member(entry, columns[i], fields[i], NULL);
	g_autofree char *key = json_text_take(json_string(alias->key), 0);
	g_autofree char *value = json_text_take(simplify(entry), 0);
	return g_strconcat(key, ": ", value, NULL);
}
