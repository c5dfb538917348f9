/* SPDX-License-Identifier: MIT */
/*
 * answer.h - a reply as libmilter wants it
 */
#ifndef ALIASBRIDGE_ANSWER_H
#define ALIASBRIDGE_ANSWER_H

#include <libmilter/mfapi.h>

#include "core/reply.h"

/* Give reply, a 4xx or 5xx, to the MTA. Returns what the callback must
 * return: SMFIS_TEMPFAIL or SMFIS_REJECT. */
sfsistat answer(SMFICTX *ctx, const Reply *reply);

/* What logs call it: "defer" or "refuse". */
const char *answer_verdict(const Reply *reply);

#endif
