/* SPDX-License-Identifier: MIT */
#include "core/named_addresses.h"

#include <time.h>

#include "core/bounds.h"
#include "unit.h"

static const struct {
	const char *status, *want; /* want: joined by spaces */
} systems[] = {
    {"", ""},
    {"Reporting-MTA: dns; mx.a.example\r\n\r\n"
     "Remote-MTA: dns; mx.b.example\r\n",
	"@mx.a.example @mx.b.example"},
    {"reporting-mta: DNS; MX.A.example\nREMOTE-MTA: dns;mx.b.example\n",
	"@mx.a.example @mx.b.example"},
    {"Remote-MTA: dns; mx.a.example\nRemote-MTA: dns; MX.a.example\n",
	"@mx.a.example"},
    {"Remote-MTA:\r\n dns; mx.a.example\r\n", "@mx.a.example"},
    {"Remote-MTA: mx.a.example\nStatus: 5.0.0; mx.b.example\n", ""},
    {"Remote-MTA: dns; localhost\n", ""},
};

static void
system_names(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(systems); i++) {
		g_autoptr(GPtrArray) names =
		    g_ptr_array_new_with_free_func(g_free);
		named_addresses_add_systems(names, systems[i].status);
		g_ptr_array_add(names, NULL);
		g_autofree char *got = g_strjoinv(" ", (char **)names->pdata);
		UNIT_TEXT(systems[i].status, got, systems[i].want);
	}
}

static void
bound(void)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GString) text = g_string_new(NULL);

	for (guint i = 0; i < 2 * BOUND_REPORT_ADDRESSES; i++)
		g_string_append_printf(
		    text, "Remote-MTA: dns; mx%u.example\n", i);
	named_addresses_add_systems(names, text->str);
	UNIT_NUMBER("names", names->len, BOUND_REPORT_ADDRESSES);
}

static clock_t
time_of(const char *piece, gsize len)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GString) text = g_string_new(NULL);

	while (text->len < len)
		g_string_append(text, piece);
	clock_t began = clock();
	named_addresses_add_systems(names, text->str);
	return clock() - began;
}

/* One field, folded or not, that names the field again and again. */
static void
hostile(void)
{
	static const char *const pieces[] = {
	    "-mta:", "-mta:\n ", "-mta:\r\n\t", "-mta:;", "-mta:\n ;"};

	for (guint i = 0; i < G_N_ELEMENTS(pieces); i++) {
		clock_t part = time_of(pieces[i], BOUND_REPORT / 8);
		clock_t whole = time_of(pieces[i], BOUND_REPORT);
		UNIT_TRUE(pieces[i], whole <= 20 * part + CLOCKS_PER_SEC / 2);
	}
}

static const UnitCase cases[] = {
    {"systems", system_names}, {"bound", bound}, {"hostile", hostile}};
UNIT_MAIN("named_addresses", cases)
