/* SPDX-License-Identifier: MIT */
#include "core/table_source.h"

#include "unit.h"

static const struct {
	const char *text, *want; /* want NULL: refused */
	TableSourceKind kind;
} parses[] = {
    {"file:/etc/aliases.json", "/etc/aliases.json", TABLE_SOURCE_FILE},
    {"file:aliases.json", NULL, TABLE_SOURCE_FILE},
    {"ssm:/mail/aliases", "/mail/aliases", TABLE_SOURCE_SSM},
    {"ssm:aliases", "aliases", TABLE_SOURCE_SSM},
    {"ssm:aliases:7", "aliases:7", TABLE_SOURCE_SSM},
    {"ssm:", NULL, TABLE_SOURCE_SSM},
    {"ssm:a@b", NULL, TABLE_SOURCE_SSM},
    {"ssm-path:/mail/aliases/", "/mail/aliases/", TABLE_SOURCE_SSM_PATH},
    {"ssm-path:/mail/aliases", "/mail/aliases/", TABLE_SOURCE_SSM_PATH},
    {"ssm-path:mail/", NULL, TABLE_SOURCE_SSM_PATH},
    {"ssm-path:/", NULL, TABLE_SOURCE_SSM_PATH},
    {"ssm-path:/a//b/", NULL, TABLE_SOURCE_SSM_PATH},
    {"ssm-path:/a:1/", NULL, TABLE_SOURCE_SSM_PATH},
    {"s3:/bucket", NULL, TABLE_SOURCE_FILE},
    {"", NULL, TABLE_SOURCE_FILE},
    {"/etc/aliases.json", NULL, TABLE_SOURCE_FILE},
};

static void
parse(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(parses); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(TableSource) source =
		    table_source_parse(parses[i].text, &error);
		UNIT_TEXT(parses[i].text, source ? source->name : NULL,
		    parses[i].want);
		if (source)
			UNIT_NUMBER(
			    parses[i].text, source->kind, parses[i].kind);
		UNIT_TRUE("error set on failure", !source == !!error);
	}
}

static const UnitCase cases[] = {{"parse", parse}};
UNIT_MAIN("table_source", cases)
