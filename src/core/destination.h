/* SPDX-License-Identifier: MIT */
/*
 * destination.h - the alias in To and Cc
 */
#ifndef ALIASBRIDGE_DESTINATION_H
#define ALIASBRIDGE_DESTINATION_H

#include <glib.h>
#include <stdbool.h>

#include "core/address.h"

/*
 * The value of To or Cc with the alias's addr-spec replaced by target (an
 * addr-spec), wherever it stands; its display name and all other octets stay,
 * unless the value is no legal address list: then it is written anew, and
 * *whole becomes false where somebody in it has no address and is left out.
 * NULL where the alias does not occur. The caller owns it.
 */
char *destination_replace(const char *value, const Address *alias,
    const char *target, const char *charset, bool *whole);

#endif
