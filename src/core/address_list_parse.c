/* SPDX-License-Identifier: MIT */
/*
 * Reading an address list as its writer meant it. One pass from left to right
 * collects a draft of each mailbox: its words, the address if brackets gave
 * one, a comment. What ends a draft is a comma, a semicolon, or the start of
 * another mailbox after brackets. A guess that fails (a quote, bracket or
 * parenthesis that is never closed) makes the octet an ordinary one, and is
 * not made again where it must fail again: that keeps the time linear.
 */
#include "core/address_list.h"

#include <string.h>

#include "core/address.h"
#include "core/bounds.h"
#include "core/charset.h"
#include "core/encoded_word.h"
#include "core/header.h"
#include "core/lenient_address.h"

typedef struct Draft {
	const char *start; /* borrowed; where it began, NULL before that */
	GString *phrase;   /* owned; its words, quotes undone */
	GString *bare;     /* owned; those outside quotes and encoded-words */
	char *comment;     /* owned; the first one, or NULL */
	char *addr;        /* owned; from brackets, legal, or NULL */
	bool bracketed;    /* brackets with something like an address */
	bool at;           /* bare holds '@' */
} Draft;

typedef struct Reader {
	const char *p;         /* borrowed; the current octet */
	const char *semicolon; /* borrowed; the last one, or NULL */
	GPtrArray *mailboxes;  /* owned by the caller */
	Draft draft;
	bool decoded;    /* the text came out of encoded-words */
	bool no_quote;   /* no closing quote follows */
	bool no_parens;  /* no comment follows */
	bool unbalanced; /* parentheses are, to the end */
	bool no_comma;   /* the draft follows the last mailbox without one */
	guint nameless;  /* mailboxes at the end that are words alone */
} Reader;

static void read_list(const char *text, bool decoded, GPtrArray *mailboxes);

static void
draft_init(Draft *draft)
{
	*draft =
	    (Draft){.phrase = g_string_new(NULL), .bare = g_string_new(NULL)};
}

static void
draft_clear(Draft *draft)
{
	g_string_free(draft->phrase, TRUE);
	g_string_free(draft->bare, TRUE);
	g_free(draft->comment);
	g_free(draft->addr);
}

static void
draft_reset(Reader *reader)
{
	draft_clear(&reader->draft);
	draft_init(&reader->draft);
}

/* Decoded, without control characters, blanks collapsed; NULL where nothing
 * is left. */
static char *
to_name(const char *text)
{
	g_autofree char *decoded =
	    encoded_word_decode(text, strlen(text), NULL);
	g_autoptr(GString) name = g_string_new(NULL);
	bool blank = false;

	for (const char *p = decoded; *p; p += g_utf8_skip[(guchar)*p]) {
		gunichar c = g_utf8_get_char(p);
		if (c == ' ' || g_unichar_iscntrl(c)) {
			blank = true;
			continue;
		}
		if (blank && name->len > 0)
			g_string_append_c(name, ' ');
		blank = false;
		g_string_append_unichar(name, c);
	}
	return name->len > 0 ? g_strdup(name->str) : NULL;
}

static bool
has_room(const GPtrArray *mailboxes)
{
	return mailboxes->len < BOUND_MAILBOXES;
}

/* Append a mailbox; takes addr. */
static Mailbox *
append(GPtrArray *mailboxes, const char *name, char *addr, const char *text)
{
	Mailbox *mailbox = g_new0(Mailbox, 1);

	mailbox->name = name ? to_name(name) : NULL;
	mailbox->addr = addr;
	mailbox->text = g_strstrip(g_strdup(text));
	g_ptr_array_add(mailboxes, mailbox);
	return mailbox;
}

