/* SPDX-License-Identifier: MIT */
#include "core/parameter.h"

#include <time.h>

#include "core/bounds.h"
#include "unit.h"

static const struct {
	ContentKind kind;
	const char *value;
	bool strict;
	const char *text; /* as rewritten */
} values[] = {
    {CONTENT_TYPE, "text/plain", true, "text/plain"},
    {CONTENT_TYPE, "Text/PLAIN; Charset=UTF-8", true,
	"text/plain; charset=UTF-8"},
    {CONTENT_TYPE, "text/plain (a (b)); format=flowed", true,
	"text/plain; format=flowed"},
    {CONTENT_TYPE, "text/plain;", true, "text/plain"},
    {CONTENT_TYPE, "text/plain;\n\tname=\"a\n b\"", true,
	"text/plain; name=\"a b\""},
    {CONTENT_TYPE, "text/plain; name=\"C:\\x\"", true,
	"text/plain; name=\"C:x\""},
    {CONTENT_TYPE, "", false, "text/plain"},
    {CONTENT_TYPE, "text", false, "text/plain"},
    {CONTENT_TYPE, "text/", false, "text/plain"},
    {CONTENT_TYPE, "image/png;; name=a", false, "image/png; name=a"},
    {CONTENT_TYPE, "text/html charset=utf-8", false,
	"text/html; charset=utf-8"},
    {CONTENT_TYPE, "\"text/html\"; charset=utf-8", false,
	"text/html; charset=utf-8"},
    {CONTENT_TYPE, "text/plain; charset", false, "text/plain"},
    {CONTENT_TYPE, "text/plain; charset=", false, "text/plain"},
    {CONTENT_TYPE, "text/plain; charset \"utf-8\"", false,
	"text/plain; charset=utf-8"},
    {CONTENT_TYPE, "text/plain; charset=utf-8\"", false,
	"text/plain; charset=utf-8"},
    {CONTENT_TYPE, "text/plain; charset=us-ascii (x); a==b", false,
	"text/plain; charset=us-ascii; a=\"=b\""},
    {CONTENT_TYPE, "text/plain; charset=utf-8 format=flowed", false,
	"text/plain; charset=utf-8; format=flowed"},
    {CONTENT_TYPE, "text/plain; charset=\"utf-8\" format=\"flowed\"", false,
	"text/plain; charset=utf-8; format=flowed"},
    {CONTENT_TYPE, "multipart/mixed; boundary=----=_a:b", false,
	"multipart/mixed; boundary=\"----=_a:b\""},
    {CONTENT_TYPE, "multipart/mixed; boundary=\"a", false,
	"multipart/mixed; boundary=a"},
    {CONTENT_TYPE, "name=\"a.pdf\"", false, "text/plain; name=a.pdf"},
    {CONTENT_TYPE, "application/pdf; name=a b.pdf", false,
	"application/pdf; name=\"a b.pdf\""},
    {CONTENT_TYPE, "a/b; name=caf\xc3\xa9.pdf", false,
	"a/b; name*=utf-8''caf%C3%A9.pdf"},
    {CONTENT_TYPE, "a/b; name=caf\xe9.pdf", false,
	"a/b; name*=utf-8''caf%C3%A9.pdf"},
    {CONTENT_TYPE, "a/b; name==?utf-8?Q?caf=C3=A9?=", false,
	"a/b; name*=utf-8''caf%C3%A9"},
    {CONTENT_DISPOSITION, "Attachment", true, "attachment"},
    {CONTENT_DISPOSITION, "", false, "inline"},
    {CONTENT_DISPOSITION, "inline filename=\"a.pdf\"", false,
	"inline; filename=a.pdf"},
    {CONTENT_DISPOSITION, "filename=a.pdf", false,
	"attachment; filename=a.pdf"},
    {CONTENT_DISPOSITION, "; filename=a.pdf", false,
	"attachment; filename=a.pdf"},
    {CONTENT_DISPOSITION, "inline; filename=a (1).pdf; size=5", false,
	"inline; filename=\"a (1).pdf\"; size=5"},
    {CONTENT_DISPOSITION, "inline; filename=\"a.pdf; size=5", false,
	"inline; filename=a.pdf; size=5"},
    {CONTENT_DISPOSITION, "inline; filename=\"a\"b\".pdf\"", false,
	"inline; filename=\"a\\\"b\\\".pdf\""},
    {CONTENT_DISPOSITION, "inline; filename=\"C:\\x\\y\".pdf", false,
	"inline; filename=\"C:\\\\x\\\\y\""},
    {CONTENT_DISPOSITION, "inline; filename=a,b.pdf", false,
	"inline; filename=\"a,b.pdf\""},
};

