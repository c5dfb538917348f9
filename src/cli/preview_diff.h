/* SPDX-License-Identifier: MIT */
/*
 * preview_diff.h - before and after, for people
 */
#ifndef ALIASBRIDGE_PREVIEW_DIFF_H
#define ALIASBRIDGE_PREVIEW_DIFF_H

#include <glib.h>
#include <stdbool.h>

#include "core/edit.h"
#include "core/message.h"

/* Print a unified diff (diff -u) of message before and after edits on stdout:
 * the envelope first, header fields unfolded and decoded, then the body;
 * control characters masked. FAILURE_TEMPORARY when diff(1) or the folder for
 * temporary files fails. */
bool preview_diff(
    const Message *message, const EditList *edits, GError **error);

#endif
