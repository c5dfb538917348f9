/* SPDX-License-Identifier: MIT */
/*
 * eom.h - the end of a message: plan, then edit, log one line, answer
 *
 * Nothing is said to the MTA before the plan stands. What several aliases
 * would need different copies for is left to the delivery agent, unless all of
 * them refuse it.
 */
#ifndef ALIASBRIDGE_EOM_H
#define ALIASBRIDGE_EOM_H

#include <libmilter/mfapi.h>
#include <stdbool.h>

#include "milter/transaction.h"

/* Answer a message to aliases alone, all of it collected; read: bodies were
 * asked for. Returns what the callback must return. */
sfsistat eom_answer(SMFICTX *ctx, Transaction *transaction, bool read);

/* Log that a message is left as it is; why in a few words. */
void eom_log_left(const Transaction *transaction, const char *why);

#endif
