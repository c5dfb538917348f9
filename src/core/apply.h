/* SPDX-License-Identifier: MIT */
/*
 * apply.h - an EditList over a message: the octets that result
 *
 * The bytes-out interpreter of a plan. Streams: nothing of the body is
 * copied on the way.
 */
#ifndef ALIASBRIDGE_APPLY_H
#define ALIASBRIDGE_APPLY_H

#include <glib.h>
#include <stdbool.h>

#include "core/edit.h"
#include "core/message.h"

/*
 * A reader of the result: pull as much as there is room for. What no edit
 * touches is handed out from where it lies.
 */
typedef struct ApplyReader ApplyReader;

typedef enum ApplyWhat {
	APPLY_MESSAGE, /* header, separating line, body */
	APPLY_BODY,    /* the body alone: for smfi_replacebody */
} ApplyWhat;

/* message and edits are borrowed and must outlive the reader. Line ends are
 * CRLF. Envelope edits are not looked at. */
ApplyReader *apply_reader_new(
    const Message *message, const EditList *edits, ApplyWhat what);
void apply_reader_free(ApplyReader *reader);

/* The next octets, borrowed until the next call, at most max of them; *len 0
 * at the end. */
const char *apply_reader_next(ApplyReader *reader, gsize max, gsize *len);

/* Takes octets as they come; false (with error set) stops the apply. */
typedef bool (*ApplySink)(
    void *context, const char *octets, gsize len, GError **error);

/* All of it into sink. */
bool apply_message(const Message *message, const EditList *edits,
    ApplySink sink, void *context, GError **error);

/* All of it, or its body, as one string; owned by the caller. */
GString *apply_to_string(
    const Message *message, const EditList *edits, ApplyWhat what);

/* The envelope that results: reverse-path, owned by the caller; recipients,
 * addr-specs, owned by the caller (g_strfreev). */
char *apply_sender(const Message *message, const EditList *edits);
char **apply_recipients(const Message *message, const EditList *edits);

/* Octets on the wire after the edits. */
gsize apply_size(const Message *message, const EditList *edits);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ApplyReader, apply_reader_free)

#endif
