/* SPDX-License-Identifier: MIT */
/*
 * check_table.h - is the alias table what it should be, and whom does it
 * refuse
 */
#ifndef ALIASBRIDGE_CHECK_TABLE_H
#define ALIASBRIDGE_CHECK_TABLE_H

#include <glib.h>

#include "io/config.h"

/* Print what the table in the cache is and what is wrong with it: missing,
 * damaged, built for other domains, too old, near a limit of its source.
 * CMD_OK, CMD_NO where something is wrong, CMD_TEMPORARY where there is no
 * table. */
int check_table_run(const Config *config, gint64 now);

/* The same for a JSON text that is not compiled yet, called name. */
int check_table_json(const Config *config, const char *name, const char *json,
    gsize len, gint64 now);

#endif
