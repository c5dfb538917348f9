/* SPDX-License-Identifier: MIT */
/* What is repaired is legal and reads the same; what is encoded comes back. */
#include "core/encoded_word.h"

#include <stdint.h>
#include <string.h>

#include "core/bounds.h"
#include "core/charset.h"
#include "core/header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *
without_blanks(const char *text)
{
	GString *out = g_string_new(NULL);

	for (; *text; text++)
		if (!strchr(" \t\r\n\v\f", *text))
			g_string_append_c(out, *text);
	return g_string_free(out, FALSE);
}

static void
check_same(const char *a, const char *b)
{
	g_autofree char *left = without_blanks(a);
	g_autofree char *right = without_blanks(b);

	if (strcmp(left, right) != 0)
		g_error("\"%s\" became \"%s\"", left, right);
}

static void
check_encode(const char *text, EncodedWordPlace place)
{
	g_autofree char *words = encoded_word_encode(text, place);
	g_autofree char *back = encoded_word_decode(words, strlen(words), NULL);
	g_auto(GStrv) each = g_strsplit(words, " ", -1);

	for (guint i = 0; each[i]; i++) {
		g_assert(strlen(each[i]) <= BOUND_ENCODED_WORD);
		g_assert(g_str_is_ascii(each[i]));
		/* A reader that takes one word at a time sees text. */
		g_autofree char *alone =
		    encoded_word_decode(each[i], strlen(each[i]), NULL);
		g_assert(g_utf8_validate(alone, -1, NULL));
		g_assert(!strstr(alone, "\xef\xbf\xbd") ||
			 strstr(text, "\xef\xbf\xbd"));
	}
	check_same(text, back);
}

static void
check_repair(const char *value, size_t len, const char *charset)
{
	g_autofree char *spaced = g_malloc(len + 1);
	for (size_t i = 0; i < len; i++)
		spaced[i] = value[i] ? value[i] : ' ';
	g_autofree char *repaired = encoded_word_repair(value, len, charset);
	g_autofree char *before = encoded_word_decode(spaced, len, charset);
	g_autofree char *after =
	    encoded_word_decode(repaired, strlen(repaired), charset);
	g_autofree char *folded = header_fold("Subject", repaired);

	g_assert(header_value_is_legal("Subject", folded));
	/* A character cut in two by words, one of which had to be encoded
	 * anew, is lost; and so may be text in stateful charsets. */
	if (!strstr(before, "\xef\xbf\xbd") && !strstr(after, "\xef\xbf\xbd") &&
	    !strchr(before, '\033') && !strchr(after, '\033'))
		check_same(before, after);
	g_autofree char *again =
	    encoded_word_repair(repaired, strlen(repaired), charset);
	if (!strchr(repaired, '\033') && strcmp(again, repaired) != 0)
		g_error("\"%s\" became \"%s\"", repaired, again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const charsets[] = {
	    NULL, "utf-8", "iso-8859-1", "koi8-r", "gb2312", "iso-2022-jp"};
	guint which = size > 0 ? data[0] % G_N_ELEMENTS(charsets) : 0;
	const char *value = (const char *)data + (size > 0);
	size_t len = size - (size > 0);
	g_autofree char *text = charset_to_utf8(value, len, charsets[which]);

	g_assert(g_utf8_validate(text, -1, NULL));
	check_encode(text, ENCODED_WORD_TEXT);
	check_encode(text, ENCODED_WORD_PHRASE);
	check_repair(value, len, charsets[which]);
	return 0;
}
