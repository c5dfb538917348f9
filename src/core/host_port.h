/* SPDX-License-Identifier: MIT */
/*
 * host_port.h - "HOST:PORT" as options and listeners are written
 */
#ifndef ALIASBRIDGE_HOST_PORT_H
#define ALIASBRIDGE_HOST_PORT_H

#include <glib.h>
#include <stdbool.h>

/* Is text a port number, 1 to 65535, in decimal digits? port may be NULL. */
bool host_port_is_port(const char *text, int *port);

/* Split "127.0.0.1:10026" or "[::1]:10026" at its last colon. host (with its
 * brackets) is owned by the caller. False, and neither is set, when a part is
 * missing or the port is none. */
bool host_port_split(const char *text, char **host, int *port);

/* Is host, as host_port_split gives it, this machine by its look: localhost,
 * 127.*, [::1]? */
bool host_port_is_local(const char *host);

#endif
