/* SPDX-License-Identifier: MIT */
#include "core/charset.h"

#include <stdbool.h>
#include <string.h>

#include "core/bounds.h"

/* Names that iconv(3) does not know or reads too narrowly. */
static const struct {
	const char *name, *iconv;
} charsets[] = {
    {"gb2312", "GB18030"},
    {"gb_2312-80", "GB18030"},
    {"gb2312-80", "GB18030"},
    {"x-gb2312", "GB18030"},
    {"gbk", "GB18030"},
    {"x-gbk", "GB18030"},
    {"euc-kr", "CP949"},
    {"ks_c_5601-1987", "CP949"},
    {"ksc5601", "CP949"},
    {"ksc_5601", "CP949"},
    {"x-euc-kr", "CP949"},
    {"x-windows-949", "CP949"},
    {"shift_jis", "CP932"},
    {"x-sjis", "CP932"},
    {"iso-8859-8-i", "ISO-8859-8"},
    {"iso-8859-8-e", "ISO-8859-8"},
    {"x-mac-roman", "MACINTOSH"},
    {"x-big5", "BIG5"},
    {"x-euc-jp", "EUC-JP"},
    {"x-cp1251", "CP1251"},
    {"win-1251", "CP1251"},
    {"koi8", "KOI8-R"},
};

static bool
is_one_of(const char *charset, const char *const *names)
{
	for (; *names; names++)
		if (g_ascii_strcasecmp(charset, *names) == 0)
			return true;
	return false;
}

/* These three are read here, without iconv. */
static bool
is_utf8(const char *charset)
{
	static const char *const names[] = {"utf-8", "utf8", NULL};

	return is_one_of(charset, names);
}

static bool
is_ascii(const char *charset)
{
	static const char *const names[] = {"us-ascii", "ascii", NULL};

	return is_one_of(charset, names);
}

/* By octets from 0x80 to 0x9f senders meant windows-1252, the last. */
static bool
is_latin(const char *charset)
{
	static const char *const names[] = {"iso-8859-1", "iso_8859-1",
	    "latin1", "windows-1252", "cp1252", NULL};

	return is_one_of(charset, names);
}

/* The name for iconv(3), or NULL where it is none: iconv reads more into a
 * name than a charset ("//TRANSLIT", paths of modules; "" is the locale's). */
static const char *
iconv_name(const char *charset)
{
	for (guint i = 0; i < G_N_ELEMENTS(charsets); i++)
		if (g_ascii_strcasecmp(charset, charsets[i].name) == 0)
			return charsets[i].iconv;
	for (const char *p = charset; *p; p++)
		if (!g_ascii_isalnum(*p) && !strchr("-_.:", *p))
			return NULL;
	return *charset && strlen(charset) <= BOUND_CHARSET ? charset : NULL;
}

static char *
without_nuls(const char *octets, gsize len)
{
	GString *out = g_string_sized_new(len);

	for (gsize i = 0; i < len; i++)
		if (octets[i] == '\0')
			g_string_append_unichar(out, 0xfffd);
		else
			g_string_append_c(out, octets[i]);
	return g_string_free(out, FALSE);
}

char *
charset_convert(const char *octets, gsize len, const char *charset)
{
	const char *name = charset ? iconv_name(charset) : NULL;
	gsize used = 0, written = 0;

	if (!name || is_utf8(name) || is_ascii(name) || is_latin(name))
		return NULL;
	g_autofree char *utf8 = g_convert(
	    octets, (gssize)len, "UTF-8", name, &used, &written, NULL);
	if (!utf8 || !g_utf8_validate_len(utf8, written, NULL))
		return NULL;

	g_autofree char *text = without_nuls(utf8, written);
	return g_strconcat(text, used < len ? "\xef\xbf\xbd" : "", NULL);
}

static char *
from_windows_1252(const char *octets, gsize len)
{
	static const gunichar high[] = {0x20ac, 0xfffd, 0x201a, 0x0192, 0x201e,
	    0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152,
	    0xfffd, 0x017d, 0xfffd, 0xfffd, 0x2018, 0x2019, 0x201c, 0x201d,
	    0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153,
	    0xfffd, 0x017e, 0x0178};
	GString *out = g_string_sized_new(len);

	for (gsize i = 0; i < len; i++) {
		gunichar c = (guchar)octets[i];
		if (c == 0)
			c = 0xfffd;
		else if (c >= 0x80 && c < 0xa0)
			c = high[c - 0x80];
		g_string_append_unichar(out, c);
	}
	return g_string_free(out, FALSE);
}

static bool
has_iso_2022(const char *text)
{
	return g_str_is_ascii(text) &&
	       (strstr(text, "\033$") || strstr(text, "\033("));
}

/* Has it as many characters beyond ASCII as broken places, or more? */
static bool
is_nearly_utf8(const char *text)
{
	gssize balance = 0;
	bool broken = false; /* a run of octets that are none counts once */

	while (*text) {
		gunichar c = g_utf8_get_char_validated(text, -1);
		bool valid = c < (gunichar)-2;
		if (valid && c >= 0x80)
			balance++;
		else if (!valid && !broken)
			balance--;
		broken = !valid;
		text += valid ? g_utf8_skip[(guchar)*text] : 1;
	}
	return balance >= 0;
}

char *
charset_to_utf8(const char *octets, gsize len, const char *charset)
{
	g_autofree char *text = without_nuls(octets, len);
	char *converted = NULL;

	if (has_iso_2022(text)) {
		converted = charset_convert(octets, len, charset);
		if (!converted || has_iso_2022(converted)) {
			g_free(converted);
			converted = charset_convert(octets, len, "ISO-2022-JP");
		}
		return converted ? converted : g_steal_pointer(&text);
	}
	if (g_utf8_validate(text, -1, NULL))
		return g_steal_pointer(&text);
	if (charset && is_utf8(charset) && is_nearly_utf8(text))
		return g_utf8_make_valid(text, -1);
	converted = charset_convert(octets, len, charset);
	return converted ? converted : from_windows_1252(octets, len);
}

char *
charset_to_utf8_strict(const char *octets, gsize len, const char *charset)
{
	if (is_latin(charset))
		return from_windows_1252(octets, len);
	if (!is_utf8(charset) && !is_ascii(charset))
		return charset_convert(octets, len, charset);

	g_autofree char *text = without_nuls(octets, len);
	return g_utf8_validate(text, -1, NULL) ? g_steal_pointer(&text) : NULL;
}
