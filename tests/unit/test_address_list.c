/* SPDX-License-Identifier: MIT */
#include "core/address_list.h"

#include <string.h>
#include <time.h>

#include "core/bounds.h"
#include "core/header.h"
#include "unit.h"

static const struct {
	const char *value;
	bool strict;
} stricts[] = {
    {"", true},
    {" ", true},
    {"jane@corp.com", true},
    {"Jane Doe <jane@corp.com>", true},
    {"\"Doe, Jane\" <jane@corp.com>,\n b@c", true},
    {"\"Doe, Jane\" <jane@corp.com>,\r\n\tb@c", true},
    {"undisclosed-recipients:;", true},
    {"Friends: a@b, \"x\" <c@d>;, e@f", true},
    {"Friends: a, b;", true},
    {"a@b (comment (nested))", true},
    {",,a@b,;", true},
    {"<@r1,@r2:a@b>", true},
    {"\"q s\"@b", true},
    {"\"a.\\.b\"@c", true},
    {"a@[192.0.2.1]", true},
    {"<a@b> junk", true},
    {"=?utf-8?q?J=C3=B6rg?= <j@b>", true},
    {"J. Doe <j@b>", true},
    {"jane", false},
    {"a@b; c@d", false},
    {"a@b c@d", false},
    {"a@b.", false},
    {".a@b", false},
    {"a.@b", false},
    {"a..b@c", false},
    {"\"a..b\"@c", false}, /* JavaMail before 1.6.5 */
    {"a@b_c", false},
    {"<>", false},
    {"Jane <jane>", false},
    {"Doe, Jane <j@b>", false},
    {"=?utf-8?q?Doe,_Jane?= <j@b>", false},
    {"\"Jane <j@b>", false},
    {"Jane (x <j@b>", false},
    {"Jane <j@b", false},
    {"Jane > <j@b>", false},
    {"a: b: c@d;;", false},
    {":;", false},
    {"<a@b> <c@d>", false},
    {"\"a\\\\\"@b", false},
    {"a@b\n", false},
    {"a@b,\nc@d", false},
    {"a@b,\r c@d", false},
    {"\"a\x01\" <a@b>", false},
    {"J\xc3\xb6rg <j@b>", false},
};

static void
strict(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(stricts); i++) {
		gsize len = strlen(stricts[i].value);
		g_autofree char *octets = unit_octets(stricts[i].value, len);
		UNIT_TRUE(stricts[i].value,
		    address_list_is_strict(octets, len) == stricts[i].strict);
	}
	UNIT_TRUE("NUL", !address_list_is_strict("a\0@b", 4));
}

/* "name|addr" of each mailbox, joined with "; "; "-" for NULL. */
static char *
describe(const GPtrArray *mailboxes)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < mailboxes->len; i++) {
		const Mailbox *mailbox = g_ptr_array_index(mailboxes, i);
		g_string_append_printf(out, "%s%s|%s", i > 0 ? "; " : "",
		    mailbox->name ? mailbox->name : "-",
		    mailbox->addr ? mailbox->addr : "-");
	}
	return g_string_free(out, FALSE);
}

