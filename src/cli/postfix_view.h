/* SPDX-License-Identifier: MIT */
/*
 * postfix_view.h - a Postfix configuration as postconf(1) tells it
 *
 * Effective values: main.cf with defaults and $names expanded, each service
 * of master.cf, and its -o overrides. Lookups in tables go through postmap(1).
 */
#ifndef ALIASBRIDGE_POSTFIX_VIEW_H
#define ALIASBRIDGE_POSTFIX_VIEW_H

#include <glib.h>
#include <stdbool.h>

typedef struct PostfixService {
	char *name; /* owned; "smtp", "127.0.0.1:10026", "aliasbridge" */
	char *type; /* owned; "inet", "unix", ... */
	bool chroot;
	bool twice;    /* master.cf has an earlier one, which does not count */
	char *command; /* owned; "smtpd", "pipe" */
	char **arguments; /* owned; what follows, "{a b}" as one */
} PostfixService;

typedef struct PostfixView PostfixView;

/* The value under key in a table ("cdb:/x/y"), owned by the caller; NULL
 * where there is none or the table cannot be asked. */
typedef char *(*PostfixLookup)(
    const PostfixView *view, const char *table, const char *key);

/* 0 where the file can be read, else errno. */
typedef int (*PostfixAccess)(const char *path);

struct PostfixView {
	GHashTable *parameters; /* owned; name -> value */
	GPtrArray *services;    /* owned; of PostfixService */
	GHashTable *overrides;  /* owned; "name/type/parameter" -> value */
	PostfixLookup lookup;
	PostfixAccess access;
	char *directory;      /* owned; postmap's; NULL: its default */
	GHashTable *failures; /* owned; what postmap failed of, each said once
				 to standard error */
};

/* Take the outputs of "postconf -x", "postconf -M" and "postconf -Px". Lines
 * that are none of theirs are passed over. */
PostfixView *postfix_view_parse(
    const char *parameters, const char *services, const char *overrides);

/* Run postconf on directory (NULL: its default). NULL with FAILURE_CONFIG
 * when it is not there or fails. Owned by the caller. */
PostfixView *postfix_view_read(const char *directory, GError **error);
void postfix_view_free(PostfixView *view);

/* The value that holds for service (NULL: main.cf's), "" where there is none.
 * Borrowed. */
const char *postfix_view_get(const PostfixView *view,
    const PostfixService *service, const char *parameter);
bool postfix_view_is_set(const PostfixView *view, const PostfixService *service,
    const char *parameter, const char *value);

/* A service by name and type, or NULL. Borrowed. */
const PostfixService *postfix_view_service(
    const PostfixView *view, const char *name, const char *type);

/* The service that a transport "name:nexthop" names, or NULL. */
const PostfixService *postfix_view_transport(
    const PostfixView *view, const char *transport);

/* A list split at commas and white space, "{...}" as one. Owned by the
 * caller. */
char **postfix_view_split(const char *list);

/* Does the list hold key: as a word of its own, or in one of its tables? */
bool postfix_view_holds(
    const PostfixView *view, const char *list, const char *key);

/* The first value under key in the tables of list, owned by the caller; NULL
 * where there is none. */
char *postfix_view_find(
    const PostfixView *view, const char *list, const char *key);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PostfixView, postfix_view_free)

#endif
