/* SPDX-License-Identifier: MIT */
#include "net/push.h"

#include <stdarg.h>
#include <string.h>

#include "core/bounds.h"
#include "core/failure.h"
#include "core/table_members.h"
#include "net/push_label.h"
#include "net/ssm.h"
#include "net/table_fetch.h"

void
push_free(Push *push)
{
	if (!push)
		return;
	table_diff_free(push->diff);
	pack_plan_free(push->plan);
	table_reading_free(push->before);
	table_reading_free(push->after);
	g_clear_pointer(&push->remote, g_ptr_array_unref);
	g_free(push->label);
	g_free(push);
}

static void tell(const Push *push, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void
tell(const Push *push, const char *format, ...)
{
	va_list arguments;

	if (!push->options.progress)
		return;
	va_start(arguments, format);
	g_autofree char *text = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	push->options.progress(text);
}

/* --- preparation ---------------------------------------------------------*/

static gsize
limit_of(const Document *document)
{
	return document->len > BOUND_SSM_STANDARD ? BOUND_SSM_ADVANCED
						  : BOUND_SSM_STANDARD;
}

static GPtrArray *
boxes_of(const GPtrArray *documents, GError **error)
{
	g_autoptr(GPtrArray) boxes =
	    g_ptr_array_new_with_free_func((GDestroyNotify)pack_box_free);

	for (guint i = 0; i < documents->len; i++) {
		const Document *document = documents->pdata[i];
		PackBox *box = pack_box_new(document->name, limit_of(document));
		g_ptr_array_add(boxes, box);
		if (!table_members_add(
			box->members, document->text, document->len, error))
			return NULL;
	}
	return g_steal_pointer(&boxes);
}

/* An entry that says the same keeps its text, however it was written. */
static void
keep_old_texts(const Push *push, GHashTable *wanted, const GPtrArray *boxes)
{
	for (guint i = 0; push->before && i < boxes->len; i++) {
		const PackBox *box = boxes->pdata[i];
		GHashTableIter iter;
		gpointer key, text;
		g_hash_table_iter_init(&iter, box->members);
		while (g_hash_table_iter_next(&iter, &key, &text)) {
			const Alias *old = g_hash_table_lookup(
			    push->before->entries->by_key, key);
			const Alias *new = g_hash_table_lookup(
			    push->after->entries->by_key, key);
			if (old && new &&alias_same(old, new))
				g_hash_table_insert(
				    wanted, g_strdup(key), g_strdup(text));
		}
	}
}

static gint
by_text(gconstpointer a, gconstpointer b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

static char *
whole_text(GHashTable *wanted)
{
	g_autoptr(GPtrArray) members = g_ptr_array_new();
	GHashTableIter iter;
	gpointer text;

	g_hash_table_iter_init(&iter, wanted);
	while (g_hash_table_iter_next(&iter, NULL, &text))
		g_ptr_array_add(members, text);
	g_ptr_array_sort(members, by_text);
	return pack_text(members);
}

/* The one parameter of ssm:NAME. */
static PackPlan *
plan_one(const Push *push, GHashTable *wanted, GError **error)
{
	const Document *now =
	    push->remote->len > 0 ? push->remote->pdata[0] : NULL;
	gsize limit = push->options.advanced ? BOUND_SSM_ADVANCED
		      : now                  ? limit_of(now)
					     : BOUND_SSM_STANDARD;
	g_autofree char *text = whole_text(wanted);

	if (strlen(text) > limit) {
		failure_set(error, FAILURE_INPUT,
		    "the table has %zu octets, the parameter holds %zu: set "
		    "sync.source to an ssm-path:/PREFIX/%s",
		    strlen(text), limit,
		    limit < BOUND_SSM_ADVANCED
			? ", or give --advanced (8 KB, charged by AWS)"
			: "");
		return NULL;
	}
	PackPlan *plan = pack_plan_new();
	if (push->diff->changes->len > 0 || !now)
		pack_plan_add(
		    plan, PACK_ADD, push->source->name, text, now == NULL);
	return plan;
}

static PackPlan *
plan_push(const Push *push, GHashTable *hints, GError **error)
{
	g_autoptr(GHashTable) wanted =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	g_autoptr(GPtrArray) boxes = boxes_of(push->remote, error);

	if (!boxes || !table_members_add(
			  wanted, push->after->json, push->after->len, error))
		return NULL;
	keep_old_texts(push, wanted, boxes);
	return push->source->kind == TABLE_SOURCE_SSM
		   ? plan_one(push, wanted, error)
		   : pack_plan(boxes, wanted, hints, push->source->name, error);
}

Push *
push_new(const Config *config, const TableSource *source, AwsClient *client,
    const PushOptions *options, GPtrArray *remote, TableReading *after,
    GHashTable *hints, GError **error)
{
	g_autoptr(Push) push = g_new0(Push, 1);
	g_autoptr(GHashTable) nothing =
	    g_hash_table_new(g_str_hash, g_str_equal);

	push->config = config;
	push->source = source;
	push->client = client;
	push->options = *options;
	push->remote = remote;
	push->after = after;
	if (remote->len > 0) {
		push->before = table_reading_new(remote, config, error);
		if (!push->before) {
			g_prefix_error(error, "what SSM holds is not valid, "
					      "correct it there first:\n");
			return NULL;
		}
	}
	push->diff = table_diff_new(
	    push->before ? push->before->entries->by_key : nothing,
	    after->entries->by_key);
	push->plan = plan_push(push, hints, error);
	return push->plan ? g_steal_pointer(&push) : NULL;
}

/* --- the writing ---------------------------------------------------------*/

/* What is known of the parameters while they are written. */
typedef struct Writing {
	Push *push;
	GHashTable *versions; /* name -> gint64 *: as we know it */
	GHashTable *labelled; /* names whose old version has its label */
} Writing;

static bool
newer(const char *name, GError **error)
{
	return failure_set(error, FAILURE_INPUT,
	    "%s is newer in SSM than what the difference was taken against: "
	    "somebody else changed it; look at the difference again",
	    name);
}

static gint64
known_version(const Writing *writing, const char *name)
{
	const gint64 *version = g_hash_table_lookup(writing->versions, name);

	return version ? *version : 0;
}

static void
know_version(Writing *writing, const char *name, gint64 version)
{
	gint64 *copy = g_new(gint64, 1);

	*copy = version;
	g_hash_table_insert(writing->versions, g_strdup(name), copy);
}

/* The whole, once more, before anything is written. */
static bool
check_all(Writing *writing, GError **error)
{
	Push *push = writing->push;
	g_autoptr(GPtrArray) now =
	    table_fetch(push->source, push->client, true, error);

	if (!now)
		return false;
	for (guint i = 0; i < now->len; i++) {
		const Document *document = now->pdata[i];
		if (document->version != known_version(writing, document->name))
			return newer(document->name, error);
	}
	if (now->len == push->remote->len)
		return true;
	return failure_set(error, FAILURE_INPUT,
	    "a parameter was deleted since the difference was taken: look at "
	    "it again");
}

/* Those that a later step writes. */
static bool
check_step(Writing *writing, const GPtrArray *step, GError **error)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();

	for (guint i = 0; i < step->len; i++)
		g_ptr_array_add(names, ((PackPut *)step->pdata[i])->name);
	g_autoptr(GPtrArray) now =
	    ssm_get_many(writing->push->client, names, error);
	if (!now)
		return false;
	for (guint i = 0; i < now->len; i++) {
		const Document *document = now->pdata[i];
		if (document->version != known_version(writing, document->name))
			return newer(document->name, error);
	}
	return true;
}

/* A hundred versions are kept, and one with a label is not let go: take the
 * oldest's away. It may have none any more, then somebody else did. */
static bool
free_oldest(const Push *push, const char *name, GError **error)
{
	g_autoptr(GPtrArray) versions = ssm_history(push->client, name, error);

	if (!versions)
		return false;
	const Document *oldest = versions->pdata[0];
	if (!oldest->labels)
		return true;
	tell(push, "%s: version %" G_GINT64_FORMAT " loses its labels", name,
	    oldest->version);
	return ssm_unlabel(
	    push->client, name, oldest->version, oldest->labels, error);
}

/* What kind of parameter to write: as it is, new ones as the others are. A
 * SecureString's key is told by its history alone. */
static bool
fill_put(const Push *push, const PackPut *put, SsmPut *request, char **key_id,
    GError **error)
{
	const Document *model = documents_find(push->remote, put->name);

	for (guint i = 0; !model && i < push->remote->len; i++) {
		const Document *other = push->remote->pdata[i];
		if (other->type == DOCUMENT_SECURE_STRING)
			model = other;
	}
	request->name = put->name;
	request->text = put->text;
	request->create = put->create;
	request->tier = push->options.advanced ? "Advanced" : NULL;
	if (!model) {
		request->secure = push->options.secure;
		*key_id = g_strdup(push->options.key_id);
		request->key_id = *key_id;
		return true;
	}
	request->secure = model->type == DOCUMENT_SECURE_STRING;
	if (!request->secure)
		return true;
	g_autoptr(GPtrArray) versions =
	    ssm_history(push->client, model->name, error);
	if (!versions)
		return false;
	const Document *last = versions->pdata[versions->len - 1];
	*key_id = g_strdup(last->key_id);
	request->key_id = *key_id;
	return true;
}

static bool
put_once(const Push *push, const PackPut *put, gint64 *version, GError **error)
{
	g_autofree char *key_id = NULL;
	g_autoptr(GError) cause = NULL;
	SsmPut request = {0};

	if (!fill_put(push, put, &request, &key_id, error))
		return false;
	if (ssm_put(push->client, &request, version, &cause))
		return true;
	if (strcmp(aws_client_code(push->client),
		"ParameterMaxVersionLimitExceeded") == 0)
		return free_oldest(push, put->name, error) &&
		       ssm_put(push->client, &request, version, error);
	g_propagate_error(error, g_steal_pointer(&cause));
	return false;
}

static bool
label_old(Writing *writing, const char *name, GError **error)
{
	Push *push = writing->push;
	gint64 version = known_version(writing, name);
	g_autofree char *label = push_label_before(push->label);

	if (!g_hash_table_add(writing->labelled, g_strdup(name)) ||
	    version == 0)
		return true;
	return push_label_put(push->client, name, version, label, error);
}

static bool
write_put(Writing *writing, const PackPut *put, GError **error)
{
	Push *push = writing->push;
	gint64 before = known_version(writing, put->name);
	gint64 version = 0;

	if (!label_old(writing, put->name, error) ||
	    !put_once(push, put, &version, error))
		return false;
	tell(push, "%s: version %" G_GINT64_FORMAT, put->name, version);
	know_version(writing, put->name, version);
	if (!push_label_put(
		push->client, put->name, version, push->label, error))
		return false;
	if (version == before + 1)
		return true;
	/* Or a try of ours whose answer was lost came through. */
	return failure_set(error, FAILURE_TEMPORARY,
	    "%s: version %" G_GINT64_FORMAT " was written between: compare "
	    "it with ours in the parameter's history",
	    put->name, version - 1);
}

/* So long does every reader have, to have read what was copied. */
static int
wait_seconds(const Push *push)
{
	const Settings *settings = push->config->settings;
	guint pages = push->remote->len / 10 + 1;

	if (push->options.wait >= 0)
		return push->options.wait;
	return settings->sync_interval * 11 / 10 + 1 +
	       (int)(pages / (guint)settings->requests_second);
}

static bool
wait_for_readers(const Push *push, GError **error)
{
	int seconds = wait_seconds(push);

	tell(push,
	    "entries were copied; in %d seconds the old copies are removed",
	    seconds);
	if (aws_client_sleep(push->client, (gint64)seconds * G_USEC_PER_SEC))
		return true;
	return failure_set(error, FAILURE_TEMPORARY,
	    "stopped between two steps: nothing is lost, the next push goes "
	    "on");
}

/* Whatever was copied, or is in two places from before, gets its time. */
static bool
write_step(Writing *writing, PackStep number, GError **error)
{
	const GPtrArray *step = writing->push->plan->steps[number];

	if (step->len == 0)
		return true;
	if (number != PACK_ADD && (!wait_for_readers(writing->push, error) ||
				      !check_step(writing, step, error)))
		return false;
	for (guint i = 0; i < step->len; i++)
		if (!write_put(writing, step->pdata[i], error))
			return false;
	return true;
}

bool
push_apply(Push *push, GError **error)
{
	g_autoptr(GHashTable) versions =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	g_autoptr(GHashTable) labelled =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	Writing writing = {push, versions, labelled};
	bool good;

	for (guint i = 0; i < push->remote->len; i++) {
		const Document *document = push->remote->pdata[i];
		know_version(&writing, document->name, document->version);
	}
	good = check_all(&writing, error);
	push->label = push_label_new();
	for (guint i = 0; good && i < PACK_STEPS; i++)
		good = write_step(&writing, (PackStep)i, error);
	return good;
}
