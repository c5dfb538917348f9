/* SPDX-License-Identifier: MIT */
#include "core/apply.h"

#include <string.h>

#include "core/address.h"

/* How much of a re-encoded span is done at a time. */
#define SLICE (64 * 1024)

typedef struct Segment {
	const char *octets; /* borrowed from the message, the edits or head */
	gsize len;
	TransferTransform transform;
} Segment;

struct ApplyReader {
	GString *head;    /* owned; the header as it goes out, or NULL */
	GArray *segments; /* of Segment, owned */
	guint at;         /* the segment being read, */
	gsize done;       /* and how much of it */
	TransferEncoder *encoder; /* owned; of that segment, or NULL */
	GString *encoded;         /* owned; what it gave */
	gsize encoded_done;
};

/* --- the header --- */

static bool
is_header_edit(const Edit *edit)
{
	return edit->kind == EDIT_HEADER_CHANGE ||
	       edit->kind == EDIT_HEADER_REMOVE;
}

/* Edits are found by name, in any case, and ordinal. */
static guint
edit_hash(gconstpointer key)
{
	const Edit *edit = key;

	return header_name_hash(edit->name) + edit->nth;
}

static gboolean
edit_equal(gconstpointer a, gconstpointer b)
{
	const Edit *one = a, *other = b;

	return one->nth == other->nth &&
	       header_name_equal(one->name, other->name);
}

/* Changes and removals; the keys are the edits themselves. */
static GHashTable *
edits_by_field(const EditList *edits)
{
	GHashTable *by_field = g_hash_table_new(edit_hash, edit_equal);

	for (guint i = 0; i < edit_list_count(edits); i++)
		if (is_header_edit(edit_list_at(edits, i)))
			g_hash_table_add(
			    by_field, g_ptr_array_index(edits->edits, i));
	return by_field;
}

static void
append_original(GString *out, const HeaderField *field)
{
	if (field->raw)
		g_string_append_len(out, field->raw, (gssize)field->raw_len);
	else
		header_append_field(
		    out, field->name, field->value, field->value_len);
}

/* A field's name and which of its name it is, counted in counts. */
static Edit
next_field(GHashTable *counts, const HeaderField *field)
{
	gpointer seen = g_hash_table_lookup(counts, field->name);
	Edit key = {.name = field->name, .nth = GPOINTER_TO_UINT(seen) + 1};

	g_hash_table_insert(counts, field->name, GUINT_TO_POINTER(key.nth));
	return key;
}

static GString *
render_header(const Header *header, const EditList *edits)
{
	GString *out = g_string_sized_new(header->octets + 1024);
	g_autoptr(GHashTable) by_field = edits_by_field(edits);
	g_autoptr(GHashTable) counts =
	    g_hash_table_new(header_name_hash, header_name_equal);

	for (guint i = 0; i < header_count(header); i++) {
		const HeaderField *field = header_at(header, i);
		Edit key = next_field(counts, field);
		const Edit *edit = g_hash_table_lookup(by_field, &key);
		if (!edit)
			append_original(out, field);
		else if (edit->kind == EDIT_HEADER_CHANGE)
			header_append_field(
			    out, edit->name, edit->value, edit->value_len);
	}
	for (guint i = 0; i < edit_list_count(edits); i++) {
		const Edit *edit = edit_list_at(edits, i);
		if (edit->kind == EDIT_HEADER_ADD)
			header_append_field(
			    out, edit->name, edit->value, edit->value_len);
	}
	return g_string_append(out, "\r\n");
}

/* --- segments --- */

static void
add_segment(GArray *segments, const char *octets, gsize len,
    TransferTransform transform)
{
	Segment segment = {octets, len, transform};

	if (len > 0)
		g_array_append_val(segments, segment);
}

static void
add_body_segments(
    GArray *segments, const Message *message, const EditList *edits)
{
	gsize done = 0;

	for (guint i = 0; i < edit_list_count(edits); i++) {
		const Edit *edit = edit_list_at(edits, i);
		if (edit->kind != EDIT_BODY)
			continue;
		add_segment(segments, message->body + done, edit->start - done,
		    TRANSFORM_NONE);
		if (edit->transform == TRANSFORM_NONE)
			add_segment(segments, edit->value, edit->value_len,
			    TRANSFORM_NONE);
		else
			add_segment(segments, message->body + edit->start,
			    edit->len, edit->transform);
		done = edit->start + edit->len;
	}
	if (message->body)
		add_segment(segments, message->body + done,
		    message->body_len - done, TRANSFORM_NONE);
}

/* --- the reader --- */

ApplyReader *
apply_reader_new(const Message *message, const EditList *edits, ApplyWhat what)
{
	ApplyReader *reader = g_new0(ApplyReader, 1);

	reader->segments = g_array_new(FALSE, FALSE, sizeof(Segment));
	reader->encoded = g_string_new(NULL);
	if (what == APPLY_MESSAGE) {
		reader->head = render_header(message->header, edits);
		add_segment(reader->segments, reader->head->str,
		    reader->head->len, TRANSFORM_NONE);
	}
	add_body_segments(reader->segments, message, edits);
	return reader;
}

void
apply_reader_free(ApplyReader *reader)
{
	if (!reader)
		return;
	if (reader->head)
		g_string_free(reader->head, TRUE);
	g_array_unref(reader->segments);
	transfer_encoder_free(reader->encoder);
	g_string_free(reader->encoded, TRUE);
	g_free(reader);
}

