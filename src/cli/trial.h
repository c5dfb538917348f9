/* SPDX-License-Identifier: MIT */
/*
 * trial.h - what would become of a message to an address, without sending it
 *
 * The same judgement of the recipient and the same plan that the milter makes,
 * for the commands that show people what it does.
 */
#ifndef ALIASBRIDGE_TRIAL_H
#define ALIASBRIDGE_TRIAL_H

#include <glib.h>
#include <stdbool.h>

#include "core/plan.h"
#include "io/config.h"
#include "io/rcpt.h"

typedef struct Trial {
	char *address; /* owned; as addressed, without brackets */
	Rcpt rcpt;     /* owned; match is empty where no entry was found */
	Plan *plan;    /* owned; NULL for RCPT_BOUNCE: nothing is planned */
} Trial;

/*
 * Judge the recipient to by the configured table and plan message (whose
 * header and body are there already) for it at now. A plain address of no
 * handled domain is a refusal, a table that cannot answer PLAN_DEFER with the
 * reason in plan->why. NULL with FAILURE_INPUT when to is no address. Owned by
 * the caller.
 */
Trial *trial_run(const Config *config, const char *to, Message *message,
    gint64 now, GError **error);
void trial_free(Trial *trial);

/* Is this a reverse-path: an address, "" or NULL (not given)? FAILURE_INPUT
 * says why not. */
bool trial_sender_is_valid(const char *sender, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Trial, trial_free)

#endif
