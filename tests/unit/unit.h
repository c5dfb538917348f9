/* SPDX-License-Identifier: MIT */
/*
 * unit.h - a CUnit program in one call, and checks that say got and want
 *
 * Each test_X.c defines a table of cases and its main is UNIT_MAIN. A program
 * given names as arguments runs only these cases.
 */
#ifndef ALIASBRIDGE_UNIT_H
#define ALIASBRIDGE_UNIT_H

#include <CUnit/CUnit.h>
#include <glib.h>
#include <stdbool.h>
#include <string.h>

typedef struct UnitCase {
	const char *name;
	void (*run)(void);
} UnitCase;

int unit_run(const char *suite, const UnitCase *cases, guint count, int argc,
    char **argv);

#define UNIT_MAIN(suite, cases)                                                \
	int main(int argc, char **argv)                                        \
	{                                                                      \
		return unit_run(                                               \
		    suite, cases, G_N_ELEMENTS(cases), argc, argv);            \
	}

/* A copy without the trailing NUL, on the heap, so that ASan sees over-reads.
 * Free with g_free. */
char *unit_octets(const char *text, gsize len);

/* A folder for one test, empty. The caller owns the path. */
char *unit_new_folder(void);
/* Remove it, holding nothing but files. */
void unit_remove_folder(const char *folder);

/* got and want are shown when they differ; label names the row. */
void unit_text(const char *label, const char *got, const char *want,
    const char *file, unsigned line);
void unit_true(const char *label, bool got, const char *file, unsigned line);
void unit_number(const char *label, gint64 got, gint64 want, const char *file,
    unsigned line);
#define UNIT_TEXT(label, got, want)                                            \
	unit_text(label, got, want, __FILE__, __LINE__)
#define UNIT_TRUE(label, got) unit_true(label, got, __FILE__, __LINE__)
#define UNIT_NUMBER(label, got, want)                                          \
	unit_number(label, (gint64)(got), (gint64)(want), __FILE__, __LINE__)

#endif
