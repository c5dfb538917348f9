/* SPDX-License-Identifier: MIT */
#include "core/part_repair.h"

#include <string.h>

#include "core/bounds.h"
#include "core/failure.h"
#include "core/filename.h"
#include "core/part_header.h"
#include "core/ses_rules.h"

/* Octets of a file name that a reply or a note shows. */
#define NAME_SHOWN 120
#define NOTE_FIELD "X-Aliasbridge-Attachment"

typedef struct Repair {
	const Message *message;
	const MimeIndex *index;
	Blocked blocked;
	const char *charset;
	HeaderPlan *header;
	EditList *edits;
	GString *why;
	guint noted;    /* attachments that the header names */
	gsize replaced; /* body octets before this are gone: parts in them
			   need no repair */
	char *fresh;    /* owned; begins the boundaries that are made, and
			   stands nowhere in the body; NULL: none was made */
} Repair;

static void
repair_clear(Repair *repair)
{
	g_free(repair->fresh);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Repair, repair_clear)

static void
note(Repair *repair, const char *what)
{
	if (!repair->why || strstr(repair->why->str, what))
		return;
	g_string_append_printf(
	    repair->why, "%s%s", repair->why->len > 0 ? ", " : "", what);
}

/* --- sealed parts --- */

static const char *
seal_name(const MimeIndex *index, guint i)
{
	while (mime_index_at(index, i)->sealed)
		i = mime_index_at(index, i)->parent;
	gsize len;
	const char *value = mime_index_type(index, i, &len);
	g_autoptr(ContentValue) type =
	    content_value_parse(CONTENT_TYPE, value ? value : "", len, NULL);
	if (strcmp(type->value, "multipart/signed") == 0)
		return "a signed part";
	return !value || content_value_has_type(type, "message")
		   ? "an embedded message"
		   : "an encrypted part";
}

static Reply *
sealed_reply(const MimeIndex *index, guint i, const char *what)
{
	return reply_printf(554, "5.6.0",
	    "%s inside %s, which must not be changed: the message cannot be "
	    "forwarded",
	    what, seal_name(index, i));
}

static bool
lines_fit(const char *octets, gsize len)
{
	const char *end = octets + len;

	while (octets < end) {
		const char *lf = memchr(octets, '\n', (gsize)(end - octets));
		const char *stop = lf ? lf : end;
		if (lf && stop > octets && stop[-1] == '\r')
			stop--;
		if (stop - octets > BOUND_LINE)
			return false;
		octets = lf ? lf + 1 : end;
	}
	return true;
}

/* A returned message may be folded on its way, and a report must not be lost
 * for that. */
static bool
is_returned(const MimeIndex *index, guint i)
{
	return i > 0 &&
	       mime_index_at(index, mime_index_at(index, i)->parent)->report;
}

static Reply *
check_sealed(Repair *repair, guint i, const PartHeader *header)
{
	const MimePart *part = mime_index_at(repair->index, i);

	if (part->sealed && part_header_is_refused(header))
		return sealed_reply(
		    repair->index, i, "A MIME field is malformed");
	if (part->sealed && part->multipart &&
	    (part->broken || part->trimmed || part->unmatched || part->unended))
		return sealed_reply(repair->index, i,
		    "The first boundary of a multipart is missing");
	if (part->seals && !part->sealed && !is_returned(repair->index, i) &&
	    !lines_fit(repair->index->body + part->body.start, part->body.len))
		return sealed_reply(
		    repair->index, i, "A line is longer than 998 octets");
	return NULL;
}

/* --- attachments --- */

static bool
is_file_name(const Parameter *parameter, ContentKind kind)
{
	return strcmp(parameter->name,
		   kind == CONTENT_TYPE ? "name" : "filename") == 0;
}

/* The first blocked name in content, borrowed, or NULL. */
static const char *
blocked_name(const ContentValue *content, ContentKind kind)
{
	for (guint i = 0; content && i < content->parameters->len; i++) {
		const Parameter *parameter =
		    g_ptr_array_index(content->parameters, i);
		if (is_file_name(parameter, kind) &&
		    filename_is_blocked(parameter->value))
			return parameter->value;
	}
	return NULL;
}

