/* SPDX-License-Identifier: MIT */
#include "core/virtual_map.h"

#include "unit.h"

static const struct {
	const char *text, *want; /* "LINE key=target|target" a line */
} reads[] = {
    {"", ""},
    {"a@b c@d\n", "1 a@b=c@d\n"},
    {"a@b\tc@d, e@f", "1 a@b=c@d|e@f\n"},
    {"a@b c@d e@f\n", "1 a@b=c@d|e@f\n"},
    {"# note\n\nA@B  c@d\n", "3 a@b=c@d\n"},
    {"a@b c@d # note\n\n# c\n  e@f\n", "1 a@b=c@d|#|note|e@f\n"},
    {"a@b c@d\n  # c\n\n \t \n  e@f\nx@y z@w\n", "1 a@b=c@d|e@f\n6 x@y=z@w\n"},
    {"  a@b c@d\n", "1 =a@b|c@d\n"},
    {"\"a b\"@d c@d\n", "1 \"a b\"@d=c@d\n"},
    {"a@b \"c d\"@e\n", "1 a@b=\"c d\"@e\n"},
    {"a@b Jane Doe <c@d>, e@f\n", "1 a@b=c@d|e@f\n"},
    {"a@b \"Doe, Jane\" <c@d> e@f\n", "1 a@b=c@d|e@f\n"},
    {"a@b c@d (home, (old)), e@f\n", "1 a@b=c@d|e@f\n"},
    {"a@b ,, c@d ,\n", "1 a@b=c@d\n"},
    {"example.com anything\n", "1 example.com=anything\n"},
    {"a@b\n", "1 a@b=\n"},
    {"a@b: c@d\n", "1 a@b:=c@d\n"},
    {"a@b <c@d\n", "1 a@b=c@d\n"},
    {"a@b \"open\n", "1 a@b=\"open\n"},
    {"a@b (open\n", "1 a@b=\n"},
    {"a@b c@d\r\ne@f g@h\r\n", "1 a@b=c@d\n2 e@f=g@h\n"},
};

static void
read(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(reads); i++) {
		gsize len = strlen(reads[i].text);
		g_autofree char *text = unit_octets(reads[i].text, len);
		g_autoptr(GString) got = g_string_new(NULL);
		VirtualMap map;
		VirtualEntry entry;
		virtual_map_start(&map, text, len);
		while (virtual_map_next(&map, &entry)) {
			g_autofree char *targets =
			    g_strjoinv("|", entry.targets);
			g_string_append_printf(
			    got, "%u %s=%s\n", entry.line, entry.key, targets);
			virtual_entry_clear(&entry);
		}
		UNIT_TEXT(reads[i].text, got->str, reads[i].want);
	}
}

static void
append(void)
{
	g_autoptr(GString) out = g_string_new(NULL);
	const char *few[] = {"c@d", "e@f", NULL};
	const char *many[] = {"first.long.target@mail.example",
	    "second.long.target@mail.example", "third.long.target@mail.example",
	    NULL};

	virtual_map_append(out, "a@b", few);
	virtual_map_append(out, "x@y", many);
	UNIT_TEXT("written", out->str,
	    "a@b c@d, e@f\n"
	    "x@y first.long.target@mail.example, "
	    "second.long.target@mail.example,\n"
	    "    third.long.target@mail.example\n");
}

static const UnitCase cases[] = {{"read", read}, {"append", append}};
UNIT_MAIN("virtual_map", cases)
