/* SPDX-License-Identifier: MIT */
#include "core/from_line.h"

#include "core/bounds.h"
#include "unit.h"

#define ALIAS "shop@example.com"

static const struct {
	FromFormat format;
	const char *name, *addr, *envelope, *from_name, *mark;
	const char *want;
} lines[] = {
    {FROM_NAME_AT, "Jane Doe", "jane@corp.com", "", NULL, NULL,
	"\"Jane Doe - jane at corp.com\" <" ALIAS ">"},
    {FROM_NAME_VIA, "Jane Doe", "jane@corp.com", "", NULL, NULL,
	"\"Jane Doe via example.com\" <" ALIAS ">"},
    {FROM_NAME, "Jane Doe", "jane@corp.com", "", NULL, NULL,
	"Jane Doe <" ALIAS ">"},
    {FROM_ADDRESS, "Jane Doe", "jane@corp.com", "", NULL, NULL,
	"\"jane at corp.com\" <" ALIAS ">"},
    {FROM_BARE, "Jane Doe", "jane@corp.com", "", NULL, NULL, ALIAS},
    {FROM_NAME_AT, NULL, "jane@corp.com", "", NULL, NULL,
	"\"jane at corp.com\" <" ALIAS ">"},
    {FROM_NAME_AT, "Jane@Corp.com", "jane@corp.com", "", NULL, NULL,
	"\"Jane at Corp.com\" <" ALIAS ">"},
    {FROM_NAME_AT, "Jane", NULL, "e@f.g", NULL, NULL, "Jane <" ALIAS ">"},
    {FROM_NAME_AT, NULL, NULL, "e@f.g", NULL, NULL, "\"e at f.g\" <" ALIAS ">"},
    {FROM_NAME_AT, NULL, NULL, "", NULL, NULL, "unknown sender <" ALIAS ">"},
    {FROM_ADDRESS, "Jane", NULL, "", NULL, NULL, "Jane <" ALIAS ">"},
    {FROM_NAME_AT, "Jane", "jane@corp.com", "", "Shop", NULL,
	"\"Shop - jane at corp.com\" <" ALIAS ">"},
    {FROM_NAME, "Jane", "jane@corp.com", "", "Shop", "UNVERIFIED",
	"UNVERIFIED Shop <" ALIAS ">"},
    {FROM_BARE, "Jane", "jane@corp.com", "", NULL, "UNVERIFIED",
	"UNVERIFIED <" ALIAS ">"},
    {FROM_NAME, "Doe, \"J\" <x>", NULL, "", NULL, NULL,
	"\"Doe, \\\"J\\\" <x>\" <" ALIAS ">"},
    {FROM_NAME, "Jörg", NULL, "", NULL, NULL,
	"=?UTF-8?B?SsO2cmc=?= <" ALIAS ">"},
    {FROM_NAME, "=?utf-8?q?x?=", NULL, "", NULL, NULL,
	"=?UTF-8?B?PT91dGYtOD9xP3g/PQ==?= <" ALIAS ">"},
    {FROM_NAME, "a\r\nBcc: x", NULL, "", NULL, NULL,
	"\"a Bcc: x\" <" ALIAS ">"},
};

static void
line(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(lines); i++) {
		g_autofree char *name = g_strdup(lines[i].name);
		g_autofree char *addr = g_strdup(lines[i].addr);
		Mailbox sender = {.name = name, .addr = addr};
		g_autofree char *got =
		    from_line(lines[i].format, ALIAS, &sender,
			lines[i].envelope, lines[i].from_name, lines[i].mark);
		UNIT_TEXT(lines[i].want, got, lines[i].want);
		UNIT_TRUE("strict", address_list_is_strict(got, strlen(got)));
	}
}

static void
no_sender(void)
{
	g_autofree char *envelope =
	    from_line(FROM_NAME_AT, ALIAS, NULL, "jane@corp.com", NULL, NULL);
	g_autofree char *nobody =
	    from_line(FROM_NAME_VIA, ALIAS, NULL, "", NULL, NULL);
	char raw[] = "j\xc3\xb6rg@corp.com";
	Mailbox sender = {.text = raw};
	g_autofree char *text =
	    from_line(FROM_NAME_AT, ALIAS, &sender, "", NULL, NULL);
	g_autofree char *weird = from_line(
	    FROM_BARE, "\"shop+a..b c\"@example.com", NULL, "", NULL, NULL);

	UNIT_TEXT("envelope", envelope, "\"jane at corp.com\" <" ALIAS ">");
	UNIT_TEXT(
	    "nobody", nobody, "\"unknown sender via example.com\" <" ALIAS ">");
	UNIT_TEXT(
	    "text", text, "=?UTF-8?Q?j=C3=B6rg_at_corp=2Ecom?= <" ALIAS ">");
	UNIT_TEXT("weird alias", weird, "\"shop+a.\\.b c\"@example.com");
}

static const struct {
	const char *name, *want;
} names[] = {
    {"Jane", "Jane"},
    {"  Jane \t\r\n Doe\xc2\xa0", "Jane Doe"},
    {"a\x01\x7f"
     "b",
	"ab"},
    {"\xe2\x80\xaegnp.exe\xe2\x80\xac", "gnp.exe"},
    {"a\xe2\x80\xa8"
     "b",
	"a b"},
    {"a\xe2\x80\x8b\xef\xbb\xbf"
     "b",
	"ab"},
    {"jane@corp.com", "jane at corp.com"},
    {"jane @ corp.com", "jane at corp.com"},
    {"jane\xef\xbc\xa0x", "jane at x"},
    {"@", "at"},
    {"\xff\xfe", "\xef\xbf\xbd\xef\xbf\xbd"},
    {"", NULL},
    {" \r\n\xe2\x80\xae ", NULL},
};

static void
clean_name(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *got = from_line_clean_name(names[i].name);
		UNIT_TEXT(names[i].name, got, names[i].want);
	}
	g_autofree char *fill = g_strnfill(BOUND_DISPLAY_NAME - 1, 'x');
	g_autofree char *longer = g_strconcat(fill, " é é", NULL);
	g_autofree char *got = from_line_clean_name(longer);
	UNIT_TEXT("cut, no blank at the end", got, fill);
}

static const UnitCase cases[] = {
    {"line", line}, {"no_sender", no_sender}, {"clean_name", clean_name}};
UNIT_MAIN("from_line", cases)
