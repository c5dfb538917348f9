/* SPDX-License-Identifier: MIT */
#include "cli/postfix_view.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "core/failure.h"

/* --- parsing --- */

static void
service_free(gpointer data)
{
	PostfixService *service = data;

	g_free(service->name);
	g_free(service->type);
	g_free(service->command);
	g_strfreev(service->arguments);
	g_free(service);
}

static bool
is_separator(char c, bool commas)
{
	return g_ascii_isspace(c) || (commas && c == ',');
}

static char **
split(const char *text, bool commas)
{
	GPtrArray *words = g_ptr_array_new();
	const char *at = text;

	for (;;) {
		while (is_separator(*at, commas))
			at++;
		if (*at == '\0')
			break;
		const char *start = at;
		for (int depth = 0;
		     *at && (depth > 0 || !is_separator(*at, commas)); at++)
			depth += (*at == '{') - (*at == '}');
		g_ptr_array_add(words, g_strndup(start, (gsize)(at - start)));
	}
	g_ptr_array_add(words, NULL);
	return (char **)g_ptr_array_free(words, FALSE);
}

char **
postfix_view_split(const char *list)
{
	return split(list, true);
}

/* "name = value" into pairs. */
static GHashTable *
parse_settings(const char *text)
{
	GHashTable *pairs =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (guint i = 0; lines[i]; i++) {
		const char *equals = strstr(lines[i], " =");
		if (!equals)
			continue;
		char *value = g_strdup(equals + 2);
		g_hash_table_insert(pairs,
		    g_strndup(lines[i], (gsize)(equals - lines[i])),
		    g_strstrip(value));
	}
	return pairs;
}

/* name type private unprivileged chroot wakeup maxproc command argument... */
#define COLUMNS 8

static PostfixService *
parse_service(const char *line, bool chroot_default)
{
	g_auto(GStrv) words = split(line, false);

	if (g_strv_length(words) < COLUMNS || *words[0] == '#')
		return NULL;
	PostfixService *service = g_new0(PostfixService, 1);
	service->name = g_strdup(words[0]);
	service->type = g_strdup(words[1]);
	service->chroot =
	    *words[4] == 'y' || (*words[4] == '-' && chroot_default);
	service->command = g_strdup(words[7]);
	service->arguments = g_strdupv(words + COLUMNS);
	return service;
}

/* As master(8) does it, the last of a name and type counts. */
static void
add_service(PostfixView *view, PostfixService *service)
{
	const PostfixService *earlier =
	    postfix_view_service(view, service->name, service->type);
	guint at;

	service->twice = g_ptr_array_find(view->services, earlier, &at);
	if (service->twice)
		g_ptr_array_remove_index(view->services, at);
	g_ptr_array_add(view->services, service);
}

PostfixView *
postfix_view_parse(
    const char *parameters, const char *services, const char *overrides)
{
	PostfixView *view = g_new0(PostfixView, 1);
	g_auto(GStrv) lines = g_strsplit(services, "\n", -1);

	view->parameters = parse_settings(parameters);
	view->overrides = parse_settings(overrides);
	view->failures =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	view->services = g_ptr_array_new_with_free_func(service_free);
	bool chroot_default =
	    g_ascii_strtod(
		postfix_view_get(view, NULL, "compatibility_level"), NULL) < 1;
	for (guint i = 0; lines[i]; i++) {
		PostfixService *service =
		    parse_service(lines[i], chroot_default);
		if (service)
			add_service(view, service);
	}
	return view;
}

void
postfix_view_free(PostfixView *view)
{
	if (!view)
		return;
	g_hash_table_unref(view->parameters);
	g_hash_table_unref(view->overrides);
	g_ptr_array_unref(view->services);
	g_hash_table_unref(view->failures);
	g_free(view->directory);
	g_free(view);
}

/* --- asking --- */

const char *
postfix_view_get(const PostfixView *view, const PostfixService *service,
    const char *parameter)
{
	const char *value = NULL;

	if (service) {
		g_autofree char *key = g_strdup_printf(
		    "%s/%s/%s", service->name, service->type, parameter);
		value = g_hash_table_lookup(view->overrides, key);
	}
	if (!value)
		value = g_hash_table_lookup(view->parameters, parameter);
	return value ? value : "";
}

bool
postfix_view_is_set(const PostfixView *view, const PostfixService *service,
    const char *parameter, const char *value)
{
	const char *got = postfix_view_get(view, service, parameter);

	return g_ascii_strcasecmp(got, value) == 0;
}

const PostfixService *
postfix_view_service(
    const PostfixView *view, const char *name, const char *type)
{
	for (guint i = 0; i < view->services->len; i++) {
		const PostfixService *service =
		    g_ptr_array_index(view->services, i);
		if (g_str_equal(service->name, name) &&
		    g_str_equal(service->type, type))
			return service;
	}
	return NULL;
}

const PostfixService *
postfix_view_transport(const PostfixView *view, const char *transport)
{
	gsize len = strcspn(transport, ":");
	g_autofree char *name = g_strndup(transport, len);

	return postfix_view_service(view, name, "unix");
}