static bool
rename_blocked(ContentValue *content, ContentKind kind)
{
	bool changed = false;

	for (guint i = 0; content && i < content->parameters->len; i++) {
		Parameter *parameter =
		    g_ptr_array_index(content->parameters, i);
		if (!is_file_name(parameter, kind) ||
		    !filename_is_blocked(parameter->value))
			continue;
		char *safe = filename_to_safe(parameter->value);
		g_free(parameter->value);
		parameter->value = safe;
		changed = true;
	}
	return changed;
}

static void
add_note_field(Repair *repair, const char *text)
{
	if (repair->noted++ >= BOUND_ATTACHMENT_NOTES)
		return;
	g_autofree char *value =
	    ses_rules_legal_value(NOTE_FIELD, text, strlen(text), "utf-8");
	header_plan_add(repair->header, NOTE_FIELD, value);
}

static void
rename_attachment(Repair *repair, PartHeader *header, const char *shown)
{
	g_autofree char *text = g_strdup_printf("renamed; was %s", shown);

	header->type_changed |= rename_blocked(header->type, CONTENT_TYPE);
	header->disposition_changed |=
	    rename_blocked(header->disposition, CONTENT_DISPOSITION);
	note(repair, "attachment renamed");
	add_note_field(repair, text);
}

/* A note's header fields and body, the empty line between them included. */
static char *
note_part(const char *shown, bool with_header)
{
	g_autofree char *text = g_strdup_printf(
	    "The attachment \"%s\" was removed on the way: files of its "
	    "kind cannot be forwarded.",
	    shown);
	GString *out = g_string_new(
	    with_header ? "Content-Type: text/plain; charset=utf-8\r\n"
			  "Content-Transfer-Encoding: base64\r\n\r\n"
			: NULL);

	transfer_encode(TRANSFORM_BASE64, text, strlen(text), out);
	return g_string_free(out, FALSE);
}

static void
replace_root(Repair *repair, PartHeader *header)
{
	header_plan_remove_named(repair->header, "Content-Disposition");
	part_header_become_text(header);
	content_value_set(header->type, "charset", "utf-8");
	header->encoding = "base64";
	part_header_plan(header, repair->header);
}

static void
replace_attachment(
    Repair *repair, guint i, PartHeader *header, const char *shown)
{
	const MimePart *part = mime_index_at(repair->index, i);
	gsize start = i > 0 ? part->header.start : 0;
	gsize end = part->body.start + part->body.len;
	g_autofree char *text = g_strdup_printf("removed; was %s", shown);
	char *part_text = note_part(shown, i > 0);

	if (i == 0)
		replace_root(repair, header);
	edit_body(
	    repair->edits, start, end - start, part_text, strlen(part_text));
	repair->replaced = end;
	note(repair, "attachment replaced");
	add_note_field(repair, text);
}

/* *done: nothing more is to be repaired in the part. */
static Reply *
handle_attachment(Repair *repair, guint i, PartHeader *header, bool *done)
{
	const MimePart *part = mime_index_at(repair->index, i);
	const char *name =
	    blocked_name(header->disposition, CONTENT_DISPOSITION);

	if (!name)
		name = blocked_name(header->type, CONTENT_TYPE);
	if (!name)
		return NULL;
	g_autofree char *shown = failure_mask(name, -1, NAME_SHOWN);
	if (part->sealed)
		return reply_printf(550, "5.7.1",
		    "Attachment \"%s\" is of a kind that cannot be forwarded, "
		    "and inside %s",
		    shown, seal_name(repair->index, i));
	if (repair->blocked == BLOCKED_REFUSE)
		return reply_printf(550, "5.7.1",
		    "Attachment \"%s\" is of a kind that cannot be forwarded",
		    shown);
	if (repair->blocked == BLOCKED_REPLACE && !part->multipart &&
	    !part->seals) {
		replace_attachment(repair, i, header, shown);
		*done = true;
	} else {
		rename_attachment(repair, header, shown);
	}
	return NULL;
}

/* --- multiparts --- */

static bool
body_has(const MimeIndex *index, const char *text)
{
	gsize len = strlen(text);
	const char *at = index->body, *end = index->body + index->body_len;

	while ((gsize)(end - at) >= len &&
	       (at = memchr(at, *text, (gsize)(end - at)))) {
		if ((gsize)(end - at) >= len && memcmp(at, text, len) == 0)
			return true;
		at++;
	}
	return false;
}

/* What stands nowhere in the body. Looked for once a message: many boundaries
 * in a large body would take for ever. */
