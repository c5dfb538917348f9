/* SPDX-License-Identifier: MIT */
/*
 * spool.h - octets of a body: in memory up to a bound, then in an unlinked
 * file, mapped for reading
 *
 * Memory is given back whole; the file has no name, so being killed leaves
 * nothing behind.
 */
#ifndef ALIASBRIDGE_SPOOL_H
#define ALIASBRIDGE_SPOOL_H

#include <glib.h>
#include <stdbool.h>

typedef struct Spool Spool;

/* directory: where the file goes when one is needed; borrowed. max: beyond
 * this many octets appending fails. */
Spool *spool_new(const char *directory, gsize max);
void spool_free(Spool *spool);

/* FAILURE_TEMPORARY when the disk does not take it, FAILURE_PERMANENT beyond
 * max. */
bool spool_append(Spool *spool, const char *octets, gsize len, GError **error);
gsize spool_len(const Spool *spool);

/* All of it, borrowed, valid until the spool is freed; no more may be
 * appended. NULL with FAILURE_TEMPORARY. Never NULL for an empty spool. */
const char *spool_map(Spool *spool, GError **error);

/* Read descriptor fd to its end into the spool, lone LF as CRLF
 * (core/intake); *lf_only: it had LF line ends and no CRLF. */
bool spool_read_message(Spool *spool, int fd, bool *lf_only, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Spool, spool_free)

#endif
