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

/* Takes octets as they come; false (with error set) stops the apply. */
typedef bool (*ApplySink)(
    void *context, const char *octets, gsize len, GError **error);

/* Write header (fields untouched octet for octet), separating line and body
 * of message with the edits carried out, line ends CRLF. Envelope edits are
 * not looked at. */
bool apply_message(const Message *message, const EditList *edits,
    ApplySink sink, void *context, GError **error);

/* Only the body with its edits: for smfi_replacebody. */
bool apply_body(const Message *message, const EditList *edits, ApplySink sink,
    void *context, GError **error);

/* The envelope that results: reverse-path and recipients (addr-specs, owned
 * by the caller). */
char *apply_sender(const Message *message, const EditList *edits);
char **apply_recipients(const Message *message, const EditList *edits);

/* Octets on the wire after the edits. */
gsize apply_size(const Message *message, const EditList *edits);

#endif
