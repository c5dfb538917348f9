/* SPDX-License-Identifier: MIT */
#include "core/address_list.h"

#include <string.h>

#include "core/address.h"
#include "core/bounds.h"
#include "core/encoded_word.h"
#include "core/strict_address.h"

void
mailbox_free(Mailbox *mailbox)
{
	if (!mailbox)
		return;
	g_free(mailbox->name);
	g_free(mailbox->addr);
	g_free(mailbox->text);
	g_free(mailbox);
}

/* The octets of the line end at p if it is a fold, 0 where it is not. JavaMail
 * reads a backslash before it in a way of its own: no fold. */
static gsize
fold_len(const char *value, gsize len, gsize i)
{
	gsize end = value[i] == '\r' ? 2 : 1;

	if (end == 2 && (i + 1 == len || value[i + 1] != '\n'))
		return 0;
	if (i + end >= len || !strchr(" \t", value[i + end]))
		return 0;
	return i > 0 && value[i - 1] == '\\' ? 0 : end;
}

bool
address_list_is_strict(const char *value, gsize len)
{
	g_autoptr(GString) line = g_string_sized_new(len);

	for (gsize i = 0; i < len; i++) {
		if (value[i] == '\r' || value[i] == '\n') {
			gsize fold = fold_len(value, len, i);
			if (fold == 0)
				return false;
			i += fold - 1;
			continue;
		}
		if ((value[i] & 0x80) ||
		    (g_ascii_iscntrl(value[i]) && value[i] != '\t'))
			return false;
		g_string_append_c(line, value[i]);
	}
	return strict_address_list(line->str, line->len);
}

static bool
is_atom(const char *text)
{
	for (const char *p = text; *p; p++)
		if (!address_is_atext(*p))
			return false;
	return *text != '\0';
}

/* Atoms with one space between them? */
static bool
is_plain_phrase(const char *name)
{
	g_auto(GStrv) words = g_strsplit(name, " ", -1);

	for (guint i = 0; words[i]; i++)
		if (!is_atom(words[i]))
			return false;
	return words[0] != NULL;
}

/* Is it not ASCII, or would it be taken for encoded-words? */
static bool
needs_encoding(const char *name)
{
	return !g_str_is_ascii(name) || strstr(name, "=?");
}

/* Is there no stretch that is too long for a line? They are folded at spaces,
 * but not behind a backslash. */
static bool
can_be_folded(const char *phrase)
{
	gsize len = 0;
	char before = '\0';

	for (const char *p = phrase; *p; p++) {
		len = *p == ' ' && before != '\\' ? 0 : len + 1;
		if (len > BOUND_HEADER_WORD)
			return false;
		before = *p == ' ' ? before : *p;
	}
	return true;
}

/* Without control characters and white space at the ends. */
static char *
tidy_name(const char *name)
{
	g_autofree char *valid = g_utf8_make_valid(name, -1);
	GString *out = g_string_new(NULL);

	for (const char *p = valid; *p; p += g_utf8_skip[(guchar)*p]) {
		gunichar c = g_utf8_get_char(p);
		g_string_append_unichar(out, g_unichar_iscntrl(c) ? ' ' : c);
	}
	return g_strstrip(g_string_free(out, FALSE));
}

static char *
quoted_string(const char *text)
{
	GString *quoted = g_string_new(NULL);

	address_append_quoted(quoted, text);
	return g_string_free(quoted, FALSE);
}

char *
mailbox_phrase(const char *name)
{
	g_autofree char *tidy = tidy_name(name);
	g_autofree char *phrase =
	    is_plain_phrase(tidy) ? g_strdup(tidy) : quoted_string(tidy);

	return needs_encoding(tidy) || !can_be_folded(phrase)
		   ? encoded_word_encode(tidy, ENCODED_WORD_PHRASE)
		   : g_steal_pointer(&phrase);
}

char *
mailbox_to_text(const Mailbox *mailbox)
{
	g_autofree char *name = tidy_name(mailbox->name ? mailbox->name : "");

	if (*name == '\0')
		return g_strdup(mailbox->addr);
	g_autofree char *phrase = mailbox_phrase(name);
	return g_strdup_printf("%s <%s>", phrase, mailbox->addr);
}

bool
address_list_is_complete(const GPtrArray *mailboxes)
{
	for (guint i = 0; i < mailboxes->len; i++) {
		const Mailbox *mailbox = g_ptr_array_index(mailboxes, i);
		if (!mailbox->addr)
			return false;
	}
	return mailboxes->len > 0;
}

char *
address_list_to_text(const GPtrArray *mailboxes, guint max)
{
	GString *out = g_string_new(NULL);
	guint count = 0;

	for (guint i = 0; i < mailboxes->len; i++) {
		const Mailbox *mailbox = g_ptr_array_index(mailboxes, i);
		if (!mailbox->addr || (max > 0 && count == max))
			continue;
		g_autofree char *text = mailbox_to_text(mailbox);
		g_string_append_printf(
		    out, "%s%s", count++ > 0 ? ", " : "", text);
	}
	return g_string_free(out, count == 0);
}

/* Quoted where that is needed. JavaMail counts dots in quotes too, but does
 * not look at what a backslash hides. */
static char *
write_local(const char *local)
{
	GString *out = g_string_new(NULL);
	char before = '.';
	bool quoted = false;

	for (const char *p = local; *p; before = *p++) {
		bool dots = *p == '.' && before == '.';
		if (dots || (*p != '.' && !address_is_atext(*p)))
			quoted = true;
		if (*p == '"' || *p == '\\' || (dots && p != local))
			g_string_append_c(out, '\\');
		g_string_append_c(out, *p);
	}
	if (quoted || before == '.') {
		g_string_prepend_c(out, '"');
		g_string_append_c(out, '"');
	}
	return g_string_free(out, FALSE);
}

char *
address_list_addr_spec(const char *text, gssize len)
{
	g_autoptr(Address) address = address_parse(text, len, NULL);

	if (!address || !address_is_ascii(address))
		return NULL;
	g_autofree char *local = write_local(address->local);
	g_autofree char *addr = g_strconcat(local, "@", address->domain, NULL);
	return strict_address_list(addr, strlen(addr)) ? g_steal_pointer(&addr)
						       : NULL;
}
