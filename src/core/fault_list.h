/* SPDX-License-Identifier: MIT */
/*
 * fault_list.h - what is wrong with a table, one line each
 *
 * Of a table that is all wrong the first BOUND_TABLE_ERRORS lines are kept,
 * the others counted.
 */
#ifndef ALIASBRIDGE_FAULT_LIST_H
#define ALIASBRIDGE_FAULT_LIST_H

#include <glib.h>
#include <stdbool.h>

typedef struct FaultList {
	GString *text; /* owned; or NULL: no line yet */
	guint count;   /* of all faults, kept or not */
} FaultList;

#define FAULT_LIST_EMPTY                                                       \
	{                                                                      \
		NULL, 0                                                        \
	}

/* Would the next line be counted only? Then it need not be made: NULL will do.
 */
bool fault_list_is_full(const FaultList *list);
/* line is printable (failure_mask) and copied. */
void fault_list_add(FaultList *list, const char *line);

/* True if there was none; else the lines become the error (FAILURE_INPUT), and
 * name begins a last one that says how many more there were. The list is empty
 * afterwards. */
bool fault_list_end(FaultList *list, const char *name, GError **error);

#endif
