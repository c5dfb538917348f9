/* SPDX-License-Identifier: MIT */
/*
 * sync_mark.h - the file "synced" of the cache directory
 *
 * Locked by the one sync that runs. Its time of modification is when the
 * source was last read and agreed with the cache, so that the files of the
 * table need not be touched to say so. It holds one line, the digest of what
 * was read and the checksum (state.json) of what came of it: where the next
 * reading has the same digest and the cache is whole, nothing is left to do.
 */
#ifndef ALIASBRIDGE_SYNC_MARK_H
#define ALIASBRIDGE_SYNC_MARK_H

#include <glib.h>

/* The directory is made if missing. A descriptor to close (the lock goes with
 * it), or -1 with FAILURE_TEMPORARY: another sync runs, or the directory
 * cannot be used. */
int sync_mark_lock(const char *directory, GError **error);

/* The line, or NULL. Owned by the caller. */
char *sync_mark_read(int fd);

/* The source agrees, now. line: at most 200 octets, without its end. A mark
 * that cannot be written only costs time. */
void sync_mark_confirm(int fd, const char *line);

/* When it last did, seconds since the epoch; 0: never. */
gint64 sync_mark_time(const char *directory);

#endif