static char *
find_fresh(const MimeIndex *index, const char *seed)
{
	for (guint i = 0;; i++) {
		g_autofree char *salted = g_strdup_printf("%u%s", i, seed);
		g_autofree char *hash = g_compute_checksum_for_string(
		    G_CHECKSUM_SHA256, salted, -1);
		g_autofree char *text = g_strdup_printf("--=_%.32s", hash);
		if (!body_has(index, text))
			return g_steal_pointer(&text);
	}
}

/* "--" and a new boundary for part i; of one length, so that none begins
 * another. */
static char *
fresh_delimiter(Repair *repair, guint i, const char *old)
{
	if (!repair->fresh)
		repair->fresh = find_fresh(repair->index, old);
	return g_strdup_printf("%s.%05u", repair->fresh, i);
}

/* An 8-bit boundary, which no header may hold: another in the parameter and in
 * every boundary line. */
static void
change_boundary(Repair *repair, guint i, PartHeader *header, const char *old)
{
	const MimeIndex *index = repair->index;
	g_autofree char *delimiter = fresh_delimiter(repair, i, old);
	const MimePart *part = mime_index_at(index, i);

	content_value_set(header->type, "boundary", delimiter + 2);
	header->type_changed = true;
	note(repair, "boundary");
	for (guint k = i + 1; k < mime_index_count(index); k++) {
		const MimePart *child = mime_index_at(index, k);
		if (child->parent == i)
			edit_body(repair->edits, child->delimiter.start,
			    child->delimiter.len,
			    g_strconcat(delimiter, "\r\n", NULL),
			    strlen(delimiter) + 2);
	}
	if (part->close.len > 0)
		edit_body(repair->edits, part->close.start, part->close.len,
		    g_strconcat(delimiter, "--\r\n", NULL),
		    strlen(delimiter) + 4);
}

/* No first boundary: with a last one it is one part whose beginning is
 * missing, else it is text. */
static void
mend_broken(Repair *repair, guint i, PartHeader *header)
{
	const MimePart *part = mime_index_at(repair->index, i);
	const char *boundary = content_value_get(header->type, "boundary");

	note(repair, "multipart without boundary");
	if (part->close.len == 0 || part->longest > BOUND_LINE || !boundary ||
	    !g_str_is_ascii(boundary)) {
		part_header_become_text(header);
		return;
	}
	char *start = g_strdup_printf("--%s\r\n\r\n", boundary);
	edit_body(repair->edits, part->body.start, 0, start, strlen(start));
}

static guint
count_named(const ContentValue *content, const char *name)
{
	guint count = 0;

	for (guint i = 0; i < content->parameters->len; i++) {
		const Parameter *parameter =
		    g_ptr_array_index(content->parameters, i);
		count += strcmp(parameter->name, name) == 0;
	}
	return count;
}

/* The first boundary line is not that of the boundary parameter that counts:
 * another one's? Borrowed, or NULL. */
static const char *
boundary_met(Repair *repair, guint i, const PartHeader *header)
{
	const MimeIndex *index = repair->index;

	if (i + 1 >= mime_index_count(index) ||
	    mime_index_at(index, i + 1)->parent != i)
		return NULL;
	const Span *line = &mime_index_at(index, i + 1)->delimiter;
	g_autofree char *text =
	    g_strchomp(g_strndup(index->body + line->start, line->len));
	for (guint k = 0; k < header->type->parameters->len; k++) {
		const Parameter *parameter =
		    g_ptr_array_index(header->type->parameters, k);
		if (strcmp(parameter->name, "boundary") == 0 &&
		    strcmp(parameter->value, text + strlen("--")) == 0)
			return parameter->value;
	}
	return NULL;
}

static void
mend_multipart(Repair *repair, guint i, PartHeader *header)
{
	const MimePart *part = mime_index_at(repair->index, i);

	if (!part->multipart || part->sealed)
		return;
	const char *boundary =
	    mime_index_boundary(repair->index, i, header->type);
	if (part->unmatched)
		boundary = boundary_met(repair, i, header);
	if (part->trimmed || part->unmatched ||
	    count_named(header->type, "boundary") > 1) {
		g_autofree char *only =
		    boundary ? g_strchomp(g_strdup(boundary)) : NULL;
		content_value_set(header->type, "boundary", only);
		header->type_changed = true;
		boundary = content_value_get(header->type, "boundary");
		note(repair, "boundary");
	}
	if (part->broken)
		mend_broken(repair, i, header);
	else if (boundary && !g_str_is_ascii(boundary))
		change_boundary(repair, i, header, boundary);
}

