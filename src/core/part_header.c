/* SPDX-License-Identifier: MIT */
#include "core/part_header.h"

#include <string.h>

#include "core/bounds.h"
#include "core/ses_rules.h"

#define TYPE "Content-Type"
#define DISPOSITION "Content-Disposition"
#define ENCODING "Content-Transfer-Encoding"

static const MimePart *
part_of(const PartHeader *header)
{
	return mime_index_at(header->index, header->i);
}

/* A name in octets that are no UTF-8 is in the charset of the text itself. */
static ContentValue *
read_by_own_charset(ContentValue *type, const char *value, gsize len)
{
	const char *charset = content_value_get(type, "charset");

	if (!charset || g_utf8_validate_len(value, len, NULL))
		return type;
	ContentValue *again =
	    content_value_parse(CONTENT_TYPE, value, len, charset);
	content_value_free(type);
	return again;
}

void
part_header_init(
    PartHeader *header, const MimeIndex *index, guint i, const char *charset)
{
	gsize len;

	*header = (PartHeader){.index = index, .i = i, .charset = charset};
	const char *value = mime_index_type(index, i, &len);
	if (value) {
		header->type =
		    content_value_parse(CONTENT_TYPE, value, len, charset);
		header->type = read_by_own_charset(header->type, value, len);
	}
	value = mime_index_disposition(index, i, &len);
	if (value)
		header->disposition = content_value_parse(
		    CONTENT_DISPOSITION, value, len, charset);
}

void
part_header_clear(PartHeader *header)
{
	g_clear_pointer(&header->type, content_value_free);
	g_clear_pointer(&header->disposition, content_value_free);
}

/* JavaMail takes the first atom, whatever stands before it; a comment or
 * quoted string that does not end makes it throw. */
static const char *
first_word(const char *at, const char *end, gsize *len)
{
	guint nesting = 0;
	bool quoted = false;

	for (; at < end; at++) {
		if (*at == '\\') {
			at++;
		} else if (*at == '"' && nesting == 0) {
			quoted = !quoted;
		} else if (*at == '(' && !quoted) {
			nesting++;
		} else if (*at == ')' && nesting > 0) {
			nesting--;
		} else if (!quoted && nesting == 0 && *at > ' ' && *at < 0x7f &&
			   !strchr("<>@,;:[]/?=)", *at)) {
			*len = 0;
			while (at + *len < end && at[*len] > ' ' &&
			       at[*len] < 0x7f &&
			       !strchr("()<>@,;:\\\"[]/?=", at[*len]))
				++*len;
			return at;
		}
	}
	*len = quoted || nesting > 0 ? 1 : 0;
	return NULL;
}

char *
part_header_encoding(const PartHeader *header)
{
	gsize len;
	const char *value = mime_index_encoding(header->index, header->i, &len);
	const char *word = value ? first_word(value, value + len, &len) : NULL;

	if (word)
		return g_ascii_strdown(word, (gssize)len);
	return value && len > 0 ? NULL : g_strdup("7bit");
}

bool
part_header_is_over_bounds(const PartHeader *header)
{
	const MimePart *part = part_of(header);
	gsize at = part->header.start;
	Span field;

	if (part->header.len > BOUND_HEADER_TOTAL)
		return true;
	while (
	    (at = mime_index_next_field(header->index, part, at, &field)) > 0)
		if (field.len >= BOUND_HEADER_CUT)
			return true;
	return false;
}

/* A blank or bare field before the one that counts: JavaMail would take it. */
static bool
is_in_the_way(const PartHeader *header, const Span *field)
{
	const MimePart *part = part_of(header);
	const struct {
		const char *name;
		const Span *counts;
	} fields[] = {
	    {TYPE, &part->type},
	    {DISPOSITION, &part->disposition},
	    {ENCODING, &part->encoding},
	};

	for (guint i = 0; i < G_N_ELEMENTS(fields); i++)
		if (field->start < fields[i].counts->start &&
		    mime_index_is_named(header->index, field, fields[i].name))
			return true;
	return (part->type.len == 0 || field->start < part->type.start) &&
	       mime_index_is_bare(header->index, field, TYPE);
}

static bool
has_one_in_the_way(const PartHeader *header)
{
	gsize at = part_of(header)->header.start;
	Span field;

	while ((at = mime_index_next_field(
		    header->index, part_of(header), at, &field)) > 0)
		if (is_in_the_way(header, &field))
			return true;
	return false;
}

static bool
is_strict(ContentKind kind, const char *value, gsize len)
{
	return !value || content_value_is_strict(kind, value, len);
}

bool
part_header_is_refused(const PartHeader *header)
{
	gsize type_len, disposition_len;
	const char *type = mime_index_type(header->index, header->i, &type_len);
	const char *disposition =
	    mime_index_disposition(header->index, header->i, &disposition_len);
	g_autofree char *encoding = part_header_encoding(header);

	return !is_strict(CONTENT_TYPE, type, type_len) ||
	       !is_strict(CONTENT_DISPOSITION, disposition, disposition_len) ||
	       (!encoding && part_of(header)->multipart) ||
	       has_one_in_the_way(header);
}

void
part_header_become_text(PartHeader *header)
{
	static const char text[] = "text/plain";
	ContentValue *type =
	    content_value_parse(CONTENT_TYPE, text, strlen(text), NULL);
	const char *charset =
	    header->type ? content_value_get(header->type, "charset") : NULL;

	if (charset)
		content_value_set(type, "charset", charset);
	content_value_free(header->type);
	header->type = type;
	header->type_changed = true;
}