static const struct {
	const char *value, *want;
} parses[] = {
    {"", ""},
    {" , ;", ""},
    {"jane@corp.com", "-|jane@corp.com"},
    {" Jane Doe\n <jane@Corp.COM> ", "Jane Doe|jane@corp.com"},
    {"\"Doe, Jane\" <j@b>, c@d", "Doe, Jane|j@b; -|c@d"},
    {"a@b (Jane)", "Jane|a@b"},
    {"<a@b> (Jane)", "Jane|a@b"},
    {"(Jane) a@b", "Jane|a@b"},
    {"Jane (Sales) <a@b>", "Jane (Sales)|a@b"},
    {"Jane (a) Doe (b (c)) <a@b>", "Jane (a) Doe (b (c))|a@b"},
    {"Jane () <a@b>", "Jane|a@b"},
    {"Jane (=?utf-8?q?=C3=A4?=) <a@b>", "Jane (\xc3\xa4)|a@b"},
    {"(Sales) Jane <a@b>", "Jane|a@b"},
    {"Jane (Sales) a@b", "Jane (Sales)|a@b"},
    {"Jane <a@b> (Sales)", "Jane|a@b"},
    {"Jane Doe [SMTP:a@b], [mailto:c@d], [e@f]", "Jane Doe|a@b; -|c@d; -|e@f"},
    {"a@b\xc2\xa0, <\xe2\x80\x8b"
     "c@d\xef\xbb\xbf>",
	"-|a@b; -|c@d"},
    {"reply-[x_1]@b.org", "-|\"reply-[x_1]\"@b.org"},
    {"Bob [x] <a@b>, x[y]@c", "Bob [x]|a@b; -|\"x[y]\"@c"},
    {"j@[10.0.0.1], a@b", "-|j@[10.0.0.1]; -|a@b"},
    /* separators */
    {"a@b; c@d", "-|a@b; -|c@d"},
    {"a@b, c@d;", "-|a@b; -|c@d"},
    {"a@b c@d", "-|a@b; -|c@d"},
    {"Jane <a@b> Bob <c@d>", "Jane|a@b; Bob|c@d"},
    {"Jane <a@b> c@d", "Jane|a@b; -|c@d"},
    {"<a@b><c@d>", "-|a@b; -|c@d"},
    {"<a@b, c@d>", "-|a@b; -|c@d"},
    {"<a@b> Jane Doe", "Jane Doe|a@b"},
    {"Jane <a@b> noise", "Jane|a@b"},
    {"Jane Doe jane@corp.com", "Jane Doe|jane@corp.com"},
    {"jane@corp.com Jane Doe", "Jane Doe|jane@corp.com"},
    /* unquoted specials */
    {"Doe, Jane <j@b>", "Doe, Jane|j@b"},
    {"x@y, Doe, Jane <j@b>", "-|x@y; Doe, Jane|j@b"},
    {"J. Doe [Corp] <j@b>", "J. Doe [Corp]|j@b"},
    {"Re: Jane <j@b>", "Re: Jane|j@b"},
    {"jane@corp.com <j@b>", "jane@corp.com|j@b"},
    {"Jane <3 Bob <a@b>", "Jane <3 Bob|a@b"},
    {"Jane > Bob <a@b>", "Jane Bob|a@b"},
    {"'Jane' <a@b>", "'Jane'|a@b"},
    {"'a@b'", "-|a@b"},
    {"mailto:a@b", "-|a@b"},
    {"Jane <mailto:a@b>", "Jane|a@b"},
    /* quotes */
    {"\"Jane <j@b>", "Jane|j@b"},
    {"\"Jane <j@b>, \"Bob\" <c@d>", "Jane|j@b; Bob|c@d"},
    {"\"Jane \"JD\" Doe\" <j@b>", "Jane JD Doe|j@b"},
    {"\"J \\\"D\\\" \\\\ \" <j@b>", "J \"D\" \\|j@b"},
    {"\"a@b\" <c@d>", "a@b|c@d"},
    {"\"a@b\"", "-|a@b"},
    {"\"a@b, c@d\" <e@f>", "a@b, c@d|e@f"},
    {"Jane \\\"JD\\\" <j@b>", "Jane \"JD\"|j@b"},
    {"\"q s\"@b", "-|\"q s\"@b"},
    {"<\"q > s\"@b>", "-|\"q > s\"@b"},
    /* parentheses and brackets that are not closed */
    {"Jane (Corp <j@b>", "Jane Corp|j@b"},
    {"Jane (Corp <j@b>, Bob (x) <c@d>", "Jane Corp|j@b; Bob x|c@d"},
    {"Jane <j@b", "Jane|j@b"},
    {"Jane <j@b, Bob <c@d>", "Jane|j@b; Bob|c@d"},
    {"<<a@b>>", "-|a@b"},
    {"Jane) <a@b>", "Jane|a@b"},
    {"Jane (a@b)", "Jane|a@b"},
    /* groups */
    {"undisclosed-recipients:;", ""},
    {"Friends: a@b, Jane <c@d>;, e@f", "-|a@b; Jane|c@d; -|e@f"},
    {"A: a@b, B: c@d;;", "-|a@b; -|c@d"},
    {"Friends: a@b", "Friends:|a@b"},
    /* addresses */
    {"a..b@docomo.ne.jp", "-|\"a.\\.b\"@docomo.ne.jp"},
    {"<a.@docomo.ne.jp>", "-|\"a.\"@docomo.ne.jp"},
    {"<.a@b>", "-|\".a\"@b"},
    {"a@b.", "-|a@b"},
    {"<@r1,@r2:a@b>", "-|a@b"},
    {"Jane <a @ b>", "Jane|a@b"},
    {"a @ b", "-|a@b"},
    {"Jane a @ b c", "Jane|a@b"},
    {"a@b  . c", "-|a@b.c"},
    {"Pete(A \\) chap) <pete(his account)@silly.test(his host)>",
	"Pete (A ) chap)|pete@silly.test"},
    {"<\"a (b)\"@c>", "-|\"a (b)\"@c"},
    {"Chris <c@(Chris's host.)public.example>", "Chris|c@public.example"},
    {"<jane doe@b>", "-|\"jane doe\"@b"},
    {"<Jane Doe, jane@b>", "-|jane@b"},
    {"a@[192.0.2.1], <b@[IPv6:::1]>", "-|a@[192.0.2.1]; -|b@[IPv6:::1]"},
    {"x@bücher.example", "-|x@xn--bcher-kva.example"},
    {"Jörg <jörg@b>", "Jörg|-"},
    {"jörg@b, c@d", "-|-; -|c@d"},
    {"<x@under_score.example>", "-|-"},
    {"root", "root|-"},
    {"Jane <>", "Jane|-"},
    {"jane@b <>", "-|jane@b"},
    {"<>", ""},
    /* words */
    {"=?utf-8?q?J=C3=B6rg?= <j@b>", "Jörg|j@b"},
    {"\"=?utf-8?q?J=C3=B6rg?=\" <j@b>", "Jörg|j@b"},
    {"=?utf-8?q?Doe,_Jane?= <j@b>", "Doe, Jane|j@b"},
    {"=?utf-8?q?Jane_=3Cj@b=3E?=", "Jane|j@b"},
    {"=?utf-8?b?SsO2cmcgPGpAYj4sIGNAZA==?=", "Jörg|j@b; -|c@d"},
    {"=?utf-8?q?Jane?= <=?utf-8?q?j=40b?=>", "Jane|j@b"},
    {"=?utf-8?q?j?=@b", "-|j@b"},
    {"=?utf-8?q?a=0D=0Ab?= <j@b>", "a b|j@b"},
    {"J\xf6rg <j@b>", "Jörg|j@b"},
    {"Jörg, Dr <j@b>", "Jörg, Dr|j@b"},
};

