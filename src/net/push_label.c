/* SPDX-License-Identifier: MIT */
#include "net/push_label.h"

#include <string.h>

#include "core/document.h"
#include "core/failure.h"
#include "net/ssm.h"

#define PREFIX "aliasbridge-"
#define BEFORE "-before"

/* Histories read to find the newest push. */
#define RECENT 20

/* Milliseconds, so that two in a row differ. */
char *
push_label_new(void)
{
	g_autoptr(GDateTime) time = g_date_time_new_now_utc();
	g_autofree char *stamp = g_date_time_format(time, "%Y%m%dT%H%M%S");

	return g_strdup_printf(
	    PREFIX "%s.%03dZ", stamp, g_date_time_get_microsecond(time) / 1000);
}

char *
push_label_before(const char *label)
{
	return g_strconcat(label, BEFORE, NULL);
}

static bool
is_ours(const char *label)
{
	return g_str_has_prefix(label, PREFIX);
}

static const Document *
version_of(const GPtrArray *versions, gint64 number)
{
	for (guint i = 0; i < versions->len; i++) {
		const Document *version = versions->pdata[i];
		if (version->version == number)
			return version;
	}
	return NULL;
}

static bool
drop_oldest_label(
    AwsClient *client, const char *name, gint64 number, GError **error)
{
	g_autoptr(GPtrArray) versions = ssm_history(client, name, error);
	const Document *version =
	    versions ? version_of(versions, number) : NULL;
	char *oldest[] = {NULL, NULL};

	for (guint i = 0; version && version->labels && version->labels[i];
	     i++) {
		char *label = version->labels[i];
		if (is_ours(label) &&
		    (!oldest[0] || strcmp(label, oldest[0]) < 0))
			oldest[0] = label;
	}
	return oldest[0] && ssm_unlabel(client, name, number, oldest, error);
}

bool
push_label_put(AwsClient *client, const char *name, gint64 version,
    const char *label, GError **error)
{
	g_autoptr(GError) cause = NULL;

	if (ssm_label(client, name, version, label, &cause))
		return true;
	if (strcmp(aws_client_code(client),
		"ParameterVersionLabelLimitExceeded") == 0 &&
	    drop_oldest_label(client, name, version, NULL))
		return ssm_label(client, name, version, label, error);
	g_propagate_error(error, g_steal_pointer(&cause));
	return false;
}

/* --- what a label stands for ---------------------------------------------*/

typedef struct Past {
	AwsClient *client;       /* borrowed */
	const GPtrArray *remote; /* borrowed; what is there now */
	char *label;             /* owned; as asked for */
	char *push;              /* owned; without "-before" */
	bool before;
	GPtrArray *labelled; /* owned; versions with the label, by name */
	double time;         /* of other parameters the version at it counts */
} Past;

