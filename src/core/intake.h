/* SPDX-License-Identifier: MIT */
/*
 * intake.h - what Postfix does to a message on the way in
 *
 * A milter never sees a file as it lies on disk: smtpd and cleanup end the
 * header at the first line that is no field, turn line ends into CRLF, and so
 * on. These functions do the same to raw octets, so that preview and deliver
 * plan over what the milter would see. The rules are those of Postfix 3.7.11
 * with the settings that conf/ sets (smtpd_forbid_bare_newline = normalize,
 * message_strip_characters = \0); each is in tests/intake against the real
 * one:
 *
 *   smtp_stream.c      LF ends a line; one CR before it belongs to it
 *   smtpd.c            "From " lines, quoted or not, before anything else
 *                      become X-Mailbox-Line fields; a message that begins
 *                      with white space has no header
 *   cleanup_message.c  another CR becomes a space (3.7.10 and later); NUL goes
 *   is_header.c        a name is printable ASCII; white space may follow it,
 *                      and goes; the colon is within line_length_limit
 *   mime_state.c       the first line that is neither a field nor white space
 *                      ends the header; an empty one goes, another stays and
 *                      begins the body
 *   cleanup_out.c      a field over BOUND_HEADER_FIELD is cut, at a fold if
 *                      one is in the last tenth
 *   header_opts.c      message_drop_headers: Bcc, Content-Length, Resent-Bcc
 *                      and Return-Path are not shown
 *
 * Not followed: white space before the colon in the header of a body part,
 * and the cut of such a field, which Postfix changes too.
 */
#ifndef ALIASBRIDGE_INTAKE_H
#define ALIASBRIDGE_INTAKE_H

#include <glib.h>
#include <stdbool.h>

#include "core/message.h"

/* Turns any mix of line ends into CRLF as octets pass through. */
typedef struct IntakeLines {
	bool cr;         /* the last octet was CR, held back */
	bool line_start; /* the next octet begins a line */
	bool seen_crlf;
	bool seen_lf; /* a lone LF was seen */
	bool first;   /* only "From " lines have passed */
	bool held;    /* the beginning of such a line is held back: */
	gsize quotes; /* this many '>' */
	gsize from;   /* and this much of "From " */
} IntakeLines;

/* Append octets to out by the rules of lines above. Call intake_lines_end
 * once at the end: it completes the last line. out may be emptied between
 * calls; what is held back is short. */
void intake_lines_init(IntakeLines *lines);
void intake_lines_feed(
    IntakeLines *lines, const char *octets, gsize len, GString *out);
void intake_lines_end(IntakeLines *lines, GString *out);

/* Split octets, as they come out of intake_lines_feed, into message->header
 * and ->body. Both borrow from octets, which must outlive message; a field's
 * raw is NULL where Postfix would not pass on these very octets. Beyond
 * BOUND_HEADER_COUNT fields or BOUND_HEADER_TOTAL octets by one field, no more
 * are added: the plan refuses such a message. */
void intake_split(Message *message, const char *octets, gsize len);

#endif
