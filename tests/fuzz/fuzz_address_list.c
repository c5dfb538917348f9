/* SPDX-License-Identifier: MIT */
/* What is read can be written strictly, and reads the same again. */
#include "core/address_list.h"

#include <stdint.h>
#include <string.h>

#include "core/bounds.h"
#include "core/header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_mailbox(const Mailbox *mailbox)
{
	g_assert(g_utf8_validate(mailbox->text, -1, NULL));
	g_assert(!strpbrk(mailbox->text, "\r\n"));
	if (mailbox->name) {
		g_assert(g_utf8_validate(mailbox->name, -1, NULL));
		g_assert(*mailbox->name && !strpbrk(mailbox->name, "\r\n\t"));
	}
	if (mailbox->addr) {
		g_autofree char *addr =
		    address_list_addr_spec(mailbox->addr, -1);
		g_assert(g_strcmp0(addr, mailbox->addr) == 0);
	}
}

static void
check_same(const Mailbox *a, const Mailbox *b)
{
	g_assert(g_strcmp0(a->addr, b->addr) == 0);
	if (g_strcmp0(a->name, b->name) != 0)
		g_error("\"%s\" became \"%s\"", a->name, b->name);
}

static void
check_text(const GPtrArray *mailboxes, const char *text)
{
	g_autofree char *folded = header_fold("To", text);
	g_autoptr(GPtrArray) again =
	    address_list_parse(folded, strlen(folded), NULL);
	guint i = 0;

	g_assert(address_list_is_strict(text, strlen(text)));
	g_assert(address_list_is_strict(folded, strlen(folded)));
	g_assert(header_value_is_legal("To", folded));
	for (guint j = 0; j < mailboxes->len; j++) {
		const Mailbox *mailbox = g_ptr_array_index(mailboxes, j);
		if (!mailbox->addr)
			continue;
		g_assert(i < again->len);
		check_same(mailbox, g_ptr_array_index(again, i++));
	}
	g_assert(i == again->len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *value = (const char *)data;
	g_autoptr(GPtrArray) mailboxes = address_list_parse(value, size, NULL);
	g_autofree char *text = address_list_to_text(mailboxes, 0);
	g_autofree char *octets = g_strndup(value, size);
	g_autofree char *phrase = mailbox_phrase(octets);

	address_list_is_strict(value, size);
	g_assert(g_str_is_ascii(phrase));
	g_assert(mailboxes->len <= BOUND_MAILBOXES);
	for (guint i = 0; i < mailboxes->len; i++)
		check_mailbox(g_ptr_array_index(mailboxes, i));
	if (text)
		check_text(mailboxes, text);
	return 0;
}
