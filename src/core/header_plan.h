/* SPDX-License-Identifier: MIT */
/*
 * header_plan.h - what becomes of each header field, before it is edits
 *
 * Rules decide field by field, in any order and more than once: a field is
 * kept, changed or removed, and new ones are added behind. Only the end of it
 * is turned into edits, in the order that edit.h promises. A rule that looks
 * at a field sees what the rules before it decided.
 */
#ifndef ALIASBRIDGE_HEADER_PLAN_H
#define ALIASBRIDGE_HEADER_PLAN_H

#include <glib.h>
#include <stdbool.h>

#include "core/edit.h"
#include "core/header.h"
#include "core/reply.h"

typedef struct HeaderPlan HeaderPlan;

/* header is borrowed. */
HeaderPlan *header_plan_new(const Header *header);
void header_plan_free(HeaderPlan *plan);

const Header *header_plan_header(const HeaderPlan *plan);

/* The value as it stands now, borrowed until the next change; NULL if the
 * field is removed. */
const char *header_plan_value(const HeaderPlan *plan, guint index);

/* value: unfolded or folded with LF; it is folded (header_fold) where its
 * lines are long. Nothing changes where it is the same text. */
void header_plan_change(HeaderPlan *plan, guint index, const char *value);
void header_plan_remove(HeaderPlan *plan, guint index);

/* Append a field, once if the very same is added again. value as above. */
void header_plan_add(HeaderPlan *plan, const char *name, const char *value);
/* The same for a legal value of any length: one over BOUND_HEADER_PIECE is cut
 * at its folds into several fields of this name, in order. */
void header_plan_add_long(
    HeaderPlan *plan, const char *name, const char *value);

/* The index of the first field of this name that is not removed, or -1. */
gint header_plan_find(const HeaderPlan *plan, const char *name);

/* Change the first field of this name that is not removed; add one where there
 * is none. value as above. */
void header_plan_set(HeaderPlan *plan, const char *name, const char *value);
/* Remove every field of this name; what was added stays. */
void header_plan_remove_named(HeaderPlan *plan, const char *name);

/* Make one of all fields of this name, which are lists with commas: receivers
 * refuse a second To or Cc (RFC 5322 3.6). */
void header_plan_merge(HeaderPlan *plan, const char *name);

/* How many added fields there are, and the name of each. */
guint header_plan_count_added(const HeaderPlan *plan);
const char *header_plan_added_name(const HeaderPlan *plan, guint i);

/* 554 5.6.0 where a field that was changed or added is over
 * BOUND_HEADER_VALUE, so that it would be cut on the way out; else NULL. The
 * caller owns it. */
Reply *header_plan_refusal(const HeaderPlan *plan) G_GNUC_WARN_UNUSED_RESULT;

/* Changes and removals from the last field to the first, then additions. */
void header_plan_to_edits(const HeaderPlan *plan, EditList *edits);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HeaderPlan, header_plan_free)

#endif
