/* SPDX-License-Identifier: MIT */
/*
 * named_addresses.h - every address and mail system that a bounce names
 *
 * What is collected here must not show in what goes on to the sender. Lists
 * are of char *, folded, without doubles, at most BOUND_REPORT_ADDRESSES;
 * "@mx.example" is the name of a system.
 */
#ifndef ALIASBRIDGE_NAMED_ADDRESSES_H
#define ALIASBRIDGE_NAMED_ADDRESSES_H

#include <glib.h>

#include "core/header.h"

/* Whatever looks like an address in text. Lines with a Message-ID are left
 * out: that only looks like one. */
void named_addresses_add_text(GPtrArray *addresses, const char *text);

/* The systems of the ...-MTA fields in a message/delivery-status part. */
void named_addresses_add_systems(GPtrArray *addresses, const char *status);

/* Of a header that came back, whom the message was sent to: To, Cc, Received
 * and the like. */
void named_addresses_add_header(GPtrArray *addresses, const Header *returned);

#endif
