/* SPDX-License-Identifier: MIT */
#include "core/destination.h"

#include <stdbool.h>
#include <string.h>

#include "core/address_list.h"

/* What ends an addr-spec whose local part is not quoted. */
static const char delimiters[] = "<>,;:()\" \t\n";

/* Octets of the quoted string or comment that starts at text. */
static gsize
skip_opaque(const char *text)
{
	bool quoted = *text == '"';
	guint depth = 0;
	gsize i = 0;

	do {
		if (text[i] == '\\' && text[i + 1])
			i++;
		else if (!quoted && text[i] == '(')
			depth++;
		else if (!quoted && text[i] == ')')
			depth--;
		else if (quoted && text[i] == '"' && i > 0)
			return i + 1;
		i++;
	} while (text[i] && (quoted || depth > 0));
	return i;
}

static bool
names_alias(const char *text, gsize len, const Address *alias)
{
	if (!memchr(text, '@', len))
		return false;
	g_autoptr(Address) address = address_parse(text, (gssize)len, NULL);
	return address && address_equal(address, alias);
}

/* Copy a legal value, putting target where the alias stands bare. */
static char *
replace_in_place(const char *value, const Address *alias, const char *target)
{
	GString *out = g_string_new(NULL);
	bool found = false;

	while (*value) {
		gsize len = strcspn(value, delimiters);
		bool quoted_local = len > 0 && *value == '@';
		if (len > 0 && !quoted_local &&
		    names_alias(value, len, alias)) {
			g_string_append(out, target);
			found = true;
		} else if (len > 0) {
			g_string_append_len(out, value, (gssize)len);
		} else {
			len = *value == '"' || *value == '('
				  ? skip_opaque(value)
				  : 1;
			g_string_append_len(out, value, (gssize)len);
		}
		value += len;
	}
	return g_string_free(out, !found);
}

static char *
replace_in_list(GPtrArray *mailboxes, const Address *alias, const char *target)
{
	bool found = false;

	for (guint i = 0; i < mailboxes->len; i++) {
		Mailbox *mailbox = g_ptr_array_index(mailboxes, i);
		if (!mailbox->addr ||
		    !names_alias(mailbox->addr, strlen(mailbox->addr), alias))
			continue;
		g_free(mailbox->addr);
		mailbox->addr = g_strdup(target);
		found = true;
	}
	return found ? address_list_to_text(mailboxes, 0) : NULL;
}

char *
destination_replace(const char *value, const Address *alias, const char *target,
    const char *charset, bool *whole)
{
	gsize len = strlen(value);

	*whole = true;
	if (address_list_is_strict(value, len)) {
		char *replaced = replace_in_place(value, alias, target);
		if (replaced)
			return replaced;
	}
	g_autoptr(GPtrArray) mailboxes =
	    address_list_parse(value, len, charset);
	*whole = address_list_is_complete(mailboxes);
	return replace_in_list(mailboxes, alias, target);
}