static void
parse(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(parses); i++) {
		gsize len = strlen(parses[i].value);
		g_autofree char *octets = unit_octets(parses[i].value, len);
		g_autoptr(GPtrArray) mailboxes =
		    address_list_parse(octets, len, NULL);
		g_autofree char *got = describe(mailboxes);
		g_autofree char *text = address_list_to_text(mailboxes, 0);
		UNIT_TEXT(parses[i].value, got, parses[i].want);
		UNIT_TRUE(parses[i].value,
		    !text || address_list_is_strict(text, strlen(text)));
	}
}

static const struct {
	const char *name, *want;
} phrases[] = {
    {"Jane Doe", "Jane Doe"},
    {"J. Doe", "\"J. Doe\""},
    {"Jane  Doe", "\"Jane  Doe\""},
    {" Jane ", "Jane"},
    {"a\"b\\c", "\"a\\\"b\\\\c\""},
    {"a\r\nb", "\"a  b\""},
    {"Jörg Müller Schröder Straße",
	"=?UTF-8?B?SsO2cmcgTcO8bGxlciBTY2hyw7ZkZXIgU3RyYcOfZQ==?="},
    {"=?utf-8?q?x?=", "=?UTF-8?B?PT91dGYtOD9xP3g/PQ==?="},
};

static void
phrase(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(phrases); i++) {
		g_autofree char *got = mailbox_phrase(phrases[i].name);
		UNIT_TEXT(phrases[i].name, got, phrases[i].want);
	}
}

static void
check_long_name(const char *label, const char *piece, guint times)
{
	GString *name = g_string_new("n");

	while (name->len < BOUND_HEADER_WORD * times)
		g_string_append(name, piece);
	g_autoptr(Mailbox) mailbox = g_new0(Mailbox, 1);
	mailbox->name = g_string_free(name, FALSE);
	mailbox->addr = g_strdup("a@b.test");
	g_autofree char *text = mailbox_to_text(mailbox);
	g_autofree char *folded = header_fold("To", text);
	UNIT_TRUE(label, header_value_is_legal("To", folded));
	UNIT_TRUE(label, address_list_is_strict(folded, strlen(folded)));
}

static void
long_names(void)
{
	check_long_name("a long word", "x", 2);
	check_long_name("one whose octets are escaped", "\\", 1);
	check_long_name("quotes", "\"", 1);
	check_long_name("no place for a fold", "\\ ", 2);
	check_long_name("nor beside two spaces", "\\  ", 2);
	check_long_name("words", "word ", 20);
}

