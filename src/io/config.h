/* SPDX-License-Identifier: MIT */
/*
 * config.h - the configuration file: libconfig -> Policy and Settings
 *
 * One table of options (config.c) says name, type, place and bounds of each;
 * unknown names are errors. Errors say file, line and what to write instead.
 */
#ifndef ALIASBRIDGE_CONFIG_H
#define ALIASBRIDGE_CONFIG_H

#include <glib.h>
#include <stdbool.h>

#include "core/policy.h"

typedef enum RelayMode { RELAY_POSTFIX, RELAY_SES } RelayMode;

/* What the shells need beside the policy. Strings are owned. */
typedef struct Settings {
	char *path;  /* the file that was read */
	char *table; /* the cache directory */

	char *socket;       /* milter: unix:/path or inet:port@host */
	char *socket_group; /* whose members may connect; or NULL */
	char *user;         /* the milter's own user; or NULL: stay */
	char *spool;        /* folder for bodies past the bound */

	RelayMode relay;
	char *reinject; /* host:port of the re-injection listener */
	char *ses_host; /* SES SMTP endpoint, host name */
	int ses_port;   /* 587, 2587: STARTTLS; 465, 2465: TLS */
	char *ses_user; /* SMTP user name */
	char *ses_password_file;
	char *ses_ca_file; /* NULL: the system's */
	int deadline;      /* seconds deliver gives itself */

	char *secrets_file; /* or NULL */

	char *source; /* see core/table_source.h; or NULL */
	char *region;
	char *profile_name; /* AWS profile; or NULL */
	char *ssm_endpoint; /* URL, for tests and VPC endpoints; or NULL */
	char *sts_endpoint;
	int sync_interval;   /* seconds */
	int max_shrink;      /* per cent */
	int requests_second; /* to SSM */
} Settings;

typedef struct Config {
	Policy *policy;     /* owned */
	Settings *settings; /* owned */
	GHashTable *places; /* owned; see config_place */
} Config;

/* The file that is read when no --config is given (sysconfdir). */
extern const char CONFIG_DEFAULT_PATH[];

/* Read path. NULL with FAILURE_CONFIG: every error found, one a line
 * ("FILE:LINE: ..."). Relative paths in it start at the file's folder. The
 * secret file's mode is checked (no others may read, no group write) and its
 * lines become policy->secrets: each non-empty line is a key, as for
 * postsrsd, without comments. Owned by the caller. (libconfig has a
 * config_read of its own.) */
Config *config_load(const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* As config_load for text, len octets, that stands in a file called name. */
Config *config_parse(const char *name, const char *text, gsize len,
    GError **error) G_GNUC_WARN_UNUSED_RESULT;
void config_free(Config *config);

/* Set the option name ("milter.socket") to text as if it stood in the file, for
 * an argument of the command line, which is where's name ("--socket"); relative
 * paths start at the working folder. FAILURE_CONFIG leaves it as it was. */
bool config_set(Config *config, const char *name, const char *text,
    const char *where, GError **error);

/* Where an option was set, "FILE:LINE", or the file where it was not: for
 * errors about its value. Borrowed. */
const char *config_place(const Config *config, const char *option);

/* Effective values, one "name = value;" a line, in libconfig's own syntax, so
 * that it reads back; what is not set is a comment. Secrets are not in it.
 * The caller owns it. */
char *config_to_text(const Config *config);

/* The name of each option ("ses.host"), from 0 on, or NULL after the last:
 * for tests of the documentation. */
const char *config_option_name(guint index);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Config, config_free)

#endif
