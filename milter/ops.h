/* SPDX-License-Identifier: MIT */
/*
 * ops.h - a plan's edits as milter calls
 *
 * The MTA carries out each call as it comes, so all of them belong to a plan
 * that stands, and one that fails means that the message must not be
 * accepted. The replies about the body are contiguous: Postfix takes nothing
 * else between them.
 */
#ifndef ALIASBRIDGE_OPS_H
#define ALIASBRIDGE_OPS_H

#include <glib.h>
#include <libmilter/mfapi.h>
#include <stdbool.h>

#include "core/edit.h"
#include "core/message.h"

/* The calls as libmilter has them: MI_SUCCESS or MI_FAILURE. */
typedef struct Ops {
	int (*addrcpt)(SMFICTX *ctx, char *rcpt);
	int (*addrcpt_par)(SMFICTX *ctx, char *rcpt, char *parameters);
	int (*delrcpt)(SMFICTX *ctx, char *rcpt);
	int (*chgfrom)(SMFICTX *ctx, char *sender, char *parameters);
	int (*addheader)(SMFICTX *ctx, char *name, char *value);
	int (*chgheader)(SMFICTX *ctx, char *name, int nth, char *value);
	int (*replacebody)(SMFICTX *ctx, unsigned char *octets, int len);
} Ops;

extern const Ops OPS_LIBMILTER;

/* Carry out edits over message, in their order. False, with FAILURE_TEMPORARY:
 * a call failed, or nobody would be left to deliver to (then no call was
 * made); the caller must answer 4xx. */
bool ops_apply(const Ops *ops, SMFICTX *ctx, const Message *message,
    const EditList *edits, GError **error);

#endif