/* "Jane Doe [SMTP:jane@corp.com]", as old mailers wrote it. */
static void
drop_opening(GString *words)
{
	static const char *const openings[] = {"[smtp:", "[mailto:", "["};

	for (guint i = 0; i < G_N_ELEMENTS(openings); i++) {
		gsize len = strlen(openings[i]);
		if (words->len >= len &&
		    g_ascii_strcasecmp(
			words->str + words->len - len, openings[i]) == 0) {
			g_string_truncate(words, words->len - len);
			return;
		}
	}
}

/* Take the addresses out of text: each becomes a mailbox named by the words
 * before it, the last one by those after it too. Returns the first, borrowed,
 * or NULL. */
static Mailbox *
take_addresses(Reader *reader, const char *text, const char *source)
{
	GPtrArray *mailboxes = reader->mailboxes;
	guint before = mailboxes->len;
	g_autofree char *closed = lenient_address_close_up(text);
	g_autoptr(GString) words = g_string_new(NULL);

	for (const char *p = closed; *p && has_room(mailboxes);) {
		gsize len = lenient_address_word_len(p);
		g_autofree char *word = g_strndup(p, len > 0 ? len : 1);
		char *addr = lenient_address_in_word(word);
		p += strlen(word);
		if (addr) {
			drop_opening(words);
			append(mailboxes, words->str, addr, word);
			g_string_truncate(words, 0);
		} else {
			g_string_append(words, word);
		}
	}
	if (mailboxes->len == before)
		return NULL;
	Mailbox *first = g_ptr_array_index(mailboxes, before);
	Mailbox *last = g_ptr_array_index(mailboxes, mailboxes->len - 1);
	if (!last->name)
		last->name = to_name(words->str);
	if (first == last) {
		g_free(first->text);
		first->text = g_strstrip(g_strdup(source));
	}
	return first;
}

/* Words with an address without brackets. */
static bool
take_bare(Reader *reader, const char *source)
{
	const Draft *draft = &reader->draft;
	Mailbox *first = NULL;

	if (!draft->bracketed && draft->at)
		first = take_addresses(reader, draft->phrase->str, source);
	if (first && !first->name && draft->comment)
		first->name = to_name(draft->comment);
	return first != NULL;
}

/* "Jane (jane@corp.com)", "\"jane@corp.com\"" */
static bool
take_hidden(Reader *reader, const char *source)
{
	const Draft *draft = &reader->draft;

	if (draft->bracketed)
		return false;
	if (take_addresses(reader, draft->phrase->str, source))
		return true;
	if (!draft->comment)
		return false;

	Mailbox *first = take_addresses(reader, draft->comment, source);
	if (first && !first->name)
		first->name = to_name(draft->phrase->str);
	return first != NULL;
}

/* Encoded-words over more than a name: read what they say. */
static bool
take_decoded(Reader *reader, const char *source)
{
	if (reader->decoded || !strstr(source, "=?"))
		return false;

	g_autofree char *text =
	    encoded_word_decode(source, strlen(source), NULL);
	g_autoptr(GPtrArray) found =
	    g_ptr_array_new_with_free_func((GDestroyNotify)mailbox_free);
	if (!strchr(text, '@'))
		return false;
	read_list(text, true, found);
	guint before = reader->mailboxes->len;
	for (guint i = 0; i < found->len; i++) {
		const Mailbox *mailbox = g_ptr_array_index(found, i);
		if (!mailbox->addr || !has_room(reader->mailboxes))
			continue;
		Mailbox *copy = append(reader->mailboxes, NULL,
		    g_strdup(mailbox->addr), mailbox->text);
		copy->name = g_strdup(mailbox->name);
	}
	return reader->mailboxes->len > before;
}

/* "Doe, Jane <jane@corp.com>" without quotes: the words before the comma were
 * taken for mailboxes and belong to the name. */
