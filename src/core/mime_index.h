/* SPDX-License-Identifier: MIT */
/*
 * mime_index.h - a body's parts as spans over its octets
 *
 * Found by our own scan for boundary lines, as a strict reader (JavaMail) and
 * an ordinary one (Python's email, GMime) both see them. Nothing is copied
 * but the values of the few header fields named here. The scan is linear in
 * the body's length whatever the nesting.
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
	guint parent;  /* index; the root is its own parent */
	guint depth;   /* the root (the message itself) is 0 */
	Span header;   /* its header octets; empty for the root */
	Span body;     /* content, without the line end before the boundary */
	Span type;     /* the whole Content-Type field incl. line end; len 0:
			  none. In the root: offsets are 0, see header */
	Span disposition;
	Span encoding;
	ContentValue *content_type;	   /* owned; never NULL */
	ContentValue *content_disposition; /* owned; or NULL */
	char *transfer_encoding; /* owned; lower case; "7bit" when absent */
	bool multipart;	  /* it is read as a container of parts */
	bool sealed;	  /* signed, encrypted, or inside a message/rfc822 or
			     message/delivery-status: must not be edited */
	bool broken;	  /* multipart without usable boundary */
	gsize longest;	  /* octets in the longest line of a leaf's body */
} MimePart;

typedef struct MimeIndex {
	GArray *parts; /* of MimePart, in the order of the body */
	bool over_bounds; /* BOUND_MIME_DEPTH or BOUND_MIME_PARTS was met: the
			     list is not whole */
} MimeIndex;

/* Never fails; a body that is no MIME is one leaf. */
MimeIndex *mime_index_new(
    const Header *header, const char *body, gsize len);
void mime_index_free(MimeIndex *index);
const MimePart *mime_index_at(const MimeIndex *index, guint i);
guint mime_index_count(const MimeIndex *index);

/* The name the part would be saved under: filename, else name; decoded;
 * borrowed; or NULL. */
const char *mime_part_filename(const MimePart *part);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(MimeIndex, mime_index_free)

#endif
