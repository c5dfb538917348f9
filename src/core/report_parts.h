/* SPDX-License-Identifier: MIT */
/*
 * report_parts.h - a bounce taken apart: what its MIME parts hold
 *
 * GMime reads; messages inside are not entered, only their header is taken.
 */
#ifndef ALIASBRIDGE_REPORT_PARTS_H
#define ALIASBRIDGE_REPORT_PARTS_H

#include <glib.h>
#include <stdbool.h>

#include "core/message.h"

typedef struct ReportParts {
	GString *status;     /* owned; message/delivery-status parts */
	GString *feedback;   /* owned; message/feedback-report parts */
	GString *text;       /* owned; text/plain parts in UTF-8 */
	GString *html;       /* owned; text/html parts in UTF-8 */
	GPtrArray *returned; /* of GString, owned; headers of messages that
				came back */
	char *report_type;   /* owned; in lower case; NULL: no report */
	bool disposition;    /* there is a message/disposition-notification */
} ReportParts;

/* Never fails. At most BOUND_REPORT octets of the body are read. The result
 * borrows nothing. */
ReportParts *report_parts_new(const Message *message);
void report_parts_free(ReportParts *parts);

/* HTML without tags, the common entities resolved. The caller owns it. */
char *report_parts_strip_html(const char *html);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ReportParts, report_parts_free)

#endif
