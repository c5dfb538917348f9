/* SPDX-License-Identifier: MIT */
#include "core/mark.h"

#include "secret_sample.h"
#include "unit.h"

#define NOW G_GINT64_CONSTANT(1795521600)
#define TODAY (NOW / 86400)

static char *
text_of(const char *alias, guint hop, gint64 day, const GPtrArray *secrets)
{
	g_autofree char *copy = g_strdup(alias);
	Mark mark = {copy, hop, day};

	return mark_to_text(&mark, secrets);
}

static const char *const aliases[] = {"shop@example.com",
    "a+b@xn--e1afmkfd.example", "\"a; b=%20\"@example.com",
    "j\xc3\xb6rg@example.com", "<|>@example.com"};

static void
round_trip(void)
{
	g_autoptr(GPtrArray) secrets = secret_sample(OLD_SECRET, NULL);

	for (guint i = 0; i < G_N_ELEMENTS(aliases); i++) {
		g_autofree char *text = text_of(aliases[i], i, TODAY, secrets);
		g_autoptr(Mark) mark = mark_parse(text, secrets, NOW);
		UNIT_TEXT(text, mark ? mark->alias : NULL, aliases[i]);
		UNIT_NUMBER(text, mark ? mark->hop : 99, i);
		UNIT_NUMBER(text, mark ? mark->day : 0, TODAY);
		g_autofree char *spaced = g_strconcat(" ", text, NULL);
		UNIT_TRUE("legal", header_value_is_legal(MARK_FIELD, spaced));
		g_autofree char *folded = header_fold(MARK_FIELD, text);
		g_autoptr(Mark) again = mark_parse(folded, secrets, NOW);
		UNIT_TRUE("folded", again != NULL);
	}
}

static void
form(void)
{
	g_autoptr(GPtrArray) secrets = secret_sample(OLD_SECRET, NULL);
	g_autofree char *text = text_of("shop@example.com", 1, 20781, secrets);

	UNIT_TEXT("form", text,
	    "alias=shop@example.com; hop=1; day=20781; "
	    "sig=PemQu0EPlxtwneOufJVcTaqnwBVSZDPnep5m8bQ39oo");
}

static void
age(void)
{
	g_autoptr(GPtrArray) secrets = secret_sample(OLD_SECRET, NULL);
	static const struct {
		gint64 day;
		bool counts;
	} days[] = {{0, true}, {MARK_MAX_AGE, true}, {MARK_MAX_AGE + 1, false},
	    {-1, true}, {-2, false}};

	for (guint i = 0; i < G_N_ELEMENTS(days); i++) {
		g_autofree char *text =
		    text_of("a@b.example", 1, TODAY - days[i].day, secrets);
		g_autoptr(Mark) mark = mark_parse(text, secrets, NOW);
		UNIT_TRUE(text, (mark != NULL) == days[i].counts);
	}
}

static void
forged(void)
{
	g_autoptr(GPtrArray) secrets = secret_sample(OLD_SECRET, NULL);
	g_autoptr(GPtrArray) both = secret_sample(NEW_SECRET, OLD_SECRET);
	g_autoptr(GPtrArray) others = secret_sample(NEW_SECRET, NULL);
	g_autofree char *text = text_of("a@b.example", 1, TODAY, secrets);
	guint believed = 0;

	/* The last character holds bits that are padding: not looked at as
	 * octets, but as written. */
	for (gsize i = 0; text[i]; i++) {
		if (text[i] == ' ')
			continue;
		g_autofree char *changed = g_strdup(text);
		changed[i] = changed[i] == 'q' ? 'k' : 'q';
		g_autoptr(Mark) mark = mark_parse(changed, secrets, NOW);
		believed += mark != NULL;
		changed[i] = '\0';
		g_autoptr(Mark) cut = mark_parse(changed, secrets, NOW);
		believed += cut != NULL;
	}
	UNIT_NUMBER("changed or cut, believed", believed, 0);
	g_autofree char *longer = g_strconcat(text, "x", NULL);
	g_autoptr(Mark) trailing = mark_parse(longer, secrets, NOW);
	UNIT_TRUE("trailing", !trailing);
	g_autoptr(Mark) rotated = mark_parse(text, both, NOW);
	UNIT_TRUE("rotated", rotated != NULL);
	g_autoptr(Mark) foreign = mark_parse(text, others, NOW);
	UNIT_TRUE("foreign", !foreign);
	g_autoptr(Mark) none = mark_parse(text, NULL, NOW);
	UNIT_TRUE("no secrets", !none);
}

