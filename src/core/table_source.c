/* SPDX-License-Identifier: MIT */
#include "core/table_source.h"

#include <string.h>

#include "core/bounds.h"
#include "core/failure.h"

static const struct {
	const char *prefix;
	TableSourceKind kind;
} kinds[] = {
    {"file:", TABLE_SOURCE_FILE},
    {"ssm:", TABLE_SOURCE_SSM},
    {"ssm-path:", TABLE_SOURCE_SSM_PATH},
};

static const char *
wrong_file(const char *name)
{
	return *name == '/' ? NULL : "the file needs an absolute path";
}

static const char *
wrong_parameter(const char *name)
{
	static const char allowed[] =
	    G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_.-/:";

	if (strlen(name) > BOUND_SSM_NAME)
		return "the name is longer than SSM takes";
	if (name[strspn(name, allowed)] != '\0')
		return "a parameter name has only letters, digits and _.-/";
	return NULL;
}

static const char *
wrong_prefix(const char *name)
{
	if (*name != '/' || strlen(name) < 2)
		return "a prefix begins with '/' and names a folder";
	if (strstr(name, "//") || strchr(name, ':'))
		return "a prefix has no empty part and no ':'";
	return wrong_parameter(name);
}

static const char *
wrong_name(TableSourceKind kind, const char *name)
{
	if (*name == '\0')
		return "nothing follows the ':'";
	if (kind == TABLE_SOURCE_FILE)
		return wrong_file(name);
	return kind == TABLE_SOURCE_SSM ? wrong_parameter(name)
					: wrong_prefix(name);
}

static TableSource *
source_new(guint kind, const char *name)
{
	TableSource *source = g_new0(TableSource, 1);
	bool open = kinds[kind].kind == TABLE_SOURCE_SSM_PATH &&
		    !g_str_has_suffix(name, "/");

	source->kind = kinds[kind].kind;
	source->name = g_strconcat(name, open ? "/" : NULL, NULL);
	source->text = g_strconcat(kinds[kind].prefix, source->name, NULL);
	return source;
}

TableSource *
table_source_parse(const char *text, GError **error)
{
	const char *wrong = "write file:PATH, ssm:NAME or ssm-path:/PREFIX/";

	for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
		if (!g_str_has_prefix(text, kinds[i].prefix))
			continue;
		const char *name = text + strlen(kinds[i].prefix);
		wrong = wrong_name(kinds[i].kind, name);
		if (!wrong)
			return source_new(i, name);
	}
	g_autofree char *shown = failure_mask(text, -1, 200);
	failure_set(error, FAILURE_CONFIG, "\"%s\": %s", shown, wrong);
	return NULL;
}

void
table_source_free(TableSource *source)
{
	if (!source)
		return;
	g_free(source->name);
	g_free(source->text);
	g_free(source);
}
