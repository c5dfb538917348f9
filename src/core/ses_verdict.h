/* SPDX-License-Identifier: MIT */
/*
 * ses_verdict.h - what SES's receiving side found in a message
 *
 * X-SES-Virus-Verdict and X-SES-Spam-Verdict count only where SES itself put
 * them: in the block of fields below the first Received by an inbound-smtp
 * host of amazonaws.com, and above the next Received. Copies further down came
 * with the message (SES Developer Guide, "Email receiving concepts").
 */
#ifndef ALIASBRIDGE_SES_VERDICT_H
#define ALIASBRIDGE_SES_VERDICT_H

#include <glib.h>
#include <stdbool.h>

#include "core/header_plan.h"

typedef enum SesVerdict { SES_VERDICT_VIRUS, SES_VERDICT_SPAM } SesVerdict;

/* Is the trusted verdict there, and FAIL? */
bool ses_verdict_failed(const Header *header, SesVerdict which);

/* Keep trusted FAIL verdicts for the mailbox's filters as
 * X-Original-X-SES-...: each only if asked for. */
void ses_verdict_keep(
    const Header *header, HeaderPlan *plan, bool virus, bool spam);

#endif