/* %s: the value's two halves. */
static const struct {
	const char *label, *before, *between, *after;
} quotings[] = {
    {"plain", "X-Aliasbridge-Mark: ", " ", "\r\n\r\nbody"},
    {"folded", "X: y\r\nX-Aliasbridge-Mark: ", "\r\n\t", "\r\nX: y"},
    {"quoted", "> X: y\n> X-Aliasbridge-Mark: ", "\n>  ", "\n> X: y"},
    {"nested", "| > x-aliasbridge-mark: ", "\n| >   ", ""},
    {"wrapped", "  X-Aliasbridge-Mark:\n    ", "\n    ", "\n  Subject: x"},
    {"html", "<b>X-Aliasbridge-Mark</b>: ", "<br>\n ", "<br>Subject"},
    {"behind a false one",
	"X-Aliasbridge-Mark: alias=a@b; hop=1; day=2; sig=x\n"
	"X-Aliasbridge-Mark\nX-Aliasbridge-Mark: ",
	" ", ""},
};

static void
find(void)
{
	g_autoptr(GPtrArray) secrets = secret_sample(OLD_SECRET, NULL);
	g_autofree char *value = text_of("shop@example.com", 3, TODAY, secrets);
	char *half = strstr(value, "hop=");
	g_autofree char *head = g_strndup(value, (gsize)(half - value) - 1);

	for (guint i = 0; i < G_N_ELEMENTS(quotings); i++) {
		g_autofree char *text = g_strconcat(quotings[i].before, head,
		    quotings[i].between, half, quotings[i].after, NULL);
		gsize len = strlen(text);
		g_autofree char *octets = unit_octets(text, len);
		gsize at = 0;
		g_autoptr(Mark) mark =
		    mark_find(octets, len, secrets, NOW, &at);
		UNIT_TEXT(quotings[i].label, mark ? mark->alias : NULL,
		    "shop@example.com");
		UNIT_TRUE("place",
		    g_ascii_strncasecmp(text + at, MARK_FIELD, 18) == 0);
		guint cut = 0;
		for (gsize n = 0; n < at + 60; n++) {
			g_autofree char *part = unit_octets(text, n);
			g_autoptr(Mark) none =
			    mark_find(part, n, secrets, NOW, NULL);
			cut += none != NULL;
		}
		UNIT_NUMBER("cut", cut, 0);
	}
}

static void
count(void)
{
	g_autoptr(GPtrArray) secrets = secret_sample(OLD_SECRET, NULL);
	g_autoptr(GPtrArray) others = secret_sample(NEW_SECRET, NULL);
	g_autoptr(Header) header = header_new();
	static const struct {
		const char *alias;
		guint hop;
		bool ours;
	} marks[] = {{"a@x.example", 1, true}, {"b@x.example", 7, true},
	    {"c@x.example", 50, false}, {"a@x.example", 2, true}};

	for (guint i = 0; i < G_N_ELEMENTS(marks); i++) {
		g_autofree char *text = text_of(marks[i].alias, marks[i].hop,
		    TODAY, marks[i].ours ? secrets : others);
		header_add(header, i % 2 ? MARK_FIELD : "x-aliasbridge-MARK",
		    text, strlen(text));
	}
	MarkCount b = mark_count(header, "b@x.example", secrets, NOW);
	UNIT_TRUE("there", b.same_alias);
	UNIT_NUMBER("hops", b.hops, 7);
	MarkCount c = mark_count(header, "c@x.example", secrets, NOW);
	UNIT_TRUE("foreign", !c.same_alias);
	MarkCount late =
	    mark_count(header, "a@x.example", secrets, NOW + 40 * 86400);
	UNIT_TRUE("late", !late.same_alias);
	UNIT_NUMBER("late", late.hops, 0);
}

static const UnitCase cases[] = {{"round trip", round_trip}, {"form", form},
    {"age", age}, {"forged", forged}, {"find", find}, {"count", count}};
UNIT_MAIN("mark", cases)
