/* SPDX-License-Identifier: MIT */
#include "core/named_addresses.h"

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

static const UnitCase cases[] = {{"systems", system_names}, {"bound", bound}};
UNIT_MAIN("named_addresses", cases)
