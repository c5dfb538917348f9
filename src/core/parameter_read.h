/* SPDX-License-Identifier: MIT */
/*
 * parameter_read.h - two readers of Content-Type and Content-Disposition
 *
 * The strict one is JavaMail's HeaderTokenizer and ParameterList; the
 * forgiving one takes what people and mail programs meant.
 */
#ifndef ALIASBRIDGE_PARAMETER_READ_H
#define ALIASBRIDGE_PARAMETER_READ_H

#include <glib.h>
#include <stdbool.h>
#include <string.h>

#include "core/parameter.h"

/* May c stand in a token? RFC 2045 5.1. */
static inline bool
parameter_is_atom(char c)
{
	return c > ' ' && c < 0x7f && !strchr("()<>@,;:\\\"[]/?=", c);
}

/* Collect the parameters in pieces; true: a strict reader takes the value,
 * and *out, which may be NULL, is the value before them, lower case, owned by
 * the caller. */
bool parameter_read_strict(ContentKind kind, const char *value, gsize len,
    char **out, GPtrArray *pieces);

/* The same for any octets. The result is NULL where there is no value before
 * the parameters that could be read. */
char *parameter_read_forgiving(
    ContentKind kind, const char *value, gsize len, GPtrArray *pieces);

#endif
