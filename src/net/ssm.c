/* SPDX-License-Identifier: MIT */
#include "net/ssm.h"

#include <jansson.h>
#include <string.h>

#include "core/bounds.h"
#include "core/failure.h"
#include "core/json_text.h"

#define PAGE 10
#define HISTORY_PAGE 50

const AwsService SSM_SERVICE = {
    "ssm", "application/x-amz-json-1.1", "AmazonSSM."};

/* Takes the request. */
static HttpAnswer *
call(AwsClient *client, const char *operation, json_t *request, GError **error)
{
	g_autofree char *text = json_text_take(request, JSON_COMPACT);

	return aws_call(client, operation, text, error);
}

Document *
ssm_get(AwsClient *client, const char *name, GError **error)
{
	g_autoptr(HttpAnswer) answer = call(client, "GetParameter",
	    json_pack("{s:s, s:b}", "Name", name, "WithDecryption", 1), error);

	if (!answer) {
		g_prefix_error(error, "%s: ", name);
		return NULL;
	}
	return aws_answer_parameter(
	    answer->body->str, answer->body->len, error);
}

/* One page; *token in and out. Takes the request. */
static bool
read_page(AwsClient *client, const char *operation, json_t *request,
    char **token, GPtrArray *documents, GError **error)
{
	g_autofree char *given = g_steal_pointer(token);

	if (given)
		json_object_set_new(request, "NextToken", json_string(given));
	g_autoptr(HttpAnswer) answer = call(client, operation, request, error);
	if (!answer)
		return false;
	if (aws_answer_parameters(
		answer->body->str, answer->body->len, documents, token, error))
		return true;
	g_prefix_error(error, "%s: ", operation);
	return false;
}

/* A parameter that moved between pages is listed twice: the newer stays. */
static void
drop_repeated(GPtrArray *documents)
{
	g_ptr_array_sort(documents, documents_compare);
	for (guint i = documents->len; i-- > 1;) {
		const Document *a = documents->pdata[i - 1];
		const Document *b = documents->pdata[i];
		if (strcmp(a->name, b->name) == 0)
			g_ptr_array_remove_index(
			    documents, a->version > b->version ? i : i - 1);
	}
}

static bool
read_path(
    AwsClient *client, const char *path, GPtrArray *documents, GError **error)
{
	g_autofree char *token = NULL;

	for (guint page = 0; page < BOUND_AWS_PAGES; page++) {
		json_t *request =
		    json_pack("{s:s, s:b, s:b, s:i}", "Path", path, "Recursive",
			0, "WithDecryption", 1, "MaxResults", PAGE);
		if (!read_page(client, "GetParametersByPath", request, &token,
			documents, error))
			return false;
		if (!token)
			return true;
	}
	return failure_set(
	    error, FAILURE_TEMPORARY, "the pages of parameters do not end");
}

GPtrArray *
ssm_get_path(AwsClient *client, const char *prefix, GError **error)
{
	g_autoptr(GPtrArray) documents = documents_new();
	g_autofree char *path = g_strndup(prefix, strlen(prefix) - 1);

	if (!read_path(client, path, documents, error)) {
		g_prefix_error(error, "%s: ", prefix);
		return NULL;
	}
	drop_repeated(documents);
	return g_steal_pointer(&documents);
}

GPtrArray *
ssm_get_many(AwsClient *client, const GPtrArray *names, GError **error)
{
	g_autoptr(GPtrArray) documents = documents_new();

	for (guint from = 0; from < names->len; from += PAGE) {
		g_autofree char *token = NULL;
		json_t *list = json_array();
		for (guint i = from; i < MIN(from + PAGE, names->len); i++)
			json_array_append_new(
			    list, json_string(names->pdata[i]));
		if (!read_page(client, "GetParameters",
			json_pack(
			    "{s:o, s:b}", "Names", list, "WithDecryption", 1),
			&token, documents, error))
			return NULL;
	}
	g_ptr_array_sort(documents, documents_compare);
	return g_steal_pointer(&documents);
}

static gint
older_first(gconstpointer a, gconstpointer b)
{
	const Document *const *x = a, *const *y = b;

	return ((*x)->version > (*y)->version) -
	       ((*x)->version < (*y)->version);
}

GPtrArray *
ssm_history(AwsClient *client, const char *name, GError **error)
{
	g_autoptr(GPtrArray) versions = documents_new();
	g_autofree char *token = NULL;

	for (guint page = 0; page < BOUND_AWS_PAGES; page++) {
		json_t *request = json_pack("{s:s, s:b, s:i}", "Name", name,
		    "WithDecryption", 1, "MaxResults", HISTORY_PAGE);
		if (!read_page(client, "GetParameterHistory", request, &token,
			versions, error)) {
			g_prefix_error(error, "%s: ", name);
			return NULL;
		}
		if (!token)
			break;
	}
	if (token || versions->len == 0) {
		failure_set(error, FAILURE_TEMPORARY,
		    "%s: its history does not end, or is empty", name);
		return NULL;
	}
	g_ptr_array_sort(versions, older_first);
	return g_steal_pointer(&versions);
}

static json_t *
put_request(const SsmPut *put)
{
	json_t *request = json_pack("{s:s, s:s, s:s, s:b}", "Name", put->name,
	    "Value", put->text, "Type", put->secure ? "SecureString" : "String",
	    "Overwrite", put->create ? 0 : 1);

	if (put->secure && put->key_id)
		json_object_set_new(request, "KeyId", json_string(put->key_id));
	if (put->tier)
		json_object_set_new(request, "Tier", json_string(put->tier));
	return request;
}

bool
ssm_put(AwsClient *client, const SsmPut *put, gint64 *version, GError **error)
{
	json_t *request = put_request(put);
	g_autoptr(HttpAnswer) answer =
	    call(client, "PutParameter", request, error);

	if (!answer) {
		g_prefix_error(error, "%s: ", put->name);
		return false;
	}
	*version =
	    aws_answer_version(answer->body->str, answer->body->len, error);
	return *version > 0;
}

bool
ssm_label(AwsClient *client, const char *name, gint64 version,
    const char *label, GError **error)
{
	g_autoptr(HttpAnswer) answer = call(client, "LabelParameterVersion",
	    json_pack("{s:s, s:I, s:[s]}", "Name", name, "ParameterVersion",
		(json_int_t)version, "Labels", label),
	    error);

	if (!answer)
		g_prefix_error(error, "%s: ", name);
	return answer != NULL;
}

bool
ssm_unlabel(AwsClient *client, const char *name, gint64 version,
    char *const *labels, GError **error)
{
	json_t *list = json_array();

	for (guint i = 0; labels[i]; i++)
		json_array_append_new(list, json_string(labels[i]));
	g_autoptr(HttpAnswer) answer = call(client, "UnlabelParameterVersion",
	    json_pack("{s:s, s:I, s:o}", "Name", name, "ParameterVersion",
		(json_int_t)version, "Labels", list),
	    error);
	if (!answer)
		g_prefix_error(error, "%s: ", name);
	return answer != NULL;
}
