/* SPDX-License-Identifier: MIT */
#include "core/address.h"

#include "core/bounds.h"
#include "unit.h"

static const struct {
	const char *text, *local, *domain; /* local NULL: refused */
} parses[] = {
    {"a@b", "a", "b"},
    {"Jane.Doe@Example.COM", "Jane.Doe", "example.com"},
    {"<jane@example.com>", "jane", "example.com"},
    {"<@r1,@r2:jane@example.com>", "jane", "example.com"},
    {"a@example.com.", "a", "example.com"},
    {"\"q s\"@b", "q s", "b"},
    {"\"a\\\"\\\\b\"@b", "a\"\\b", "b"},
    {"\"a@b\"@c", "a@b", "c"},
    {"\"plain\"@c", "plain", "c"},
    {"a..b.@docomo.ne.jp", "a..b.", "docomo.ne.jp"},
    {"a@[192.0.2.1]", "a", "[192.0.2.1]"},
    {"a@[IPv6:2001:db8::1]", "a", "[IPv6:2001:db8::1]"},
    {"a@under_score.example", "a", "under_score.example"},
    {"j\xc3\xb6rg@b\xc3\xbc"
     "cher.example",
	"j\xc3\xb6rg", "xn--bcher-kva.example"},
    {"x@stra\xc3\x9f"
     "e.de",
	"x", "xn--strae-oqa.de"},
    {"x@B\xc3\x9c"
     "CHER.example",
	"x", "xn--bcher-kva.example"},
    {"=?utf-8?q?x?=@b", "=?utf-8?q?x?=", "b"},
    {"", NULL, NULL},
    {"a", NULL, NULL},
    {"a@", NULL, NULL},
    {"a@.", NULL, NULL},
    {"@b", NULL, NULL},
    {"\"\"@b", NULL, NULL},
    {"<a@b", NULL, NULL},
    {"<a@b> x", NULL, NULL},
    {"<", NULL, NULL},
    {"<>", NULL, NULL},
    {"<@r1 a@b>", NULL, NULL},
    {" a@b", NULL, NULL},
    {"a@b ", NULL, NULL},
    {"a b@c", NULL, NULL},
    {"a@b@c", NULL, NULL},
    {"a@b..c", NULL, NULL},
    {"a@.b", NULL, NULL},
    {"a@-b.c", NULL, NULL},
    {"a@b!c", NULL, NULL},
    {"a@[1.2.3.4", NULL, NULL},
    {"a@[]", NULL, NULL},
    {"a@[1 2]", NULL, NULL},
    {"\"ab@c", NULL, NULL},
    {"\"a\nb\"@c", NULL, NULL},
    {"\"a\"b@c", NULL, NULL},
    {"a\x01@c", NULL, NULL},
    {"j\xf6rg@b", NULL, NULL},
    {"a@b\xfc"
     "cher.example",
	NULL, NULL},
};

static void
parse(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(parses); i++) {
		gsize len = strlen(parses[i].text);
		g_autofree char *octets = unit_octets(parses[i].text, len);
		g_autoptr(GError) error = NULL;
		g_autoptr(Address) address =
		    address_parse(octets, (gssize)len, &error);
		UNIT_TEXT(parses[i].text, address ? address->local : NULL,
		    parses[i].local);
		UNIT_TEXT(parses[i].text, address ? address->domain : NULL,
		    parses[i].domain);
		UNIT_TRUE("error set on failure", !address == !!error);
	}
}

static void
bounds(void)
{
	g_autofree char *local = g_strnfill(BOUND_ADDRESS - 2, 'x');
	g_autofree char *longest = g_strconcat(local, "@b", NULL);
	g_autofree char *over = g_strconcat("x", local, "@b", NULL);
	g_autofree char *label = g_strnfill(64, 'x');
	g_autofree char *bad = g_strconcat("a@", label, ".com", NULL);
	g_autoptr(Address) fits = address_parse(longest, -1, NULL);
	g_autoptr(Address) too_long = address_parse(over, -1, NULL);
	g_autoptr(Address) bad_label = address_parse(bad, -1, NULL);
	g_autoptr(Address) nul = address_parse("a@b\0c", 5, NULL);
	g_autoptr(Address) nul_local = address_parse("a\0b@c", 5, NULL);

	UNIT_TRUE("longest", fits != NULL);
	UNIT_TRUE("one longer", too_long == NULL);
	UNIT_TRUE("label of 64", bad_label == NULL);
	UNIT_TRUE("NUL in the domain", nul == NULL);
	UNIT_TRUE("NUL in the local part", nul_local == NULL);
}

