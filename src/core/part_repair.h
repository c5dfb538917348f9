/* SPDX-License-Identifier: MIT */
/*
 * part_repair.h - what SES refuses in body parts, and the repair of each
 *
 * SES runs a strict reader over the header of every part, takes no line over
 * 998 octets and no attachment of some name extensions. Parts that are signed,
 * encrypted or embedded messages are sealed: a fault inside them is a reason
 * to refuse, not to edit.
 */
#ifndef ALIASBRIDGE_PART_REPAIR_H
#define ALIASBRIDGE_PART_REPAIR_H

#include <glib.h>

#include "core/edit.h"
#include "core/header_plan.h"
#include "core/message.h"
#include "core/policy.h"
#include "core/reply.h"

/*
 * Append the body edits that make message's body acceptable to edits
 * (ascending, disjoint), and decide about the message's own Content-Type,
 * Content-Disposition and Content-Transfer-Encoding in header where the body
 * asks for it. charset as for ses_rules_repair_header. What is repaired is
 * named in why.
 *
 * Returns NULL, or a refusal (owned by the caller) where no edit can help:
 * 550 5.7.1 a blocked attachment, 554 5.6.0 a fault in a sealed part or more
 * parts or depth than bounds.h allows. edits and header are then not to be
 * used.
 */
Reply *part_repair_plan(const Message *message, Blocked blocked,
    const char *charset, HeaderPlan *header, EditList *edits, GString *why);

#endif
