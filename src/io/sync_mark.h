/* SPDX-License-Identifier: MIT */
/*
 * sync_mark.h - the file "synced" of the cache directory
 *
 * Locked by the one sync that runs. Empty; its time of modification is when
 * the source was last read and agreed with the cache, so that the files of the
 * table need not be touched to say so.
 */
#ifndef ALIASBRIDGE_SYNC_MARK_H
#define ALIASBRIDGE_SYNC_MARK_H

#include <glib.h>

/* The directory is made if missing. A descriptor to close (the lock goes with
 * it), or -1 with FAILURE_TEMPORARY: another sync runs, or the directory
 * cannot be used. */
int sync_mark_lock(const char *directory, GError **error);

/* The source agrees, now. */
void sync_mark_confirm(int fd);

/* When it last did, seconds since the epoch; 0: never. */
gint64 sync_mark_time(const char *directory);

#endif