static char *
take_nameless(Reader *reader, const char *phrase)
{
	GPtrArray *mailboxes = reader->mailboxes;
	g_autoptr(GString) name = g_string_new(NULL);
	guint first = mailboxes->len - reader->nameless;

	for (guint i = first; i < mailboxes->len; i++) {
		const Mailbox *mailbox = g_ptr_array_index(mailboxes, i);
		g_string_append(
		    name, mailbox->name ? mailbox->name : mailbox->text);
		if (i + 1 < mailboxes->len || *phrase)
			g_string_append(name, ", ");
	}
	if (reader->nameless > 0)
		g_ptr_array_remove_range(mailboxes, first, reader->nameless);
	g_string_append(name, phrase);
	return g_strdup(name->str);
}

/* A draft with a good address in brackets. */
static void
finish_bracketed(Reader *reader, const char *source)
{
	Draft *draft = &reader->draft;
	g_autofree char *words = g_strstrip(g_strdup(draft->phrase->str));
	g_autofree char *phrase = take_nameless(reader, words);
	Mailbox *mailbox = append(
	    reader->mailboxes, phrase, g_steal_pointer(&draft->addr), source);

	if (!mailbox->name && draft->comment)
		mailbox->name = to_name(draft->comment);
	reader->nameless = 0;
}

static bool
is_blank(const char *text)
{
	return text[strspn(text, " ")] == '\0';
}

/* A draft without address. */
static void
finish_words(Reader *reader, const char *source)
{
	const Draft *draft = &reader->draft;
	guint count = reader->mailboxes->len;
	Mailbox *last =
	    count > 0 ? g_ptr_array_index(reader->mailboxes, count - 1) : NULL;

	/* Words after brackets: a name in the wrong place, or noise. */
	if (reader->no_comma && last && last->addr) {
		if (!last->name)
			last->name = to_name(draft->phrase->str);
		return;
	}
	bool is_address = draft->bracketed || draft->at;
	const char *name =
	    is_address && !draft->bracketed ? NULL : draft->phrase->str;
	if (!is_address && is_blank(draft->phrase->str))
		return;
	append(reader->mailboxes, name, NULL, source);
	reader->nameless = is_address ? 0 : reader->nameless + 1;
}

/* End the draft where the reader is. */
static void
finish(Reader *reader)
{
	Draft *draft = &reader->draft;

	if (draft->start && has_room(reader->mailboxes)) {
		g_autofree char *source =
		    g_strndup(draft->start, (gsize)(reader->p - draft->start));
		if (draft->addr)
			finish_bracketed(reader, source);
		else if (take_bare(reader, source) ||
			 take_decoded(reader, source) ||
			 take_hidden(reader, source))
			reader->nameless = 0;
		else
			finish_words(reader, source);
	}
	draft_reset(reader);
	reader->no_comma = false;
}

/* Text of a mailbox is about to be read here. After brackets it is the next
 * one's, a comma being forgotten. */
static void
begin_text(Reader *reader)
{
	if (reader->draft.addr) {
		finish(reader);
		reader->no_comma = true;
	}
	if (!reader->draft.start)
		reader->draft.start = reader->p;
}

static void
read_octet(Reader *reader)
{
	begin_text(reader);
	g_string_append_c(reader->draft.phrase, *reader->p);
	g_string_append_c(reader->draft.bare, *reader->p);
	reader->draft.at |= *reader->p == '@';
	reader->p++;
}

static void
add_blank(GString *words)
{
	if (words->len > 0)
		g_string_append_c(words, ' ');
}

static void
read_blank(Reader *reader)
{
	add_blank(reader->draft.phrase);
	add_blank(reader->draft.bare);
	reader->p++;
}

static void
read_encoded(Reader *reader, gsize len)
{
	begin_text(reader);
	g_string_append_len(reader->draft.phrase, reader->p, (gssize)len);
	add_blank(reader->draft.bare);
	reader->p += len;
}

/* To the octet after the one that closes what opens at p, past backslash
 * pairs; NULL where there is none. */
