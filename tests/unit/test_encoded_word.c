/* SPDX-License-Identifier: MIT */
#include "core/encoded_word.h"

#include "core/bounds.h"
#include "core/header.h"
#include "unit.h"

static const struct {
	const char *value, *want;
} decodes[] = {
    {" plain\n text ", "plain text"},
    {"=?utf-8?q?caf=C3=A9?=", "café"},
    {"=?UTF-8?B?Y2Fmw6k=?=", "café"},
    {"=?UTF-8?B?Y2Fmw6k?=", "café"},
    {"=?iso-8859-1*fr?q?caf=e9_x?=", "café x"},
    {"=?utf-8?q?a?= =?utf-8?q?b?=", "ab"},
    {"=?utf-8?q?a?=\n =?utf-8?q?b?= c", "ab c"},
    {"=?utf-8?q?a?= =?iso-8859-1?q?=e9?=", "aé"},
    {"=?utf-8?q?=C3?= =?utf-8?b?qQ==?=", "é"},
    {"x=?utf-8?q?a?=y", "xay"},
    {"=?utf-8?q?a b?=", "a b"},
    {"=?utf-8?q?é?= =?utf-8?q?"
     "?= é",
	"é é"},
    {"=?utf-8?q?a", "=?utf-8?q?a"},
    {"=?utf-8?x?a?=", "=?utf-8?x?a?="},
    {"=??q?a?=", "=??q?a?="},
    {"=?*en?q?=E9?=", "é"},
    {"=?utf-8?q?=4?= =?utf-8?q?=zz?=", "=4=zz"},
    {"=?unknown-8bit?q?=E9?=", "é"},
    {"=?utf-8?q?x=E9?=", "x\xef\xbf\xbd"},
    {"=?utf-8?q?a=00b?=", "a\xef\xbf\xbd"
			  "b"},
    {"=?gb2312?B?xOO6ww==?=", "你好"},
    {"Gr\xfc\xdf"
     "e =?iso-8859-1?q?=fc?=",
	"Grüße ü"},
};

static void
decode(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(decodes); i++) {
		gsize len = strlen(decodes[i].value);
		g_autofree char *octets = unit_octets(decodes[i].value, len);
		g_autofree char *got = encoded_word_decode(octets, len, NULL);
		UNIT_TEXT(decodes[i].value, got, decodes[i].want);
	}
}

static const struct {
	const char *text;
	EncodedWordPlace place;
	const char *want;
} encodes[] = {
    {"", ENCODED_WORD_TEXT, ""},
    {"café au lait", ENCODED_WORD_TEXT, "=?UTF-8?Q?caf=C3=A9_au_lait?="},
    {"café, \"x\"", ENCODED_WORD_TEXT, "=?UTF-8?Q?caf=C3=A9,_\"x\"?="},
    {"café au lait, x", ENCODED_WORD_PHRASE,
	"=?UTF-8?Q?caf=C3=A9_au_lait=2C_x?="},
    {"привет", ENCODED_WORD_TEXT, "=?UTF-8?B?0L/RgNC40LLQtdGC?="},
    {"a\r\nb", ENCODED_WORD_TEXT, "=?UTF-8?Q?a__b?="},
    {"a_=?b", ENCODED_WORD_TEXT, "=?UTF-8?B?YV89P2I=?="},
    {"ééééééééééééééééééééééé", ENCODED_WORD_TEXT,
	"=?UTF-8?B?w6nDqcOpw6nDqcOpw6nDqcOpw6nDqcOpw6nDqcOpw6nDqcOpw6nDqcOpw6k"
	"=?= =?UTF-8?B?w6k=?="},
};

static void
encode_text(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(encodes); i++) {
		g_autofree char *got =
		    encoded_word_encode(encodes[i].text, encodes[i].place);
		UNIT_TEXT(encodes[i].text, got, encodes[i].want);
	}
}

/* A grapheme of four characters is not split; one that no word holds is. */
static void
graphemes(void)
{
	static const char family[] = "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91"
				     "\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7";
	g_autoptr(GString) text = g_string_new(NULL);

	for (int i = 0; i < 10; i++)
		g_string_append(text, family);
	g_autofree char *got =
	    encoded_word_encode(text->str, ENCODED_WORD_TEXT);
	g_auto(GStrv) words = g_strsplit(got, " ", -1);
	for (guint i = 0; words[i]; i++) {
		g_autofree char *alone =
		    encoded_word_decode(words[i], strlen(words[i]), NULL);
		UNIT_TRUE("whole", g_str_has_prefix(alone, family));
		UNIT_TRUE("whole", g_str_has_suffix(alone, family));
		UNIT_TRUE("short", strlen(words[i]) <= BOUND_ENCODED_WORD);
	}

	g_string_assign(text, "e");
	for (int i = 0; i < 50000; i++)
		g_string_append(text, "\xcc\x81");
	g_autofree char *marks =
	    encoded_word_encode(text->str, ENCODED_WORD_TEXT);
	g_autofree char *back = encoded_word_decode(marks, strlen(marks), NULL);
	UNIT_TEXT("marks without end", back, text->str);
}

static const struct {
	const char *value, *want;
} repairs[] = {
    {" plain  text\n x", "plain  text x"},
    {"Grüße aus Köln", "=?UTF-8?B?R3LDvMOfZQ==?= aus =?UTF-8?B?S8O2bG4=?="},
    {"Grüße Köln x", "=?UTF-8?B?R3LDvMOfZSBLw7Zsbg==?= x"},
    {"a  é\tb", "a  =?UTF-8?B?w6k=?=\tb"},
    {"=?x?q?a?= é =?x?q?b?=", "=?x?q?a?= =?UTF-8?Q?_=C3=A9_?= =?x?q?b?="},
    {"=?x?q?a b?=  =?x?q?b?=", "=?x?q?a b?=  =?x?q?b?="},
    {"=?iso-8859-1?q?\xfc?= x", "=?UTF-8?B?w7w=?= x"},
    {"=?utf-8?q?é?= =?utf-8?q?x?=", "=?UTF-8?B?w6k=?= =?utf-8?q?x?="},
    {"=?x?q?a é =?x?q?b", "=?UTF-8?B?PT94P3E/YSDDqSA9P3g/cT9i?="},
    {"=?x?q?a b", "=?x?q?a b"},
    {"a\rb\nc\r\nd", "a b c d"},
    {"", ""},
    {" \n ", ""},
};

static void
repair(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(repairs); i++) {
		gsize len = strlen(repairs[i].value);
		g_autofree char *octets = unit_octets(repairs[i].value, len);
		g_autofree char *got = encoded_word_repair(octets, len, NULL);
		UNIT_TEXT(repairs[i].value, got, repairs[i].want);
	}
	g_autofree char *nul = encoded_word_repair("a\0b", 3, NULL);
	UNIT_TEXT("NUL", nul, "a b");
}

static void
repair_long(void)
{
	g_autofree char *word = g_strnfill(3 * BOUND_HEADER_WORD, 'x');
	g_autofree char *value = g_strconcat("a ", word, " b", NULL);
	g_autofree char *got = encoded_word_repair(value, strlen(value), NULL);
	g_autofree char *folded = header_fold("Subject", got);
	g_autofree char *back = encoded_word_decode(got, strlen(got), NULL);

	UNIT_TRUE("legal", header_value_is_legal("Subject", folded));
	UNIT_TEXT("reads the same", back, value);
}

static const UnitCase cases[] = {{"decode", decode}, {"encode", encode_text},
    {"graphemes", graphemes}, {"repair", repair}, {"repair_long", repair_long}};
UNIT_MAIN("encoded_word", cases)