/* Tables that answer at once and need nobody else. */
static bool
is_local_table(const char *word)
{
	static const char *const types[] = {"cdb", "hash", "btree", "lmdb",
	    "dbm", "texthash", "inline", "pcre", "regexp", "cidr", "static",
	    "pipemap", "unionmap", "sdbm", "internal"};
	const char *colon = strchr(word, ':');

	for (guint i = 0; colon && i < G_N_ELEMENTS(types); i++)
		if (strlen(types[i]) == (gsize)(colon - word) &&
		    strncmp(types[i], word, strlen(types[i])) == 0)
			return true;
	return false;
}

static char *
look_up(const PostfixView *view, const char *word, const char *key)
{
	if (g_str_has_prefix(word, "proxy:"))
		word += strlen("proxy:");
	if (!view->lookup || !is_local_table(word))
		return NULL;
	return view->lookup(view, word, key);
}

bool
postfix_view_holds(const PostfixView *view, const char *list, const char *key)
{
	g_auto(GStrv) words = postfix_view_split(list);

	for (guint i = 0; words[i]; i++) {
		if (g_ascii_strcasecmp(words[i], key) == 0)
			return true;
		g_autofree char *value = look_up(view, words[i], key);
		if (value)
			return true;
	}
	return false;
}

char *
postfix_view_find(const PostfixView *view, const char *list, const char *key)
{
	g_auto(GStrv) words = postfix_view_split(list);

	for (guint i = 0; words[i]; i++) {
		char *value = look_up(view, words[i], key);
		if (value)
			return value;
	}
	return NULL;
}

/* --- running --- */

/* Not everybody has sbin in PATH. */
static char *
program(const char *name)
{
	char *path = g_find_program_in_path(name);

	return path ? path : g_build_filename("/usr/sbin", name, NULL);
}

/* What a program says of its failure, on one line. They all warn of main.cf,
 * of what it says twice for example, and go on. Owned by the caller. */
static char *
complaint(const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	g_autoptr(GString) joined = g_string_new(NULL);

	for (char **line = lines; *line; line++)
		if (**line && !strstr(*line, ": warning: "))
			g_string_append_printf(
			    joined, "%s%s", joined->len > 0 ? "; " : "", *line);
	return failure_mask(joined->str, (gssize)joined->len, 300);
}

/* Standard output of name ARGUMENT..., or NULL when it fails: FAILURE_INPUT
 * where it had nothing to say about that, else FAILURE_CONFIG. */
static char *
run(const char *name, const char *directory, const char *const *arguments,
    GError **error)
{
	g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *out = NULL, *err = NULL;
	GError *cause = NULL;
	int status;

	g_ptr_array_add(argv, program(name));
	if (directory) {
		g_ptr_array_add(argv, g_strdup("-c"));
		g_ptr_array_add(argv, g_strdup(directory));
	}
	for (guint i = 0; arguments[i]; i++)
		g_ptr_array_add(argv, g_strdup(arguments[i]));
	g_ptr_array_add(argv, NULL);
	if (!g_spawn_sync(NULL, (char **)argv->pdata, NULL, G_SPAWN_DEFAULT,
		NULL, NULL, &out, &err, &status, &cause)) {
		failure_wrap(error, FAILURE_CONFIG, cause);
		return NULL;
	}
	if (status == 0)
		return g_steal_pointer(&out);
	g_autofree char *shown = complaint(err);
	failure_set(error, *shown ? FAILURE_CONFIG : FAILURE_INPUT,
	    "%s failed: %s", name, shown);
	return NULL;
}

/* A key that is not there is no failure: postmap says nothing of it. */
static char *
ask_postmap(const PostfixView *view, const char *table, const char *key)
{
	const char *arguments[] = {"-q", key, table, NULL};
	g_autoptr(GError) error = NULL;
	char *value = run("postmap", view->directory, arguments, &error);

	if (g_error_matches(error, FAILURE, FAILURE_CONFIG) &&
	    g_hash_table_add(view->failures, g_strdup(error->message)))
		cmd_error("%s: %s", table, error->message);
	return value ? g_strchomp(value) : NULL;
}

static int
ask_access(const char *path)
{
	return access(path, R_OK) == 0 ? 0 : errno;
}

PostfixView *
postfix_view_read(const char *directory, GError **error)
{
	static const char *const asked[][2] = {
	    {"-x", NULL}, {"-M", NULL}, {"-Px", NULL}};
	/* The tools take a relative folder for one of the queue's. */
	g_autofree char *absolute =
	    directory ? g_canonicalize_filename(directory, NULL) : NULL;
	g_auto(GStrv) texts = g_new0(char *, G_N_ELEMENTS(asked) + 1);

	for (guint i = 0; i < G_N_ELEMENTS(asked); i++) {
		texts[i] = run("postconf", absolute, asked[i], error);
		if (!texts[i])
			return NULL;
	}
	PostfixView *view = postfix_view_parse(texts[0], texts[1], texts[2]);
	view->lookup = ask_postmap;
	view->access = ask_access;
	view->directory = g_steal_pointer(&absolute);
	return view;
}
