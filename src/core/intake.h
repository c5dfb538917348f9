/* SPDX-License-Identifier: MIT */
/*
 * intake.h - what Postfix does to a message on the way in
 *
 * A milter never sees a file as it lies on disk: smtpd and cleanup end the
 * header at the first line that is no field, turn line ends into CRLF, and so
 * on, and libmilter stops a value at NUL. These functions do the same to raw
 * octets, so that preview and deliver plan over what the milter would see.
 * Each rule names the Postfix source it follows and has a test against the
 * real one.
 */
#ifndef ALIASBRIDGE_INTAKE_H
#define ALIASBRIDGE_INTAKE_H

#include <glib.h>
#include <stdbool.h>

#include "core/message.h"

/* Turns any mix of line ends into CRLF as octets pass through. */
typedef struct IntakeLines {
	bool cr;	 /* the last octet was CR */
	bool line_start; /* the next octet begins a line */
	bool seen_crlf;
	bool seen_lf; /* a lone LF was seen */
} IntakeLines;

/* Append octets to out with lone LF as CRLF, lone CR and NUL as Postfix
 * leaves them. Call intake_lines_end once at the end: it completes the last
 * line. */
void intake_lines_init(IntakeLines *lines);
void intake_lines_feed(
    IntakeLines *lines, const char *octets, gsize len, GString *out);
void intake_lines_end(IntakeLines *lines, GString *out);

/* Split octets (CRLF line ends) into message->header and ->body. The fields'
 * raw pointers and the body borrow from octets, which must outlive message. */
void intake_split(Message *message, const char *octets, gsize len);

#endif
