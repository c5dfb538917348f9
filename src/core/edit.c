/* SPDX-License-Identifier: MIT */
#include "core/edit.h"

#include <string.h>

static void
edit_free(gpointer data)
{
	Edit *edit = data;

	g_free(edit->name);
	g_free(edit->value);
	g_free(edit->parameters);
	g_free(edit);
}

EditList *
edit_list_new(void)
{
	EditList *list = g_new0(EditList, 1);

	list->edits = g_ptr_array_new_with_free_func(edit_free);
	return list;
}

void
edit_list_free(EditList *list)
{
	if (!list)
		return;
	g_ptr_array_unref(list->edits);
	g_free(list);
}

guint
edit_list_count(const EditList *list)
{
	return list->edits->len;
}

const Edit *
edit_list_at(const EditList *list, guint index)
{
	return g_ptr_array_index(list->edits, index);
}

static Edit *
edit_append(EditList *list, EditKind kind, const char *name, const char *value)
{
	Edit *edit = g_new0(Edit, 1);

	edit->kind = kind;
	edit->name = g_strdup(name);
	edit->value = g_strdup(value);
	edit->value_len = value ? strlen(value) : 0;
	g_ptr_array_add(list->edits, edit);
	return edit;
}

void
edit_recipient_add(EditList *list, const char *address, const char *parameters)
{
	Edit *edit = edit_append(list, EDIT_RECIPIENT_ADD, NULL, address);

	edit->parameters = g_strdup(parameters);
}

void
edit_recipient_remove(EditList *list, const char *given)
{
	edit_append(list, EDIT_RECIPIENT_REMOVE, NULL, given);
}

void
edit_sender(EditList *list, const char *reverse_path)
{
	edit_append(list, EDIT_SENDER, NULL, reverse_path);
}

void
edit_header_change(
    EditList *list, const char *name, guint nth, const char *value)
{
	edit_append(list, EDIT_HEADER_CHANGE, name, value)->nth = nth;
}

void
edit_header_remove(EditList *list, const char *name, guint nth)
{
	edit_append(list, EDIT_HEADER_REMOVE, name, NULL)->nth = nth;
}

void
edit_header_add(EditList *list, const char *name, const char *value)
{
	edit_append(list, EDIT_HEADER_ADD, name, value);
}

void
edit_body(EditList *list, gsize start, gsize len, char *value, gsize value_len)
{
	Edit *edit = edit_append(list, EDIT_BODY, NULL, NULL);

	edit->start = start;
	edit->len = len;
	edit->value = value;
	edit->value_len = value_len;
}

void
edit_body_transform(
    EditList *list, gsize start, gsize len, TransferTransform transform)
{
	Edit *edit = edit_append(list, EDIT_BODY, NULL, NULL);

	edit->start = start;
	edit->len = len;
	edit->transform = transform;
}

void
edit_list_append(EditList *list, EditList *other)
{
	for (guint i = 0; i < other->edits->len; i++)
		g_ptr_array_add(
		    list->edits, g_ptr_array_index(other->edits, i));
	g_ptr_array_set_free_func(other->edits, NULL);
	g_ptr_array_set_size(other->edits, 0);
	g_ptr_array_set_free_func(other->edits, edit_free);
}
