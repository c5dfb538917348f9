/* SPDX-License-Identifier: MIT */
#include "core/message.h"

#include <string.h>

#include "core/mime_index.h"
#include "core/parameter.h"

static void
recipient_free(gpointer data)
{
	Recipient *recipient = data;

	g_free(recipient->given);
	g_free(recipient->notify);
	g_free(recipient);
}

Message *
message_new(const char *sender)
{
	Message *message = g_new0(Message, 1);

	message->sender = g_strdup(sender ? sender : "");
	message->recipients = g_ptr_array_new_with_free_func(recipient_free);
	message->header = header_new();
	return message;
}

void
message_free(Message *message)
{
	if (!message)
		return;
	g_free(message->sender);
	g_ptr_array_unref(message->recipients);
	header_free(message->header);
	g_free(message);
}

void
message_add_recipient(
    Message *message, const char *given, const char *notify, bool alias)
{
	Recipient *recipient = g_new0(Recipient, 1);

	recipient->given = g_strdup(given);
	recipient->notify = g_strdup(notify);
	recipient->alias = alias;
	g_ptr_array_add(message->recipients, recipient);
}

void
message_set_body(Message *message, const char *body, gsize len)
{
	message->body = body;
	message->body_len = len;
}

static char *
charset_of(const char *value, gsize len)
{
	g_autoptr(ContentValue) type =
	    content_value_parse(CONTENT_TYPE, value, len, NULL);

	return g_strdup(content_value_get(type, "charset"));
}

static bool
needs_charset(const Header *header)
{
	for (guint i = 0; i < header_count(header); i++) {
		const HeaderField *field = header_at(header, i);
		if (!g_utf8_validate_len(field->value, field->value_len, NULL))
			return true;
	}
	return false;
}

static char *
first_part_charset(const Message *message)
{
	g_autoptr(MimeIndex) index =
	    mime_index_new(message->header, message->body, message->body_len);
	char *charset = NULL;

	for (guint i = 1; i < mime_index_count(index) && !charset; i++) {
		gsize len;
		const char *value = mime_index_type(index, i, &len);
		charset = value ? charset_of(value, len) : NULL;
	}
	return charset;
}

char *
message_charset(const Message *message, bool parts)
{
	const HeaderField *type =
	    header_get_filled(message->header, "Content-Type");
	char *charset = type ? charset_of(type->value, type->value_len) : NULL;

	if (charset || !parts || !message->body ||
	    !needs_charset(message->header))
		return charset;
	return first_part_charset(message);
}

gsize
message_size(const Message *message)
{
	return message->header->octets + strlen("\r\n") + message->body_len;
}
