/* SPDX-License-Identifier: MIT */
/*
 * check_user.h - may the users that we run as use the files they need?
 *
 * Root reads everything; what runs later as another user does not, and then
 * mail waits.
 */
#ifndef ALIASBRIDGE_CHECK_USER_H
#define ALIASBRIDGE_CHECK_USER_H

#include <stdbool.h>

#include "io/config.h"

typedef enum CheckUser {
	CHECK_USER_MILTER, /* reads the table, writes spools */
	CHECK_USER_AGENT,  /* also counts bounces, in the table's folder, and
			      may log in to SES; in no group but its first */
} CheckUser;

/* Print what user, or "user:group" as pipe(8) has it, may not do with what
 * config names, and what to put right; or that there is no such user. True
 * where nothing is wrong, and where that cannot be told: unless root asks. */
bool check_user(CheckUser as, const char *user, const Config *config);

#endif
