/* SPDX-License-Identifier: MIT */
/* The same questions as ParameterProbe.java, answered by core/parameter. With
 * the argument "repaired", prints what content_value_to_text makes of each
 * instead, as questions again. */
#include <stdio.h>
#include <string.h>

#include "core/bounds.h"
#include "core/parameter.h"

static void
answer(ContentKind kind, const char *value, gsize len, bool names)
{
	if (!content_value_is_strict(kind, value, len)) {
		puts("no");
		return;
	}
	g_autoptr(ContentValue) content =
	    content_value_parse(kind, value, len, NULL);
	const char *name = content_value_get(
	    content, kind == CONTENT_TYPE ? "name" : "filename");
	if (!name || !names) {
		puts("ok");
		return;
	}
	printf("ok ");
	for (; *name; name++)
		printf("%02x", (guint8)*name);
	puts("");
}

static void
repair(ContentKind kind, const char *word, const char *value, gsize len)
{
	g_autoptr(ContentValue) content =
	    content_value_parse(kind, value, len, NULL);
	g_autofree char *text = content_value_to_text(content);
	g_autofree char *base64 =
	    g_base64_encode((const guchar *)text, strlen(text));

	printf("%s %s\n", word, base64);
}

int
main(int argc, char **argv)
{
	bool repaired = argc > 1 && strcmp(argv[1], "repaired") == 0;
	g_autofree char *line = g_malloc(2 * BOUND_HEADER_FIELD);

	while (fgets(line, 2 * BOUND_HEADER_FIELD, stdin)) {
		char *space = strchr(line, ' ');
		gsize len;
		if (!space)
			continue;
		*space = '\0';
		g_autofree guchar *octets =
		    g_base64_decode(g_strchomp(space + 1), &len);
		ContentKind kind = g_str_has_suffix(line, "type")
				       ? CONTENT_TYPE
				       : CONTENT_DISPOSITION;
		if (repaired)
			repair(kind, line, (const char *)octets, len);
		else
			answer(kind, (const char *)octets, len,
			    g_str_has_prefix(line, "name-"));
	}
	return 0;
}
