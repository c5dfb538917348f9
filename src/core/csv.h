/* SPDX-License-Identifier: MIT */
/*
 * csv.h - comma-separated values: RFC 4180
 *
 * Read: CRLF or LF line ends, quoted fields with "" and line ends in them; a
 * UTF-8 byte order mark is skipped. Written: CRLF, quotes where needed.
 */
#ifndef ALIASBRIDGE_CSV_H
#define ALIASBRIDGE_CSV_H

#include <glib.h>

/* The next record of text from *at on, which moves behind it: a
 * NULL-terminated array of fields, owned by the caller. NULL without an error
 * at the end; NULL with FAILURE_INPUT where a quote is not closed, something
 * follows a closing quote, or a field holds NUL. */
char **csv_next(const char *text, gsize len, gsize *at, GError **error);

/* Append one record. */
void csv_append(GString *out, const char *const *fields);

#endif
