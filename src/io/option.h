/* SPDX-License-Identifier: MIT */
/*
 * option.h - one option of the configuration file: its type, its place, and
 * what it takes
 *
 * Names are dotted where libconfig has a group: "ses.host" is host in
 * "ses: { host = ...; }".
 */
#ifndef ALIASBRIDGE_OPTION_H
#define ALIASBRIDGE_OPTION_H

#include <glib.h>
#include <libconfig.h>
#include <stdbool.h>

typedef enum OptionType {
	OPTION_TEXT,       /* char *; printable ASCII, not empty */
	OPTION_DELIMITERS, /* char *; characters of a local part, or "" */
	OPTION_PATH,       /* char *; relative to the file's folder */
	OPTION_SOCKET,     /* char *; unix:PATH or inet:PORT@HOST */
	OPTION_REINJECT,   /* char *; HOST:PORT on this machine */
	OPTION_HOST,       /* char *; a name, an IPv4 or [IPv6] address */
	OPTION_SOURCE,     /* char *; see core/table_source.h */
	OPTION_ADDRESS,    /* char *; an addr-spec */
	OPTION_DOMAIN,     /* char *; kept as A-labels */
	OPTION_DOMAINS,    /* char **; likewise, without duplicates */
	OPTION_REPLY,      /* Reply * */
	OPTION_INT,        /* int, min to max */
	OPTION_SIZE,       /* gsize, min to max */
	OPTION_BOOL,       /* bool; true or false */
	OPTION_WORD,       /* an enum; the index of one of words */
	OPTION_FLAG,       /* bool; false or true by the index of words */
} OptionType;

/* The struct an option's value lives in. */
typedef enum OptionPlace { OPTION_POLICY, OPTION_SETTINGS } OptionPlace;

typedef struct Option {
	const char *name;
	OptionType type;
	OptionPlace place;
	gsize offset;         /* of the value in its struct */
	const char *example;  /* a value in libconfig's syntax */
	const char *words[6]; /* NULL-terminated; of OPTION_WORD, _FLAG */
	gint64 min, max;      /* of OPTION_INT, _SIZE */
} Option;

/* The part of the name after the group's, and the group's length (0: none).
 * Borrowed. */
const char *option_leaf(const Option *option, gsize *group_len);

/* Take the value of setting into the struct at base; relative paths start at
 * folder. FAILURE_CONFIG says what to write instead, without file and line;
 * the old value then stays. */
bool option_set(const Option *option, void *base,
    const config_setting_t *setting, const char *folder, GError **error);

/* As option_set, from a text. Not for types whose value is none. */
bool option_set_text(const Option *option, void *base, const char *text,
    const char *folder, GError **error);

/* The value at base in libconfig's syntax, or NULL where it is not set. The
 * caller owns it. */
char *option_to_text(const Option *option, const void *base);

/* The option whose name is nearest to name (dotted or not), or NULL when
 * none is near. Borrowed from options. */
const Option *option_nearest(
    const Option *options, guint count, const char *name);

#endif
