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
	g_ptr_array_add(pieces, piece);
}

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

bool
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

GString *
pieces_join(const GPtrArray *pieces, guint i, char **charset)
{
	const Piece *piece = g_ptr_array_index(pieces, i);
	gsize len;
	guint64 number, least = 0;
	GString *value;

	*charset = NULL;
	if (!piece_is_segment(piece, &len, &number)) {
		value = g_string_new(NULL);
		append_piece(value, piece, true, charset);
		return value;
	}
	if (next_segment(pieces, piece->name, len, &least) != piece)
		return NULL;
	value = g_string_new(NULL);
	append_piece(value, piece, true, charset);
	const char *name = piece->name;
	while ((piece = next_segment(pieces, name, len, &least)))
		append_piece(value, piece, false, charset);
	return value;
}
