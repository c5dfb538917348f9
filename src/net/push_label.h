/* SPDX-License-Identifier: MIT */
/*
 * push_label.h - labels that say which versions belong to which push
 */
#ifndef ALIASBRIDGE_PUSH_LABEL_H
#define ALIASBRIDGE_PUSH_LABEL_H

#include <glib.h>
#include <stdbool.h>

#include "net/aws.h"

/* Label a version; where it has ten already, the oldest of ours goes. */
bool push_label(AwsClient *client, const char *name, gint64 version,
    const char *label, GError **error);

#endif
