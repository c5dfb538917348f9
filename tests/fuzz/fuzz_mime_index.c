/* SPDX-License-Identifier: MIT */
/* Parts lie in their containers, in order; a repaired message needs no other
 * repair. */
#include "core/mime_index.h"

#include <stdint.h>
#include <string.h>

#include "core/apply.h"
#include "core/bounds.h"
#include "core/intake.h"
#include "core/part_repair.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_inside(const Span *inner, const Span *outer)
{
	if (inner->len == 0)
		return;
	g_assert(inner->start >= outer->start);
	g_assert(inner->start + inner->len <= outer->start + outer->len);
}

static void
check_index(const Message *message)
{
	g_autoptr(MimeIndex) index =
	    mime_index_new(message->header, message->body, message->body_len);
	gsize at = 0;

	g_assert(mime_index_count(index) <= BOUND_MIME_PARTS);
	for (guint i = 1; i < mime_index_count(index); i++) {
		const MimePart *part = mime_index_at(index, i);
		const MimePart *parent = mime_index_at(index, part->parent);
		g_assert(part->parent < i);
		g_assert(parent->multipart);
		g_assert(part->depth == parent->depth + 1);
		g_assert(part->depth <= BOUND_MIME_DEPTH);
		g_assert(part->delimiter.start >= at);
		at = part->delimiter.start + part->delimiter.len;
		if (index->over_bounds)
			continue;
		g_assert(part->delimiter.start >= parent->body.start);
		check_inside(&part->body, &parent->body);
		check_inside(&part->type, &part->header);
		check_inside(&part->disposition, &part->header);
		check_inside(&part->encoding, &part->header);
	}
}

/* The repaired message, or NULL if it is refused. */
static GString *
repaired(const Message *message, Blocked blocked)
{
	g_autoptr(HeaderPlan) plan = header_plan_new(message->header);
	g_autoptr(EditList) edits = edit_list_new();
	g_autoptr(GString) why = g_string_new(NULL);
	g_autoptr(Reply) reply =
	    part_repair_plan(message, blocked, NULL, plan, edits, why);
	gsize at = 0;

	if (reply)
		return NULL;
	for (guint i = 0; i < edit_list_count(edits); i++) {
		const Edit *edit = edit_list_at(edits, i);
		g_assert(edit->start >= at);
		at = edit->start + edit->len;
		g_assert(at <= message->body_len);
	}
	header_plan_to_edits(plan, edits);
	return apply_to_string(message, edits, APPLY_MESSAGE);
}

static void
check_repair(const Message *message, Blocked blocked)
{
	g_autoptr(GString) once = repaired(message, blocked);

	if (!once)
		return;
	g_autoptr(Message) again = message_new("");
	intake_split(again, once->str, once->len);
	g_autoptr(GString) twice = repaired(again, BLOCKED_REFUSE);
	g_assert(twice);
	g_assert_cmpstr(twice->str, ==, once->str);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autoptr(GString) octets = g_string_new(NULL);
	g_autoptr(Message) message = message_new("");
	IntakeLines lines;

	intake_lines_init(&lines);
	intake_lines_feed(&lines, (const char *)data, size, octets);
	intake_lines_end(&lines, octets);
	intake_split(message, octets->str, octets->len);
	check_index(message);
	check_repair(message, BLOCKED_RENAME);
	check_repair(message, BLOCKED_REPLACE);
	return 0;
}
