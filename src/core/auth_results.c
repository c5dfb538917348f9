/* SPDX-License-Identifier: MIT */
#include "core/auth_results.h"

#include <string.h>

/* One "; method=result (comment) ..." with its comments apart. */
typedef struct Result {
	GString *text;     /* owned; quoted strings and comments taken out */
	GString *comments; /* owned; what stood in them */
} Result;

/* Read up to the ';' that ends it, or the end; returns where that is. RFC
 * 8601 2.2: comments nest, and may hide a ';', as quoted strings may. */
static const char *
read_result(const char *value, Result *result)
{
	guint depth = 0;
	bool quoted = false;

	g_string_truncate(result->text, 0);
	g_string_truncate(result->comments, 0);
	for (; *value && (quoted || depth > 0 || *value != ';'); value++) {
		if (*value == '\\' && value[1])
			value++;
		else if (depth == 0 && *value == '"')
			quoted = !quoted;
		else if (!quoted && *value == '(')
			depth++;
		else if (!quoted && *value == ')' && depth > 0)
			depth--;
		else if (depth > 0)
			g_string_append_c(result->comments, *value);
		else if (!quoted)
			g_string_append_c(result->text, *value);
	}
	return value;
}

/* What follows "name" blanks "=" blanks in text, at a word's start; or NULL. */
static const char *
value_of(const char *text, const char *name)
{
	gsize len = strlen(name);

	for (; *text;
	     text += strcspn(text, " \t,"), text += strspn(text, " \t,")) {
		if (g_ascii_strncasecmp(text, name, len) != 0)
			continue;
		const char *rest = text + len + strspn(text + len, " \t");
		if (*rest == '=')
			return rest + 1 + strspn(rest + 1, " \t");
	}
	return NULL;
}

static bool
is_word(const char *text, const char *word)
{
	gsize len = strcspn(text, " \t,;");

	return len == strlen(word) && g_ascii_strncasecmp(text, word, len) == 0;
}

static AuthVerdict
verdict_of(const Result *result)
{
	g_strchug(result->text->str);
	const char *dmarc =
	    g_ascii_strncasecmp(result->text->str, "dmarc", 5) == 0
		? value_of(result->text->str, "dmarc")
		: NULL;

	if (!dmarc)
		return AUTH_UNKNOWN;
	if (is_word(dmarc, "pass"))
		return AUTH_PASS;
	if (!is_word(dmarc, "fail"))
		return AUTH_UNKNOWN;
	const char *policy = value_of(result->comments->str, "p");
	return policy && is_word(policy, "reject") ? AUTH_FAIL_REJECT
						   : AUTH_FAIL;
}

/* Is the first word of text, before a version, authserv_id? */
static bool
is_from(const char *text, const char *authserv_id)
{
	text += strspn(text, " \t");
	gsize len = strcspn(text, " \t/");

	return len == strlen(authserv_id) &&
	       g_ascii_strncasecmp(text, authserv_id, len) == 0;
}

AuthVerdict
auth_results_dmarc(const Header *header, const char *authserv_id)
{
	const HeaderField *field =
	    header_get(header, "Authentication-Results", 1);
	AuthVerdict verdict = AUTH_UNKNOWN;

	if (!authserv_id || !field)
		return AUTH_UNKNOWN;
	g_autofree char *value = header_unfold(field->value, field->value_len);
	Result result = {g_string_new(NULL), g_string_new(NULL)};
	const char *rest = read_result(value, &result);
	bool trusted = is_from(result.text->str, authserv_id);
	while (trusted && *rest == ';' && verdict == AUTH_UNKNOWN) {
		rest = read_result(rest + 1, &result);
		verdict = verdict_of(&result);
	}
	g_string_free(result.text, TRUE);
	g_string_free(result.comments, TRUE);
	return verdict;
}
