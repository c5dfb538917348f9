/* SPDX-License-Identifier: MIT */
/*
 * part_header.h - the header of one body part, as it is to be
 *
 * Read once, decided about, then written as edits: of the body for a part in
 * it, in a HeaderPlan for the message's own header. Fields that nobody
 * decided about and that a strict reader takes stay octet for octet.
 */
#ifndef ALIASBRIDGE_PART_HEADER_H
#define ALIASBRIDGE_PART_HEADER_H

#include <glib.h>
#include <stdbool.h>

#include "core/edit.h"
#include "core/header_plan.h"
#include "core/mime_index.h"

typedef struct PartHeader {
	const MimeIndex *index;    /* borrowed */
	guint i;                   /* the part's index */
	const char *charset;       /* borrowed; what 8-bit octets are in */
	ContentValue *type;        /* owned; as read; NULL: no such field */
	ContentValue *disposition; /* owned; as read; NULL: none */
	bool type_changed;         /* to be written as type says */
	bool disposition_changed;
	const char *encoding; /* static text; to be written; NULL: stays */
} PartHeader;

/* index and charset must outlive header. */
void part_header_init(
    PartHeader *header, const MimeIndex *index, guint i, const char *charset);
void part_header_clear(PartHeader *header);

/* The transfer encoding as decoders take it: lower case, its first word;
 * "7bit" when absent or empty. NULL: cannot be read. Owned by the caller. */
char *part_header_encoding(const PartHeader *header);

/* Is the header over BOUND_HEADER_TOTAL, or a field so long that Postfix cuts
 * it? */
bool part_header_is_over_bounds(const PartHeader *header);

/* Would JavaMail stumble over the part's values? */
bool part_header_is_refused(const PartHeader *header);

/* The type becomes text/plain, and of its parameters the charset stays. */
void part_header_become_text(PartHeader *header);

/* Append the edits of a part in the body; false: there were none to make.
 * Repairs what a strict reader refuses and over-long lines, and removes
 * repeated Content- fields. */
bool part_header_edit(const PartHeader *header, EditList *edits);

/* Decide in plan what was changed in the message's own header; the repairs
 * are ses_rules'. */
void part_header_plan(const PartHeader *header, HeaderPlan *plan);

#endif
