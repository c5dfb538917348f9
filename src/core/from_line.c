/* SPDX-License-Identifier: MIT */
#include "core/from_line.h"

#include <string.h>

#include "core/address.h"
#include "core/bounds.h"
#include "core/encoded_word.h"

/* Characters that change how their neighbours look, or cannot be seen. The
 * joiners are needed to write Persian, Indic scripts and emoji. */
static bool
is_hidden(gunichar c)
{
	const gunichar zwnj = 0x200c, zwj = 0x200d;

	if (c == zwnj || c == zwj)
		return false;
	switch ((int)g_unichar_type(c)) {
	case G_UNICODE_CONTROL:
	case G_UNICODE_FORMAT:
	case G_UNICODE_SURROGATE:
	case G_UNICODE_PRIVATE_USE:
	case G_UNICODE_UNASSIGNED:
		return true;
	default:
		return false;
	}
}

static bool
is_blank(gunichar c)
{
	const gunichar next_line = 0x85, line = 0x2028, paragraph = 0x2029;

	return g_unichar_isspace(c) || c == next_line || c == line ||
	       c == paragraph;
}

/* '@' and those that look like it. */
static bool
is_at(gunichar c)
{
	return c == '@' || c == 0xff20 || c == 0xfe6b;
}

/* Append c, blanks collapsed; blank tells whether one is due. */
static void
append_char(GString *out, gunichar c, bool *blank)
{
	if (*blank && out->len > 0)
		g_string_append_c(out, ' ');
	*blank = false;
	g_string_append_unichar(out, c);
}

static void
append_at(GString *out, bool *blank)
{
	*blank = true;
	append_char(out, 'a', blank);
	append_char(out, 't', blank);
	*blank = true;
}

static char *
cut(const char *text, glong max)
{
	if (g_utf8_strlen(text, -1) <= max)
		return g_strdup(text);

	char *start = g_utf8_substring(text, 0, max);
	return g_strchomp(start);
}

char *
from_line_clean_name(const char *name)
{
	g_autofree char *valid = g_utf8_make_valid(name, -1);
	g_autoptr(GString) out = g_string_new(NULL);
	bool blank = false;

	for (const char *p = valid; *p; p += g_utf8_skip[(guchar)*p]) {
		gunichar c = g_utf8_get_char(p);
		if (is_blank(c))
			blank = true;
		else if (is_at(c))
			append_at(out, &blank);
		else if (!is_hidden(c))
			append_char(out, c, &blank);
	}
	return out->len > 0 ? cut(out->str, BOUND_DISPLAY_NAME) : NULL;
}

/* What may be shown of a sender; each part is clean or NULL. */
typedef struct Shown {
	char *name;    /* owned */
	char *address; /* owned */
} Shown;

static void
shown_clear(Shown *shown)
{
	g_free(shown->name);
	g_free(shown->address);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Shown, shown_clear)

static char *
clean(const char *text)
{
	return text ? from_line_clean_name(text) : NULL;
}

/* The sender's name and address. One whose address cannot be written is shown
 * by its name, else by the text that stood there. */
static void
shown_init(Shown *shown, const Mailbox *sender, const char *envelope_sender)
{
	if (sender) {
		shown->name = clean(sender->name);
		shown->address = clean(sender->addr);
	}
	if (sender && !shown->name && !shown->address && sender->text) {
		g_autofree char *text = encoded_word_decode(
		    sender->text, strlen(sender->text), NULL);
		shown->name = from_line_clean_name(text);
	}
	if (!shown->name && !shown->address)
		shown->address = clean(envelope_sender);
	if (!shown->name && !shown->address)
		shown->name = g_strdup("unknown sender");
}

/* Many clients give the address for the name as well. */
static bool
is_twice(const Shown *shown)
{
	return shown->name && shown->address &&
	       g_ascii_strcasecmp(shown->name, shown->address) == 0;
}

static char *
display_name(FromFormat format, const Shown *shown, const char *domain)
{
	const char *name = shown->name ? shown->name : shown->address;
	const char *address = shown->address ? shown->address : name;

	switch (format) {
	case FROM_NAME_AT:
		if (shown->name && shown->address && !is_twice(shown))
			return g_strdup_printf("%s - %s", name, address);
		return g_strdup(name);
	case FROM_NAME_VIA:
		return g_strdup_printf("%s via %s", name, domain);
	case FROM_NAME:
		return g_strdup(name);
	case FROM_ADDRESS:
		return g_strdup(address);
	case FROM_BARE:
		break;
	}
	return NULL;
}

static char *
with_mark(const char *mark, const char *name)
{
	if (!mark)
		return g_strdup(name);
	return name ? g_strdup_printf("%s %s", mark, name) : g_strdup(mark);
}

char *
from_line(FromFormat format, const char *alias, const Mailbox *sender,
    const char *envelope_sender, const char *from_name, const char *mark)
{
	g_auto(Shown) shown = {NULL, NULL};
	g_autofree char *own_name = clean(from_name);
	g_autofree char *addr = address_list_addr_spec(alias, -1);

	shown_init(&shown, sender, envelope_sender);
	if (own_name) {
		g_free(shown.name);
		shown.name = g_steal_pointer(&own_name);
	}
	g_autofree char *name =
	    display_name(format, &shown, address_domain_of(alias));
	g_autofree char *marked = with_mark(mark, name);
	g_autofree char *bare = addr ? g_steal_pointer(&addr) : g_strdup(alias);
	Mailbox from = {.name = marked, .addr = bare};

	return mailbox_to_text(&from);
}
