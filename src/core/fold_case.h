/* SPDX-License-Identifier: MIT */
/*
 * fold_case.h - text that is compared without regard to case
 *
 * Not g_utf8_strdown(): that asks the locale, and in a Turkish one INFO is not
 * info. A milter and a command must see the same alias.
 */
#ifndef ALIASBRIDGE_FOLD_CASE_H
#define ALIASBRIDGE_FOLD_CASE_H

/* Valid UTF-8, character by character in lower case. The caller owns it. */
char *fold_case(const char *text);

#endif