static void
repair(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(values); i++) {
		const char *value = values[i].value;
		gsize len = strlen(value);
		g_autofree char *octets = unit_octets(value, len);
		UNIT_TRUE(value, content_value_is_strict(values[i].kind, octets,
				     len) == values[i].strict);
		g_autoptr(ContentValue) content =
		    content_value_parse(values[i].kind, octets, len, NULL);
		g_autofree char *text = content_value_to_text(content);
		UNIT_TEXT(value, text, values[i].text);
		UNIT_TRUE(text, content_value_is_strict(
				    values[i].kind, text, strlen(text)));
	}
}

static const struct {
	const char *parameters, *want; /* the name's value; NULL: none */
} names[] = {
    {"", NULL},
    {"; name=a", "a"},
    {"; name=\"\"", ""},
    {"; name=a; name=b", "a"},
    {"; name=a; name*=utf-8''b", "b"},
    {"; name*=utf-8''%C3%A9", "\xc3\xa9"},
    {"; name*=iso-8859-1'en'%E9", "\xc3\xa9"},
    {"; name*=iso-2022-jp''%1B$B$%22%1B(B", "\xe3\x81\x82"},
    {"; name*=none-such''%E9", "\xc3\xa9"},
    {"; name*=//translit''%E9", "\xc3\xa9"},
    {"; name*=iso-8859-1''%C3%A9%80", "\xc3\x83\xc2\xa9\xe2\x82\xac"},
    {"; name*=gb2312''%C4%E3", "\xe4\xbd\xa0"},
    {"; name*=%E9", "\xc3\xa9"},
    {"; name*0=a; name*1=b", "ab"},
    {"; name*2=c; name*0=a; name*1=b", "abc"},
    {"; name*1=b; name*2=c", "bc"},
    {"; name*0*=utf-8''%C3; name*1*=%A9; name*2=%41", "\xc3\xa9%41"},
    {"; name*0*=utf-8''a; x=1; name*1=b", "ab"},
    {"; name*=''a%2", "a%2"},
    {"; name*0=a; name*99999999999999999999=b", "a"},
    {"; name*=utf-8''a%00.exe", "a\xef\xbf\xbd.exe"},
    {"; name=\"=?utf-8?B?w6k=?= =?utf-8?B?w6k=?=\"", "\xc3\xa9\xc3\xa9"},
    {"; name=\"caf\xc3\xa9\"", "caf\xc3\xa9"},
};

static void
decode(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *value =
		    g_strconcat("a/b", names[i].parameters, NULL);
		gsize len = strlen(value);
		g_autofree char *octets = unit_octets(value, len);
		g_autoptr(ContentValue) content =
		    content_value_parse(CONTENT_TYPE, octets, len, NULL);
		UNIT_TEXT(
		    value, content_value_get(content, "name"), names[i].want);
	}
}

static void
set(void)
{
	static const char text[] = "a/b; x=1; name=a; name*=utf-8''b; y=2";
	g_autoptr(ContentValue) content =
	    content_value_parse(CONTENT_TYPE, text, strlen(text), NULL);

	UNIT_TRUE("type", content_value_has_type(content, "a"));
	UNIT_TRUE("not its prefix", !content_value_has_type(content, ""));
	content_value_set(content, "name", "c d");
	g_autofree char *replaced = content_value_to_text(content);
	UNIT_TEXT("replaced", replaced, "a/b; x=1; name=\"c d\"; y=2");
	content_value_set(content, "x", NULL);
	content_value_set(content, "z", "3");
	g_autofree char *changed = content_value_to_text(content);
	UNIT_TEXT("changed", changed, "a/b; name=\"c d\"; y=2; z=3");
	content_value_free(NULL);
}

static void
two_names_stay(void)
{
	static const char text[] =
	    "attachment;; filename=\"a.pdf\"; filename*=utf-8''%C3%A4.pdf";
	g_autoptr(ContentValue) content =
	    content_value_parse(CONTENT_DISPOSITION, text, strlen(text), NULL);
	g_autofree char *got = content_value_to_text(content);

	UNIT_TEXT("both", got,
	    "attachment; filename=a.pdf; filename*=utf-8''%C3%A4.pdf");
}

/* JavaMail throws for two names in pieces of which one lacks a charset. */
static void
pieces_without_charset(void)
{
	static const char one[] = "a/b; name*0=a; name*1*=%41";
	static const char two[] = "a/b; name*0=a; name*1*=%41; t*0=c; t*1=d";

	UNIT_TRUE(one, content_value_is_strict(CONTENT_TYPE, one, strlen(one)));
	UNIT_TRUE(
	    two, !content_value_is_strict(CONTENT_TYPE, two, strlen(two)));
}

