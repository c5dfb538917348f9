/* SPDX-License-Identifier: MIT */
#include "core/reply.h"

#include "core/bounds.h"
#include "unit.h"

static const struct {
	const char *text, *want; /* want NULL: refused */
} parses[] = {
    {"550 5.1.1 no such user", "550 5.1.1 no such user"},
    {"450 4.2.0 later", "450 4.2.0 later"},
    {"550 gone", "550 5.0.0 gone"},
    {"451 later", "451 4.0.0 later"},
    {"closed for good", "550 5.7.1 closed for good"},
    {"  554  5.7.1   spaced", "554 5.7.1 spaced"},
    {"550", "550 5.0.0 "},
    {"550 5.1 text", "550 5.0.0 5.1 text"},
    {"5501 text", "550 5.7.1 5501 text"},
    {"", NULL},
    {"250 2.0.0 ok", NULL},
    {"421 4.3.0 bye", NULL},
    {"550 4.1.1 classes differ", NULL},
    {"550 5.1.1 two\r\nlines", NULL},
    {"550 5.1.1 caf\xc3\xa9", NULL},
};

static void
parse(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(parses); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(Reply) reply = reply_parse(parses[i].text, &error);
		g_autofree char *got = reply ? reply_to_text(reply) : NULL;
		UNIT_TEXT(parses[i].text, got, parses[i].want);
		UNIT_TRUE("error set on failure", !reply == !!error);
	}
}

/* What was read can be written and read again, code and status included. */
static void
bound(void)
{
	g_autofree char *text = g_strnfill(BOUND_REPLY - 10, 'x');
	g_autoptr(Reply) longest = reply_parse(text, NULL);
	g_autofree char *written = longest ? reply_to_text(longest) : NULL;
	UNIT_NUMBER("written", written ? strlen(written) : 0, BOUND_REPLY);
	g_autoptr(Reply) again = written ? reply_parse(written, NULL) : NULL;
	UNIT_TRUE("and read", again != NULL);

	g_autofree char *more = g_strconcat(text, "x", NULL);
	g_autoptr(GError) error = NULL;
	g_autoptr(Reply) none = reply_parse(more, &error);
	UNIT_TRUE("one more does not fit", none == NULL && error != NULL);
}

static void
mask(void)
{
	g_autoptr(Reply) reply =
	    reply_printf(550, "5.7.1", "file %s", "a\r\n\x7f\xc3\xa9.exe");
	UNIT_TEXT("masked", reply->text, "file a?????.exe");

	g_autofree char *text = g_strnfill(BOUND_REPLY + 10, 'x');
	g_autoptr(Reply) cut = reply_new(550, "5.0.0", text);
	UNIT_NUMBER("cut", strlen(cut->text), BOUND_REPLY);
}

static const struct {
	const char *text;
	gsize want;
} statuses[] = {
    {"5.1.1 text", 5},
    {"2.0.0", 5},
    {"4.123.456)", 9},
    {"5.1.1.2", 5},
    {"5.1.1234", 0},
    {"5..1", 0},
    {"5.1", 0},
    {"3.0.0", 0},
    {"", 0},
};

static void
status(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(statuses); i++)
		UNIT_NUMBER(statuses[i].text,
		    reply_status_length(statuses[i].text), statuses[i].want);
}

static const UnitCase cases[] = {
    {"parse", parse}, {"status", status}, {"bound", bound}, {"mask", mask}};
UNIT_MAIN("reply", cases)
