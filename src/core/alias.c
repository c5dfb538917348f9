/* SPDX-License-Identifier: MIT */
#include "core/alias.h"

#include <string.h>

#include "core/bounds.h"
#include "core/failure.h"

Alias *
alias_new(const char *key)
{
	Alias *alias = g_new0(Alias, 1);

	alias->key = g_strdup(key);
	alias->enabled = true;
	return alias;
}

void
alias_free(Alias *alias)
{
	if (!alias)
		return;
	g_free(alias->key);
	g_strfreev(alias->targets);
	reply_free(alias->reject);
	g_strfreev(alias->senders);
	g_free(alias->from_name);
	g_free(alias->subject_prefix);
	g_free(alias->comment);
	g_free(alias);
}

static bool
lists_same(char **a, char **b)
{
	char *none[] = {NULL};
	const char *const *x = (const char *const *)(a ? a : none);
	const char *const *y = (const char *const *)(b ? b : none);

	return g_strv_equal(x, y);
}

static bool
replies_same(const Reply *a, const Reply *b)
{
	if (!a || !b)
		return a == b;
	return a->code == b->code && strcmp(a->status, b->status) == 0 &&
	       strcmp(a->text, b->text) == 0;
}

bool
alias_same(const Alias *a, const Alias *b)
{
	return strcmp(a->key, b->key) == 0 &&
	       lists_same(a->targets, b->targets) && a->enabled == b->enabled &&
	       replies_same(a->reject, b->reject) &&
	       lists_same(a->senders, b->senders) && a->expires == b->expires &&
	       g_strcmp0(a->from_name, b->from_name) == 0 &&
	       g_strcmp0(a->subject_prefix, b->subject_prefix) == 0 &&
	       g_strcmp0(a->comment, b->comment) == 0;
}

/*
 * The record: one line a value, a tag before it, in this order; what is not
 * set has no line. Texts have '\' and LF escaped. One way to write an entry,
 * so that equal entries are equal octets.
 */
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

const char *
alias_rule_to_text(AliasRule rule)
{
	switch (rule) {
	case ALIAS_EXACT_EXTENSION:
		return "exact, with extension";
	case ALIAS_EXACT:
		return "exact";
	case ALIAS_DOMAIN:
		return "catch-all of the domain";
	case ALIAS_MAILBOX:
		return "mailbox on every domain";
	case ALIAS_ANY:
		return "catch-all of every domain";
	default:
		return "none";
	}
}

/* The local part of a folded address, owned by the caller. */
static char *
local_of(const char *folded)
{
	return g_strndup(folded, (gsize)(strrchr(folded, '@') - folded));
}

static char *
fold_mailbox(const char *key, GError **error)
{
	g_autofree char *text = g_strconcat(key, "@mailbox.invalid", NULL);
	g_autoptr(Address) address = address_parse(text, -1, error);

	if (!address)
		return NULL;
	g_autofree char *folded = address_fold(address);
	return local_of(folded);
}

char *
alias_fold_key(const char *key, GError **error)
{
	if (strlen(key) > BOUND_TABLE_KEY) {
		failure_set(error, FAILURE_INPUT,
		    "a key is longer than %d octets", BOUND_TABLE_KEY);
		return NULL;
	}
	if (strcmp(key, "@") == 0)
		return g_strdup(key);
	if (*key == '@') {
		g_autofree char *domain =
		    address_domain_to_ascii(key + 1, -1, error);
		return domain ? g_strconcat("@", domain, NULL) : NULL;
	}
	if (!strchr(key, '@'))
		return fold_mailbox(key, error);
	g_autoptr(Address) address = address_parse(key, -1, error);
	return address ? address_fold(address) : NULL;
}

guint
alias_keys(const Address *address, const char *delimiters,
    char *keys[ALIAS_MAX_KEYS], AliasRule rules[ALIAS_MAX_KEYS])
{
	g_autoptr(Address) bare =
	    address_without_extension(address, delimiters);
	guint n = 0;

	rules[n] = bare ? ALIAS_EXACT_EXTENSION : ALIAS_EXACT;
	keys[n++] = address_fold(address);
	if (bare) {
		rules[n] = ALIAS_EXACT;
		keys[n++] = address_fold(bare);
	}
	guint exact = n;
	rules[n] = ALIAS_DOMAIN;
	keys[n++] = g_strconcat("@", address->domain, NULL);
	for (guint i = 0; i < exact; i++) {
		rules[n] = ALIAS_MAILBOX;
		keys[n++] = local_of(keys[i]);
	}
	rules[n] = ALIAS_ANY;
	keys[n++] = g_strdup("@");
	return n;
}

bool
alias_is_active(const Alias *alias, gint64 now)
{
	return alias->enabled && alias->targets && alias->targets[0] &&
	       (alias->expires == 0 || now < alias->expires);
}

Reply *
alias_refusal(
    const Alias *alias, const char *sender, gint64 now, const Reply *unknown)
{
	if (!alias_is_active(alias, now)) {
		if (alias->reject || unknown)
			return reply_copy(
			    alias->reject ? alias->reject : unknown);
		return reply_new(
		    550, "5.2.1", "This email address is not in use.");
	}
	if (!sender || *sender == '\0' || alias_allows_sender(alias, sender))
		return NULL;
	if (alias->reject)
		return reply_copy(alias->reject);
	return reply_new(550, "5.7.1",
	    "This email address does not accept mail from this sender.");
}

/* "*" is any octets; both in lower case. Remembers the last star only, so
 * that time is at most the product of both lengths. */
static bool
glob(const char *pattern, const char *text)
{
	const char *star = NULL, *resume = NULL;

	while (*text) {
		if (*pattern == '*') {
			star = pattern++;
			resume = text;
		} else if (*pattern == *text) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star + 1;
			text = ++resume;
		} else {
			return false;
		}
	}
	return pattern[strspn(pattern, "*")] == '\0';
}

static char *
fold_sender(const char *sender)
{
	g_autoptr(Address) address = address_parse(sender, -1, NULL);

	return address ? address_fold(address) : g_ascii_strdown(sender, -1);
}

bool
alias_allows_sender(const Alias *alias, const char *sender)
{
	if (!alias->senders)
		return true;
	g_autofree char *folded = fold_sender(sender);
	for (char **pattern = alias->senders; *pattern; pattern++) {
		g_autofree char *lower = g_ascii_strdown(*pattern, -1);
		g_autofree char *any = *lower == '@'
					   ? g_strconcat("*", lower, NULL)
					   : g_strdup(lower);
		if (glob(any, folded))
			return true;
	}
	return false;
}
