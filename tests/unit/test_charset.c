/* SPDX-License-Identifier: MIT */
#include "core/charset.h"

#include "unit.h"

static const struct {
	const char *octets, *charset, *want;
} conversions[] = {
    {"plain", NULL, "plain"},
    {"caf\xc3\xa9", "iso-8859-1", "café"},
    {"caf\xe9", NULL, "café"},
    {"caf\xe9", "utf-8", "café"},
    {"caf\xc3\xa9 \xe2\x80", "utf-8", "café \xef\xbf\xbd\xef\xbf\xbd"},
    /* Thai, of which two pairs could be UTF-8. */
    {"\xca\xcd\xc3\xd1\xba\xa4\xd8\xb3", "us-ascii", "ÊÍÃÑº¤Ø³"},
    {"caf\xe9", "no-such-charset", "café"},
    {"\xcf\xf0", "win-1251", "Пр"},
    {"caf\xe9", "UTF-8//TRANSLIT", "café"},
    {"\x93q\x94 \x81", "iso-8859-1", "“q” \xef\xbf\xbd"},
    {"\xd0\xd2\xc9\xd7\xc5\xd4", "koi8-r", "привет"},
    {"\xc4\xe3\xba\xc3", "gb2312", "你好"},
    {"\xc4\xe3\xba", "gb2312", "你\xef\xbf\xbd"},
    {"\xb1\xb3", "ks_c_5601-1987", "교"},
    {"\033$B$3$s\033(B", NULL, "こん"},
    {"\033$B$3$s\033(B", "utf-8", "こん"},
    {"", NULL, ""},
};

static void
convert(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(conversions); i++) {
		gsize len = strlen(conversions[i].octets);
		g_autofree char *octets =
		    unit_octets(conversions[i].octets, len);
		g_autofree char *got =
		    charset_to_utf8(octets, len, conversions[i].charset);
		UNIT_TEXT(conversions[i].octets, got, conversions[i].want);
	}
	g_autofree char *nul = charset_to_utf8("a\0\xe9", 3, NULL);
	UNIT_TEXT("NUL", nul, "a\xef\xbf\xbdé");
}

/* No guessing: the charset that is named, or nothing. */
static const struct {
	const char *octets, *charset, *want;
} stricts[] = {
    {"caf\xe9", "iso-8859-1", "café"},
    {"caf\xe9", "utf-8", NULL},
    {"caf\xc3\xa9", "utf-8", "café"},
    {"caf\xc3\xa9", "no-such-charset", NULL},
    {"\xcf\xf0", "win-1251", "Пр"},
    {"\xc4\xe3\xba", "gb2312", "你\xef\xbf\xbd"},
};

static void
strict(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(stricts); i++) {
		gsize len = strlen(stricts[i].octets);
		g_autofree char *octets = unit_octets(stricts[i].octets, len);
		g_autofree char *got =
		    charset_to_utf8_strict(octets, len, stricts[i].charset);
		UNIT_TEXT(stricts[i].charset, got, stricts[i].want);
	}
}

static const UnitCase cases[] = {
    {"to UTF-8", convert},
    {"from this charset alone", strict},
};

UNIT_MAIN("charset", cases)
