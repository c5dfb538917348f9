/* SPDX-License-Identifier: MIT */
/*
 * Tables of other programs: csv and virtual(5). Reading ends, a record that
 * was read is written back and read the same, targets are never empty.
 */
#include <glib.h>
#include <stdint.h>
#include <string.h>

#include "core/csv.h"
#include "core/virtual_map.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
there_and_back(char *const *fields)
{
	g_autoptr(GString) text = g_string_new("x\r\n");
	gsize at = text->len;

	csv_append(text, (const char *const *)fields);
	g_auto(GStrv) again = csv_next(text->str, text->len, &at, NULL);
	g_assert_nonnull(again);
	g_assert_true(g_strv_equal(
	    (const char *const *)again, (const char *const *)fields));
	g_assert_cmpuint(at, ==, text->len);
}

static void
try_csv(const char *text, gsize len)
{
	g_autoptr(GError) error = NULL;
	gsize at = 0;

	while (!error) {
		gsize before = at;
		g_auto(GStrv) fields = csv_next(text, len, &at, &error);
		if (!fields)
			break;
		g_assert_cmpuint(at, >, before);
		g_assert_cmpuint(at, <=, len);
		there_and_back(fields);
	}
}

static void
try_virtual(const char *text, gsize len)
{
	VirtualMap map;
	VirtualEntry entry;
	guint line = 0;

	virtual_map_start(&map, text, len);
	while (virtual_map_next(&map, &entry)) {
		g_assert_cmpuint(entry.line, >, line);
		line = entry.line;
		for (guint i = 0; entry.targets[i]; i++)
			g_assert_true(*entry.targets[i]);
		virtual_entry_clear(&entry);
	}
	g_assert_cmpuint(map.at, ==, len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	try_csv((const char *)data, size);
	try_virtual((const char *)data, size);
	return 0;
}