static const struct {
	const char *text, *written, *folded;
} writes[] = {
    {"Jane@Example.com", "Jane@example.com", "jane@example.com"},
    {"\"Jane Doe\"@b", "\"Jane Doe\"@b", "\"jane doe\"@b"},
    {"\"a.b\"@c", "a.b@c", "a.b@c"},
    {"A..b@c", "\"A..b\"@c", "\"a..b\"@c"},
    {"a.@c", "\"a.\"@c", "\"a.\"@c"},
    {"\".a\"@c", "\".a\"@c", "\".a\"@c"},
    {"\"a\\\"\\\\b\"@c", "\"a\\\"\\\\b\"@c", "\"a\\\"\\\\b\"@c"},
    {"\xc3\x89@c", "\xc3\x89@c", "\xc3\xa9@c"},
    {"a@[192.0.2.1]", "a@[192.0.2.1]", "a@[192.0.2.1]"},
};

static void
write_text(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(writes); i++) {
		g_autoptr(Address) address =
		    address_parse(writes[i].text, -1, NULL);
		g_autofree char *written = address_to_text(address);
		g_autofree char *folded = address_fold(address);
		UNIT_TEXT(writes[i].text, written, writes[i].written);
		UNIT_TEXT(writes[i].text, folded, writes[i].folded);
	}
}

static const struct {
	const char *text, *delimiters, *want; /* want NULL: not split */
} splits[] = {
    {"jane+tag@b", "+", "jane@b"},
    {"jane+a+b@b", "+", "jane@b"},
    {"jane-x+y@b", "+-", "jane@b"},
    {"jane@b", "+", NULL},
    {"jane+tag@b", "", NULL},
    {"jane+tag@b", NULL, NULL},
    {"+tag@b", "+", NULL},
    {"jane+@b", "+", "jane@b"},
    {"owner-list@b", "-", NULL},
    {"Owner-List@b", "-", NULL},
    {"list-request@b", "-", NULL},
    {"-request@b", "-", NULL},
    {"x-request@b", "+", NULL},
    {"owner-list+x@b", "+", "owner-list@b"},
    {"mailer-daemon@b", "-", NULL},
    {"double-bounce@b", "-", NULL},
};

static void
extension(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(splits); i++) {
		g_autoptr(Address) address =
		    address_parse(splits[i].text, -1, NULL);
		g_autoptr(Address) base =
		    address_without_extension(address, splits[i].delimiters);
		g_autofree char *got = base ? address_to_text(base) : NULL;
		UNIT_TEXT(splits[i].text, got, splits[i].want);
	}
}

static void
compare(void)
{
	static const char *const domains[] = {"b.example", "c", NULL};
	g_autoptr(Address) a = address_parse("Jane@B.example", -1, NULL);
	g_autoptr(Address) b = address_parse("<\"jane\"@b.Example>", -1, NULL);
	g_autoptr(Address) c = address_parse("j@sub.b.example", -1, NULL);
	g_autoptr(Address) d = address_parse("\xc3\xa9@c", -1, NULL);

	UNIT_TRUE("case and quotes do not count", address_equal(a, b));
	UNIT_TRUE("others differ", !address_equal(a, c));
	UNIT_TRUE("in domains", address_in_domains(a, domains));
	UNIT_TRUE("subdomains are not", !address_in_domains(c, domains));
	UNIT_TRUE("ascii", address_is_ascii(a));
	UNIT_TRUE("not ascii", !address_is_ascii(d));
	address_free(NULL);
}

static const struct {
	const char *domain, *parent;
	bool want;
} within[] = {
    {"a.example", "a.example", true},
    {"x.A.example", "a.Example", true},
    {"xa.example", "a.example", false},
    {"example", "a.example", false},
    {"a.example", "", false},
};

static void
domains(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(within); i++)
		UNIT_NUMBER(within[i].domain,
		    address_domain_is_within(
			within[i].domain, within[i].parent),
		    within[i].want);
	UNIT_TEXT("last '@'", address_domain_of("\"a@b\"@c"), "c");
	UNIT_TEXT("no '@'", address_domain_of("c"), "c");
}

static void
quoted(void)
{
	static const char text[] = "a \"b\" \\";
	g_autoptr(GString) out = g_string_new("x");

	address_append_quoted(out, text);
	UNIT_TEXT("quoted", out->str, "x\"a \\\"b\\\" \\\\\"");
	g_autofree char *back = address_unquote(out->str + 2, out->len - 3);
	UNIT_TEXT("and back", back, text);
	g_autofree char *cut = address_unquote("\\", 1);
	UNIT_TEXT("a backslash alone", cut, "\\");
}

static const UnitCase cases[] = {{"parse", parse}, {"bounds", bounds},
    {"write", write_text}, {"extension", extension}, {"compare", compare},
    {"domains", domains}, {"quoted", quoted}};
UNIT_MAIN("address", cases)
