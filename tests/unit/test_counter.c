/* SPDX-License-Identifier: MIT */
#include "io/counter.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/bounds.h"
#include "core/failure.h"
#include "unit.h"

static char *
file_of(const char *directory)
{
	return g_build_filename(directory, COUNTER_FILE, NULL);
}

static void
remove_all(const char *directory)
{
	g_autofree char *path = file_of(directory);

	g_unlink(path);
	UNIT_NUMBER("nothing else is left", g_rmdir(directory), 0);
}

static void
add(const char *directory, BounceEvent event, const char *alias,
    const char *target, gint64 now)
{
	g_autoptr(GError) error = NULL;

	UNIT_TRUE(
	    "added", counter_add(directory, event, alias, target, now, &error));
	UNIT_TEXT("no error", error ? error->message : NULL, NULL);
}

/* "alias target permanent temporary unclear complaint last;..." */
static char *
text_of(const char *directory)
{
	g_autoptr(GPtrArray) rows = counter_read(directory, NULL);
	GString *text = g_string_new(NULL);

	for (guint i = 0; rows && i < rows->len; i++) {
		const CounterRow *row = g_ptr_array_index(rows, i);
		g_string_append_printf(text, "%s %s", row->alias, row->target);
		for (guint e = 1; e < G_N_ELEMENTS(row->count); e++)
			g_string_append_printf(
			    text, " %u", (guint)row->count[e]);
		g_string_append_printf(text, " %d;", (int)row->last);
	}
	return g_string_free(text, FALSE);
}

static void
check(const char *label, const char *directory, const char *want)
{
	g_autofree char *got = text_of(directory);

	UNIT_TEXT(label, got, want);
}

static void
sums(void)
{
	g_autofree char *directory = unit_new_folder();

	check("no file", directory, "");
	add(directory, BOUNCE_EVENT_NONE, "a@b", "c@d", 100);
	check("nothing", directory, "");
	add(directory, BOUNCE_EVENT_PERMANENT, "a@b", "c@d", 101);
	add(directory, BOUNCE_EVENT_TEMPORARY, "a@b", "c@d", 103);
	add(directory, BOUNCE_EVENT_PERMANENT, "a@b", "c@d", 102);
	add(directory, BOUNCE_EVENT_COMPLAINT, "a@b", NULL, 200);
	add(directory, BOUNCE_EVENT_UNCLEAR, NULL, "x y\n\xff@%41", 50);
	check("sums", directory,
	    "a@b  0 0 0 1 200;a@b c@d 2 1 0 0 103; x y\n\xff@%41 0 0 1 0 50;");
	remove_all(directory);
}

static void
cut_lines(void)
{
	g_autofree char *directory = unit_new_folder();
	g_autofree char *path = file_of(directory);

	g_file_set_contents(path,
	    "100 1 0 0 0 a@b c@d\nnonsense\n1 2 3\n"
	    "100 x 0 0 0 a@b c@d\n100 1 0 0 0 a%00b c@d\n"
	    "100 1 0 0 0 a@b c@d more\n-5 1 0 0 0 a@b c@d\n100 1 0 0 0 a@",
	    -1, NULL);
	check("cut", directory, "a@b c@d 1 0 0 0 100;");
	add(directory, BOUNCE_EVENT_PERMANENT, "a@b", "c@d", 101);
	check("the cut line was closed", directory, "a@b c@d 2 0 0 0 101;");
	remove_all(directory);
}

/* The file stays within its bound, what bounced last stays, and the sum of
 * those that stay is right. */
static void
bounded(void)
{
	g_autofree char *directory = unit_new_folder();
	g_autofree char *path = file_of(directory);
	g_autoptr(GString) text = g_string_new(NULL);
	struct stat status;

	for (guint i = 0; text->len <= BOUND_COUNTER_FILE; i++)
		g_string_append_printf(
		    text, "%u 1 0 0 0 a%u@example.com c@d\n", i, i);
	g_file_set_contents(path, text->str, -1, NULL);
	add(directory, BOUNCE_EVENT_PERMANENT, "a7@example.com", "c@d",
	    9999999);
	UNIT_NUMBER("stat", stat(path, &status), 0);
	UNIT_TRUE("bound", status.st_size <= BOUND_COUNTER_FILE / 2);
	g_autofree char *got = text_of(directory);
	UNIT_TRUE("last",
	    g_str_has_prefix(got, "a7@example.com c@d 2 0 0 0 9999999;"));
	remove_all(directory);
}

#define WRITERS 4
#define TIMES 200

static void
write_many(const char *directory)
{
	for (gint64 i = 0; i < TIMES; i++)
		if (!counter_add(directory, BOUNCE_EVENT_PERMANENT, "a@b",
			"c@d", i, NULL))
			_exit(1);
	_exit(0);
}

/* Several agents at once, the file being summed up between. */
static void
together(void)
{
	g_autofree char *directory = unit_new_folder();
	g_autofree char *path = file_of(directory);
	g_autoptr(GString) text = g_string_new(NULL);

	while (text->len < BOUND_COUNTER_FILE - 2000)
		g_string_append(text, "1 1 0 0 0 x@y c@d\n");
	g_file_set_contents(path, text->str, -1, NULL);
	for (guint i = 0; i < WRITERS; i++)
		if (fork() == 0)
			write_many(directory);
	int status, failures = 0;
	while (wait(&status) > 0)
		failures += status != 0;
	UNIT_NUMBER("failures", failures, 0);
	g_autoptr(GPtrArray) rows = counter_read(directory, NULL);
	UNIT_NUMBER("rows", rows->len, 2);
	const CounterRow *row = g_ptr_array_index(rows, 0);
	UNIT_TEXT("row", row->alias, "a@b");
	UNIT_NUMBER("none was lost", row->count[BOUNCE_EVENT_PERMANENT],
	    WRITERS * TIMES);
	remove_all(directory);
}

static void
failures(void)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *directory = unit_new_folder();
	g_autofree char *path = file_of(directory);

	UNIT_TRUE(
	    "no folder", !counter_add("/nonexistent", BOUNCE_EVENT_UNCLEAR,
			     "a@b", NULL, 1, &error));
	UNIT_TRUE(
	    "no folder", g_error_matches(error, FAILURE, FAILURE_TEMPORARY));
	g_clear_error(&error);
	UNIT_NUMBER("link", symlink("/etc/passwd", path), 0);
	UNIT_TRUE("link", !counter_add(directory, BOUNCE_EVENT_UNCLEAR, "a@b",
			      NULL, 1, &error));
	g_autoptr(GPtrArray) rows = counter_read(directory, NULL);
	UNIT_TRUE("link", !rows);
	remove_all(directory);
}

static const UnitCase cases[] = {{"sums", sums}, {"cut lines", cut_lines},
    {"bounded", bounded}, {"together", together}, {"failures", failures}};
UNIT_MAIN("counter", cases)
