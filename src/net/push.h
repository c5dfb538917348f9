/* SPDX-License-Identifier: MIT */
/*
 * push.h - bring SSM's alias table to another one
 *
 * A push is prepared from what SSM holds and what it shall hold, can be shown,
 * and is then carried out parameter by parameter in the steps of
 * core/packing.h. It stops where SSM has a version that the preparation did
 * not see. Whatever it writes is labelled, so that rollback finds it
 * (push_label.h). After a break anywhere the next push goes on.
 */
#ifndef ALIASBRIDGE_PUSH_H
#define ALIASBRIDGE_PUSH_H

#include <glib.h>
#include <stdbool.h>

#include "core/packing.h"
#include "core/table_diff.h"
#include "core/table_source.h"
#include "io/table_reading.h"
#include "net/aws.h"

typedef struct PushOptions {
	int wait;           /* seconds between steps; -1: a reader's interval */
	bool secure;        /* new parameters are SecureStrings */
	const char *key_id; /* KMS key of new ones, or NULL */
	bool advanced;      /* the one parameter may have 8 KB */
	/* Told what is being done; or NULL. */
	void (*progress)(const char *text);
} PushOptions;

typedef struct Push {
	const Config *config;      /* borrowed */
	const TableSource *source; /* borrowed */
	AwsClient *client;         /* borrowed */
	PushOptions options;
	GPtrArray *remote;    /* owned; of Document: what SSM holds */
	TableReading *before; /* owned; the table in it; NULL: none */
	TableReading *after;  /* owned; the table it shall hold */
	TableDiff *diff;      /* owned */
	PackPlan *plan;       /* owned */
	char *label;          /* owned; push_label_new's, set by push_apply */
} Push;

/*
 * Prepare. remote: what table_fetch gave, taken over; after: the table wanted,
 * taken over; hints: key -> parameter name, or NULL. NULL with FAILURE_INPUT:
 * what SSM holds is no valid table, or the new one does not fit. Owned by the
 * caller.
 */
Push *push_new(const Config *config, const TableSource *source,
    AwsClient *client, const PushOptions *options, GPtrArray *remote,
    TableReading *after, GHashTable *hints, GError **error);
void push_free(Push *push);

/* Carry it out. FAILURE_INPUT: SSM is newer than the preparation; else the
 * failures of ssm.h. */
bool push_apply(Push *push, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Push, push_free)

#endif
