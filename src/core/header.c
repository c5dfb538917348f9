/* SPDX-License-Identifier: MIT */
#include "core/header.h"

#include <string.h>

#include "core/bounds.h"

static void
field_free(gpointer data)
{
	HeaderField *field = data;

	g_free(field->name);
	g_free(field->value);
	g_free(field);
}

Header *
header_new(void)
{
	Header *header = g_new0(Header, 1);

	header->fields = g_ptr_array_new_with_free_func(field_free);
	return header;
}

void
header_free(Header *header)
{
	if (!header)
		return;
	g_ptr_array_unref(header->fields);
	g_free(header);
}

HeaderField *
header_add(Header *header, const char *name, const char *value, gsize value_len)
{
	HeaderField *field = g_new0(HeaderField, 1);
	gsize folds = 0;

	field->name = g_strdup(name);
	field->value = g_malloc(value_len + 1);
	for (gsize i = 0; i < value_len; i++) {
		if (value[i] == '\0')
			continue;
		folds += value[i] == '\n';
		field->value[field->value_len++] = value[i];
	}
	field->value[field->value_len] = '\0';
	field->cut = strlen(name) + 1 + field->value_len >= BOUND_HEADER_CUT;
	header->octets +=
	    strlen(name) + 1 + field->value_len + folds + strlen("\r\n");
	g_ptr_array_add(header->fields, field);
	return field;
}

guint
header_count(const Header *header)
{
	return header->fields->len;
}

const HeaderField *
header_at(const Header *header, guint index)
{
	return g_ptr_array_index(header->fields, index);
}

static bool
is_named(const HeaderField *field, const char *name)
{
	return g_ascii_strcasecmp(field->name, name) == 0;
}

const HeaderField *
header_get(const Header *header, const char *name, guint nth)
{
	guint seen = 0;

	for (guint i = 0; i < header_count(header); i++) {
		const HeaderField *field = header_at(header, i);
		if (is_named(field, name) && ++seen == nth)
			return field;
	}
	return NULL;
}

bool
header_value_is_blank(const char *value)
{
	return value[strspn(value, " \t\n")] == '\0';
}

const HeaderField *
header_get_filled(const Header *header, const char *name)
{
	const HeaderField *first = NULL;

	for (guint i = 0; i < header_count(header); i++) {
		const HeaderField *field = header_at(header, i);
		if (!is_named(field, name))
			continue;
		if (!header_value_is_blank(field->value))
			return field;
		if (!first)
			first = field;
	}
	return first;
}

guint
header_count_named(const Header *header, const char *name)
{
	guint count = 0;

	for (guint i = 0; i < header_count(header); i++)
		count += is_named(header_at(header, i), name);
	return count;
}

