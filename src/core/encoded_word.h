/* SPDX-License-Identifier: MIT */
/*
 * encoded_word.h - text in header fields: RFC 2047, both ways
 */
#ifndef ALIASBRIDGE_ENCODED_WORD_H
#define ALIASBRIDGE_ENCODED_WORD_H

#include <glib.h>
#include <stdbool.h>

/*
 * A header value to UTF-8 for people: unfolded, words decoded, 8-bit octets by
 * charset_to_utf8. Forgiving: encoded-words may be long, hold spaces or 8-bit
 * octets, touch other text, split a character between them, lack padding. One
 * in an unknown charset is read as if it had none. The caller owns the result.
 */
char *encoded_word_decode(const char *value, gsize len, const char *charset);

/* Octets of the encoded-word that starts at text (NUL-terminated) and holds no
 * white space; 0 where none does or it is over two lines long. */
gsize encoded_word_span(const char *text);

typedef enum EncodedWordPlace {
	ENCODED_WORD_TEXT,   /* unstructured: Subject */
	ENCODED_WORD_PHRASE, /* a display name: fewer characters in Q */
} EncodedWordPlace;

/* UTF-8 as a sequence of encoded-words, each at most BOUND_ENCODED_WORD
 * octets, split between characters (never inside one, nor inside a grapheme
 * where that can be helped), separated by one space. Q or B, whichever is
 * shorter. CR and LF become spaces. "" for "". The caller owns it. */
char *encoded_word_encode(const char *utf8, EncodedWordPlace place);

/*
 * Rewrite an unstructured raw value so that it is 7-bit and legal, and reads
 * the same: runs of words with 8-bit octets, or longer than BOUND_HEADER_WORD,
 * are encoded; the rest, encoded-words that are there included, stays octet
 * for octet. White space beside an encoded-word that is there goes into the
 * new one, for between two it would vanish. NUL, lone CR and LF become spaces.
 * The result has no folds (header_fold adds them) and no white space at its
 * ends. The caller owns it.
 */
char *encoded_word_repair(const char *value, gsize len, const char *charset);

#endif