static const char *
next_plain(ApplyReader *reader, const Segment *segment, gsize max, gsize *len)
{
	const char *octets = segment->octets + reader->done;

	*len = MIN(max, segment->len - reader->done);
	reader->done += *len;
	if (reader->done == segment->len) {
		reader->at++;
		reader->done = 0;
	}
	return octets;
}

/* Encode slices until there is something to hand out or the span is over. */
static void
fill_encoded(ApplyReader *reader, const Segment *segment)
{
	g_string_truncate(reader->encoded, 0);
	reader->encoded_done = 0;
	if (!reader->encoder)
		reader->encoder = transfer_encoder_new(segment->transform);
	while (reader->encoded->len == 0 && reader->done < segment->len) {
		gsize slice = MIN(SLICE, segment->len - reader->done);
		transfer_encoder_feed(reader->encoder,
		    segment->octets + reader->done, slice, reader->encoded);
		reader->done += slice;
		if (reader->done == segment->len)
			transfer_encoder_end(reader->encoder, reader->encoded);
	}
}

static const char *
next_encoded(ApplyReader *reader, const Segment *segment, gsize max, gsize *len)
{
	if (reader->encoded_done == reader->encoded->len)
		fill_encoded(reader, segment);
	const char *octets = reader->encoded->str + reader->encoded_done;
	*len = MIN(max, reader->encoded->len - reader->encoded_done);
	reader->encoded_done += *len;
	if (reader->done == segment->len &&
	    reader->encoded_done == reader->encoded->len) {
		g_clear_pointer(&reader->encoder, transfer_encoder_free);
		reader->at++;
		reader->done = 0;
	}
	return octets;
}

const char *
apply_reader_next(ApplyReader *reader, gsize max, gsize *len)
{
	const char *octets = "";

	*len = 0;
	while (*len == 0 && reader->at < reader->segments->len) {
		const Segment *segment =
		    &g_array_index(reader->segments, Segment, reader->at);
		octets = segment->transform == TRANSFORM_NONE
			     ? next_plain(reader, segment, max, len)
			     : next_encoded(reader, segment, max, len);
	}
	return octets;
}

bool
apply_message(const Message *message, const EditList *edits, ApplySink sink,
    void *context, GError **error)
{
	g_autoptr(ApplyReader) reader =
	    apply_reader_new(message, edits, APPLY_MESSAGE);
	gsize len;

	for (const char *octets;
	     octets = apply_reader_next(reader, SLICE, &len), len > 0;)
		if (!sink(context, octets, len, error))
			return false;
	return true;
}

GString *
apply_to_string(const Message *message, const EditList *edits, ApplyWhat what)
{
	g_autoptr(ApplyReader) reader = apply_reader_new(message, edits, what);
	GString *out = g_string_new(NULL);
	gsize len;

	for (const char *octets;
	     octets = apply_reader_next(reader, SLICE, &len), len > 0;)
		g_string_append_len(out, octets, (gssize)len);
	return out;
}

gsize
apply_size(const Message *message, const EditList *edits)
{
	g_autoptr(ApplyReader) reader =
	    apply_reader_new(message, edits, APPLY_MESSAGE);
	gsize size = 0;

	for (guint i = 0; i < reader->segments->len; i++) {
		const Segment *segment =
		    &g_array_index(reader->segments, Segment, i);
		size += segment->transform == TRANSFORM_NONE
			    ? segment->len
			    : transfer_encoded_size(segment->transform,
				  segment->octets, segment->len);
	}
	return size;
}

/* --- the envelope --- */

char *
apply_sender(const Message *message, const EditList *edits)
{
	const char *sender = message->sender;

	for (guint i = 0; i < edit_list_count(edits); i++)
		if (edit_list_at(edits, i)->kind == EDIT_SENDER)
			sender = edit_list_at(edits, i)->value;
	return g_strdup(sender);
}

/* An envelope address as addr-spec, whatever its brackets and route. */
static char *
addr_spec(const char *given)
{
	g_autoptr(Address) address = address_parse(given, -1, NULL);

	return address ? address_to_text(address) : g_strdup(given);
}

static bool
is_removed(const EditList *edits, const char *recipient)
{
	for (guint i = 0; i < edit_list_count(edits); i++) {
		const Edit *edit = edit_list_at(edits, i);
		if (edit->kind != EDIT_RECIPIENT_REMOVE)
			continue;
		g_autofree char *removed = addr_spec(edit->value);
		if (strcmp(removed, recipient) == 0)
			return true;
	}
	return false;
}

char **
apply_recipients(const Message *message, const EditList *edits)
{
	g_autoptr(GStrvBuilder) builder = g_strv_builder_new();

	for (guint i = 0; i < message->recipients->len; i++) {
		const Recipient *recipient =
		    g_ptr_array_index(message->recipients, i);
		g_autofree char *text = addr_spec(recipient->given);
		if (!is_removed(edits, text))
			g_strv_builder_add(builder, text);
	}
	for (guint i = 0; i < edit_list_count(edits); i++)
		if (edit_list_at(edits, i)->kind == EDIT_RECIPIENT_ADD)
			g_strv_builder_add(
			    builder, edit_list_at(edits, i)->value);
	return g_strv_builder_end(builder);
}