bool
header_is_over_bounds(const Header *header)
{
	return header_count(header) > BOUND_HEADER_COUNT ||
	       header->octets > BOUND_HEADER_TOTAL;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The octets of the line end at text[i] (CR LF or LF), 0 where there is none.
 */
static gsize
line_end(const char *text, gsize len, gsize i)
{
	if (text[i] == '\n')
		return 1;
	return text[i] == '\r' && i + 1 < len && text[i + 1] == '\n' ? 2 : 0;
}

char *
header_unfold(const char *value, gsize len)
{
	GString *text = g_string_sized_new(len);

	for (gsize i = 0; i < len; i++) {
		gsize end = line_end(value, len, i);
		if (end == 0) {
			if (value[i] != '\0')
				g_string_append_c(text, value[i]);
			continue;
		}
		i += end - 1;
		/* Not a fold, but the words must stay apart. */
		if (i + 1 < len && !is_blank(value[i + 1]))
			g_string_append_c(text, ' ');
	}
	return g_strstrip(g_string_free(text, FALSE));
}

void
header_append_crlf(GString *out, const char *text, gsize len)
{
	const char *end = text + len;

	for (const char *lf; (lf = memchr(text, '\n', (gsize)(end - text)));
	     text = lf + 1) {
		g_string_append_len(out, text, lf - text);
		g_string_append(out, "\r\n");
	}
	g_string_append_len(out, text, end - text);
}

void
header_append_field(
    GString *out, const char *name, const char *value, gsize len)
{
	g_string_append(out, name);
	g_string_append_c(out, ':');
	header_append_crlf(out, value, len);
	g_string_append(out, "\r\n");
}

/* A stretch of white space and the word after it; the word is empty only at
 * the end of the value. */
typedef struct Piece {
	const char *blanks;
	gsize blanks_len;
	gsize word_len; /* the word follows the blanks */
} Piece;

static Piece
next_piece(const char *value)
{
	Piece piece = {.blanks = value};

	piece.blanks_len = strspn(value, " \t");
	piece.word_len = strcspn(value + piece.blanks_len, " \t");
	return piece;
}

/* Append the piece, on a new line if the current one, column octets long,
 * would grow over the preferred length. Returns the new column. */
static gsize
fold_piece(GString *out, const Piece *piece, gsize column, bool first)
{
	gsize blanks_len = piece->blanks_len;
	/* A backslash at a line's end would quote the line end for some. */
	bool quoting = out->len > 0 && out->str[out->len - 1] == '\\';
	gsize limit = first || quoting ? BOUND_LINE : BOUND_LINE_PREFERRED;
	const char *word = piece->blanks + piece->blanks_len;

	/* White space that no line could hold beside its word. */
	if (blanks_len + piece->word_len > BOUND_LINE)
		blanks_len = 1;
	if (column + blanks_len + piece->word_len > limit &&
	    (!first || blanks_len + piece->word_len <= BOUND_LINE)) {
		g_string_append_c(out, '\n');
		column = 0;
	}
	g_string_append_len(out, piece->blanks, (gssize)blanks_len);
	g_string_append_len(out, word, (gssize)piece->word_len);
	return column + blanks_len + piece->word_len;
}

char *
header_fold(const char *name, const char *value)
{
	GString *out = g_string_new(NULL);
	gsize column = strlen(name) + 1;
	bool first = true;

	g_autofree char *line = g_strdelimit(g_strdup(value), "\r\n", ' ');
	g_autofree char *spaced =
	    g_strconcat(" ", line + strspn(line, " \t"), NULL);
	for (const char *p = spaced; *p;) {
		Piece piece = next_piece(p);
		/* Trailing white space could become a line of its own. */
		if (piece.word_len == 0)
			break;
		column = fold_piece(out, &piece, column, first);
		first = false;
		p += piece.blanks_len + piece.word_len;
	}
	if (first)
		g_string_append_c(out, ' ');
	return g_string_free(out, FALSE);
}

bool
header_lines_fit(const char *name, const char *value, gsize len)
{
	gsize column = strlen(name) + 1;

	for (gsize i = 0; i < len; i++) {
		if (value[i] == '\n') {
			column = 0;
			continue;
		}
		if (value[i] != '\r' || line_end(value, len, i) == 0)
			column++;
		if (column > BOUND_LINE)
			return false;
	}
	return column <= BOUND_LINE;
}

/* May the text after an LF stand? White space, then something else. */
static bool
continuation_is_legal(const char *line)
{
	gsize blanks = strspn(line, " \t");

	return blanks > 0 && line[blanks] != '\n' && line[blanks] != '\0';
}

bool
header_value_is_legal(const char *name, const char *value)
{
	for (const char *p = value; *p; p++) {
		if (*p == '\r' || (*p & 0x80))
			return false;
		if (*p == '\n' && !continuation_is_legal(p + 1))
			return false;
	}
	return header_lines_fit(name, value, strlen(value));
}

bool
header_name_is_legal(const char *name)
{
	for (const char *p = name; *p; p++)
		if (!g_ascii_isgraph(*p) || *p == ':')
			return false;
	return *name != '\0';
}

guint
header_name_hash(gconstpointer name)
{
	guint hash = 5381;

	for (const char *c = name; *c; c++)
		hash = hash * 33 + (guchar)g_ascii_tolower(*c);
	return hash;
}

gboolean
header_name_equal(gconstpointer a, gconstpointer b)
{
	return g_ascii_strcasecmp(a, b) == 0;
}

bool
header_name_is_one_of(const char *name, const char *const *names, guint count)
{
	char first = g_ascii_tolower(*name);

	for (guint i = 0; i < count; i++)
		if (g_ascii_tolower(*names[i]) == first &&
		    g_ascii_strcasecmp(name, names[i]) == 0)
			return true;
	return false;
}