/* --- lines --- */

/* How to make the part's lines short; TRANSFORM_NONE: leave them. */
static TransferTransform
choose_transform(PartHeader *header)
{
	g_autofree char *encoding = part_header_encoding(header);

	if (encoding && strcmp(encoding, "base64") == 0)
		return TRANSFORM_WRAP_BASE64;
	if (encoding && strcmp(encoding, "quoted-printable") == 0)
		return TRANSFORM_WRAP_QUOTED_PRINTABLE;
	if (encoding && g_str_has_prefix(encoding, "x-"))
		return TRANSFORM_NONE;
	if (!header->type || content_value_has_type(header->type, "text")) {
		header->encoding = "quoted-printable";
		return TRANSFORM_QUOTED_PRINTABLE;
	}
	header->encoding = "base64";
	return TRANSFORM_BASE64;
}

static void
shorten_lines(Repair *repair, guint i, PartHeader *header)
{
	const MimePart *part = mime_index_at(repair->index, i);

	if ((part->multipart && !part->broken) || part->seals || part->sealed ||
	    part->longest <= BOUND_LINE)
		return;
	TransferTransform transform = choose_transform(header);
	if (transform == TRANSFORM_NONE)
		return;
	note(repair, "long lines");
	edit_body_transform(
	    repair->edits, part->body.start, part->body.len, transform);
}

/* --- the whole --- */

static Reply *
repair_part(Repair *repair, guint i)
{
	const MimePart *part = mime_index_at(repair->index, i);
	bool done = false;
	PartHeader header;

	part_header_init(&header, repair->index, i, repair->charset);
	Reply *reply = check_sealed(repair, i, &header);
	if (!reply && !part->sealed && part_header_is_over_bounds(&header))
		reply = reply_new(
		    554, "5.6.0", "The header of a body part is too long");
	if (!reply)
		reply = handle_attachment(repair, i, &header, &done);
	if (!reply && !done && !part->sealed) {
		mend_multipart(repair, i, &header);
		shorten_lines(repair, i, &header);
		if (i == 0)
			part_header_plan(&header, repair->header);
		else if (part_header_edit(&header, repair->edits))
			note(repair, "part header");
	}
	part_header_clear(&header);
	return reply;
}

static gint
compare_edits(gconstpointer a, gconstpointer b)
{
	const Edit *one = *(Edit *const *)a, *other = *(Edit *const *)b;

	if (one->start != other->start)
		return one->start < other->start ? -1 : 1;
	return one->len < other->len ? -1 : one->len > other->len;
}

/* text: octets that the edits put in place of others; first: the first edit
 * that is not counted yet. */
static bool
edits_are_over_bounds(const EditList *edits, guint first, gsize *text)
{
	for (guint i = first; i < edit_list_count(edits); i++)
		*text += edit_list_at(edits, i)->value_len;
	return edit_list_count(edits) > BOUND_BODY_EDITS ||
	       *text > BOUND_BODY_EDIT_TEXT;
}

Reply *
part_repair_plan(const Message *message, Blocked blocked, const char *charset,
    HeaderPlan *header, EditList *edits, GString *why)
{
	g_autoptr(MimeIndex) index =
	    mime_index_new(message->header, message->body, message->body_len);
	g_auto(Repair) repair = {.message = message,
	    .index = index,
	    .blocked = blocked,
	    .charset = charset,
	    .header = header,
	    .edits = edits,
	    .why = why};
	gsize text = 0;

	if (index->over_bounds)
		return reply_new(554, "5.6.0",
		    "The message has too many or too deeply nested "
		    "parts, or too long a boundary");
	for (guint i = 0; i < mime_index_count(index); i++) {
		if (mime_index_at(index, i)->header.start < repair.replaced)
			continue;
		guint first = edit_list_count(edits);
		Reply *reply = repair_part(&repair, i);
		if (!reply && edits_are_over_bounds(edits, first, &text))
			reply = reply_new(554, "5.6.0",
			    "The message has too many malformed parts");
		if (reply)
			return reply;
	}
	g_ptr_array_sort(edits->edits, compare_edits);
	return NULL;
}
