/* SPDX-License-Identifier: MIT */
/*
 * returned_header.h - the header of a message that came back, out of the text
 * that quotes it
 */
#ifndef ALIASBRIDGE_RETURNED_HEADER_H
#define ALIASBRIDGE_RETURNED_HEADER_H

#include <glib.h>

#include "core/header.h"

/* The header that the field at offset at is in: the lines around it that begin
 * as its line does before the field's name ("> "), up to a blank one on both
 * sides. At most BOUND_HEADER_COUNT fields; lines that are none are left out.
 * The caller owns it. */
Header *returned_header_read(const GString *text, gsize at);

#endif
