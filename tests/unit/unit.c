/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <CUnit/Basic.h>
#include <glib/gstdio.h>
#include <locale.h>
#include <stdio.h>

static bool
wanted(const char *name, int argc, char **argv)
{
	if (argc < 2)
		return true;
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], name) == 0)
			return true;
	return false;
}

int
unit_run(const char *suite, const UnitCase *cases, guint count, int argc,
    char **argv)
{
	CU_initialize_registry();
	CU_pSuite s = CU_add_suite(suite, NULL, NULL);
	guint added = 0;

	for (guint i = 0; i < count; i++)
		if (wanted(cases[i].name, argc, argv)) {
			CU_add_test(s, cases[i].name, cases[i].run);
			added++;
		}
	if (added == 0) {
		fprintf(stderr, "%s: no such case\n", suite);
		return 2;
	}
	CU_basic_set_mode(CU_BRM_NORMAL);
	CU_basic_run_tests();
	unsigned failures = CU_get_number_of_failures();
	printf("unit %s: %u passed, %u failed\n", suite,
	    CU_get_number_of_tests_run() - CU_get_number_of_tests_failed(),
	    CU_get_number_of_tests_failed());
	CU_cleanup_registry();
	return failures != 0;
}

char *
unit_new_folder(void)
{
	char *folder = g_dir_make_tmp("aliasbridge-XXXXXX", NULL);

	UNIT_TRUE("temporary folder", folder != NULL);
	return folder;
}

void
unit_remove_folder(const char *folder)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);

	for (const char *name; dir && (name = g_dir_read_name(dir));) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		g_unlink(path);
	}
	g_rmdir(folder);
}

char *
unit_octets(const char *text, gsize len)
{
	char *octets = g_malloc(len > 0 ? len : 1);

	memcpy(octets, text, len);
	return octets;
}

void
unit_text(const char *label, const char *got, const char *want,
    const char *file, unsigned line)
{
	bool same = g_strcmp0(got, want) == 0;

	if (!same)
		fprintf(stderr, "%s:%u: %s\n  got  %s%s%s\n  want %s%s%s\n",
		    file, line, label, got ? "\"" : "", got ? got : "NULL",
		    got ? "\"" : "", want ? "\"" : "", want ? want : "NULL",
		    want ? "\"" : "");
	CU_assertImplementation(same, line, label, file, "", CU_FALSE);
}

void
unit_true(const char *label, bool got, const char *file, unsigned line)
{
	if (!got)
		fprintf(stderr, "%s:%u: %s: false\n", file, line, label);
	CU_assertImplementation(got, line, label, file, "", CU_FALSE);
}

void
unit_number(
    const char *label, gint64 got, gint64 want, const char *file, unsigned line)
{
	if (got != want)
		fprintf(stderr,
		    "%s:%u: %s: got %" G_GINT64_FORMAT
		    ", want %" G_GINT64_FORMAT "\n",
		    file, line, label, got, want);
	CU_assertImplementation(got == want, line, label, file, "", CU_FALSE);
}
