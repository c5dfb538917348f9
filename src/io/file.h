/* SPDX-License-Identifier: MIT */
/*
 * file.h - whole files: read up to a bound, written to the last octet
 *
 * Functions without a GError leave errno.
 */
#ifndef ALIASBRIDGE_FILE_H
#define ALIASBRIDGE_FILE_H

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

#include "core/failure.h"
#include "core/secret.h"

/* What is left to read of fd, a file, a pipe or a terminal; or the file at
 * path. NULL: it cannot be read, or (EFBIG) is over max octets. Owned by the
 * caller. */
GString *file_read_fd(int fd, gsize max);
GString *file_read(const char *path, gsize max);

/* False: not all of it was written. */
bool file_write_all(int fd, const void *octets, gsize len);

/* Open a file for reading and writing, and make it with mode where there is
 * none: what root makes belongs to the owner of the folder, who is to write it,
 * too. flags: more of open(2)'s. -1 with errno. */
int file_open_shared(const char *path, int flags, mode_t mode);

/* "cannot WHAT PATH: " and what errno says. False. */
bool file_failed(
    GError **error, FailureCode code, const char *what, const char *path);

/* The mode of a file that holds a secret: the group may read it, but not change
 * it, and others neither; 0640 at most. For the milter and the agent run as
 * users of their own, and the file is root's. */
bool file_mode_is_private(mode_t mode);

/* Read a file that holds a secret, and must be a regular one with such a mode.
 * FAILURE_CONFIG says what it is instead; where there is none, that the command
 * maker makes one. Owned by the caller. */
SecretString *file_read_private(
    const char *path, gsize max, const char *maker, GError **error);

#endif
