/* SPDX-License-Identifier: MIT */
/*
 * edit.h - one change to a message; a list of them is what a plan decides
 *
 * The list is to be carried out in order. Recipients are added first and
 * removed last, so that being killed in between can duplicate but never lose.
 * Changes and removals of header fields stand from the last field to the
 * first, because an MTA renumbers the fields behind a removed one; additions
 * go to the end of the header in list order. Body edits are spans over the
 * original body, ascending and disjoint.
 */
#ifndef ALIASBRIDGE_EDIT_H
#define ALIASBRIDGE_EDIT_H

#include <glib.h>
#include <stdbool.h>

#include "core/transfer_encoding.h"

typedef enum EditKind {
	EDIT_RECIPIENT_ADD, /* value: addr-spec; parameters: "NOTIFY=NEVER" */
	EDIT_SENDER,        /* value: reverse-path without brackets */
	EDIT_HEADER_CHANGE, /* name, nth, value */
	EDIT_HEADER_REMOVE, /* name, nth */
	EDIT_HEADER_ADD,    /* name, value */
	EDIT_BODY,          /* start, len, value, value_len */
	EDIT_RECIPIENT_REMOVE, /* value: as given at RCPT, route stripped */
} EditKind;

typedef struct Edit {
	EditKind kind;
	char *name;  /* owned; a header field's name, or NULL */
	guint nth;   /* from 1, of its name, before any edit */
	char *value; /* owned; for header fields with leading white space,
			folds as LF; for EDIT_BODY any octets */
	gsize value_len;
	char *parameters;            /* owned; or NULL */
	gsize start, len;            /* EDIT_BODY: the octets replaced */
	TransferTransform transform; /* EDIT_BODY: unless TRANSFORM_NONE the
					octets are not replaced by value but
					re-encoded on the way out */
} Edit;

typedef struct EditList {
	GPtrArray *edits; /* of Edit, owned */
} EditList;

EditList *edit_list_new(void);
void edit_list_free(EditList *list);
guint edit_list_count(const EditList *list);
const Edit *edit_list_at(const EditList *list, guint index);

void edit_recipient_add(
    EditList *list, const char *address, const char *parameters);
void edit_recipient_remove(EditList *list, const char *given);
void edit_sender(EditList *list, const char *reverse_path);
void edit_header_change(
    EditList *list, const char *name, guint nth, const char *value);
void edit_header_remove(EditList *list, const char *name, guint nth);
void edit_header_add(EditList *list, const char *name, const char *value);
/* Replace len octets at start by value_len octets of value (taken over). */
void edit_body(
    EditList *list, gsize start, gsize len, char *value, gsize value_len);
/* Re-encode len octets at start; nothing is copied now. */
void edit_body_transform(
    EditList *list, gsize start, gsize len, TransferTransform transform);

/* Move the edits of other behind those of list; other is empty then. */
void edit_list_append(EditList *list, EditList *other);

/* One edit a line, strings quoted as in C; "body" lines show the octets'
 * number and the replacement. The caller owns it. */
char *edit_list_to_text(const EditList *list);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(EditList, edit_list_free)

#endif
