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
 * sender: the first mailbox of the message's From, or NULL where there is
 * none; then envelope_sender stands in, and for "" or NULL the text "unknown
 * sender". A sender without a usable addr is shown by its name, without name
 * by its text. from_name: the entry's own, replaces the sender's name, or
 * NULL. mark: text to show in front, such as "UNVERIFIED", or NULL; it is
 * shown in FROM_BARE too. alias is the addr-spec as addressed: its local part
 * may be anything that address_list_addr_spec can write.
 *
 * Name and address have control and invisible characters, bidi overrides and
 * line ends taken out, blanks collapsed, '@' written " at ", and are each cut
 * to BOUND_DISPLAY_NAME characters. The caller owns the result (one line,
 * unfolded; ASCII; address_list_is_strict).
 */
char *from_line(FromFormat format, const char *alias, const Mailbox *sender,
    const char *envelope_sender, const char *from_name, const char *mark);

/* A display name made harmless as said above, UTF-8; NULL when nothing is
 * left of it. */
char *from_line_clean_name(const char *name);

#endif
