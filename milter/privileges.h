/* SPDX-License-Identifier: MIT */
/*
 * privileges.h - what the process may do once its socket is open
 */
#ifndef ALIASBRIDGE_PRIVILEGES_H
#define ALIASBRIDGE_PRIVILEGES_H

#include <glib.h>
#include <stdbool.h>

/* Become user for good (NULL: stay), and gain nothing by any later exec.
 * False, with FAILURE_CONFIG: there is no such user, we may not become it, or
 * the way back is still open. Call before there are threads. */
bool privileges_drop(const char *user, GError **error);

/* As many open files as the hard limit allows: libmilter spins when accept
 * finds none left. */
void privileges_raise_files(void);

#endif
