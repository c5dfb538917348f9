/* SPDX-License-Identifier: MIT */
/*
 * notify.h - sd_notify(3) without libsystemd
 */
#ifndef ALIASBRIDGE_NOTIFY_H
#define ALIASBRIDGE_NOTIFY_H

/* Send state ("READY=1") to the service manager, if one listens: a datagram
 * to the socket that NOTIFY_SOCKET names. Failing changes nothing. */
void notify(const char *state);

#endif
