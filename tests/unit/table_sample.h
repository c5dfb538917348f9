/* SPDX-License-Identifier: MIT */
/*
 * table_sample.h - a compiled table for tests of what looks into one
 */
#ifndef ALIASBRIDGE_TABLE_SAMPLE_H
#define ALIASBRIDGE_TABLE_SAMPLE_H

#include <glib.h>

#include "core/policy.h"

/* Compile json into folder as at now (seconds since the epoch). What goes
 * wrong fails the running test. */
void table_sample_write(
    const char *folder, const char *json, const Policy *policy, gint64 now);

#endif
