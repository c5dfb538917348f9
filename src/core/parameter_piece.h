/* SPDX-License-Identifier: MIT */
/*
 * parameter_piece.h - parameters as they stand: names with their stars
 *
 * What the readers of Content-Type and Content-Disposition values collect,
 * and how RFC 2231 puts it together.
 */
#ifndef ALIASBRIDGE_PARAMETER_PIECE_H
#define ALIASBRIDGE_PARAMETER_PIECE_H

#include <glib.h>
#include <stdbool.h>

typedef struct Piece Piece;

struct Piece {
	char *name;        /* owned; lower case, stars included */
	GString *value;    /* owned; unquoted octets */
	gsize stem;        /* octets of the name before its first star */
	guint number;      /* of "name*2*"; else PIECE_UNNUMBERED */
	guint order;       /* as it was read */
	const Piece *head; /* borrowed; of the numbered ones of the same stem
			      the lowest, or NULL */
	const Piece *next; /* borrowed; of a head's parameter the next */
};

#define PIECE_UNNUMBERED G_MAXUINT

/* Of Piece, owned. */
GPtrArray *pieces_new(void);
/* value is taken over; beyond BOUND_PARAMETERS nothing is added. */
void pieces_add(GPtrArray *pieces, const char *name, gsize len, GString *value);
/* When all are there, and before the questions below: which of them belong
 * together. */
void pieces_link(GPtrArray *pieces);

/* Would JavaMail throw? It changes a set of names while it walks over it when
 * an encoded piece comes without a charset from piece 0, and notices if there
 * are two names. */
bool pieces_trip_javamail(const GPtrArray *pieces);

/*
 * The parameter that pieces[i] begins: its octets, percent-decoded, with the
 * values of the pieces that continue it; owned by the caller. NULL if it
 * continues another. *charset, owned by the caller, is what it says it is in,
 * or NULL.
 */
GString *pieces_join(const GPtrArray *pieces, guint i, char **charset);

#endif
