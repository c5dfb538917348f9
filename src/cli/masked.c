/* SPDX-License-Identifier: MIT */
#include "cli/masked.h"

#include <string.h>

#include "core/failure.h"

bool
masked_write_line(FILE *file, const char *label, const char *octets, gsize len)
{
	const char *end = octets + len;
	const char *tab;

	fputs(label, file);
	for (;; octets = tab + 1) {
		tab = memchr(octets, '\t', (gsize)(end - octets));
		gsize piece = (gsize)((tab ? tab : end) - octets);
		g_autofree char *text =
		    failure_mask(octets, (gssize)piece, piece + 1);
		fputs(text, file);
		if (!tab)
			break;
		fputc('\t', file);
	}
	return fputc('\n', file) != EOF && !ferror(file);
}

bool
masked_write_lines(FILE *file, const char *octets, gsize len)
{
	const char *end = octets + len;

	while (octets < end) {
		const char *lf = memchr(octets, '\n', (gsize)(end - octets));
		const char *stop = lf ? lf : end;
		gsize line = (gsize)(stop - octets);
		if (line > 0 && octets[line - 1] == '\r')
			line--;
		if (!masked_write_line(file, "", octets, line))
			return false;
		octets = lf ? lf + 1 : end;
	}
	return true;
}
