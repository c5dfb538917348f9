/* SPDX-License-Identifier: MIT */
#include "net/table_fetch.h"

#include <errno.h>
#include <string.h>

#include "core/bounds.h"
#include "core/failure.h"
#include "io/file.h"
#include "net/ssm.h"

AwsClient *
table_client_new(
    const Settings *settings, Ticker ticker, CredentialsLog log, GError **error)
{
	AwsOptions options = {
	    .service = &SSM_SERVICE,
	    .region = settings->region,
	    .endpoint = settings->ssm_endpoint,
	    .sts_endpoint = settings->sts_endpoint,
	    .profile = settings->profile_name,
	    .requests_second = settings->requests_second,
	    .ticker = ticker,
	    .log = log,
	};

	return aws_client_new(&options, error);
}

static GPtrArray *
fetch_file(const char *path, GError **error)
{
	g_autoptr(GPtrArray) documents = documents_new();
	g_autoptr(GString) text = file_read(path, BOUND_TABLE_JSON);

	if (!text) {
		if (errno == EFBIG)
			failure_set(error, FAILURE_INPUT,
			    "%s: the table is over 256 MB", path);
		else
			file_failed(error, FAILURE_TEMPORARY, "read", path);
		return NULL;
	}
	g_ptr_array_add(documents,
	    document_new(path, DOCUMENT_FILE, text->str, (gssize)text->len));
	return g_steal_pointer(&documents);
}

static GPtrArray *
fetch_one(
    AwsClient *client, const char *name, bool may_be_missing, GError **error)
{
	g_autoptr(GPtrArray) documents = documents_new();
	g_autoptr(GError) cause = NULL;
	Document *document = ssm_get(client, name, &cause);

	if (document)
		g_ptr_array_add(documents, document);
	else if (!may_be_missing ||
		 strcmp(aws_client_code(client), "ParameterNotFound") != 0) {
		g_propagate_error(error, g_steal_pointer(&cause));
		return NULL;
	}
	return g_steal_pointer(&documents);
}

static GPtrArray *
fetch_path(
    AwsClient *client, const char *prefix, bool may_be_missing, GError **error)
{
	g_autoptr(GPtrArray) documents = ssm_get_path(client, prefix, error);

	if (!documents || documents->len > 0 || may_be_missing)
		return g_steal_pointer(&documents);
	/* A wrong name and a wrong region look like this, too. */
	failure_set(error, FAILURE_CONFIG,
	    "%s: there is no parameter below it in %s: correct sync.source "
	    "or sync.region",
	    prefix, aws_client_region(client));
	return NULL;
}

static bool
check_types(const GPtrArray *documents, GError **error)
{
	for (guint i = 0; i < documents->len; i++) {
		const Document *document = documents->pdata[i];
		if (document->type != DOCUMENT_OTHER)
			continue;
		g_autofree char *shown = failure_mask(document->name, -1, 200);
		return failure_set(error, FAILURE_INPUT,
		    "%s: its type is neither String nor SecureString", shown);
	}
	return true;
}

GPtrArray *
table_fetch(const TableSource *source, AwsClient *client, bool may_be_missing,
    GError **error)
{
	g_autoptr(GPtrArray) documents = NULL;

	switch (source->kind) {
	case TABLE_SOURCE_FILE:
		return fetch_file(source->name, error);
	case TABLE_SOURCE_SSM:
		documents =
		    fetch_one(client, source->name, may_be_missing, error);
		break;
	case TABLE_SOURCE_SSM_PATH:
	default:
		documents =
		    fetch_path(client, source->name, may_be_missing, error);
	}
	if (!documents || !check_types(documents, error))
		return NULL;
	return g_steal_pointer(&documents);
}
