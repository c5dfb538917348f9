/* SPDX-License-Identifier: MIT */
/*
 * header.h - the header fields of a message, raw and in order
 *
 * A field's value is what stands after the colon, white space included, its
 * folds as LF (no CR): the form libmilter uses with SMFIP_HDR_LEADSPC. Values
 * may hold any other octet but NUL. Fields are numbered from 0 in the list
 * and, by name, from 1 as milters number them; names compare without case.
 */
#ifndef ALIASBRIDGE_HEADER_H
#define ALIASBRIDGE_HEADER_H

#include <glib.h>
#include <stdbool.h>

typedef struct HeaderField {
	char *name;  /* owned; as received, without white space before ':' */
	char *value; /* owned; after ':', folds as LF */
	gsize value_len; /* octets in value */
	const char *raw; /* borrowed from the message's octets; NULL in the
			    milter. The whole field with its line end(s) */
	gsize raw_len;
	bool cut; /* so long that Postfix may have cut it */
} HeaderField;

typedef struct Header {
	GPtrArray *fields; /* of HeaderField, owned */
	gsize octets;      /* as they will go out, line ends as CRLF */
} Header;

Header *header_new(void);
void header_free(Header *header);

/* Append a field; copies, without NULs. Returns it, borrowed. */
HeaderField *header_add(
    Header *header, const char *name, const char *value, gsize value_len);

/* How many fields. */
guint header_count(const Header *header);
const HeaderField *header_at(const Header *header, guint index);
/* The nth (from 1) field of this name, or NULL. */
const HeaderField *header_get(
    const Header *header, const char *name, guint nth);
/* The first of this name that is not blank, or the first, or NULL: the one
 * that stays where a name may be there once. */
const HeaderField *header_get_filled(const Header *header, const char *name);
/* How many of this name. */
guint header_count_named(const Header *header, const char *name);

/* More fields than BOUND_HEADER_COUNT or octets than BOUND_HEADER_TOTAL? */
bool header_is_over_bounds(const Header *header);

/* Is there nothing in the value but white space and folds? */
bool header_value_is_blank(const char *value);
/* The value without folds and without white space at both ends. Owned by the
 * caller. */
char *header_unfold(const char *value, gsize len);

/* " value" folded with LF and a space at white space so that no line is over
 * BOUND_LINE_PREFERRED where that can be, given the name's width. A word
 * longer than that stays whole. CR and LF in value are taken for spaces,
 * white space at its end is dropped, and a run of it that fits on no line
 * becomes one space: no line is of white space alone, and none is over
 * BOUND_LINE but for a word that is. The caller owns it. */
char *header_fold(const char *name, const char *value);

/* Append len octets of text whose lines end in LF, with CRLF instead. */
void header_append_crlf(GString *out, const char *text, gsize len);
/* Append the field as it goes out: "name:value", line ends as CRLF. */
void header_append_field(
    GString *out, const char *name, const char *value, gsize len);

/* Is the longest physical line of "name:value" within BOUND_LINE? */
bool header_lines_fit(const char *name, const char *value, gsize len);

/* May this be written as a value? No CR, no NUL, LF only before SP or TAB and
 * not before the end, no 8-bit octet, lines within BOUND_LINE, and no line of
 * white space alone. */
bool header_value_is_legal(const char *name, const char *value);

/* Is the name one of these? */
bool header_name_is_one_of(
    const char *name, const char *const *names, guint count);

/* For hash tables by name: case does not count. */
guint header_name_hash(gconstpointer name);
gboolean header_name_equal(gconstpointer a, gconstpointer b);

/* RFC 5322 2.2: printable ASCII without colon and space, not empty. */
bool header_name_is_legal(const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Header, header_free)

#endif
