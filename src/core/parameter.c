/* SPDX-License-Identifier: MIT */
#include "core/parameter.h"

#include <string.h>

#include "core/bounds.h"
#include "core/encoded_word.h"

/* A quoted string longer than this is written in RFC 2231 pieces. */
#define LONGEST_QUOTED 700
/* Octets of one RFC 2231 piece, so that its line is short. */
#define LONGEST_PIECE 54
/* The highest number of an RFC 2231 piece that counts as one. */
#define MOST_SEGMENT 99999

static void
parameter_free(gpointer data)
{
	Parameter *parameter = data;

	g_free(parameter->name);
	g_free(parameter->value);
	g_free(parameter);
}

static ContentValue *
content_value_new(void)
{
	ContentValue *content = g_new0(ContentValue, 1);

	content->parameters = g_ptr_array_new_with_free_func(parameter_free);
	return content;
}

void
content_value_free(ContentValue *content)
{
	if (!content)
		return;
	g_free(content->value);
	g_ptr_array_unref(content->parameters);
	g_free(content);
}

/* --- what both readers collect: names with their stars, octets --- */

typedef struct Piece {
	char *name;     /* owned; lower case, stars included */
	GString *value; /* owned; unquoted octets */
} Piece;

static void
piece_free(gpointer data)
{
	Piece *piece = data;

	g_free(piece->name);
	g_string_free(piece->value, TRUE);
	g_free(piece);
}

static GPtrArray *
pieces_new(void)
{
	return g_ptr_array_new_with_free_func(piece_free);
}

/* value is taken over. */
static void
pieces_add(GPtrArray *pieces, const char *name, gsize len, GString *value)
{
	if (pieces->len >= BOUND_PARAMETERS) {
		g_string_free(value, TRUE);
		return;
	}
	Piece *piece = g_new0(Piece, 1);
	piece->name = g_ascii_strdown(name, (gssize)len);
	piece->value = value;
	g_ptr_array_add(pieces, piece);
}

/* --- the strict reader: JavaMail's HeaderTokenizer --- */

typedef struct Scan {
	const char *at, *end;
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

static bool
is_atom(char c)
{
	return c > ' ' && c < 0x7f && !strchr("()<>@,;:\\\"[]/?=", c);
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
	if (!is_atom(**text))
		return TOKEN_SPECIAL;
	while (scan->at < scan->end && is_atom(*scan->at))
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

/* --- RFC 2231 pieces --- */

/* "name*2*": the name's length, the number and the last star; "name" and
 * "name*" are no pieces of one. */
static bool
piece_is_segment(const Piece *piece, gsize *name_len, guint64 *number)
{
	const char *star = strchr(piece->name, '*');
	char *rest;

	if (!star || !g_ascii_isdigit(star[1]))
		return false;
	*name_len = (gsize)(star - piece->name);
	*number = g_ascii_strtoull(star + 1, &rest, 10);
	return *number <= MOST_SEGMENT &&
	       (*rest == '\0' || strcmp(rest, "*") == 0);
}

static bool
piece_is_encoded(const Piece *piece)
{
	return g_str_has_suffix(piece->name, "*");
}

/* Of the pieces named as names[0..len) the one with the lowest number from
 * least on, or NULL. */
static const Piece *
next_segment(
    const GPtrArray *pieces, const char *name, gsize len, guint64 *least)
{
	const Piece *found = NULL;
	guint64 lowest = 0;

	for (guint i = 0; i < pieces->len; i++) {
		const Piece *piece = g_ptr_array_index(pieces, i);
		gsize name_len;
		guint64 number;
		if (!piece_is_segment(piece, &name_len, &number) ||
		    name_len != len || strncmp(piece->name, name, len) != 0 ||
		    number < *least || (found && number >= lowest))
			continue;
		found = piece;
		lowest = number;
	}
	*least = lowest + 1;
	return found;
}

/* Offset of the text behind "charset'language'", or 0. */
static gsize
behind_charset(const GString *value)
{
	const char *quote = strchr(value->str, '\'');

	quote = quote ? strchr(quote + 1, '\'') : NULL;
	return quote ? (gsize)(quote - value->str) + 1 : 0;
}

static void
append_percent_decoded(GString *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '%' && g_ascii_isxdigit(text[1]) &&
		    g_ascii_isxdigit(text[2])) {
			g_string_append_c(
			    out, (char)(g_ascii_xdigit_value(text[1]) * 16 +
					g_ascii_xdigit_value(text[2])));
			text += 2;
		} else {
			g_string_append_c(out, *text);
		}
	}
}

