/* SPDX-License-Identifier: MIT */
/*
 * ses_rules.h - what SES refuses in a message's header, and the repair of each
 *
 * SES answers faults with a permanent 554 after DATA, so every one that can be
 * mended is mended before: addresses and MIME values a strict parser would
 * not take, 8-bit octets, over-long lines, illegal names, fields that may
 * appear only once, more than 50 addresses. What is legal stays octet for
 * octet. Bodies are part_repair's.
 *
 * 8-bit text grows, up to five times: an encoded-word takes a line for 45
 * octets, and windows-1252 has characters of three octets in UTF-8. Where a
 * field would be longer than it can travel (BOUND_HEADER_VALUE), its beginning
 * stays, or as many addresses as SES counts, and the whole is kept aside.
 *
 * SES Developer Guide: "Header fields", "Raw messages", "Quotas"; Google
 * Workspace Admin Help: "Gmail message header limits".
 */
#ifndef ALIASBRIDGE_SES_RULES_H
#define ALIASBRIDGE_SES_RULES_H

#include <glib.h>
#include <stdbool.h>

#include "core/header_plan.h"

/* May a message hold this field only once? */
bool ses_rules_is_single(const char *name);

/* Is it a field whose value SES parses as addresses? */
bool ses_rules_is_address_field(const char *name);

/* Of fields that may be there once, the first that is not blank stays; others
 * are set aside. charset and why as below. To be called before a rule that
 * changes one of them. */
void ses_rules_repair_repeated(
    HeaderPlan *plan, const char *charset, GString *why);

/*
 * Repair whatever stands in plan, added fields excepted (they are legal). To
 * and Cc are one field each (header_plan_merge); where X-Original-To or -Cc
 * was added before, it holds what came, and they are not kept aside again.
 * charset is what 8-bit octets are in when they are not UTF-8, or NULL. What
 * is repaired is named in why (appended, comma-separated), which may be NULL.
 * addressee is an addr-spec that stays in To or Cc where they are shortened;
 * or NULL.
 * Afterwards every field that stands is legal.
 */
void ses_rules_repair_header(
    HeaderPlan *plan, const char *charset, const char *addressee, GString *why);

/* A value legal for any unstructured field of this name: as it is where it
 * can be, else encoded and folded. The caller owns it. */
char *ses_rules_legal_value(
    const char *name, const char *value, gsize len, const char *charset);

/* Add X-Original-NAME with this value, made legal, in several fields where it
 * is long (header_plan_add_long). False: with X-Original- the name would be
 * too long, and nothing is added. */
bool ses_rules_keep_original(
    HeaderPlan *plan, const char *name, const char *value, const char *charset);

/* The same of an address field that stands, but of To and Cc only the first
 * time: they are one field each, and a target may have been put into them
 * since. */
void ses_rules_keep_once(HeaderPlan *plan, guint index, const char *charset);

/* Move a field's value to X-Original-NAME and remove the field. */
void ses_rules_set_aside(HeaderPlan *plan, guint index, const char *charset);

#endif
