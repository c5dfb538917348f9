/* SPDX-License-Identifier: MIT */
#include "core/header.h"

#include "core/bounds.h"
#include "unit.h"

static void
fields(void)
{
	g_autoptr(Header) header = header_new();
	HeaderField *first = header_add(header, "To", " a", 2);

	header_add(header, "Subject", " x\n y", 5);
	header_add(header, "TO", " b\0c", 4);
	UNIT_NUMBER("count", header_count(header), 3);
	UNIT_NUMBER("named", header_count_named(header, "to"), 2);
	UNIT_TRUE("first", header_get(header, "tO", 1) == first);
	UNIT_TEXT("second", header_get(header, "To", 2)->value, " bc");
	UNIT_TRUE("no third", header_get(header, "To", 3) == NULL);
	UNIT_TRUE("none", header_get(header, "Cc", 1) == NULL);
	UNIT_NUMBER("octets", header->octets,
	    strlen("To: a\r\nSubject: x\r\n y\r\nTO: bc\r\n"));
	header_free(NULL);
}

static const struct {
	const char *value, *want;
} unfolds[] = {
    {" a", "a"},
    {" a\n b", "a b"},
    {" a\n\tb\r\n c ", "a\tb c"},
    {"a\nb", "a b"},
    {"\n a\n", "a"},
    {" a\rb", "a\rb"},
    {" \n \n ", ""},
    {"", ""},
};

static void
unfold(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(unfolds); i++) {
		gsize len = strlen(unfolds[i].value);
		g_autofree char *octets = unit_octets(unfolds[i].value, len);
		g_autofree char *got = header_unfold(octets, len);
		UNIT_TEXT(unfolds[i].value, got, unfolds[i].want);
	}
}

#define X20 "xxxxxxxxxxxxxxxxxxxx"

static const struct {
	const char *name, *value, *want;
} folds[] = {
    {"To", "a@b", " a@b"},
    {"To", "  a  b ", " a  b"},
    {"To", "", " "},
    {"To", "   ", " "},
    {"Subject", X20 " " X20 " " X20 " " X20, " " X20 " " X20 " " X20 "\n " X20},
    {"S", X20 X20 X20 "\t \t" X20 " " X20,
	" " X20 X20 X20 "\n\t \t" X20 " " X20},
    {"Message-ID", X20 X20 X20 X20 " y", " " X20 X20 X20 X20 "\n y"},
};

static void
fold(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(folds); i++) {
		g_autofree char *got =
		    header_fold(folds[i].name, folds[i].value);
		UNIT_TEXT(folds[i].value, got, folds[i].want);
	}
}

/* Values at the limit of a physical line. */
static void
fold_long(void)
{
	g_autofree char *word = g_strnfill(BOUND_LINE - 1, 'x');
	g_autofree char *blanks = g_strnfill(5000, ' ');
	g_autofree char *spaced =
	    g_strconcat(word, blanks, word, " y ", word, blanks, NULL);
	g_autofree char *got = header_fold("Subject", spaced);
	g_autofree char *want =
	    g_strconcat("\n ", word, "\n ", word, "\n y\n ", word, NULL);
	UNIT_TEXT("words as long as a line", got, want);
	UNIT_TRUE("legal", header_value_is_legal("Subject", got));

	g_autofree char *over = g_strnfill(BOUND_LINE, 'x');
	g_autofree char *whole = header_fold("Subject", over);
	UNIT_NUMBER("a longer word stays", strlen(whole), BOUND_LINE + 1);
	UNIT_TRUE("and does not fit",
	    !header_lines_fit("Subject", whole, strlen(whole)));
}

static const struct {
	const char *value;
	bool legal;
} values[] = {
    {" a", true},
    {"a\n b\n\tc", true},
    {"", true},
    {" ", true},
    {" \n a", true},
    {" a\nb", false},
    {" a\n", false},
    {" a\n ", false},
    {" a\n \n b", false},
    {" a\r\n b", false},
    {" a\rb", false},
    {" caf\xc3\xa9", false},
};

static void
legal(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(values); i++)
		UNIT_TRUE(values[i].value,
		    header_value_is_legal("To", values[i].value) ==
			values[i].legal);

	g_autofree char *fits = g_strnfill(BOUND_LINE - 3, 'x');
	g_autofree char *over = g_strnfill(BOUND_LINE - 2, 'x');
	UNIT_TRUE("at the limit", header_value_is_legal("To", fits));
	UNIT_TRUE("over the limit", !header_value_is_legal("To", over));
}

static void
names(void)
{
	UNIT_TRUE("plain", header_name_is_legal("X-A_b.c!"));
	UNIT_TRUE("empty", !header_name_is_legal(""));
	UNIT_TRUE("space", !header_name_is_legal("To "));
	UNIT_TRUE("colon", !header_name_is_legal("To:"));
	UNIT_TRUE("8-bit", !header_name_is_legal("T\xc3\xb6"));
	UNIT_TRUE("control", !header_name_is_legal("T\x7f"));
}

static const UnitCase cases[] = {{"fields", fields}, {"unfold", unfold},
    {"fold", fold}, {"fold_long", fold_long}, {"legal", legal},
    {"names", names}};
UNIT_MAIN("header", cases)