static const struct {
	const char *text, *want; /* want NULL: cannot be written */
} specs[] = {
    {"Jane@Corp.com", "Jane@corp.com"},
    {"<a@b>", "a@b"},
    {"a..b@c", "\"a.\\.b\"@c"},
    {"\"a.b\"@c", "a.b@c"},
    {"\"a\\\"b c\"@c", "\"a\\\"b c\"@c"},
    {"\"a\\\\b\"@c", "\"a\\\\b\"@c"},
    {"\"a\\\\\"@c", NULL},
    {"jörg@c", NULL},
    {"a@b_c", NULL},
    {"a", NULL},
};

static void
addr_spec(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(specs); i++) {
		g_autofree char *got =
		    address_list_addr_spec(specs[i].text, -1);
		UNIT_TEXT(specs[i].text, got, specs[i].want);
	}
}

static void
write_list(void)
{
	static const char value[] = "Doe, J <a@b>, j\xc3\xb6@b, c@d, e@f";
	g_autoptr(GPtrArray) mailboxes =
	    address_list_parse(value, strlen(value), NULL);
	g_autofree char *all = address_list_to_text(mailboxes, 0);
	g_autofree char *two = address_list_to_text(mailboxes, 2);
	g_autoptr(GPtrArray) none = address_list_parse("x", 1, NULL);
	g_autofree char *nothing = address_list_to_text(none, 0);

	UNIT_TEXT("all", all, "\"Doe, J\" <a@b>, c@d, e@f");
	UNIT_TEXT("two", two, "\"Doe, J\" <a@b>, c@d");
	UNIT_TEXT("none has an address", nothing, NULL);
	const Mailbox *second = g_ptr_array_index(mailboxes, 1);
	UNIT_TEXT("its text", second->text, "jö@b");
	mailbox_free(NULL);
}

/* Processor time, in clock ticks, that len octets of pieces take, behind
 * first and before last. */
static clock_t
time_of(const char *first, const char *piece, const char *last, gsize len)
{
	g_autoptr(GString) value = g_string_new(first);

	while (value->len < len)
		g_string_append(value, piece);
	g_string_append(value, last);
	clock_t start = clock();
	g_autoptr(GPtrArray) mailboxes =
	    address_list_parse(value->str, value->len, NULL);
	address_list_is_strict(value->str, value->len);
	clock_t took = clock() - start;
	UNIT_TRUE("bounded", mailboxes->len <= BOUND_MAILBOXES);
	return took;
}

/* 200 KB: four times what a quarter takes, not sixteen times. slack: clock
 * ticks. */
static void
check_linear(
    const char *first, const char *piece, const char *last, clock_t slack)
{
	clock_t quarter = time_of(first, piece, last, 50 * 1024);
	clock_t whole = time_of(first, piece, last, 200 * 1024);

	if (whole > 10 * quarter + slack)
		UNIT_TEXT(piece, "slow", "linear");
}

/* Whatever opens something. */
static void
hostile(void)
{
	static const char *const pieces[] = {"<", "(", "\"", "[", "\\", ":",
	    "=?", "=?a?q?x", "<\"", "<\\\"", "(@)", "((@", "a@b ", "a,",
	    "<a@b>", "\"a\" ", "=?a?q?@?= ", "@", "<@:", "()", "a:", "a (", " ",
	    "\"@ ", "a <b@", "\"\\"};

	for (guint i = 0; i < G_N_ELEMENTS(pieces); i++)
		check_linear("", pieces[i], "", CLOCKS_PER_SEC);
}

/* A quoted string that does end, after many quotes that a backslash hides. */
static void
hostile_quotes(void)
{
	static const struct {
		const char *start, *piece, *end;
	} rows[] = {
	    {"<\"", "\\\"", "\" x"},
	    {"<", "\\\"", "\"@x"},
	    {"", "<\\\"", "\"@x"},
	    {"", "<\\\"a@b ", "\""},
	    {"\"", "\\\"", "@ \"b"},
	    {"(", "\\)", ")"},
	};

	for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
		check_linear(rows[i].start, rows[i].piece, rows[i].end,
		    CLOCKS_PER_SEC / 4);
}

static const UnitCase cases[] = {{"strict", strict}, {"parse", parse},
    {"phrase", phrase}, {"long_names", long_names}, {"addr_spec", addr_spec},
    {"write", write_list}, {"hostile", hostile},
    {"hostile_quotes", hostile_quotes}};
UNIT_MAIN("address_list", cases)
