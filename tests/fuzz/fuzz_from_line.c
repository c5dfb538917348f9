/* SPDX-License-Identifier: MIT */
/*
 * From is legal whatever the sender and the alias are called. The input is
 * split at LF: alias, From as received, envelope sender, from_name.
 */
#include "core/from_line.h"

#include <stdint.h>
#include <string.h>

#include "core/bounds.h"
#include "core/header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_clean(const char *name)
{
	g_autofree char *clean = from_line_clean_name(name);
	g_autofree char *again = clean ? from_line_clean_name(clean) : NULL;

	if (!clean)
		return;
	g_assert(g_utf8_validate(clean, -1, NULL));
	g_assert(g_utf8_strlen(clean, -1) <= BOUND_DISPLAY_NAME);
	g_assert(!strpbrk(clean, "@\r\n\t"));
	g_assert(!strstr(clean, "\xe2\x80\xae"));
	g_assert(g_strcmp0(clean, again) == 0);
}

static void
check_line(FromFormat format, char **parts, const Mailbox *sender)
{
	g_autofree char *from =
	    from_line(format, parts[0], sender, parts[2], parts[3], NULL);
	g_autofree char *marked = from_line(
	    format, parts[0], sender, parts[2], parts[3], "UNVERIFIED");
	g_autofree char *folded = header_fold("From", from);
	g_autoptr(GPtrArray) back =
	    address_list_parse(from, strlen(from), NULL);

	g_assert(address_list_is_strict(from, strlen(from)));
	g_assert(address_list_is_strict(marked, strlen(marked)));
	g_assert(address_list_is_strict(folded, strlen(folded)));
	g_assert(header_value_is_legal("From", folded));
	g_assert(back->len == 1);

	const Mailbox *mailbox = g_ptr_array_index(back, 0);
	g_autofree char *alias = address_list_addr_spec(parts[0], -1);
	g_assert(g_strcmp0(mailbox->addr, alias) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *text = g_strndup((const char *)data, size);
	g_autofree char *padded = g_strconcat(text, "\n\n\n\n", NULL);
	g_auto(GStrv) parts = g_strsplit(padded, "\n", 5);
	g_autofree char *alias = address_list_addr_spec(parts[0], -1);
	g_autoptr(GPtrArray) senders =
	    address_list_parse(parts[1], strlen(parts[1]), NULL);

	check_clean(parts[3]);
	/* What looks like an encoded-word is not read as an address. */
	if (!alias || strstr(alias, "=?"))
		return 0;
	for (FromFormat i = FROM_NAME_AT; i <= FROM_BARE; i++)
		check_line(i, parts,
		    senders->len > 0 ? g_ptr_array_index(senders, 0) : NULL);
	return 0;
}
