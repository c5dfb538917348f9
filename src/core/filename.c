/* SPDX-License-Identifier: MIT */
#include "core/filename.h"

#include <glib.h>
#include <string.h>

#include "core/fold_case.h"

static const char *const blocked[] = {"ade", "adp", "app", "asp", "bas", "bat",
    "cer", "chm", "cmd", "com", "cpl", "crt", "csh", "der", "exe", "fxp",
    "gadget", "hlp", "hta", "inf", "ins", "isp", "its", "js", "jse", "ksh",
    "lib", "lnk", "mad", "maf", "mag", "mam", "maq", "mar", "mas", "mat", "mau",
    "mav", "maw", "mda", "mdb", "mde", "mdt", "mdw", "mdz", "msc", "msh",
    "msh1", "msh1xml", "msh2", "msh2xml", "mshxml", "msi", "msp", "mst", "ops",
    "pcd", "pif", "plg", "prf", "prg", "ps1", "ps1xml", "ps2", "ps2xml", "psc1",
    "psc2", "reg", "scf", "scr", "sct", "shb", "shs", "sys", "tmp", "url", "vb",
    "vbe", "vbs", "vps", "vsmacros", "vss", "vst", "vsw", "vxd", "ws", "wsc",
    "wsf", "wsh", "xnk"};

static bool
is_padding(char c)
{
	return (guchar)c <= ' ' || c == '.';
}

bool
filename_is_blocked(const char *name)
{
	g_autofree char *lower = fold_case(name);
	gsize len = strlen(lower);

	while (len > 0 && is_padding(lower[len - 1]))
		len--;
	lower[len] = '\0';
	const char *extension = strrchr(lower, '.');
	if (!extension)
		return false;
	for (extension++; *extension && is_padding(*extension);)
		extension++;
	for (guint i = 0; i < G_N_ELEMENTS(blocked); i++)
		if (strcmp(extension, blocked[i]) == 0)
			return true;
	return false;
}

char *
filename_to_safe(const char *name)
{
	return g_strconcat(name, ".blocked", NULL);
}
