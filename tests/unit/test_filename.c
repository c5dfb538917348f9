/* SPDX-License-Identifier: MIT */
#include "core/filename.h"

#include "unit.h"

static const struct {
	const char *name;
	bool blocked;
} names[] = {
    {"invoice.exe", true},
    {"INVOICE.EXE", true},
    {"a.b.vbs", true},
    {"invoice.exe.", true},
    {"invoice.exe . ", true},
    {"invoice. exe", true},
    {"invoice.exe\x01", true},
    {".js", true},
    {"a.msh2xml", true},
    {"a.\xe2\x84\xaash", true}, /* KELVIN SIGN, k in lower case */
    {"exe", false},
    {"", false},
    {"...", false},
    {"invoice.exe.txt", false},
    {"invoice.exe.blocked", false},
    {"invoice.pdf", false},
    {"invoice.exes", false},
    {"a.zip", false},
};

static void
block(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		UNIT_TRUE(names[i].name,
		    filename_is_blocked(names[i].name) == names[i].blocked);
		g_autofree char *safe = filename_to_safe(names[i].name);
		UNIT_TRUE(safe, !filename_is_blocked(safe));
	}
}

static const UnitCase cases[] = {{"block", block}};
UNIT_MAIN("filename", cases)
