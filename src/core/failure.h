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

typedef enum FailureCode {
	FAILURE_TEMPORARY, /* try again: 4xx, exit 75 */
	FAILURE_PERMANENT, /* will not get better by waiting: 5xx */
	FAILURE_CONFIG,    /* the administrator must act: 4xx, exit 78 */
	FAILURE_INPUT,     /* the text given does not parse */
} FailureCode;

#define FAILURE (failure_quark())
GQuark failure_quark(void);

/* Text for people and logs: control characters, DEL and invalid UTF-8 become
 * '?', at most max octets, "..." where cut. The caller owns the result. */
char *failure_mask(const char *text, gssize len, gsize max);

#endif
