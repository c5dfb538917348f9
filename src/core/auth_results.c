/* SPDX-License-Identifier: MIT */
#include "core/auth_results.h"

#include <string.h>

/* The field's value, unfolded, from the current octet on. */
typedef struct Reader {
	const char *p; /* borrowed */
} Reader;

/* Past a comment, nested or not, or a quoted string, from its first octet;
 * past one octet of anything else. */
static void
skip_one(Reader *reader)
{
	guint depth = 0;
	bool quoted = false;

	do {
		char c = *reader->p;
		if (c == '\\' && reader->p[1])
			reader->p++;
		else if (c == '"' && depth == 0)
			quoted = !quoted;
		else if (c == '(' && !quoted)
			depth++;
		else if (c == ')' && depth > 0)
			depth--;
		reader->p++;
	} while (*reader->p && (depth > 0 || quoted));
}

static void
skip_blanks(Reader *reader)
{
	while (*reader->p == '(' || g_ascii_isspace(*reader->p))
		skip_one(reader);
}

/* A token, or a quoted string without its quotes. The caller owns it. */
static char *
read_token(Reader *reader)
{
	const char *start = reader->p;

	if (*start == '"') {
		skip_one(reader);
		const char *end = reader->p;
		if (end - start >= 2 && end[-1] == '"')
			end--;
		return g_strndup(start + 1, (gsize)(end - start - 1));
	}
	reader->p += strcspn(start, " \t();=/\"");
	return g_strndup(start, (gsize)(reader->p - start));
}

static bool
next_result(Reader *reader)
{
	while (*reader->p && *reader->p != ';')
		skip_one(reader);
	if (*reader->p == '\0')
		return false;
	reader->p++;
	return true;
}

/* "method=result" or "method/version=result". The result of method, owned by
 * the caller, or NULL; the reader stands behind it. */
static char *
read_method(Reader *reader, const char *method)
{
	skip_blanks(reader);
	g_autofree char *found = read_token(reader);
	skip_blanks(reader);
	if (*reader->p == '/') {
		reader->p += 1 + strspn(reader->p + 1, "0123456789 \t");
		skip_blanks(reader);
	}
	if (*reader->p != '=' || g_ascii_strcasecmp(found, method) != 0)
		return NULL;
	reader->p++;
	skip_blanks(reader);
	return read_token(reader);
}

/* Does one of the words of text read "name=reject"? */
static bool
says_reject(const char *text, const char *name)
{
	g_auto(GStrv) words = g_strsplit_set(text, " \t\r\n(),;", -1);
	g_autofree char *want = g_strconcat(name, "=reject", NULL);

	for (guint i = 0; words[i]; i++)
		if (g_ascii_strcasecmp(words[i], want) == 0)
			return true;
	return false;
}

/* The domain's policy stands in a comment, "(p=reject dis=none)", or in a
 * property; RFC 8601 has none, so names differ. */
static bool
asks_to_reject(const Reader *reader)
{
	Reader end = *reader;

	while (*end.p && *end.p != ';')
		skip_one(&end);
	g_autofree char *text =
	    g_strndup(reader->p, (gsize)(end.p - reader->p));
	return says_reject(text, "p") || says_reject(text, "policy.dmarc") ||
	       says_reject(text, "policy.p") ||
	       says_reject(text, "policy.published-domain-policy");
}

static AuthVerdict
read_dmarc(Reader *reader)
{
	g_autofree char *result = read_method(reader, "dmarc");

	if (!result)
		return AUTH_UNKNOWN;
	if (g_ascii_strcasecmp(result, "pass") == 0)
		return AUTH_PASS;
	if (g_ascii_strcasecmp(result, "fail") != 0)
		return AUTH_UNKNOWN;
	return asks_to_reject(reader) ? AUTH_FAIL_REJECT : AUTH_FAIL;
}

static bool
is_by(Reader *reader, const char *authserv_id)
{
	skip_blanks(reader);
	g_autofree char *id = read_token(reader);
	return g_ascii_strcasecmp(id, authserv_id) == 0;
}

AuthVerdict
auth_results_dmarc(const Header *header, const char *authserv_id)
{
	const HeaderField *field =
	    header_get(header, "Authentication-Results", 1);
	AuthVerdict verdict = AUTH_UNKNOWN;

	if (!field || !authserv_id)
		return AUTH_UNKNOWN;
	g_autofree char *value = header_unfold(field->value, field->value_len);
	Reader reader = {value};
	if (!is_by(&reader, authserv_id))
		return AUTH_UNKNOWN;
	while (verdict == AUTH_UNKNOWN && next_result(&reader))
		verdict = read_dmarc(&reader);
	return verdict;
}
