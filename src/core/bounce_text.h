/* SPDX-License-Identifier: MIT */
/*
 * bounce_text.h - what a bounce says in words
 *
 * For systems that write no delivery status: qmail, Exim, old Exchange,
 * Domino, Yahoo. Status codes and SMTP replies count in any language, and a
 * few standing phrases in the languages met most.
 */
#ifndef ALIASBRIDGE_BOUNCE_TEXT_H
#define ALIASBRIDGE_BOUNCE_TEXT_H

#include <glib.h>
#include <stdbool.h>

#include "core/report.h"

typedef struct BounceText {
	ReportOutcome outcome; /* never REPORT_DELIVERED */
	char *status;          /* owned; "5.1.1" in form, or NULL */
} BounceText;

/* text: UTF-8 or any octets, as people see it; what follows the first header
 * field of a returned message is not looked at, nor what is beyond
 * BOUND_BOUNCE_TEXT. subject: decoded. Never fails. Owned by the caller. */
BounceText *bounce_text_read(
    const char *subject, const char *text) G_GNUC_WARN_UNUSED_RESULT;
void bounce_text_free(BounceText *text);

/* The part of text that is the system's own words. The caller owns it. */
char *bounce_text_words(const char *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(BounceText, bounce_text_free)

#endif
