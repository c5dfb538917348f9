/* SPDX-License-Identifier: MIT */
/*
 * table_fetch.h - the documents of the alias table, from its source
 */
#ifndef ALIASBRIDGE_TABLE_FETCH_H
#define ALIASBRIDGE_TABLE_FETCH_H

#include <glib.h>
#include <stdbool.h>

#include "core/document.h"
#include "core/table_source.h"
#include "io/config.h"
#include "net/aws.h"

/* A client for the configured region, endpoint and profile. NULL with
 * FAILURE_CONFIG. Owned by the caller. */
AwsClient *table_client_new(const Settings *settings, Ticker ticker,
    CredentialsLog log, GError **error);

/* The documents, sorted by name. client is not used for a file (NULL). Where
 * nothing is there that is FAILURE_CONFIG, unless may_be_missing: then the
 * array is empty. NULL with the failures of ssm.h; FAILURE_TEMPORARY where a
 * file cannot be read; FAILURE_INPUT where a parameter is a StringList or a
 * file over BOUND_TABLE_JSON. Owned by the caller. */
GPtrArray *table_fetch(const TableSource *source, AwsClient *client,
    bool may_be_missing, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#endif