static const char *
after_quote(const char *p)
{
	for (p++; *p; p++) {
		if (*p == '"')
			return p + 1;
		if (*p == '\\' && p[1])
			p++;
	}
	return NULL;
}

/* Does the quote that seems to close this string rather open another one?
 * "Jane <jane@corp.com>, "Bob" <bob@corp.com> */
static bool
opens_another(const char *open, const char *after)
{
	const char *close = after - 1;

	return strchr(" ,;", close[-1]) && *after &&
	       !strchr(" ,;:<>()@.\"", *after) &&
	       memchr(open, '@', (gsize)(close - open));
}

/* A quoted local part: the whole addr-spec is read. */
static bool
read_quoted_addr(Reader *reader, const char *after)
{
	gsize domain = *after == '@' ? lenient_address_word_len(after) : 0;
	g_autofree char *text = NULL;

	if (domain == 0)
		return false;
	text = g_strndup(reader->p, (gsize)(after - reader->p) + domain);
	char *addr = lenient_address(text);
	if (!addr)
		return false;
	begin_text(reader);
	reader->draft.addr = addr;
	reader->draft.bracketed = true;
	reader->p = after + domain;
	return true;
}

static void
read_quoted(Reader *reader)
{
	const char *open = reader->p;
	const char *after = reader->no_quote ? NULL : after_quote(open);

	reader->no_quote = !after;
	if (!after || opens_another(open, after)) {
		reader->p++;
		return;
	}
	if (read_quoted_addr(reader, after))
		return;
	begin_text(reader);
	g_autofree char *text =
	    address_unquote(open + 1, (gsize)(after - open) - 2);
	g_string_append(reader->draft.phrase, text);
	add_blank(reader->draft.bare);
	reader->p = after;
}

static const char *
after_balanced(const char *p)
{
	guint depth = 1;

	for (p++; *p; p++) {
		if (*p == '\\' && p[1])
			p++;
		else if (*p == '(')
			depth++;
		else if (*p == ')' && --depth == 0)
			return p + 1;
	}
	return NULL;
}

/* After the comment here, or NULL where it is none. */
static const char *
after_comment(Reader *reader)
{
	const char *after = NULL;

	if (!reader->unbalanced)
		after = after_balanced(reader->p);
	if (after || reader->no_parens)
		return after;
	reader->unbalanced = true;

	const char *close = strchr(reader->p, ')');
	/* Rather lose a comment than a mailbox in it. */
	reader->no_parens =
	    !close || memchr(reader->p, '@', (gsize)(close - reader->p));
	return reader->no_parens ? NULL : close + 1;
}

/* "Jane Doe (Sales) <jane@corp.com>" is shown whole. */
static void
keep_in_name(Draft *draft, const char *comment)
{
	if (draft->phrase->len == 0 || draft->at || draft->addr || !*comment ||
	    strchr(comment, '@'))
		return;
	add_blank(draft->phrase);
	g_string_append_printf(draft->phrase, "(%s)", comment);
}

static void
read_comment(Reader *reader)
{
	Draft *draft = &reader->draft;
	const char *after = after_comment(reader);

	if (!after) {
		read_blank(reader);
		return;
	}
	g_autofree char *comment =
	    address_unquote(reader->p + 1, (gsize)(after - reader->p) - 2);
	if (!draft->start)
		draft->start = reader->p;
	keep_in_name(draft, comment);
	if (!draft->comment)
		draft->comment = g_steal_pointer(&comment);
	reader->p = after - 1;
	read_blank(reader);
}

/* The end of what '<' opens: at '>', or where something else shows that it
 * was forgotten. A quote behind a backslash opens nothing: each search for the
 * closing one then ends at or before the next, which keeps the time linear. */
