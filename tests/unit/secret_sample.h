/* SPDX-License-Identifier: MIT */
/*
 * secret_sample.h - signing secrets for tests of what is signed
 */
#ifndef ALIASBRIDGE_SECRET_SAMPLE_H
#define ALIASBRIDGE_SECRET_SAMPLE_H

#include <glib.h>

#define OLD_SECRET "tops3cr3t"
#define NEW_SECRET "n3w"

/* An array of Secret, owned by the caller: first, and second unless NULL. */
GPtrArray *secret_sample(const char *first, const char *second);

#endif
