/* SPDX-License-Identifier: MIT */
/*
 * large_number.h - a number that libconfig would cut without a word
 *
 * libconfig 1.5 reads a number with atoi: 4294968296 becomes 1000. Only the
 * text still tells.
 */
#ifndef ALIASBRIDGE_LARGE_NUMBER_H
#define ALIASBRIDGE_LARGE_NUMBER_H

#include <glib.h>

/* The first whole number in text (libconfig's syntax; decimal or hexadecimal)
 * that no int holds, as it is written, and its line (from 1); NULL where there
 * is none. Numbers in strings and comments do not count. Owned by the
 * caller. */
char *large_number_find(const char *text, guint *line);

#endif
