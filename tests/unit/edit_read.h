/* SPDX-License-Identifier: MIT */
/*
 * edit_read.h - an EditList out of what edit_list_to_text writes
 */
#ifndef ALIASBRIDGE_EDIT_READ_H
#define ALIASBRIDGE_EDIT_READ_H

#include "core/edit.h"

/* The edits of text, or NULL with FAILURE_INPUT that names the line. The
 * caller owns them. */
EditList *edit_read(const char *text, GError **error);

#endif
