/* SPDX-License-Identifier: MIT */
#include "core/parameter_piece.h"

#include <string.h>

#include "core/bounds.h"

/* The highest number of an RFC 2231 piece that counts as one. */
#define MOST_SEGMENT 99999

static void
piece_free(gpointer data)
{
	Piece *piece = data;

	g_free(piece->name);
	g_string_free(piece->value, TRUE);
	g_free(piece);
}

GPtrArray *
pieces_new(void)
{
	return g_ptr_array_new_with_free_func(piece_free);
}

/* stars: "*2*" or "*2"; "" and "*" are no number. */
static guint
segment_number(const char *stars)
{
	char *rest;

	if (*stars != '*' || !g_ascii_isdigit(stars[1]))
		return PIECE_UNNUMBERED;
	guint64 number = g_ascii_strtoull(stars + 1, &rest, 10);
	return number <= MOST_SEGMENT &&
		       (*rest == '\0' || strcmp(rest, "*") == 0)
		   ? (guint)number
		   : PIECE_UNNUMBERED;
}

void
pieces_add(GPtrArray *pieces, const char *name, gsize len, GString *value)
{
	if (pieces->len >= BOUND_PARAMETERS) {
		g_string_free(value, TRUE);
		return;
	}
	Piece *piece = g_new0(Piece, 1);
	piece->name = g_ascii_strdown(name, (gssize)len);
	piece->value = value;
	piece->stem = strcspn(piece->name, "*");
	piece->number = segment_number(piece->name + piece->stem);
	piece->order = pieces->len;
	g_ptr_array_add(pieces, piece);
}

static bool
piece_is_encoded(const Piece *piece)
{
	return g_str_has_suffix(piece->name, "*");
}

static bool
is_starred(const Piece *piece)
{
	return piece->name[piece->stem] == '*';
}

static bool
same_stem(const Piece *a, const Piece *b)
{
	return a->stem == b->stem && strncmp(a->name, b->name, a->stem) == 0;
}

/* By stem, then number; of one number the first comes first. */
static gint
compare_pieces(gconstpointer a, gconstpointer b)
{
	const Piece *one = *(Piece *const *)a, *other = *(Piece *const *)b;

	if (one->stem != other->stem)
		return one->stem < other->stem ? -1 : 1;
	int stems = strncmp(one->name, other->name, one->stem);
	if (stems != 0)
		return stems;
	if (one->number != other->number)
		return one->number < other->number ? -1 : 1;
	return one->order < other->order ? -1 : one->order > other->order;
}

static GPtrArray *
sorted_pieces(const GPtrArray *pieces)
{
	GPtrArray *sorted = g_ptr_array_new();

	for (guint i = 0; i < pieces->len; i++)
		if (is_starred(g_ptr_array_index(pieces, i)))
			g_ptr_array_add(sorted, g_ptr_array_index(pieces, i));
	g_ptr_array_sort(sorted, compare_pieces);
	return sorted;
}

/* Sorted, not searched for: a message may have 10000 such values. */
void
pieces_link(GPtrArray *pieces)
{
	g_autoptr(GPtrArray) sorted = sorted_pieces(pieces);
	Piece *last = NULL; /* of the parameter being linked */

	for (guint i = 0; i < sorted->len; i++) {
		Piece *piece = g_ptr_array_index(sorted, i);
		bool numbered = piece->number != PIECE_UNNUMBERED;
		if (last && !same_stem(last, piece))
			last = NULL;
		piece->head = last ? last->head : numbered ? piece : NULL;
		if (!numbered || (last && last->number == piece->number))
			continue;
		if (last)
			last->next = piece;
		last = piece;
	}
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

/* Is there a piece 0 that says in what charset they are? */
static bool
names_charset(const Piece *head)
{
	return head && head->number == 0 && piece_is_encoded(head) &&
	       behind_charset(head->value) > 0;
}

bool
pieces_trip_javamail(const GPtrArray *pieces)
{
	const Piece *before = NULL;
	bool two = false, trips = false;

	for (guint i = 0; i < pieces->len; i++) {
		const Piece *piece = g_ptr_array_index(pieces, i);
		const char *star = piece->name + piece->stem;
		if (!is_starred(piece) || star[1] == '\0')
			continue;
		two |= before && !same_stem(before, piece);
		before = piece;
		if (piece_is_encoded(piece) && strcmp(star, "*0*") != 0)
			trips |= !names_charset(piece->head);
	}
	return two && trips;
}

GString *
pieces_join(const GPtrArray *pieces, guint i, char **charset)
{
	const Piece *piece = g_ptr_array_index(pieces, i);

	*charset = NULL;
	if (piece->number != PIECE_UNNUMBERED && piece->head != piece)
		return NULL;
	GString *value = g_string_new(NULL);
	append_piece(value, piece, true, charset);
	while ((piece = piece->next))
		append_piece(value, piece, false, charset);
	return value;
}
