/* SPDX-License-Identifier: MIT */
#include "core/encoded_word.h"

#include <string.h>

#include "core/bounds.h"
#include "core/charset.h"
#include "core/header.h"

/* An encoded-word that is there: "=?charset?encoding?payload?=". */
typedef struct Word {
	char charset[BOUND_CHARSET + 1]; /* without language */
	bool base64;
	const char *payload; /* borrowed */
	gsize payload_len;
	const char *end; /* after "?=" */
} Word;

/* Finds words in one text. Once "?=" was looked for in vain it is not looked
 * for again: that keeps the time linear. */
typedef struct Finder {
	bool exhausted;
	bool dangling; /* the last look found a word without its end */
} Finder;

static gsize
charset_span(const char *text)
{
	gsize len = 0;

	while (len <= BOUND_CHARSET && g_ascii_isgraph(text[len]) &&
	       text[len] != '?')
		len++;
	return len;
}

/* Read "=?charset?encoding?". */
static bool
find_word_start(const char *text, Word *word)
{
	if (text[0] != '=' || text[1] != '?')
		return false;
	text += 2;

	gsize len = charset_span(text);
	if (len == 0 || len > BOUND_CHARSET || text[len] != '?')
		return false;
	char encoding = g_ascii_tolower(text[len + 1]);
	if ((encoding != 'q' && encoding != 'b') || text[len + 2] != '?')
		return false;
	memcpy(word->charset, text, len);
	word->charset[len] = '\0';
	word->charset[strcspn(word->charset, "*")] = '\0';
	word->base64 = encoding == 'b';
	word->payload = text + len + 3;
	return true;
}

/* Is there a word right here? */
static bool
find_word(Finder *finder, const char *text, Word *word)
{
	finder->dangling = find_word_start(text, word);
	if (!finder->dangling || finder->exhausted)
		return false;

	const char *end = strstr(word->payload, "?=");
	finder->exhausted = !end;
	if (!end)
		return false;
	finder->dangling = false;
	word->payload_len = (gsize)(end - word->payload);
	word->end = end + 2;
	return true;
}

gsize
encoded_word_span(const char *text)
{
	Word word;

	if (!find_word_start(text, &word))
		return 0;
	for (const char *p = word.payload;
	     g_ascii_isgraph(*p) && p < text + 2 * BOUND_LINE; p++)
		if (p[0] == '?' && p[1] == '=')
			return (gsize)(p + 2 - text);
	return 0;
}

static void
decode_q(const Word *word, GString *octets)
{
	const char *p = word->payload, *end = p + word->payload_len;

	for (; p < end; p++)
		if (*p == '_')
			g_string_append_c(octets, ' ');
		else if (*p == '=' && end - p > 2 && g_ascii_isxdigit(p[1]) &&
			 g_ascii_isxdigit(p[2])) {
			int value = g_ascii_xdigit_value(p[1]) * 16 +
				    g_ascii_xdigit_value(p[2]);
			g_string_append_c(octets, (char)value);
			p += 2;
		} else
			g_string_append_c(octets, *p);
}

static void
decode_b(const Word *word, GString *octets)
{
	gint state = 0;
	guint save = 0;
	gsize room = word->payload_len / 4 * 3 + 6;
	g_autofree guchar *buffer = g_malloc(room);
	gsize len = g_base64_decode_step(
	    word->payload, word->payload_len, buffer, &state, &save);

	/* Padding that is missing. */
	len += g_base64_decode_step("==", 2, buffer + len, &state, &save);
	g_string_append_len(octets, (const char *)buffer, (gssize)len);
}

static bool
has_8bit(const char *text, gsize len)
{
	for (gsize i = 0; i < len; i++)
		if (text[i] & 0x80)
			return true;
	return false;
}

/* Adjacent words in one charset: characters may be split between them. */
typedef struct Run {
	GString *octets;
	char charset[BOUND_CHARSET + 1];
	bool raw;    /* the words held 8-bit octets, by now UTF-8 */
	bool active; /* holds a word, even if an empty one */
} Run;

static void
run_flush(Run *run, GString *out)
{
	const GString *octets = run->octets;
	g_autofree char *text = NULL;

	if (!run->raw || !g_utf8_validate_len(octets->str, octets->len, NULL))
		text = charset_convert(octets->str, octets->len, run->charset);
	if (!text && g_ascii_strcasecmp(run->charset, "utf-8") == 0)
		text = g_utf8_make_valid(octets->str, (gssize)octets->len);
	if (!text)
		text = charset_to_utf8(octets->str, octets->len, NULL);
	g_string_append(out, text);
	g_string_truncate(run->octets, 0);
	run->raw = run->active = false;
}

