/* SPDX-License-Identifier: MIT */
/*
 * push_label.h - labels that say which versions belong to which push
 *
 *   aliasbridge-YYYYMMDDTHHMMSS.mmmZ         the versions a push wrote
 *   aliasbridge-YYYYMMDDTHHMMSS.mmmZ-before  the versions it replaced
 *
 * As text they sort by time. Failures are those of ssm.h.
 */
#ifndef ALIASBRIDGE_PUSH_LABEL_H
#define ALIASBRIDGE_PUSH_LABEL_H

#include <glib.h>
#include <stdbool.h>

#include "net/aws.h"

/* The label of a push that begins now, by this machine's clock. The caller
 * owns it. */
char *push_label_new(void);
/* The label of what the push with this label replaces. The caller owns it. */
char *push_label_before(const char *label);

/* Give a version the label; where it has ten already, the oldest of ours
 * goes. */
bool push_label_put(AwsClient *client, const char *name, gint64 version,
    const char *label, GError **error);

/* What SSM held when the push with this label was done ("...-before": when it
 * began): an array of Document, owned by the caller. remote: what it holds
 * now. label NULL: before the newest push; *used: the label taken, owned by
 * the caller. FAILURE_INPUT: no version has it. */
GPtrArray *push_label_documents(AwsClient *client, const GPtrArray *remote,
    const char *label, char **used, GError **error);

#endif
