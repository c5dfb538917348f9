/* SPDX-License-Identifier: MIT */
#include "core/message.h"

#include <string.h>

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

char *
message_charset(const Message *message)
{
	const HeaderField *type =
	    header_get(message->header, "Content-Type", 1);

	if (!type)
		return NULL;
	g_autoptr(ContentValue) content = content_value_parse(
	    CONTENT_TYPE, type->value, type->value_len, NULL);
	return g_strdup(content_value_get(content, "charset"));
}

gsize
message_size(const Message *message)
{
	return message->header->octets + strlen("\r\n") + message->body_len;
}