static void
run_add(Run *run, const Word *word, GString *out)
{
	if (run->active && g_ascii_strcasecmp(run->charset, word->charset) != 0)
		run_flush(run, out);
	memcpy(run->charset, word->charset, sizeof run->charset);
	run->raw |= has_8bit(word->payload, word->payload_len);
	run->active = true;
	if (word->base64)
		decode_b(word, run->octets);
	else
		decode_q(word, run->octets);
}

static bool
is_blank_only(const char *text, gsize len)
{
	for (gsize i = 0; i < len; i++)
		if (text[i] != ' ' && text[i] != '\t')
			return false;
	return true;
}

static void
add_plain(Run *run, const char *text, gsize len, GString *out)
{
	if (run->active)
		run_flush(run, out);
	g_string_append_len(out, text, (gssize)len);
}

/* Decode the words in UTF-8 text without folds. */
static char *
decode_words(const char *text)
{
	GString *out = g_string_new(NULL);
	g_autoptr(GString) octets = g_string_new(NULL);
	Run run = {.octets = octets};
	Finder finder = {.exhausted = false};
	const char *plain = text;
	Word word;

	for (const char *p = text; *p;) {
		if (!find_word(&finder, p, &word)) {
			p++;
			continue;
		}
		gsize len = (gsize)(p - plain);
		if (!run.active || !is_blank_only(plain, len))
			add_plain(&run, plain, len, out);
		run_add(&run, &word, out);
		plain = p = word.end;
	}
	add_plain(&run, plain, strlen(plain), out);
	return g_string_free(out, FALSE);
}

/* UTF-8, in one line. */
static char *
to_line(const char *value, gsize len, const char *charset)
{
	g_autofree char *unfolded = header_unfold(value, len);

	return charset_to_utf8(unfolded, strlen(unfolded), charset);
}

char *
encoded_word_decode(const char *value, gsize len, const char *charset)
{
	g_autofree char *text = to_line(value, len, charset);

	return decode_words(text);
}

#define WORD_START "=?UTF-8?Q?"
#define WORD_END "?="
#define WORD_ROOM (BOUND_ENCODED_WORD - strlen(WORD_START) - strlen(WORD_END))

/* RFC 2047 4.2 and 5: what may stand for itself in Q. */
static bool
is_literal(char c, EncodedWordPlace place)
{
	if (place == ENCODED_WORD_PHRASE)
		return g_ascii_isalnum(c) || (c && strchr("!*+-/", c));
	return g_ascii_isgraph(c) && !strchr("=?_", c);
}

static gsize
encoded_width(const char *text, gsize len, bool base64, EncodedWordPlace place)
{
	gsize width = 0;

	if (base64)
		return (len + 2) / 3 * 4;
	for (gsize i = 0; i < len; i++)
		width += text[i] == ' ' || is_literal(text[i], place) ? 1 : 3;
	return width;
}

static gsize
char_len(const char *p)
{
	return (gsize)g_utf8_skip[(guchar)*p];
}

/* Does the character belong to the grapheme that before ends? */
static bool
joins(gunichar before, gunichar c)
{
	const gunichar zwj = 0x200d;

	return g_unichar_ismark(c) || c == zwj || before == zwj ||
	       (c >= 0x1f3fb && c <= 0x1f3ff);
}

/* Octets of the grapheme at p, roughly (UAX 29), and not beyond a word. */
static gsize
grapheme_len(const char *p)
{
	gunichar before = g_utf8_get_char(p);
	gsize len = char_len(p);
	bool flag = before >= 0x1f1e6 && before <= 0x1f1ff;

	for (; p[len] && len <= WORD_ROOM; len += char_len(p + len)) {
		gunichar c = g_utf8_get_char(p + len);
		bool pair = flag && c >= 0x1f1e6 && c <= 0x1f1ff;
		if (!pair && !joins(before, c))
			break;
		flag = flag && !pair;
		before = c;
	}
	return len;
}

/* How much of text goes into one word. */
static gsize
word_span(const char *text, bool base64, EncodedWordPlace place)
{
	gsize span = 0, next = 0;

	while (text[span]) {
		next = span + grapheme_len(text + span);
		if (encoded_width(text, next, base64, place) > WORD_ROOM)
			break;
		span = next;
	}
	if (span > 0)
		return span;
	for (; text[span]; span = next) {
		next = span + char_len(text + span);
		if (encoded_width(text, next, base64, place) > WORD_ROOM)
			break;
	}
	return span;
}