/* Append what piece says; if it is the first and encoded, *charset becomes
 * its charset. */
static void
append_piece(GString *out, const Piece *piece, bool first, char **charset)
{
	gsize skip = 0;

	if (!piece_is_encoded(piece)) {
		g_string_append_len(
		    out, piece->value->str, (gssize)piece->value->len);
		return;
	}
	if (first) {
		skip = behind_charset(piece->value);
		if (skip > 0)
			*charset = g_strndup(
			    piece->value->str, strcspn(piece->value->str, "'"));
	}
	append_percent_decoded(out, piece->value->str + skip);
}

/* JavaMail changes a set of names while it walks over it when an encoded
 * piece comes without a charset from piece 0: with two names it throws. */
static bool
pieces_trip_javamail(const GPtrArray *pieces)
{
	const char *name = NULL;
	bool two = false, trips = false;

	for (guint i = 0; i < pieces->len; i++) {
		const Piece *piece = g_ptr_array_index(pieces, i);
		const char *star = strchr(piece->name, '*');
		if (!star || star[1] == '\0')
			continue;
		gsize len = (gsize)(star - piece->name);
		guint64 zero = 0;
		two |= name && (strncmp(name, piece->name, len) != 0 ||
				   name[len] != '*');
		name = piece->name;
		if (!piece_is_encoded(piece) || strcmp(star, "*0*") == 0)
			continue;
		const Piece *first =
		    next_segment(pieces, piece->name, len, &zero);
		trips |= !first || zero != 1 || !piece_is_encoded(first) ||
			 behind_charset(first->value) == 0;
	}
	return two && trips;
}

/* --- from pieces to parameters --- */

static bool
is_file_name(const char *name)
{
	return strcmp(name, "name") == 0 || strcmp(name, "filename") == 0;
}

/* charset is the one RFC 2231 gave, or NULL; fallback the message's. */
static char *
value_to_utf8(const char *name, const GString *value, const char *charset,
    const char *fallback)
{
	gsize size;
	const char *octets = value->str;

	if (strcmp(name, "boundary") == 0)
		return g_strdup(octets);
	if (charset) {
		g_autofree char *utf8 = g_convert(octets, (gssize)value->len,
		    "UTF-8", charset, NULL, &size, NULL);
		return utf8
			   ? encoded_word_to_utf8(utf8, size, NULL)
			   : encoded_word_to_utf8(octets, value->len, fallback);
	}
	if (is_file_name(name) && strstr(octets, "=?"))
		return encoded_word_decode(octets, value->len, fallback);
	return encoded_word_to_utf8(octets, value->len, fallback);
}

static void
content_value_append(
    ContentValue *content, char *name, char *value, bool extended)
{
	Parameter *parameter = g_new0(Parameter, 1);

	parameter->name = name;
	parameter->value = value;
	parameter->extended = extended;
	g_ptr_array_add(content->parameters, parameter);
}

/* The parameter that pieces[i] begins, if it does. */
static void
add_parameter(ContentValue *content, const GPtrArray *pieces, guint i,
    const char *fallback)
{
	const Piece *piece = g_ptr_array_index(pieces, i);
	gsize len = strcspn(piece->name, "*");
	g_autofree char *name = g_strndup(piece->name, len);
	g_autofree char *charset = NULL;
	g_autoptr(GString) value = g_string_new(NULL);
	guint64 number, least = 0;

	if (!piece_is_segment(piece, &len, &number)) {
		append_piece(value, piece, true, &charset);
	} else {
		const Piece *first = next_segment(pieces, name, len, &least);
		if (first != piece)
			return;
		append_piece(value, first, true, &charset);
		while ((piece = next_segment(pieces, name, len, &least)))
			append_piece(value, piece, false, &charset);
	}
	char *utf8 = value_to_utf8(name, value, charset, fallback);
	bool extended =
	    strchr(((const Piece *)g_ptr_array_index(pieces, i))->name, '*');
	content_value_append(content, g_steal_pointer(&name), utf8, extended);
}

