/* SPDX-License-Identifier: MIT */
#include "core/parameter_read.h"

#include "core/bounds.h"
#include "core/parameter_piece.h"

/* --- the strict reader: JavaMail's HeaderTokenizer --- */

typedef struct Scan {
	const char *at, *end;
	/* A run of white space and ';' that no known parameter follows. It is
	 * not asked twice: that keeps the time linear. */
	const char *run, *run_end;
} Scan;

typedef enum Token {
	TOKEN_END,
	TOKEN_ATOM,
	TOKEN_QUOTED,
	TOKEN_SPECIAL, /* one octet, at text */
	TOKEN_BAD,     /* a comment or quoted string without its end */
} Token;

static bool
is_white(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void
skip_white(Scan *scan)
{
	while (scan->at < scan->end && is_white(*scan->at))
		scan->at++;
}

/* scan is at '('. False: the comment does not end. */
static bool
skip_comment(Scan *scan)
{
	guint nesting = 0;

	for (; scan->at < scan->end; scan->at++) {
		char c = *scan->at;
		if (c == '\\')
			scan->at++;
		else if (c == '(')
			nesting++;
		else if (c == ')' && --nesting == 0) {
			scan->at++;
			return true;
		}
	}
	scan->at = scan->end;
	return false;
}

/* scan is behind the quote; text is what is inside, escapes included. */
static Token
scan_quoted(Scan *scan, const char **text, gsize *len)
{
	*text = scan->at;
	for (; scan->at < scan->end; scan->at++) {
		if (*scan->at == '\\') {
			scan->at++;
		} else if (*scan->at == '"') {
			*len = (gsize)(scan->at++ - *text);
			return TOKEN_QUOTED;
		}
	}
	scan->at = scan->end;
	return TOKEN_BAD;
}

static Token
scan_token(Scan *scan, const char **text, gsize *len)
{
	skip_white(scan);
	while (scan->at < scan->end && *scan->at == '(') {
		if (!skip_comment(scan))
			return TOKEN_BAD;
		skip_white(scan);
	}
	if (scan->at >= scan->end)
		return TOKEN_END;
	*text = scan->at++;
	*len = 1;
	if (**text == '"')
		return scan_quoted(scan, text, len);
	if (!parameter_is_atom(**text))
		return TOKEN_SPECIAL;
	while (scan->at < scan->end && parameter_is_atom(*scan->at))
		scan->at++;
	*len = (gsize)(scan->at - *text);
	return TOKEN_ATOM;
}

/* Without escapes and line breaks. */
static GString *
unquote(const char *text, gsize len)
{
	GString *out = g_string_sized_new(len);

	for (gsize i = 0; i < len; i++) {
		if (text[i] == '\\' && i + 1 < len)
			i++;
		else if (text[i] == '\r' || text[i] == '\n')
			continue;
		g_string_append_c(out, text[i]);
	}
	return out;
}

static bool
is_special(Token token, const char *text, char c)
{
	return token == TOKEN_SPECIAL && *text == c;
}

/* "; name = value" any number of times. */
static bool
strict_parameters(Scan *scan, GPtrArray *pieces)
{
	const char *text, *name;
	gsize len, name_len;

	for (;;) {
		Token token = scan_token(scan, &text, &len);
		if (token == TOKEN_END)
			return true;
		if (!is_special(token, text, ';'))
			return false;
		token = scan_token(scan, &name, &name_len);
		if (token == TOKEN_END)
			return true;
		if (token != TOKEN_ATOM)
			return false;
		token = scan_token(scan, &text, &len);
		if (!is_special(token, text, '='))
			return false;
		token = scan_token(scan, &text, &len);
		if (token != TOKEN_ATOM && token != TOKEN_QUOTED)
			return false;
		if (pieces)
			pieces_add(pieces, name, name_len, unquote(text, len));
	}
}

/* The value before the parameters; *out may be NULL. */
static bool
strict_value(ContentKind kind, Scan *scan, char **out)
{
	const char *type, *text;
	gsize len, sub_len;

	if (scan_token(scan, &type, &len) != TOKEN_ATOM)
		return false;
	if (kind == CONTENT_DISPOSITION) {
		if (out)
			*out = g_ascii_strdown(type, (gssize)len);
		return true;
	}
	Token token = scan_token(scan, &text, &sub_len);
	if (!is_special(token, text, '/') ||
	    scan_token(scan, &text, &sub_len) != TOKEN_ATOM)
		return false;
	if (out) {
		g_autofree char *whole = g_strdup_printf(
		    "%.*s/%.*s", (int)len, type, (int)sub_len, text);
		*out = g_ascii_strdown(whole, -1);
	}
	return true;
}

bool
parameter_read_strict(ContentKind kind, const char *value, gsize len,
    char **out, GPtrArray *pieces)
{
	Scan scan = {.at = value, .end = value + len};
	g_autofree char *read = NULL;

	if (!strict_value(kind, &scan, &read) ||
	    !strict_parameters(&scan, pieces))
		return false;
	pieces_link(pieces);
	if (pieces_trip_javamail(pieces))
		return false;
	if (out)
		*out = g_steal_pointer(&read);
	return true;
}

/* --- the forgiving reader --- */

static bool
has_word(const char *const *words, const char *text, gsize len)
{
	for (; *words; words++)
		if (strlen(*words) == len &&
		    g_ascii_strncasecmp(*words, text, len) == 0)
			return true;
	return false;
}

static gsize
without_stars(const char *name, gsize len)
{
	const char *star = memchr(name, '*', len);

	return star ? (gsize)(star - name) : len;
}

/* Parameters in use: where one of these stands with '=' behind, it begins,
 * whatever is missing before it. */
static bool
is_known_name(const char *name, gsize len)
{
	static const char *const known[] = {"name", "filename", "charset",
	    "boundary", "type", "format", "delsp", "size", "protocol", "micalg",
	    "method", "start", "report-type", "smime-type", "creation-date",
	    "modification-date", "read-date", "x-unix-mode", "x-mac-type",
	    "x-mac-creator", "x-apple-part-url", "reply-type", "access-type",
	    "component", NULL};
	return has_word(known, name, without_stars(name, len));
}

/* Behind white space and ';' at text: does a known parameter begin? */
static bool
begins_parameter(Scan *scan, const char *text)
{
	const char *run = text, *end = scan->end;

	if (run >= scan->run && run < scan->run_end)
		return false;
	while (text < end && (is_white(*text) || *text == ';'))
		text++;
	const char *name = text;
	while (text < end && parameter_is_atom(*text))
		text++;
	gsize len = (gsize)(text - name);
	while (text < end && is_white(*text))
		text++;
	if (text < end && *text == '=' && is_known_name(name, len))
		return true;
	scan->run = run;
	scan->run_end = name;
	return false;
}

/* at is a quote: does it close, or is it part of what is quoted? */
static bool
quote_closes(Scan *scan, const char *at)
{
	for (at++; at < scan->end && is_white(*at);)
		at++;
	return at == scan->end || *at == ';' || *at == '(' ||
	       begins_parameter(scan, at);
}

/* Only \" and \\ are escapes: others are Windows paths. */
static GString *
unquote_forgiving(const char *text, gsize len)
{
	GString *out = g_string_sized_new(len);

	for (gsize i = 0; i < len; i++) {
		if (text[i] == '\\' && i + 1 < len &&
		    (text[i + 1] == '"' || text[i + 1] == '\\'))
			i++;
		else if (text[i] == '\r' || text[i] == '\n')
			continue;
		g_string_append_c(out, text[i]);
	}
	return out;
}

/* scan is behind the opening quote. The last quote closes if none does
 * clearly; without any, the value ends where a known parameter begins. */
static GString *
forgiving_quoted(Scan *scan)
{
	const char *text = scan->at, *last = NULL, *cut = NULL;
	const char *at = text;

	for (; at < scan->end; at++) {
		if (*at == '\\' && at + 1 < scan->end &&
		    (at[1] == '"' || at[1] == '\\'))
			at++;
		else if (*at == '"')
			last = at;
		else if (*at == ';' && !cut && begins_parameter(scan, at))
			cut = at;
		if (last == at && quote_closes(scan, at))
			break;
	}
	const char *stop = last ? last : cut ? cut : scan->end;
	scan->at = last ? last + 1 : stop;
	while (!last && stop > text && is_white(stop[-1]))
		stop--;
	return unquote_forgiving(text, (gsize)(stop - text));
}

/* Without a comment at the end: "us-ascii (Plain text)". */
static gsize
without_comment(const char *text, gsize len)
{
	const char *open = memchr(text, '(', len);

	if (len == 0 || text[len - 1] != ')' || !open || open == text)
		return len;
	len = (gsize)(open - text);
	while (len > 0 && is_white(text[len - 1]))
		len--;
	return len;
}

static GString *
forgiving_unquoted(Scan *scan, bool file_name)
{
	const char *text = scan->at;

	while (scan->at < scan->end && *scan->at != ';' &&
	       !(is_white(*scan->at) && begins_parameter(scan, scan->at)))
		scan->at++;
	gsize len = (gsize)(scan->at - text);
	while (len > 0 && is_white(text[len - 1]))
		len--;
	if (!file_name)
		len = without_comment(text, len);
	if (!file_name && len > 0 && text[len - 1] == '"')
		len--;
	return unquote_forgiving(text, len);
}

static void
forgiving_parameter(Scan *scan, GPtrArray *pieces)
{
	const char *name = scan->at;

	while (scan->at < scan->end && parameter_is_atom(*scan->at))
		scan->at++;
	gsize len = (gsize)(scan->at - name);
	skip_white(scan);
	bool equals = scan->at < scan->end && *scan->at == '=';
	if (!equals && !is_known_name(name, len)) {
		if (len == 0)
			scan->at++;
		return;
	}
	scan->at += equals ? 1 : 0;
	skip_white(scan);
	bool quoted = scan->at < scan->end && *scan->at == '"';
	scan->at += quoted ? 1 : 0;
	gsize plain = without_stars(name, len);
	static const char *const file_names[] = {"name", "filename", NULL};
	GString *value = quoted ? forgiving_quoted(scan)
				: forgiving_unquoted(
				      scan, has_word(file_names, name, plain));
	if (len > 0 && value->len > 0)
		pieces_add(pieces, name, len, value);
	else
		g_string_free(value, TRUE);
}

static void
forgiving_parameters(Scan *scan, GPtrArray *pieces)
{
	while (scan->at < scan->end && pieces->len < BOUND_PARAMETERS) {
		if (is_white(*scan->at) || strchr(";,", *scan->at))
			scan->at++;
		else
			forgiving_parameter(scan, pieces);
	}
}

static gsize
skip_atom(Scan *scan)
{
	const char *start = scan->at;

	while (scan->at < scan->end && parameter_is_atom(*scan->at))
		scan->at++;
	return (gsize)(scan->at - start);
}

static bool
is_multipart(const char *type, gsize len)
{
	return len == strlen("multipart") &&
	       g_ascii_strncasecmp(type, "multipart", len) == 0;
}

/* The value before the parameters, or NULL; then scan is where a parameter
 * may begin. */
static char *
forgiving_value(ContentKind kind, Scan *scan)
{
	while (scan->at < scan->end && *scan->at != ';' &&
	       !parameter_is_atom(*scan->at))
		scan->at++;
	const char *type = scan->at, *subtype;
	gsize len = skip_atom(scan), subtype_len;
	Scan behind = *scan;
	skip_white(&behind);
	bool slash = behind.at < behind.end && *behind.at == '/';
	bool equals = behind.at < behind.end && *behind.at == '=';
	if (kind == CONTENT_DISPOSITION && len > 0 && !equals)
		return g_ascii_strdown(type, (gssize)len);
	if (kind == CONTENT_TYPE && len > 0 && slash) {
		behind.at++;
		skip_white(&behind);
		subtype = behind.at;
		subtype_len = skip_atom(&behind);
		*scan = behind;
		if (subtype_len > 0) {
			g_autofree char *whole = g_strdup_printf("%.*s/%.*s",
			    (int)len, type, (int)subtype_len, subtype);
			return g_ascii_strdown(whole, -1);
		}
	}
	if (equals)
		scan->at = type;
	else if (kind == CONTENT_TYPE && is_multipart(type, len))
		return g_strdup("multipart/mixed");
	return NULL;
}

char *
parameter_read_forgiving(
    ContentKind kind, const char *value, gsize len, GPtrArray *pieces)
{
	Scan scan = {.at = value, .end = value + len};
	char *read = forgiving_value(kind, &scan);

	forgiving_parameters(&scan, pieces);
	pieces_link(pieces);
	return read;
}