/* --- a part in the body --- */

/* No NUL, and no line over the bound? 8-bit octets pass: readers take them,
 * each in its own way, where a strict parser does. */
static bool
octets_are_legal(const char *octets, gsize len)
{
	gsize column = 0;

	for (gsize i = 0; i < len; i++) {
		column = octets[i] == '\n' ? 0 : column + 1;
		if (octets[i] == '\0' || column > BOUND_LINE + strlen("\r"))
			return false;
	}
	return true;
}

/* value has LF folds: as a whole field for the body. */
static char *
field_text(const char *name, const char *value)
{
	bool spaced = *value == ' ' || *value == '\0';
	g_autofree char *led = g_strconcat(spaced ? "" : " ", value, NULL);
	GString *out = g_string_new(NULL);

	header_append_field(out, name, led, strlen(led));
	return g_string_free(out, FALSE);
}

static char *
content_text(ContentKind kind, const char *name, const ContentValue *content,
    bool changed, const char *octets, const Span *field, const char *value,
    gsize len)
{
	if (!changed && octets_are_legal(octets, field->len) &&
	    is_strict(kind, value, len))
		return NULL;
	g_autofree char *text = content_value_to_header(content, name);
	return field_text(name, text);
}

/* A field that is text, or nobody's: NULL if it may stand. */
static char *
other_text(const PartHeader *header, const Span *field)
{
	const char *octets = header->index->body + field->start;
	gsize len;
	const char *value = mime_index_value(header->index, field, &len);

	if (is_in_the_way(header, field))
		return g_strdup("");
	if (!value || octets_are_legal(octets, field->len))
		return NULL;
	g_autofree char *name =
	    g_strndup(octets, (gsize)(value - octets) - strlen(":"));
	g_strstrip(name);
	if (!header_name_is_legal(name))
		return NULL;
	g_autofree char *unfolded = header_unfold(value, len);
	g_autofree char *legal = ses_rules_legal_value(
	    name, unfolded, strlen(unfolded), header->charset);
	return field_text(name, legal);
}

/* What Content-Transfer-Encoding is to be; NULL as it is. */
static const char *
new_encoding(const PartHeader *header)
{
	g_autofree char *encoding = part_header_encoding(header);

	if (header->encoding)
		return header->encoding;
	return encoding ? NULL : "8bit";
}

static char *
encoding_text(const PartHeader *header)
{
	const char *encoding = new_encoding(header);

	return encoding ? field_text(ENCODING, encoding) : NULL;
}

/* What the field is to be: NULL as it is, "" gone. */
static char *
new_text(const PartHeader *header, const Span *field)
{
	const MimeIndex *index = header->index;
	const MimePart *part = part_of(header);
	const char *octets = index->body + field->start;
	gsize len;
	const char *value = mime_index_value(index, field, &len);

	if (field->start == part->type.start && part->type.len > 0)
		return content_text(CONTENT_TYPE, TYPE, header->type,
		    header->type_changed, octets, field, value, len);
	if (field->start == part->disposition.start &&
	    part->disposition.len > 0)
		return content_text(CONTENT_DISPOSITION, DISPOSITION,
		    header->disposition, header->disposition_changed, octets,
		    field, value, len);
	if (field->start == part->encoding.start && part->encoding.len > 0)
		return encoding_text(header);
	return other_text(header, field);
}

/* A field that is to be written and has no place yet. */
static char *
missing_text(const PartHeader *header)
{
	const MimePart *part = part_of(header);
	GString *out = g_string_new(NULL);

	if (part->type.len == 0 && header->type_changed) {
		g_autofree char *value =
		    content_value_to_header(header->type, TYPE);
		g_autofree char *text = field_text(TYPE, value);
		g_string_append(out, text);
	}
	if (part->encoding.len == 0 && header->encoding) {
		g_autofree char *text = field_text(ENCODING, header->encoding);
		g_string_append(out, text);
	}
	if (part->unended)
		g_string_append(out, "\r\n");
	return g_string_free(out, FALSE);
}

bool
part_header_edit(const PartHeader *header, EditList *edits)
{
	const MimePart *part = part_of(header);
	guint before = edit_list_count(edits);
	gsize at = part->header.start;
	Span field;

	while (
	    (at = mime_index_next_field(header->index, part, at, &field)) > 0) {
		char *text = new_text(header, &field);
		if (text)
			edit_body(
			    edits, field.start, field.len, text, strlen(text));
	}
	char *text = missing_text(header);
	if (*text)
		edit_body(edits, part->header.start + part->header.len, 0, text,
		    strlen(text));
	else
		g_free(text);
	return edit_list_count(edits) > before;
}

/* --- the message's own header --- */

void
part_header_plan(const PartHeader *header, HeaderPlan *plan)
{
	if (header->type_changed) {
		g_autofree char *value =
		    content_value_to_header(header->type, TYPE);
		header_plan_set(plan, TYPE, value);
	}
	if (header->disposition_changed) {
		g_autofree char *value =
		    content_value_to_header(header->disposition, DISPOSITION);
		header_plan_set(plan, DISPOSITION, value);
	}
	const char *encoding = new_encoding(header);
	if (encoding) {
		header_plan_set(plan, ENCODING, encoding);
		if (header_plan_find(plan, "MIME-Version") < 0)
			header_plan_add(plan, "MIME-Version", "1.0");
	}
}