static const char *
bracket_end(Reader *reader)
{
	bool route = reader->p[1 + strspn(reader->p + 1, " ")] == '@';
	bool at = false;
	const char *p = reader->p + 1;

	for (; *p && *p != '>' && *p != '<'; p++) {
		const char *after = NULL;
		if (*p == '"' && p[-1] != '\\' && !reader->no_quote) {
			after = after_quote(p);
			reader->no_quote = !after;
		}
		if (after && *after == '@')
			p = after;
		at |= *p == '@';
		route &= *p != ':';
		if (at && !route && strchr(",;", *p))
			break;
	}
	return p;
}

static void
read_brackets(Reader *reader)
{
	const char *open = reader->p, *end = bracket_end(reader);
	g_autofree char *content = g_strndup(open + 1, (gsize)(end - open - 1));
	char *addr = lenient_address_in_brackets(content);

	if (!addr && *end != '>') {
		if (is_blank(content))
			read_blank(reader);
		else
			read_octet(reader);
		return;
	}
	/* A second pair: of the next mailbox, unless it says nothing. */
	if (reader->draft.addr && addr)
		begin_text(reader);
	if (!reader->draft.start)
		reader->draft.start = open;
	reader->p = *end == '>' ? end + 1 : end;
	if (!addr)
		reader->draft.bracketed |= strchr(content, '@') != NULL;
	if (addr) {
		g_free(reader->draft.addr);
		reader->draft.addr = addr;
		reader->draft.bracketed = true;
	}
}

static bool
is_mailto(const Draft *draft)
{
	return g_ascii_strcasecmp(draft->bare->str, "mailto") == 0;
}

/* A colon ends a group's name where its semicolon follows. */
static void
read_colon(Reader *reader)
{
	const Draft *draft = &reader->draft;
	bool group = !draft->bracketed && !draft->at && reader->semicolon &&
		     reader->semicolon > reader->p;

	if (!group && !is_mailto(draft)) {
		read_octet(reader);
		return;
	}
	draft_reset(reader);
	reader->p++;
}

static void
read_separator(Reader *reader)
{
	bool semicolon = *reader->p == ';';

	finish(reader);
	if (semicolon)
		reader->nameless = 0;
	reader->p++;
}

/* A backslash outside quotes hides what follows all the same. */
static void
read_backslash(Reader *reader)
{
	reader->p++;
	if (*reader->p)
		read_octet(reader);
}

static void
read_next(Reader *reader)
{
	gsize len = *reader->p == '=' ? encoded_word_span(reader->p) : 0;

	if (len > 0) {
		read_encoded(reader, len);
		return;
	}
	switch (*reader->p) {
	case ' ':
	case '>':
	case ')':
		read_blank(reader);
		break;
	case ',':
	case ';':
		read_separator(reader);
		break;
	case '"':
		read_quoted(reader);
		break;
	case '(':
		read_comment(reader);
		break;
	case '<':
		read_brackets(reader);
		break;
	case ':':
		read_colon(reader);
		break;
	case '\\':
		read_backslash(reader);
		break;
	default:
		read_octet(reader);
		break;
	}
}

/* text is UTF-8. */
static void
read_list(const char *text, bool decoded, GPtrArray *mailboxes)
{
	g_autofree char *line = g_strdup(text);
	Reader reader = {.p = line,
	    .semicolon = strrchr(line, ';'),
	    .mailboxes = mailboxes,
	    .decoded = decoded};

	for (char *p = line; *p; p++)
		if (g_ascii_iscntrl(*p))
			*p = ' ';
	draft_init(&reader.draft);
	while (*reader.p && has_room(mailboxes))
		read_next(&reader);
	finish(&reader);
	draft_clear(&reader.draft);
}

GPtrArray *
address_list_parse(const char *value, gsize len, const char *charset)
{
	GPtrArray *mailboxes =
	    g_ptr_array_new_with_free_func((GDestroyNotify)mailbox_free);
	g_autofree char *line = header_unfold(value, len);
	g_autofree char *text = charset_to_utf8(line, strlen(line), charset);

	read_list(text, false, mailboxes);
	return mailboxes;
}