static void
add_parameters(
    ContentValue *content, const GPtrArray *pieces, const char *fallback)
{
	for (guint i = 0; i < pieces->len; i++)
		add_parameter(content, pieces, i, fallback);
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
begins_parameter(const char *text, const char *end)
{
	while (text < end && (is_white(*text) || *text == ';'))
		text++;
	const char *name = text;
	while (text < end && is_atom(*text))
		text++;
	gsize len = (gsize)(text - name);
	while (text < end && is_white(*text))
		text++;
	return text < end && *text == '=' && is_known_name(name, len);
}

/* at is a quote: does it close, or is it part of what is quoted? */
static bool
quote_closes(const char *at, const char *end)
{
	for (at++; at < end && is_white(*at);)
		at++;
	return at == end || *at == ';' || *at == '(' ||
	       begins_parameter(at, end);
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
		else if (*at == ';' && !cut && begins_parameter(at, scan->end))
			cut = at;
		if (last == at && quote_closes(at, scan->end))
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
	       !(is_white(*scan->at) && begins_parameter(scan->at, scan->end)))
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

	while (scan->at < scan->end && is_atom(*scan->at))
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

	while (scan->at < scan->end && is_atom(*scan->at))
		scan->at++;
	return (gsize)(scan->at - start);
}

/* The value before the parameters, or NULL; then scan is where a parameter
 * may begin. */
static char *
forgiving_value(ContentKind kind, Scan *scan)
{
	while (
	    scan->at < scan->end && (is_white(*scan->at) || *scan->at == '"'))
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
	return NULL;
}

/* --- the interface --- */

/* NULL: a strict parser refuses. */
static ContentValue *
parse_strict(
    ContentKind kind, const char *value, gsize len, const char *charset)
{
	Scan scan = {value, value + len};
	g_autoptr(ContentValue) content = content_value_new();
	g_autoptr(GPtrArray) pieces = pieces_new();

	if (!strict_value(kind, &scan, &content->value) ||
	    !strict_parameters(&scan, pieces) || pieces_trip_javamail(pieces))
		return NULL;
	add_parameters(content, pieces, charset);
	return g_steal_pointer(&content);
}

static ContentValue *
parse_forgiving(
    ContentKind kind, const char *value, gsize len, const char *charset)
{
	Scan scan = {value, value + len};
	ContentValue *content = content_value_new();
	g_autoptr(GPtrArray) pieces = pieces_new();

	content->value = forgiving_value(kind, &scan);
	if (!content->value)
		content->value = g_strdup(
		    kind == CONTENT_TYPE ? "text/plain" : "attachment");
	forgiving_parameters(&scan, pieces);
	add_parameters(content, pieces, charset);
	return content;
}

bool
content_value_is_strict(ContentKind kind, const char *value, gsize len)
{
	Scan scan = {value, value + len};
	g_autoptr(GPtrArray) pieces = pieces_new();

	return strict_value(kind, &scan, NULL) &&
	       strict_parameters(&scan, pieces) &&
	       !pieces_trip_javamail(pieces);
}

ContentValue *
content_value_parse(
    ContentKind kind, const char *value, gsize len, const char *charset)
{
	len = MIN(len, BOUND_HEADER_FIELD);
	ContentValue *content = parse_strict(kind, value, len, charset);

	return content ? content : parse_forgiving(kind, value, len, charset);
}

const char *
content_value_get(const ContentValue *content, const char *name)
{
	const char *found = NULL;

	for (guint i = 0; i < content->parameters->len; i++) {
		const Parameter *parameter =
		    g_ptr_array_index(content->parameters, i);
		if (strcmp(parameter->name, name) != 0)
			continue;
		if (parameter->extended)
			return parameter->value;
		if (!found)
			found = parameter->value;
	}
	return found;
}

void
content_value_set(ContentValue *content, const char *name, const char *value)
{
	g_autofree char *copy = g_strdup(value);

	for (guint i = 0; i < content->parameters->len;) {
		Parameter *parameter =
		    g_ptr_array_index(content->parameters, i);
		if (strcmp(parameter->name, name) != 0) {
			i++;
		} else if (copy) {
			g_free(parameter->value);
			parameter->value = g_steal_pointer(&copy);
			parameter->extended = false;
			i++;
		} else {
			g_ptr_array_remove_index(content->parameters, i);
		}
	}
	if (copy)
		content_value_append(
		    content, g_strdup(name), g_steal_pointer(&copy), false);
}

bool
content_value_has_type(const ContentValue *content, const char *type)
{
	gsize len = strlen(type);

	return strncmp(content->value, type, len) == 0 &&
	       content->value[len] == '/';
}

/* --- to text --- */

static bool
is_printable(const char *value)
{
	for (; *value; value++)
		if (*value < ' ' || *value > '~')
			return false;
	return true;
}

static bool
is_token(const char *value)
{
	const char *c = value;

	while (*c && is_atom(*c) && !strchr("*'%", *c))
		c++;
	return *c == '\0' && c > value;
}

