/* SPDX-License-Identifier: MIT */
/*
 * mime_index.h - a body's parts as spans over its octets
 *
 * Found by our own scan for boundary lines, as a strict reader (JavaMail's
 * MimeMultipart) finds them: outer boundaries before inner ones, the first
 * line that begins with "--" where there is no boundary parameter, a missing
 * end tolerated, a missing start not. Content-Type values that it refuses
 * count as they will be once repaired, and so does a boundary parameter that
 * fits no line where another would. Only multiparts are descended into.
 * Nothing is copied but open boundaries; a part costs its struct. The scan is
 * linear in the body's length, but for parts of the last kind, that are read
 * once more, of which at most BOUND_MIME_DEPTH are nested.
 */
#ifndef ALIASBRIDGE_MIME_INDEX_H
#define ALIASBRIDGE_MIME_INDEX_H

#include <glib.h>
#include <stdbool.h>

#include "core/header.h"
#include "core/parameter.h"

typedef struct Span {
	gsize start; /* offset in the body's octets */
	gsize len;
} Span;

typedef struct MimePart {
	guint parent;   /* index; the root is its own parent */
	guint depth;    /* the root (the message itself) is 0 */
	Span delimiter; /* the boundary line before it, line end included;
			   empty for the root */
	Span header;    /* its fields, without the empty line behind them */
	Span body;      /* without the line end before the next boundary */
	/* The first field of each name that is not blank, else the first,
	 * folds and line end included; len 0: none. The root's are in the
	 * message's header. */
	Span type, disposition, encoding;
	Span close;     /* a multipart's last boundary line; len 0: none */
	bool multipart; /* it is read as a container of parts */
	bool digest;    /* multipart/digest */
	bool report;    /* multipart/report */
	bool broken;    /* multipart without its first boundary: no parts */
	bool trimmed;   /* multipart: its boundary parameter ends in white
			   space, that no boundary line has */
	bool unmatched; /* multipart: no line is its boundary parameter's; read
			   as if it had none */
	bool unended;   /* no empty line ends its header, a boundary does;
			   JavaMail would read on */
	bool seals;     /* signed, encrypted or an embedded message: its body
			   must not be edited */
	bool sealed;    /* inside such a part: nothing of it may be edited */
	gsize longest;  /* octets in the longest line of the body: of a
			   multipart that is not broken, of what is before
			   its first and behind its last boundary */
} MimePart;

typedef struct MimeIndex {
	const Header *header; /* borrowed */
	const char *body;     /* borrowed */
	gsize body_len;
	GArray *parts;    /* of MimePart, in the order of the body */
	bool over_bounds; /* BOUND_MIME_DEPTH, BOUND_MIME_PARTS,
			     BOUND_MIME_AGAIN or BOUND_BOUNDARY was met: the
			     list is not whole */
} MimeIndex;

/* Never fails; a body that is no MIME is one leaf. header and body must
 * outlive the index. */
MimeIndex *mime_index_new(const Header *header, const char *body, gsize len);
void mime_index_free(MimeIndex *index);
const MimePart *mime_index_at(const MimeIndex *index, guint i);
guint mime_index_count(const MimeIndex *index);

/* What a field of the part says: the first of this name. Borrowed; NULL and 0
 * if there is none. Of a field in the body, folds are CRLF. */
const char *mime_index_type(const MimeIndex *index, guint i, gsize *len);
const char *mime_index_disposition(const MimeIndex *index, guint i, gsize *len);
const char *mime_index_encoding(const MimeIndex *index, guint i, gsize *len);

/* The boundary parameter that part i is read by: of several, the one that
 * JavaMail takes. type is the part's. Borrowed from it; NULL if there is
 * none. */
const char *mime_index_boundary(
    const MimeIndex *index, guint i, const ContentValue *type);

/* Walk over the fields of a part's header as JavaMail's InternetHeaders reads
 * them: a line that begins with white space continues the one before, any
 * other begins a field, with a colon or without. at is the offset to look at;
 * returns the offset behind the field, or 0 at the end. */
gsize mime_index_next_field(
    const MimeIndex *index, const MimePart *part, gsize at, Span *field);
/* Is field named so? JavaMail trims white space and controls around names. */
bool mime_index_is_named(
    const MimeIndex *index, const Span *field, const char *name);
/* Is it name and nothing else, not even a colon? JavaMail takes that for the
 * field all the same. */
bool mime_index_is_bare(
    const MimeIndex *index, const Span *field, const char *name);
/* The value of a field, as above. */
const char *mime_index_value(
    const MimeIndex *index, const Span *field, gsize *len);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(MimeIndex, mime_index_free)

#endif
