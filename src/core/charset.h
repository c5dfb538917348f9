/* SPDX-License-Identifier: MIT */
/*
 * charset.h - octets of a charset to UTF-8
 *
 * Senders name charsets that their text is not in: US-ASCII and ISO-8859-1 for
 * windows-1252, GB2312 for GB18030. They are read as all the world reads them.
 * In every result NUL is U+FFFD, and the caller owns it.
 */
#ifndef ALIASBRIDGE_CHARSET_H
#define ALIASBRIDGE_CHARSET_H

#include <glib.h>

/*
 * As they are if valid UTF-8, else from charset if that is known and fits
 * (UTF-8 with U+FFFD where little of it is broken), else from windows-1252
 * (its five holes as U+FFFD); so are us-ascii and iso-8859-1. 7-bit octets
 * with ISO-2022 escapes are read as such. Never fails. charset may be NULL.
 */
char *charset_to_utf8(const char *octets, gsize len, const char *charset);

/* From this charset and no other; NULL where it is not known or the octets do
 * not fit. */
char *charset_to_utf8_strict(
    const char *octets, gsize len, const char *charset);

/* The same by iconv(3), for a character cut off at the end U+FFFD. NULL also
 * for NULL and for the names of UTF-8, ASCII, ISO-8859-1 and windows-1252. */
char *charset_convert(const char *octets, gsize len, const char *charset);

#endif
