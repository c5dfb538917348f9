/* SPDX-License-Identifier: MIT */
/*
 * masked.h - text from outside, for people
 *
 * What a terminal would obey, or that hides or turns around what stands beside
 * it, is shown as '?' (failure_mask). So is what is not UTF-8. TAB and line
 * ends stay, these as LF.
 */
#ifndef ALIASBRIDGE_MASKED_H
#define ALIASBRIDGE_MASKED_H

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>

/* label, a line without its end, and the end. False: file did not take it. */
bool masked_write_line(
    FILE *file, const char *label, const char *octets, gsize len);

/* Lines that end in LF or CRLF; the last one gets an end where it has none. */
bool masked_write_lines(FILE *file, const char *octets, gsize len);

#endif
