/* SPDX-License-Identifier: MIT */
#include "core/destination.h"

#include "unit.h"

static const struct {
	const char *label, *value, *want; /* NULL: not in it */
} rows[] = {
    {"bare", "shop@example.com", "me@t.test"},
    {"case", " SHOP@Example.COM", " me@t.test"},
    {"name stays octet for octet",
	"=?utf-8?q?Sh=C3=B6p?= <shop@example.com>,\n\tBob <b@c.test>",
	"=?utf-8?q?Sh=C3=B6p?= <me@t.test>,\n\tBob <b@c.test>"},
    {"name that is the address", "\"shop@example.com\" <shop@example.com>",
	"\"shop@example.com\" <me@t.test>"},
    {"quote in a name", "\"a\\\"shop@example.com\" <shop@example.com>",
	"\"a\\\"shop@example.com\" <me@t.test>"},
    {"comment", "shop@example.com (shop@example.com)",
	"me@t.test (shop@example.com)"},
    {"group", "Friends: a@b.test, shop@example.com;",
	"Friends: a@b.test, me@t.test;"},
    {"twice", "shop@example.com, Shop <shop@example.com>",
	"me@t.test, Shop <me@t.test>"},
    {"longer local part", "myshop@example.com, shop@example.com.au", NULL},
    {"extension is another", "shop+x@example.com", NULL},
    {"absent", "Bob <b@c.test>", NULL},
    {"empty", "", NULL},
    {"broken list", "shop@example.com, Bob <b@c.test",
	"me@t.test, Bob <b@c.test>"},
};

static void
replace(void)
{
	g_autoptr(Address) alias = address_parse("shop@example.com", -1, NULL);

	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		bool whole;
		g_autofree char *got = destination_replace(
		    rows[i].value, alias, "me@t.test", NULL, &whole);
		UNIT_TEXT(rows[i].label, got, rows[i].want);
	}
}

static const struct {
	const char *value;
	bool whole;
} lists[] = {
    {"shop@example.com, Bob <b@c.test>", true},
    {"shop@example.com, Bob <b@c.test", true},
    {"the team, shop@example.com, Bob <b@c.test>", false},
};

static void
left_out(void)
{
	g_autoptr(Address) alias = address_parse("shop@example.com", -1, NULL);

	for (guint i = 0; i < G_N_ELEMENTS(lists); i++) {
		bool whole;
		g_autofree char *got = destination_replace(
		    lists[i].value, alias, "me@t.test", NULL, &whole);
		UNIT_TEXT(lists[i].value, got, "me@t.test, Bob <b@c.test>");
		UNIT_NUMBER(lists[i].value, whole, lists[i].whole);
	}
}

static const UnitCase cases[] = {{"replace", replace}, {"left_out", left_out}};
UNIT_MAIN("destination", cases)
