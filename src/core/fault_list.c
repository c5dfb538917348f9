/* SPDX-License-Identifier: MIT */
#include "core/fault_list.h"

#include "core/bounds.h"
#include "core/failure.h"

bool
fault_list_is_full(const FaultList *list)
{
	return list->count >= BOUND_TABLE_ERRORS;
}

void
fault_list_add(FaultList *list, const char *line)
{
	bool full = fault_list_is_full(list);

	list->count++;
	if (full)
		return;
	if (!list->text)
		list->text = g_string_new(line);
	else
		g_string_append_printf(list->text, "\n%s", line);
}

bool
fault_list_end(FaultList *list, const char *name, GError **error)
{
	g_autoptr(GString) text = g_steal_pointer(&list->text);
	guint count = list->count;

	list->count = 0;
	if (count == 0)
		return true;
	if (count > BOUND_TABLE_ERRORS)
		g_string_append_printf(text, "\n%s: and %u errors more", name,
		    count - BOUND_TABLE_ERRORS);
	return failure_set(error, FAILURE_INPUT, "%s", text->str);
}
