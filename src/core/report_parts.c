/* SPDX-License-Identifier: MIT */
#include "core/report_parts.h"

#include <gmime/gmime.h>
#include <string.h>

#include "core/bounds.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeMessage, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeParser, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GMimeStream, g_object_unref)

static const char *const mime_fields[] = {
    "MIME-Version", "Content-Type", "Content-Transfer-Encoding"};

/* GMime reads the address lists of returned headers, and enters a group for
 * each colon: without an end, it would overflow the stack. */
static GString *
without_deep_groups(const char *octets, gsize len)
{
	GString *body = g_string_new_len(octets, (gssize)len);
	guint colons = 0;

	for (gsize i = 0; i < body->len; i++) {
		char *c = body->str + i;
		if (i > 0 && c[-1] == '\n' && *c != ' ' && *c != '\t')
			colons = 0;
		if (*c == ':' && ++colons > BOUND_REPORT_COLONS)
			*c = ' ';
	}
	return body;
}

/* The message as GMime reads it: of the header only what says how the body is
 * made. */
static GMimeStream *
stream_new(const Message *message)
{
	GMimeStream *stream = g_mime_stream_mem_new();

	for (guint i = 0; i < G_N_ELEMENTS(mime_fields); i++) {
		const HeaderField *field =
		    header_get(message->header, mime_fields[i], 1);
		if (!field)
			continue;
		g_mime_stream_printf(stream, "%s:", field->name);
		g_mime_stream_write(stream, field->value, field->value_len);
		g_mime_stream_write_string(stream, "\n");
	}
	g_mime_stream_write_string(stream, "\n");
	g_autoptr(GString) body = without_deep_groups(message->body,
	    message->body ? MIN(message->body_len, BOUND_REPORT) : 0);
	g_mime_stream_write(stream, body->str, body->len);
	g_mime_stream_reset(stream);
	return stream;
}

static void
add_content(GString *out, GMimePart *part)
{
	GMimeDataWrapper *content = g_mime_part_get_content(part);

	if (!content)
		return;
	g_autoptr(GMimeStream) stream = g_mime_stream_mem_new();
	g_mime_data_wrapper_write_to_stream(content, stream);
	GByteArray *octets =
	    g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
	g_string_append_len(
	    out, (const char *)octets->data, (gssize)octets->len);
	g_string_append_c(out, '\n');
}

static void
add_text(ReportParts *parts, GMimePart *part, const char *subtype)
{
	GString *out = g_ascii_strcasecmp(subtype, "html") == 0 ? parts->html
								: parts->text;
	g_autofree char *text =
	    GMIME_IS_TEXT_PART(part)
		? g_mime_text_part_get_text(GMIME_TEXT_PART(part))
		: NULL;

	if (text)
		g_string_append_printf(out, "%s\n", text);
	else
		add_content(out, part);
}

static void
add_returned(ReportParts *parts, GString *header)
{
	g_ptr_array_add(parts->returned, header);
}

static void
add_message(ReportParts *parts, GMimeMessagePart *part)
{
	GMimeMessage *message = g_mime_message_part_get_message(part);
	char *header =
	    message ? g_mime_object_get_headers(GMIME_OBJECT(message), NULL)
		    : NULL;

	if (header)
		add_returned(parts, g_string_new(header));
	g_free(header);
}

/* Parts that hold a report, or the header of a message, as octets. */
static void
add_machine_part(ReportParts *parts, GMimePart *part, const char *subtype)
{
	if (g_str_has_suffix(subtype, "delivery-status")) {
		add_content(parts->status, part);
		g_string_append_c(parts->status, '\n');
	} else if (g_str_equal(subtype, "feedback-report")) {
		add_content(parts->feedback, part);
	} else if (g_str_has_suffix(subtype, "disposition-notification")) {
		parts->disposition = true;
	} else {
		/* rfc822-headers, global-headers, an encoded message/rfc822. */
		GString *header = g_string_new(NULL);
		add_content(header, part);
		add_returned(parts, header);
	}
}