static void
header(void)
{
	g_autofree char *text = g_strdup_printf("a/b; x=1;; name=\"%s\"",
	    "0123456789 0123456789 0123456789 "
	    "0123456789 0123456789 0123456789");
	g_autoptr(ContentValue) content =
	    content_value_parse(CONTENT_TYPE, text, strlen(text), NULL);
	g_autofree char *got = content_value_to_header(content, "Content-Type");

	UNIT_TEXT("folds between parameters alone", got,
	    " a/b; x=1;\n\tname=\"0123456789 0123456789 0123456789 "
	    "0123456789 0123456789 0123456789\"");
}

static void
pieces(void)
{
	g_autoptr(GString) text = g_string_new("a/b; x==; name=\"");

	for (guint i = 0; i < 100; i++)
		g_string_append(text, "\xc3\xa4 word ");
	g_string_append_c(text, '"');
	g_autoptr(ContentValue) content =
	    content_value_parse(CONTENT_TYPE, text->str, text->len, NULL);
	g_autofree char *got = content_value_to_header(content, "Content-Type");
	g_auto(GStrv) lines = g_strsplit(got, "\n", -1);
	for (guint i = 0; lines[i]; i++)
		UNIT_TRUE(lines[i], strlen(lines[i]) <= BOUND_LINE_PREFERRED);
	g_autoptr(ContentValue) again =
	    content_value_parse(CONTENT_TYPE, got, strlen(got), NULL);
	UNIT_TEXT("the same name", content_value_get(again, "name"),
	    content_value_get(content, "name"));
}

static void
bounds(void)
{
	g_autoptr(GString) text = g_string_new("a/b");

	for (guint i = 0; i < 5 * BOUND_PARAMETERS; i++)
		g_string_append_printf(text, "; p%u=1", i);
	g_autoptr(ContentValue) strict =
	    content_value_parse(CONTENT_TYPE, text->str, text->len, NULL);
	UNIT_NUMBER("strict", strict->parameters->len, BOUND_PARAMETERS);
	g_string_append(text, ";;");
	g_autoptr(ContentValue) forgiving =
	    content_value_parse(CONTENT_TYPE, text->str, text->len, NULL);
	UNIT_NUMBER("forgiving", forgiving->parameters->len, BOUND_PARAMETERS);
}

/* White space and semicolons that go on and on. */
static clock_t
time_of(const char *start, char filler, gsize len)
{
	g_autofree char *run = g_strnfill(len, filler);
	g_autofree char *value = g_strconcat(start, run, "b", NULL);
	clock_t began = clock();
	g_autoptr(ContentValue) content =
	    content_value_parse(CONTENT_TYPE, value, strlen(value), NULL);

	UNIT_TRUE(start, content->parameters->len <= BOUND_PARAMETERS);
	return clock() - began;
}

static void
hostile(void)
{
	static const char *const starts[] = {"text/plain; x=a", "x/y; name=\"a",
	    "x/y; name=\"a\"", "x/y;", "x/y; a=\"b;", "x/y; q=\"a\"b;"};

	for (guint i = 0; i < G_N_ELEMENTS(starts); i++)
		for (const char *filler = " ;"; *filler; filler++) {
			clock_t part = time_of(starts[i], *filler, 50000);
			clock_t whole = time_of(starts[i], *filler, 400000);
			UNIT_TRUE(
			    starts[i], whole <= 20 * part + CLOCKS_PER_SEC / 2);
		}
}

/* A parser is asked about each part of a message several times. */
static void
hostile_pieces(void)
{
	g_autoptr(GString) text = g_string_new("x/y");

	for (guint i = 0; i < BOUND_PARAMETERS; i++)
		g_string_append_printf(text, ";a*%u*=1", i);
	clock_t began = clock();
	for (guint i = 0; i < 1000; i++) {
		g_autoptr(ContentValue) content = content_value_parse(
		    CONTENT_TYPE, text->str, text->len, NULL);
		content_value_is_strict(CONTENT_TYPE, text->str, text->len);
		UNIT_NUMBER("one", content->parameters->len, 1);
	}
	UNIT_TRUE("quick", clock() - began < CLOCKS_PER_SEC);
}

static const UnitCase cases[] = {{"repair", repair}, {"decode", decode},
    {"set", set}, {"two_names_stay", two_names_stay},
    {"pieces_without_charset", pieces_without_charset}, {"header", header},
    {"pieces", pieces}, {"bounds", bounds}, {"hostile", hostile},
    {"hostile_pieces", hostile_pieces}};
UNIT_MAIN("parameter", cases)
