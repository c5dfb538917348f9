/* SPDX-License-Identifier: MIT */
/*
 * table_sample.h - a policy and a compiled table for tests of what
 * looks into one
 */
#ifndef ALIASBRIDGE_TABLE_SAMPLE_H
#define ALIASBRIDGE_TABLE_SAMPLE_H

#include <glib.h>

#include "core/policy.h"

/* It handles example.com, example.net and xn--bcher-kva.example; its
 * bounce_address is bounces@example.com. Owned by the caller. */
Policy *table_sample_policy(void);

/* That policy, and a folder of one test. */
typedef struct TableCache {
	Policy *policy; /* owned */
	char *folder;   /* owned; holds nothing but files */
} TableCache;

TableCache table_cache_new(void);
/* Removes the folder, too. */
void table_cache_free(TableCache *cache);
/* The path of a file in it. Owned by the caller. */
char *table_cache_file(const TableCache *cache, const char *name);

/* Compile json into folder as at now (seconds since the epoch). What goes
 * wrong fails the running test. */
void table_sample_write(
    const char *folder, const char *json, const Policy *policy, gint64 now);

#endif