static void
add_part(ReportParts *parts, GMimeObject *object)
{
	GMimeContentType *type = g_mime_object_get_content_type(object);
	const char *media =
	    type ? g_mime_content_type_get_media_type(type) : NULL;
	const char *given =
	    type ? g_mime_content_type_get_media_subtype(type) : NULL;
	g_autofree char *subtype = g_ascii_strdown(given ? given : "", -1);

	if (GMIME_IS_MESSAGE_PART(object))
		add_message(parts, GMIME_MESSAGE_PART(object));
	else if (!GMIME_IS_PART(object) || !media)
		return;
	else if (g_ascii_strcasecmp(media, "message") == 0 ||
		 g_str_has_suffix(subtype, "rfc822-headers"))
		add_machine_part(parts, GMIME_PART(object), subtype);
	else if (g_ascii_strcasecmp(media, "text") == 0)
		add_text(parts, GMIME_PART(object), subtype);
}

/* Depth is GMime's business to bound while parsing; ours to follow. */
static void
add_tree(ReportParts *parts, GMimeObject *object, guint depth)
{
	if (!GMIME_IS_MULTIPART(object)) {
		add_part(parts, object);
		return;
	}
	GMimeMultipart *multipart = GMIME_MULTIPART(object);
	const char *prologue = g_mime_multipart_get_prologue(multipart);
	/* Some write the explanation before the first boundary. */
	if (prologue && depth == 0)
		g_string_append_printf(parts->text, "%s\n", prologue);
	int count = g_mime_multipart_get_count(multipart);
	for (int i = 0; i < count && depth < BOUND_MIME_DEPTH; i++)
		add_tree(
		    parts, g_mime_multipart_get_part(multipart, i), depth + 1);
}

static char *
report_type_of(GMimeObject *object)
{
	GMimeContentType *type = g_mime_object_get_content_type(object);
	const char *given =
	    type ? g_mime_content_type_get_parameter(type, "report-type")
		 : NULL;

	return given && g_mime_content_type_is_type(type, "multipart", "report")
		   ? g_ascii_strdown(given, -1)
		   : NULL;
}

ReportParts *
report_parts_new(const Message *message)
{
	ReportParts *parts = g_new0(ReportParts, 1);

	parts->status = g_string_new(NULL);
	parts->feedback = g_string_new(NULL);
	parts->text = g_string_new(NULL);
	parts->html = g_string_new(NULL);
	parts->returned = g_ptr_array_new();
	g_mime_init();
	g_autoptr(GMimeStream) stream = stream_new(message);
	g_autoptr(GMimeParser) parser = g_mime_parser_new_with_stream(stream);
	g_mime_parser_set_format(parser, GMIME_FORMAT_MESSAGE);
	g_autoptr(GMimeMessage) mime =
	    g_mime_parser_construct_message(parser, NULL);
	if (mime && mime->mime_part) {
		parts->report_type = report_type_of(mime->mime_part);
		add_tree(parts, mime->mime_part, 0);
	}
	return parts;
}

void
report_parts_free(ReportParts *parts)
{
	if (!parts)
		return;
	g_string_free(parts->status, TRUE);
	g_string_free(parts->feedback, TRUE);
	g_string_free(parts->text, TRUE);
	g_string_free(parts->html, TRUE);
	for (guint i = 0; i < parts->returned->len; i++)
		g_string_free(g_ptr_array_index(parts->returned, i), TRUE);
	g_ptr_array_unref(parts->returned);
	g_free(parts->report_type);
	g_free(parts);
}

/* The character of an entity at c ("&lt;"), its length to *len; or NULL. */
static const char *
entity_at(const char *c, gsize *len)
{
	static const struct {
		const char *name, *text;
	} entities[] = {{"&lt;", "<"}, {"&gt;", ">"}, {"&amp;", "&"},
	    {"&nbsp;", " "}, {"&quot;", "\""}, {"&#39;", "'"}, {"&#64;", "@"}};

	for (guint i = 0; i < G_N_ELEMENTS(entities); i++)
		if (g_str_has_prefix(c, entities[i].name)) {
			*len = strlen(entities[i].name);
			return entities[i].text;
		}
	return NULL;
}

char *
report_parts_strip_html(const char *html)
{
	GString *out = g_string_new(NULL);
	bool tag = false;

	for (const char *c = html; *c; c++) {
		gsize len = 0;
		const char *text =
		    *c == '&' && !tag ? entity_at(c, &len) : NULL;
		if (text) {
			g_string_append(out, text);
			c += len - 1;
		} else if (*c == '<' || *c == '>') {
			tag = *c == '<';
			g_string_append_c(out, ' ');
		} else if (!tag) {
			g_string_append_c(out, *c);
		}
	}
	return g_string_free(out, FALSE);
}
