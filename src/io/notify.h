/* SPDX-License-Identifier: MIT */
/*
 * notify.h - tell the service manager, by the protocol of sd_notify(3)
 *
 * One datagram to $NOTIFY_SOCKET; nothing where there is none.
 */
#ifndef ALIASBRIDGE_NOTIFY_H
#define ALIASBRIDGE_NOTIFY_H

#include <glib.h>

/* state: "READY=1", "WATCHDOG=1", "STATUS=..." lines. */
void notify_send(const char *state);

/* Half of the time after which the watchdog would bite, in microseconds, or
 * 0 where this process is not watched. */
gint64 notify_watchdog_interval(void);

#endif