static void
append_q(GString *out, const char *text, gsize len, EncodedWordPlace place)
{
	for (gsize i = 0; i < len; i++)
		if (text[i] == ' ')
			g_string_append_c(out, '_');
		else if (is_literal(text[i], place))
			g_string_append_c(out, text[i]);
		else
			g_string_append_printf(out, "=%02X", (guchar)text[i]);
}

static char *
encode(const char *text, bool base64, EncodedWordPlace place)
{
	GString *out = g_string_new(NULL);

	while (*text) {
		gsize len = word_span(text, base64, place);
		g_string_append_printf(out, "%s=?UTF-8?%c?",
		    out->len > 0 ? " " : "", base64 ? 'B' : 'Q');
		if (base64) {
			g_autofree char *b =
			    g_base64_encode((const guchar *)text, len);
			g_string_append(out, b);
		} else {
			append_q(out, text, len, place);
		}
		g_string_append(out, WORD_END);
		text += len;
	}
	return g_string_free(out, FALSE);
}

char *
encoded_word_encode(const char *utf8, EncodedWordPlace place)
{
	g_autofree char *valid = g_utf8_make_valid(utf8, -1);
	g_autofree char *text = g_strdelimit(g_strdup(valid), "\r\n", ' ');
	g_autofree char *q = encode(text, false, place);
	g_autofree char *b = encode(text, true, place);

	return strlen(b) < strlen(q) ? g_steal_pointer(&b)
				     : g_steal_pointer(&q);
}

/* A word of a value with the white space before it. White space inside
 * encoded-words does not end it. */
typedef struct Token {
	const char *blanks, *start, *end; /* borrowed */
	bool opens, closes; /* begins, ends with an encoded-word */
	bool dangling;      /* holds a word without its end */
	bool bad;           /* has to be encoded anew */
} Token;

static bool
next_token(Finder *finder, const char *text, Token *token)
{
	const char *p = text + strspn(text, " \t");
	Word word;

	*token = (Token){.blanks = text, .start = p};
	if (*p == '\0')
		return false;
	while (*p && *p != ' ' && *p != '\t') {
		token->closes = find_word(finder, p, &word);
		token->opens |= token->closes && p == token->start;
		token->dangling |= finder->dangling;
		p = token->closes ? word.end : p + 1;
	}
	token->end = p;

	gsize len = (gsize)(p - token->start);
	token->bad = len > BOUND_HEADER_WORD || has_8bit(token->start, len);
	return true;
}

/* Encode a run of bad tokens from first to last, between two others. */
static void
append_run(GString *out, const Token *before, const Token *first,
    const Token *last, const Token *after)
{
	g_autofree char *raw =
	    g_strndup(first->start, (gsize)(last->end - first->start));
	g_autofree char *text = decode_words(raw);
	bool space_before = before->closes && !first->opens;
	bool space_after = after->opens && !last->closes;
	g_autofree char *spaced = g_strconcat(
	    space_before ? " " : "", text, space_after ? " " : "", NULL);
	g_autofree char *words = encoded_word_encode(spaced, ENCODED_WORD_TEXT);

	g_string_append_len(out, first->blanks, first->start - first->blanks);
	g_string_append(out, words);
}

static bool
needs_repair(const char *line)
{
	Finder finder = {.exhausted = false};
	Token token = {.end = line};

	while (next_token(&finder, token.end, &token))
		if (token.bad)
			return true;
	return false;
}

/* The end of a new word must not become that of one that has none. */
static bool
must_encode(const Token *token)
{
	return token->bad || token->dangling;
}

static char *
repair_line(const char *line)
{
	GString *out = g_string_new(NULL);
	Finder finder = {.exhausted = false};
	Token before = {.closes = false}, token, last, after;
	bool more = next_token(&finder, line, &token);

	while (more) {
		last = token;
		more = next_token(&finder, token.end, &after);
		if (!must_encode(&token)) {
			g_string_append_len(
			    out, token.blanks, token.end - token.blanks);
		} else {
			while (more && must_encode(&after)) {
				last = after;
				more = next_token(&finder, last.end, &after);
			}
			append_run(out, &before, &token, &last, &after);
		}
		before = last;
		token = after;
	}
	/* Words that hold nothing may have left white space at the ends. */
	return g_strstrip(g_string_free(out, FALSE));
}

char *
encoded_word_repair(const char *value, gsize len, const char *charset)
{
	g_autofree char *octets = g_malloc(len + 1);

	for (gsize i = 0; i < len; i++)
		octets[i] = value[i] ? value[i] : ' ';
	g_autofree char *line = to_line(octets, len, charset);
	g_strstrip(g_strdelimit(line, "\r\n", ' '));
	return needs_repair(line) ? repair_line(line) : g_steal_pointer(&line);
}
