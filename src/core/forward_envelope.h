/* SPDX-License-Identifier: MIT */
/*
 * forward_envelope.h - the envelope of a forwarded message
 *
 * Recipients are added first and the alias removed last, so that a shell that
 * dies in between can lose nobody.
 */
#ifndef ALIASBRIDGE_FORWARD_ENVELOPE_H
#define ALIASBRIDGE_FORWARD_ENVELOPE_H

#include "core/edit.h"
#include "core/plan.h"

/* The new reverse-path: the policy's fixed address, or a signed one that
 * leads back to the sender. FAILURE_CONFIG when there is neither. The caller
 * owns it. */
char *forward_envelope_sender(const Message *message, const char *alias_text,
    const Policy *policy, gint64 now, GError **error);

/* Targets that are not recipients of the message already. NOTIFY=NEVER is
 * carried on when every recipient that is the alias asked for it. */
void forward_envelope_add_targets(
    const Message *message, const char *const *targets, EditList *edits);

/* Take away every spelling of the alias. */
void forward_envelope_remove_alias(const Message *message, EditList *edits);

#endif
