/* SPDX-License-Identifier: MIT */
/*
 * encoded_word.h - text in header fields: RFC 2047, both ways
 */
#ifndef ALIASBRIDGE_ENCODED_WORD_H
#define ALIASBRIDGE_ENCODED_WORD_H

#include <glib.h>
#include <stdbool.h>

/* Octets to UTF-8: as they are if valid UTF-8, else from charset if that is
 * known and fits, else from windows-1252 (its five holes as U+FFFD). Never
 * fails. NUL becomes U+FFFD. The caller owns the result. charset may be
 * NULL. */
char *encoded_word_to_utf8(const char *octets, gsize len, const char *charset);

/* A header value to UTF-8 for people: unfolded, words decoded (forgivingly,
 * as g_mime_utils_header_decode_text), 8-bit octets as above. */
char *encoded_word_decode(const char *value, gsize len, const char *charset);

typedef enum EncodedWordPlace {
	ENCODED_WORD_TEXT,   /* unstructured: Subject */
	ENCODED_WORD_PHRASE, /* a display name: fewer characters in Q */
} EncodedWordPlace;

/* UTF-8 as a sequence of encoded-words, each at most BOUND_ENCODED_WORD
 * octets, split between characters (never inside one, nor inside a grapheme
 * where that can be helped), separated by one space. Q or B, whichever is
 * shorter. The caller owns it. */
char *encoded_word_encode(const char *utf8, EncodedWordPlace place);

/* Rewrite an unstructured raw value so that it is 7-bit and legal, and reads
 * the same: runs of words with 8-bit octets, or longer than a line can hold,
 * are encoded, the rest (encoded-words that are there included) stays octet
 * for octet where that leaves the meaning. NUL, lone CR and LF become spaces.
 * The result has no folds (header_fold adds them). */
char *encoded_word_repair(const char *value, gsize len, const char *charset);

#endif
