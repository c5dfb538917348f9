/* SPDX-License-Identifier: MIT */
/*
 * alias_record.c - an entry as the compiled table keeps it: see alias.h
 *
 * One line a value, a tag before it, in the order of the tags below; what is
 * not set has no line. Texts have '\' and LF escaped. There is one way to write
 * an entry, so that equal entries are equal octets.
 */
#include <string.h>

#include "core/alias.h"
#include "core/failure.h"

enum {
	TAG_TARGET = 'T',
	TAG_DISABLED = 'D',
	TAG_REJECT = 'R',
	TAG_SENDER = 'S',
	TAG_EXPIRES = 'E',
	TAG_FROM_NAME = 'F',
	TAG_SUBJECT_PREFIX = 'P',
	TAG_COMMENT = 'C',
};

static void
put_line(GString *record, char tag, const char *value)
{
	g_string_append_c(record, tag);
	for (; *value; value++)
		if (*value == '\\')
			g_string_append(record, "\\\\");
		else if (*value == '\n')
			g_string_append(record, "\\n");
		else
			g_string_append_c(record, *value);
	g_string_append_c(record, '\n');
}

static void
put_list(GString *record, char tag, char **values)
{
	for (; values && *values; values++)
		put_line(record, tag, *values);
}

static void
put_text(GString *record, char tag, const char *value)
{
	if (value)
		put_line(record, tag, value);
}

char *
alias_to_record(const Alias *alias)
{
	GString *record = g_string_sized_new(64);

	put_list(record, TAG_TARGET, alias->targets);
	if (!alias->enabled)
		put_line(record, TAG_DISABLED, "");
	if (alias->reject) {
		g_autofree char *reply = reply_to_text(alias->reject);
		put_line(record, TAG_REJECT, reply);
	}
	put_list(record, TAG_SENDER, alias->senders);
	if (alias->expires) {
		g_autofree char *expires =
		    g_strdup_printf("%" G_GINT64_FORMAT, alias->expires);
		put_line(record, TAG_EXPIRES, expires);
	}
	put_text(record, TAG_FROM_NAME, alias->from_name);
	put_text(record, TAG_SUBJECT_PREFIX, alias->subject_prefix);
	put_text(record, TAG_COMMENT, alias->comment);
	return g_string_free(record, FALSE);
}

typedef struct Record {
	const char *at; /* borrowed; what is still unread */
	const char *end;
} Record;

/* In place: what put_line escaped. */
static void
unescape(char *text)
{
	char *to = strchr(text, '\\');

	if (!to)
		return;
	for (const char *from = to; *from; from++) {
		if (from[0] == '\\' && from[1] != '\0') {
			from++;
			*to++ = *from == 'n' ? '\n' : *from;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
}

/* The next line's value if it has this tag, else NULL. */
static char *
take_line(Record *record, char tag)
{
	if (record->at == record->end || *record->at != tag)
		return NULL;
	const char *value = record->at + 1;
	const char *stop = memchr(value, '\n', (gsize)(record->end - value));
	if (!stop)
		return NULL;
	record->at = stop + 1;
	char *text = g_strndup(value, (gsize)(stop - value));
	unescape(text);
	return text;
}

static guint
count_lines(const Record *record, char tag)
{
	guint count = 0;
	const char *at = record->at;

	while (at < record->end && *at == tag) {
		const char *stop = memchr(at, '\n', (gsize)(record->end - at));
		if (!stop)
			break;
		at = stop + 1;
		count++;
	}
	return count;
}

static char **
take_list(Record *record, char tag)
{
	guint count = count_lines(record, tag);
	char **list = g_new(char *, count + 1);

	for (guint i = 0; i < count; i++)
		list[i] = take_line(record, tag);
	list[count] = NULL;
	return list;
}

static bool
take_reject(Record *record, Alias *alias)
{
	g_autofree char *text = take_line(record, TAG_REJECT);

	if (!text)
		return true;
	alias->reject = reply_parse(text, NULL);
	return alias->reject != NULL;
}

static bool
take_expires(Record *record, Alias *alias)
{
	g_autofree char *text = take_line(record, TAG_EXPIRES);

	return !text || g_ascii_string_to_signed(text, 10, G_MININT64,
			    G_MAXINT64, &alias->expires, NULL);
}

static bool
take_disabled(Record *record, Alias *alias)
{
	g_autofree char *text = take_line(record, TAG_DISABLED);

	alias->enabled = !text;
	return !text || *text == '\0';
}

static bool
take_all(Record *record, Alias *alias)
{
	alias->targets = take_list(record, TAG_TARGET);
	if (!take_disabled(record, alias) || !take_reject(record, alias))
		return false;
	if (record->at < record->end && *record->at == TAG_SENDER)
		alias->senders = take_list(record, TAG_SENDER);
	if (!take_expires(record, alias))
		return false;
	alias->from_name = take_line(record, TAG_FROM_NAME);
	alias->subject_prefix = take_line(record, TAG_SUBJECT_PREFIX);
	alias->comment = take_line(record, TAG_COMMENT);
	return record->at == record->end;
}

Alias *
alias_from_record(
    const char *key, const char *record, gsize len, GError **error)
{
	g_autoptr(Alias) alias = alias_new(key);
	Record rest = {record, record + len};

	if (len == 0 || memchr(record, '\0', len) || !take_all(&rest, alias)) {
		g_autofree char *masked = failure_mask(key, -1, 80);
		failure_set(error, FAILURE_TEMPORARY,
		    "the table's record of %s is damaged", masked);
		return NULL;
	}
	return g_steal_pointer(&alias);
}
