/* SPDX-License-Identifier: MIT */
/*
 * listener.h - the socket on which the MTA connects
 *
 * libmilter opens it, and would take it away from another instance that
 * serves on the same path; a lock beside it keeps two of us apart. Neither
 * libmilter nor Postfix sets TCP_NODELAY, without which a TCP socket costs
 * 2 x 40 ms a message: accepted sockets inherit it from the one that listens.
 */
#ifndef ALIASBRIDGE_LISTENER_H
#define ALIASBRIDGE_LISTENER_H

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

typedef struct Listener {
	char *path; /* owned; of a unix socket, or NULL: TCP */
	int lock;   /* descriptor of the lock file, or -1 */
	dev_t device;
	ino_t inode; /* of the socket */
} Listener;

/* Listen on socket ("unix:/path", "inet:port@host"). Call after smfi_register.
 * False with FAILURE_CONFIG or, where another instance has the socket or the
 * host is not known, FAILURE_TEMPORARY. */
bool listener_open(Listener *listener, const char *socket, GError **error);

/* Let group (NULL: the one it was made with) connect to a unix socket, and
 * nobody else. Call before privileges are dropped. False with
 * FAILURE_CONFIG. */
bool listener_admit(Listener *listener, const char *group, GError **error);

/* Remove the socket if it is still the one that was made. The lock goes with
 * the process. */
void listener_close(Listener *listener);

#endif
