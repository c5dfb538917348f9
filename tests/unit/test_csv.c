/* SPDX-License-Identifier: MIT */
#include "core/csv.h"

#include "unit.h"

static const struct {
	const char *text, *want; /* fields between '|', records ended by '\n';
				    '!' where it breaks */
} reads[] = {
    {"", ""},
    {"a", "a\n"},
    {"a,b\r\nc,d\r\n", "a|b\nc|d\n"},
    {"a,b\nc,d", "a|b\nc|d\n"},
    {"\xef\xbb\xbfkey,x\n", "key|x\n"},
    {",\n", "|\n"},
    {"\n", "\n"},
    {"\"a,b\",\"c\"\"d\"\n", "a,b|c\"d\n"},
    {"\"two\r\nlines\",x\n", "two\r\nlines|x\n"},
    {"a\rb,c\n", "a\rb|c\n"},
    {"a\"b,c\n", "a\"b|c\n"},
    {"\"\"\n", "\n"},
    {"\"open", "!"},
    {"\"a\"b\n", "!"},
    {"a\n\"open", "a\n!"},
};

static void
read(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(reads); i++) {
		gsize len = strlen(reads[i].text), at = 0;
		g_autofree char *text = unit_octets(reads[i].text, len);
		g_autoptr(GString) got = g_string_new(NULL);
		g_autoptr(GError) error = NULL;
		for (;;) {
			g_auto(GStrv) fields = csv_next(text, len, &at, &error);
			if (!fields)
				break;
			g_autofree char *line = g_strjoinv("|", fields);
			g_string_append_printf(got, "%s\n", line);
		}
		g_string_append(got, error ? "!" : "");
		UNIT_TEXT(reads[i].text, got->str, reads[i].want);
	}
}

static void
nul(void)
{
	gsize at = 0;
	g_autofree char *text = unit_octets("a\0b\n", 4);
	g_autoptr(GError) error = NULL;

	UNIT_TRUE("refused", csv_next(text, 4, &at, &error) == NULL && error);
}

static void
append(void)
{
	const char *fields[] = {
	    "a", "", "b,c", "d\"e", "f\ng", " h", "caf\xc3\xa9", NULL};
	g_autoptr(GString) out = g_string_new(NULL);
	gsize at = 0;

	csv_append(out, fields);
	UNIT_TEXT("written", out->str,
	    "a,,\"b,c\",\"d\"\"e\",\"f\ng\",\" h\",caf\xc3\xa9\r\n");
	g_auto(GStrv) back = csv_next(out->str, out->len, &at, NULL);
	UNIT_TRUE("read back",
	    back && g_strv_equal((const char *const *)back, fields));
}

static const UnitCase cases[] = {
    {"read", read}, {"nul", nul}, {"append", append}};
UNIT_MAIN("csv", cases)
