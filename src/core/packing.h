/* SPDX-License-Identifier: MIT */
/*
 * packing.h - which alias stands in which parameter, and how to get there
 *
 * A table below a path is spread over parameters of 4 KB. Changing it must
 * touch as few of them as will do, and must never let an address vanish for a
 * reader that is in the middle of its pages, or when the writer dies: a key
 * that moves is first copied, as it was, then removed from its old place, and
 * only then altered. So there are three steps, with a reader's time between:
 *
 *   PACK_ADD     new entries; entries altered in place; copies of those that
 *                move; what the table no longer has goes
 *   PACK_REMOVE  the old copies go
 *   PACK_ALTER   entries that moved get their new text
 *
 * After a break anywhere, a new plan from what is there goes on: a key in two
 * parameters is a move that was not finished.
 */
#ifndef ALIASBRIDGE_PACKING_H
#define ALIASBRIDGE_PACKING_H

#include <glib.h>
#include <stdbool.h>

typedef enum PackStep {
	PACK_ADD,
	PACK_REMOVE,
	PACK_ALTER,
	PACK_STEPS
} PackStep;

/* One parameter as it is: its members by folded key. */
typedef struct PackBox {
	char *name;          /* owned */
	GHashTable *members; /* char * -> char *: "\"key\":value"; owned */
	gsize limit;         /* octets it can hold */
} PackBox;

typedef struct PackPut {
	char *name;  /* owned */
	char *text;  /* owned; a JSON object, members in the order of keys */
	bool create; /* there is no such parameter yet */
} PackPut;

typedef struct PackPlan {
	GPtrArray *steps[PACK_STEPS]; /* of PackPut, owned; by name */
} PackPlan;

PackBox *pack_box_new(const char *name, gsize limit);
void pack_box_free(PackBox *box);

/*
 * Plan the way from boxes (of PackBox, in the order of names) to a table that
 * has wanted (folded key -> member text, equal to the box's where nothing
 * changes). Keys stay where they are if they can; hints (key -> name, or NULL)
 * says where new ones should go; others go where there is room, leaving a
 * fifth of a parameter free to grow, else to new ones named prefix + number.
 *
 * NULL with FAILURE_INPUT: an entry is longer than a parameter. Owned by the
 * caller.
 */
PackPlan *pack_plan(const GPtrArray *boxes, GHashTable *wanted,
    GHashTable *hints, const char *prefix, GError **error);
void pack_plan_free(PackPlan *plan);

/* A plan by hand: empty, and one more put at the end of a step (copies). */
PackPlan *pack_plan_new(void);
void pack_plan_add(PackPlan *plan, PackStep step, const char *name,
    const char *text, bool create);

/* How many puts there are in all. */
guint pack_plan_puts(const PackPlan *plan);

/* The text of one parameter that holds members (of char *, sorted). */
char *pack_text(const GPtrArray *members);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PackBox, pack_box_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PackPlan, pack_plan_free)

#endif