static char *
quoted_text(const char *name, const char *value)
{
	GString *out = g_string_new(name);

	g_string_append(out, "=\"");
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			g_string_append_c(out, '\\');
		g_string_append_c(out, strchr("\r\n", *value) ? ' ' : *value);
	}
	g_string_append_c(out, '"');
	return g_string_free(out, FALSE);
}

/* As much of *value as makes a piece, percent-encoded; UTF-8 characters stay
 * whole. */
static char *
encoded_piece(const char **value, gsize most)
{
	GString *out = g_string_new(NULL);

	while (**value) {
		const char *next = g_utf8_find_next_char(*value, NULL);
		g_autoptr(GString) one = g_string_new(NULL);
		for (const char *c = *value; c < next && *c; c++) {
			if (g_ascii_isalnum(*c) || strchr("!#$&+-.^_`|~", *c))
				g_string_append_c(one, *c);
			else
				g_string_append_printf(
				    one, "%%%02X", (guint8)*c);
		}
		if (out->len > 0 && out->len + one->len > most)
			break;
		g_string_append_len(out, one->str, (gssize)one->len);
		*value = next;
	}
	return g_string_free(out, FALSE);
}

/* name*=utf-8''value, or pieces name*0*=..., name*1*=... */
static void
extended_texts(const char *name, const char *text, GPtrArray *texts)
{
	g_autofree char *value = g_utf8_make_valid(text, -1);
	const char *rest = value;
	g_autofree char *first = encoded_piece(&rest, LONGEST_PIECE);

	if (*rest == '\0') {
		g_ptr_array_add(
		    texts, g_strdup_printf("%s*=utf-8''%s", name, first));
		return;
	}
	g_ptr_array_add(texts, g_strdup_printf("%s*0*=utf-8''%s", name, first));
	for (guint i = 1; *rest; i++) {
		g_autofree char *piece = encoded_piece(&rest, LONGEST_PIECE);
		g_ptr_array_add(
		    texts, g_strdup_printf("%s*%u*=%s", name, i, piece));
	}
}

/* Does one before it have its name, and came the same way? Readers differ in
 * which they take: the first stays. */
static bool
is_repeated(const ContentValue *content, guint index)
{
	const Parameter *one = g_ptr_array_index(content->parameters, index);

	for (guint i = 0; i < index; i++) {
		const Parameter *other =
		    g_ptr_array_index(content->parameters, i);
		if (other->extended == one->extended &&
		    strcmp(other->name, one->name) == 0)
			return true;
	}
	return false;
}

/* Readers compare a boundary octet by octet: no encoding can save one that a
 * line of a header cannot hold. */
static bool
is_writable_boundary(const char *value)
{
	return is_printable(value) && strlen(value) < BOUND_LINE / 2;
}

/* "name=value" of each, as many as it takes. */
static GPtrArray *
parameter_texts(const ContentValue *content)
{
	GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < content->parameters->len; i++) {
		const Parameter *parameter =
		    g_ptr_array_index(content->parameters, i);
		const char *name = parameter->name, *value = parameter->value;
		bool boundary = strcmp(name, "boundary") == 0;
		if (!is_token(name) || is_repeated(content, i) ||
		    (boundary && !is_writable_boundary(value)))
			continue;
		if (!boundary && (parameter->extended || !is_printable(value) ||
				     strlen(value) > LONGEST_QUOTED))
			extended_texts(name, value, texts);
		else if (is_token(value))
			g_ptr_array_add(
			    texts, g_strdup_printf("%s=%s", name, value));
		else
			g_ptr_array_add(texts, quoted_text(name, value));
	}
	return texts;
}

char *
content_value_to_text(const ContentValue *content)
{
	g_autoptr(GPtrArray) texts = parameter_texts(content);
	GString *out = g_string_new(content->value);

	for (guint i = 0; i < texts->len; i++)
		g_string_append_printf(
		    out, "; %s", (const char *)texts->pdata[i]);
	return g_string_free(out, FALSE);
}

char *
content_value_to_header(const ContentValue *content, const char *name)
{
	g_autoptr(GPtrArray) texts = parameter_texts(content);
	GString *out = g_string_new(" ");

	g_string_append(out, content->value);
	gsize column = strlen(name) + strlen(":") + out->len;
	for (guint i = 0; i < texts->len; i++) {
		const char *text = texts->pdata[i];
		bool fold = column + strlen("; ") + strlen(text) >=
			    BOUND_LINE_PREFERRED;
		g_string_append_printf(out, ";%s%s", fold ? "\n\t" : " ", text);
		column = (fold ? 8 : column + 2) + strlen(text);
	}
	return g_string_free(out, FALSE);
}