static void
past_clear(Past *past)
{
	g_free(past->label);
	g_free(past->push);
	g_clear_pointer(&past->labelled, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Past, past_clear)

static gint
newer_first(gconstpointer a, gconstpointer b)
{
	const Document *const *x = a, *const *y = b;

	return ((*x)->modified < (*y)->modified) -
	       ((*x)->modified > (*y)->modified);
}

/* The name of the push, without "-before". Owned by the caller. */
static char *
push_of(const char *label)
{
	bool before = g_str_has_suffix(label, BEFORE);

	return g_strndup(label, strlen(label) - (before ? strlen(BEFORE) : 0));
}

static void
find_newer(const GPtrArray *versions, char **found)
{
	for (guint i = 0; i < versions->len; i++) {
		char **labels = ((Document *)versions->pdata[i])->labels;
		for (; labels && *labels; labels++) {
			g_autofree char *push = push_of(*labels);
			if (!is_ours(push) ||
			    (*found && strcmp(push, *found) <= 0))
				continue;
			g_free(*found);
			*found = g_steal_pointer(&push);
		}
	}
}

/* Those changed last were changed by the newest push, or by hand since: a few
 * of them are enough to find it. */
static char *
newest_label(const Past *past, GError **error)
{
	g_autoptr(GPtrArray) order = g_ptr_array_new();
	g_autofree char *found = NULL;

	for (guint i = 0; i < past->remote->len; i++)
		g_ptr_array_add(order, past->remote->pdata[i]);
	g_ptr_array_sort(order, newer_first);
	for (guint i = 0; i < MIN(order->len, RECENT); i++) {
		const Document *document = order->pdata[i];
		g_autoptr(GPtrArray) versions =
		    ssm_history(past->client, document->name, error);
		if (!versions)
			return NULL;
		find_newer(versions, &found);
	}
	if (found)
		return push_label_before(found);
	failure_set(error, FAILURE_INPUT,
	    "no push has left a label to return to; give --to LABEL");
	return NULL;
}

/* The versions with a label, of all parameters. */
static GPtrArray *
with_label(const Past *past, const char *label, GError **error)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < past->remote->len; i++) {
		const Document *document = past->remote->pdata[i];
		g_ptr_array_add(
		    names, g_strconcat(document->name, ":", label, NULL));
	}
	return ssm_get_many(past->client, names, error);
}

/* When the push with the label was done, or began. */
static bool
find_time(Past *past, GError **error)
{
	g_autoptr(GPtrArray) written = with_label(past, past->push, error);

	if (!written)
		return false;
	for (guint i = 0; i < written->len; i++) {
		double time = ((Document *)written->pdata[i])->modified;
		if (past->time <= 0 ||
		    (past->before ? time < past->time : time > past->time))
			past->time = time;
	}
	/* A push that died before it could label what it wrote: what has no
	 * label is as it was. */
	if (written->len == 0)
		past->time = G_MAXDOUBLE;
	if (written->len > 0 || past->labelled->len > 0)
		return true;
	return failure_set(error, FAILURE_INPUT,
	    "no version of any parameter has the label %s", past->label);
}

static bool
is_past(const Past *past, const Document *version)
{
	return past->before ? version->modified < past->time
			    : version->modified <= past->time;
}

static Document *
copy_of(const Document *document)
{
	Document *copy = document_new(document->name, document->type,
	    document->text, (gssize)document->len);

	copy->version = document->version;
	return copy;
}

/* A parameter that was not yet there then has no entries. */
static Document *
version_then(const Past *past, const Document *now, GError **error)
{
	const Document *labelled = documents_find(past->labelled, now->name);
	const Document *found = NULL;

	if (labelled)
		return copy_of(labelled);
	if (is_past(past, now))
		return copy_of(now);
	g_autoptr(GPtrArray) versions =
	    ssm_history(past->client, now->name, error);
	if (!versions)
		return NULL;
	for (guint i = 0; i < versions->len; i++)
		if (is_past(past, versions->pdata[i]))
			found = versions->pdata[i];
	return found ? copy_of(found)
		     : document_new(now->name, now->type, "{}", -1);
}

GPtrArray *
push_label_documents(AwsClient *client, const GPtrArray *remote,
    const char *label, char **used, GError **error)
{
	g_auto(Past) past = {.client = client, .remote = remote};
	g_autoptr(GPtrArray) documents = documents_new();

	past.label = label ? g_strdup(label) : newest_label(&past, error);
	if (!past.label)
		return NULL;
	past.before = g_str_has_suffix(past.label, BEFORE);
	past.push = push_of(past.label);
	past.labelled = with_label(&past, past.label, error);
	if (!past.labelled || !find_time(&past, error))
		return NULL;
	for (guint i = 0; i < remote->len; i++) {
		Document *then = version_then(&past, remote->pdata[i], error);
		if (!then)
			return NULL;
		g_ptr_array_add(documents, then);
	}
	*used = g_steal_pointer(&past.label);
	return g_steal_pointer(&documents);
}
