/* SPDX-License-Identifier: MIT */
#include "core/message.h"

#include "unit.h"

static void
build(void)
{
	g_autoptr(Message) message = message_new(NULL);
	static const char body[] = "text\r\n";

	UNIT_TEXT("no sender is the null sender", message->sender, "");
	UNIT_TRUE("body not known yet", !message->body);
	message_add_recipient(message, "<a@example.com>", NULL, true);
	message_add_recipient(message, "<b@example.com>", "NEVER", false);
	UNIT_NUMBER("recipients", message->recipients->len, 2);
	const Recipient *second = g_ptr_array_index(message->recipients, 1);
	UNIT_TEXT("given", second->given, "<b@example.com>");
	UNIT_TEXT("notify", second->notify, "NEVER");
	UNIT_TRUE("alias", !second->alias);

	header_add(message->header, "Subject", " hi", 3);
	message_set_body(message, body, strlen(body));
	UNIT_TRUE("body known", message->body == body);
	UNIT_NUMBER("size", message_size(message),
	    strlen("Subject: hi\r\n\r\ntext\r\n"));
	message_free(NULL);
}

static const UnitCase cases[] = {{"build", build}};
UNIT_MAIN("message", cases)
