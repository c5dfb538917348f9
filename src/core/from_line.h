/* SPDX-License-Identifier: MIT */
/*
 * from_line.h - the new From: the alias's address under the sender's name
 *
 * Legal for any input: quotes, commas, <>, CR LF in encoded words, bidi
 * marks, 8-bit in any charset, groups, nothing at all.
 */
#ifndef ALIASBRIDGE_FROM_LINE_H
#define ALIASBRIDGE_FROM_LINE_H

#include "core/address_list.h"
#include "core/policy.h"

/*
 * The value of From for mail from sender through the alias.
 *
 * sender: the first mailbox of the message's From (name and addr may be NULL),
 * or NULL where there is none; then envelope_sender stands in, and for "" the
 * text "unknown sender". from_name: the entry's own, replaces the sender's
 * name in every format but bare. mark: text to show in front, such as
 * "UNVERIFIED", or NULL. alias is the addr-spec as addressed.
 *
 * The display name has control characters, bidi overrides and line ends
 * taken out, blanks collapsed, '@' written " at ", and is cut to
 * BOUND_DISPLAY_NAME characters. The caller owns the result (one line,
 * unfolded; ASCII).
 */
char *from_line(FromFormat format, const char *alias, const Mailbox *sender,
    const char *envelope_sender, const char *from_name, const char *mark);

/* A display name made harmless as said above, UTF-8; NULL when nothing is
 * left of it. */
char *from_line_clean_name(const char *name);

#endif
