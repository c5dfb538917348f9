/* SPDX-License-Identifier: MIT */
/*
 * failure.h - the GError domain of the project
 *
 * A failure carries mail's meaning: what a shell must answer. Whatever is not
 * known to be permanent is temporary.
 */
#ifndef ALIASBRIDGE_FAILURE_H
#define ALIASBRIDGE_FAILURE_H

#include <glib.h>
#include <stdbool.h>

typedef enum FailureCode {
	FAILURE_TEMPORARY, /* try again: 4xx, exit 75 */
	FAILURE_PERMANENT, /* will not get better by waiting: 5xx */
	FAILURE_CONFIG,    /* the administrator must act: 4xx, exit 78 */
	FAILURE_INPUT,     /* the text given does not parse */
} FailureCode;

#define FAILURE (failure_quark())
GQuark failure_quark(void);

/* Set *error (which may be NULL) to code and the text. False, so that it can be
 * returned. */
bool failure_set(GError **error, FailureCode code, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/* Set *error to code and the text of cause, whose domain is another library's;
 * it is taken over. False. */
bool failure_wrap(GError **error, FailureCode code, GError *cause);

/* Text for people and logs: control characters, format characters and invalid
 * UTF-8 become '?'. It ends, with "...", after the character that reaches max
 * octets. The caller owns the result. */
char *failure_mask(const char *text, gssize len, gsize max);

#endif
