/* SPDX-License-Identifier: MIT */
#include "net/credentials.h"

#include <string.h>

#include "core/bounds.h"
#include "core/failure.h"
#include "core/secret.h"
#include "io/aws_files.h"
#include "io/file.h"
#include "net/instance.h"
#include "net/sts.h"

/* Seconds: before expiry new keys are sought; after a failed search the next
 * one waits; keys that the instance hands out though they have expired (it
 * does, when its own service is away) are used that long. */
#define REFRESH_BEFORE (15 * 60)
#define RETRY_AFTER 60
#define STALE_FOR (15 * 60)
/* Of source_profile, role upon role. */
#define PROFILE_DEPTH 5

struct Credentials {
	Http *http;         /* borrowed */
	char *profile;      /* owned; or NULL */
	char *region;       /* owned */
	char *sts_endpoint; /* owned */
	CredentialsLog log;
	AwsCredentials *keys; /* owned; or NULL */
	char *source;         /* owned; of keys */
	char *said;           /* owned; the source last told */
	gint64 retry;         /* not before */
};

char *
aws_endpoint(const char *service, const char *region)
{
	return g_strdup_printf("https://%s.%s.%s/", service, region,
	    g_str_has_prefix(region, "cn-") ? "amazonaws.com.cn"
					    : "amazonaws.com");
}

Credentials *
credentials_new(Http *http, const char *profile, const char *region,
    const char *sts_endpoint, CredentialsLog log)
{
	Credentials *credentials = g_new0(Credentials, 1);

	credentials->http = http;
	credentials->profile = profile && *profile ? g_strdup(profile) : NULL;
	credentials->region = g_strdup(region);
	credentials->sts_endpoint = sts_endpoint && *sts_endpoint
					? g_strdup(sts_endpoint)
					: aws_endpoint("sts", region);
	credentials->log = log;
	return credentials;
}

void
credentials_free(Credentials *credentials)
{
	if (!credentials)
		return;
	g_free(credentials->profile);
	g_free(credentials->region);
	g_free(credentials->sts_endpoint);
	aws_credentials_free(credentials->keys);
	g_free(credentials->source);
	g_free(credentials->said);
	g_free(credentials);
}

static void
say(const Credentials *credentials, bool warning, const char *text)
{
	if (credentials->log.say)
		credentials->log.say(warning, text, credentials->log.context);
}

/* --- tokens and roles ----------------------------------------------------*/

/* A file with a token in one line. Owned by the caller. */
static SecretText
read_token(const char *path, GError **error)
{
	/* The line end is over the bound. */
	g_autoptr(SecretString) text = file_read(path, BOUND_AWS_TOKEN + 2);

	if (!text) {
		file_failed(error, FAILURE_CONFIG, "read the token file", path);
		return NULL;
	}
	const char *token = g_strstrip(text->str);
	if (*token && !strpbrk(token, "\r\n \t"))
		return g_strdup(token);
	failure_set(
	    error, FAILURE_CONFIG, "the token file %s holds no token", path);
	return NULL;
}

static Sts
sts_of(const Credentials *c)
{
	return (Sts){c->http, c->sts_endpoint, c->region};
}

static AwsCredentials *
web_identity(
    const Credentials *c, const char *path, const StsRole *role, GError **error)
{
	g_auto(SecretText) token = read_token(path, error);
	Sts sts = sts_of(c);

	return token ? sts_web_identity(&sts, token, role, error) : NULL;
}

/* --- the places ----------------------------------------------------------
 * Each returns keys, or NULL with an error, or NULL without: not configured.
 * *source says where, owned by the caller. */

static AwsCredentials *
from_environment(char **source, GError **error)
{
	AwsCredentials *keys = aws_keys_from_environment(error);
	const char *expiration = aws_environment("AWS_CREDENTIAL_EXPIRATION");
	g_autoptr(GDateTime) expires =
	    expiration ? g_date_time_new_from_iso8601(expiration, NULL) : NULL;

	*source = g_strdup("environment");
	if (keys && expires)
		keys->expires = g_date_time_to_unix(expires);
	return keys;
}

static AwsCredentials *
from_container(const Credentials *c, char **source, GError **error)
{
	const char *relative =
	    aws_environment("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
	const char *full =
	    aws_environment("AWS_CONTAINER_CREDENTIALS_FULL_URI");
	const char *path =
	    aws_environment("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
	const char *fixed =
	    aws_environment("AWS_CONTAINER_AUTHORIZATION_TOKEN");

	if (!relative && !full)
		return NULL;
	g_autofree char *url =
	    relative ? g_strconcat("http://169.254.170.2", relative, NULL)
		     : g_strdup(full);
	g_auto(SecretText) token =
	    path ? read_token(path, error) : g_strdup(fixed);
	if (path && !token)
		return NULL;
	*source = g_strdup("container");
	return container_credentials(c->http, url, token, error);
}

static AwsCredentials *
from_instance(const Credentials *c, char **source, GError **error)
{
	g_autofree char *role = NULL;
	AwsCredentials *keys = instance_credentials(c->http, &role, error);

	*source = g_strdup_printf(
	    "instance metadata, role %s", role ? role : "unknown");
	return keys;
}

static AwsCredentials *from_profile(const Credentials *c, const AwsFiles *files,
    const char *profile, int depth, GError **error);

/* The keys with which a profile's role is assumed. */
static AwsCredentials *
role_signer(const Credentials *c, const AwsFiles *files, const char *profile,
    int depth, GError **error)
{
	g_autofree char *other =
	    aws_files_get(files, profile, "source_profile");
	g_autofree char *place =
	    aws_files_get(files, profile, "credential_source");
	g_autofree char *source = NULL;

	/* A profile may name itself: its own keys assume its role. */
	if (other && strcmp(other, profile) == 0)
		return aws_files_keys(files, profile, error);
	if (other)
		return from_profile(c, files, other, depth + 1, error);
	if (g_strcmp0(place, "Environment") == 0)
		return from_environment(&source, error);
	if (g_strcmp0(place, "EcsContainer") == 0)
		return from_container(c, &source, error);
	if (g_strcmp0(place, "Ec2InstanceMetadata") == 0)
		return from_instance(c, &source, error);
	failure_set(error, FAILURE_CONFIG,
	    "role_arn needs source_profile, credential_source or "
	    "web_identity_token_file beside it");
	return NULL;
}

/* arn: the profile's role_arn. */
static AwsCredentials *
from_role(const Credentials *c, const AwsFiles *files, const char *profile,
    const char *arn, int depth, GError **error)
{
	g_autofree char *token =
	    aws_files_get(files, profile, "web_identity_token_file");
	g_autofree char *session =
	    aws_files_get(files, profile, "role_session_name");
	StsRole role = {arn, session};
	Sts sts = sts_of(c);

	if (token)
		return web_identity(c, token, &role, error);
	g_autoptr(AwsCredentials) signer =
	    role_signer(c, files, profile, depth, error);
	if (signer)
		return sts_assume_role(&sts, signer, &role, error);
	if (error && !*error)
		failure_set(error, FAILURE_CONFIG,
		    "there are no keys to assume %s with", arn);
	return NULL;
}

/* A profile that holds neither keys nor a way to them is not configured. */
static AwsCredentials *
from_profile(const Credentials *c, const AwsFiles *files, const char *profile,
    int depth, GError **error)
{
	static const char *const refused[] = {
	    "credential_process", "sso_session", "sso_start_url"};
	g_autofree char *role = aws_files_get(files, profile, "role_arn");

	if (depth > PROFILE_DEPTH) {
		failure_set(error, FAILURE_CONFIG,
		    "source_profile goes round in a circle");
		return NULL;
	}
	if (role)
		return from_role(c, files, profile, role, depth, error);
	AwsCredentials *keys = aws_files_keys(files, profile, error);
	for (guint i = 0; !keys && !*error && i < G_N_ELEMENTS(refused); i++) {
		g_autofree char *value =
		    aws_files_get(files, profile, refused[i]);
		if (value)
			failure_set(error, FAILURE_CONFIG,
			    "%s is not supported: use keys, role_arn or an "
			    "instance role",
			    refused[i]);
	}
	return keys;
}

/* required: the profile was asked for by name. */
static AwsCredentials *
from_files(const Credentials *c, const char *profile, bool required,
    char **source, GError **error)
{
	g_autoptr(AwsFiles) files = aws_files_read(error);

	if (!files)
		return NULL;
	g_autoptr(GPtrArray) exposed = aws_files_exposed(files);
	for (guint i = 0; i < exposed->len; i++)
		say(c, true, exposed->pdata[i]);
	*source = g_strdup_printf("profile %s", profile);
	AwsCredentials *keys = from_profile(c, files, profile, 0, error);
	if (!keys && !*error && required)
		failure_set(error, FAILURE_CONFIG,
		    "there is no such profile, or it has no keys");
	if (!keys && *error)
		g_prefix_error(error, "AWS profile %s: ", profile);
	return keys;
}

static AwsCredentials *
from_web_identity(const Credentials *c, char **source, GError **error)
{
	const char *path = aws_environment("AWS_WEB_IDENTITY_TOKEN_FILE");
	StsRole role = {aws_environment("AWS_ROLE_ARN"),
	    aws_environment("AWS_ROLE_SESSION_NAME")};

	if (!path || !role.arn)
		return NULL;
	*source = g_strdup_printf("web identity, role %s", role.arn);
	return web_identity(c, path, &role, error);
}

static bool
instance_is_off(void)
{
	const char *off = aws_environment("AWS_EC2_METADATA_DISABLED");

	return off && g_ascii_strcasecmp(off, "true") == 0;
}

/* The last place: where it fails, no place had any. */
static AwsCredentials *
from_last(const Credentials *c, char **source, GError **error)
{
	AwsCredentials *keys =
	    instance_is_off() ? NULL : from_instance(c, source, error);

	if (keys)
		return keys;
	if (!*error)
		failure_set(
		    error, FAILURE_CONFIG, "instance metadata: switched off");
	g_prefix_error(error, "no AWS credentials in the environment, the "
			      "shared files, web identity or a container; ");
	(*error)->code = FAILURE_CONFIG;
	return NULL;
}

/* The configuration's profile; the environment where it names none. */
static AwsCredentials *
from_configured(const Credentials *c, char **source, GError **error)
{
	return c->profile ? from_files(c, c->profile, true, source, error)
			  : from_environment(source, error);
}

static AwsCredentials *
from_shared_files(const Credentials *c, char **source, GError **error)
{
	bool named = aws_environment("AWS_PROFILE") != NULL;

	return from_files(c, aws_files_profile(NULL), named, source, error);
}

typedef AwsCredentials *(*Place)(
    const Credentials *c, char **source, GError **error);

static const Place places[] = {from_configured, from_shared_files,
    from_web_identity, from_container, from_last};

static AwsCredentials *
seek(const Credentials *c, char **source, GError **error)
{
	AwsCredentials *keys = NULL;

	for (guint i = 0; i < G_N_ELEMENTS(places) && !keys && !*error; i++) {
		g_clear_pointer(source, g_free);
		keys = places[i](c, source, error);
	}
	return keys;
}

/* --- the cache -----------------------------------------------------------*/

static void
say_source(Credentials *c, gint64 now)
{
	if (g_strcmp0(c->said, c->source) == 0)
		return;
	g_autofree char *text =
	    c->keys->expires > 0
		? g_strdup_printf("credentials from %s, for %" G_GINT64_FORMAT
				  " minutes",
		      c->source, MAX(0, c->keys->expires - now) / 60)
		: g_strdup_printf("credentials from %s", c->source);
	g_free(c->said);
	c->said = g_strdup(c->source);
	say(c, false, text);
}

static void
keep(Credentials *c, AwsCredentials *keys, char *source, gint64 now)
{
	aws_credentials_free(c->keys);
	g_free(c->source);
	c->keys = keys;
	c->source = source;
	c->retry = 0;
	if (keys->expires > 0 && keys->expires <= now) {
		say(c, true,
		    "the credentials that were handed out have expired; using "
		    "them while their source recovers");
		keys->expires = now + STALE_FOR + REFRESH_BEFORE;
	}
	say_source(c, now);
}

static bool
usable(const Credentials *c, gint64 now)
{
	return c->keys && (c->keys->expires == 0 || c->retry > now ||
			      c->keys->expires - now > REFRESH_BEFORE);
}

const AwsCredentials *
credentials_get(Credentials *c, gint64 now, GError **error)
{
	g_autoptr(GError) cause = NULL;
	g_autofree char *source = NULL;

	if (usable(c, now))
		return c->keys;
	AwsCredentials *keys = seek(c, &source, &cause);
	if (keys) {
		keep(c, keys, g_steal_pointer(&source), now);
		return c->keys;
	}
	if (c->keys && c->keys->expires > now) {
		g_autofree char *text = g_strdup_printf(
		    "cannot renew the credentials: %s", cause->message);
		say(c, true, text);
		c->retry = MIN(now + RETRY_AFTER, c->keys->expires);
		return c->keys;
	}
	g_propagate_error(error, g_steal_pointer(&cause));
	return NULL;
}

void
credentials_forget(Credentials *c)
{
	g_clear_pointer(&c->keys, aws_credentials_free);
}

/* --- the region ----------------------------------------------------------*/

static bool
is_region(const char *text)
{
	return *text != '\0' && strlen(text) <= 32 &&
	       text[strspn(text, G_CSET_a_2_z G_CSET_DIGITS "-")] == '\0';
}

static char *
seek_region(Http *http, const char *profile, GError **error)
{
	g_autoptr(AwsFiles) files = aws_files_read(error);

	if (!files)
		return NULL;
	char *region = aws_files_region(files, aws_files_profile(profile));
	if (region || instance_is_off())
		return region;
	return instance_region(http);
}

char *
credentials_region(
    Http *http, const char *configured, const char *profile, GError **error)
{
	g_autoptr(GError) cause = NULL;
	g_autofree char *region = configured && *configured
				      ? g_strdup(configured)
				      : seek_region(http, profile, &cause);

	if (region && is_region(region))
		return g_steal_pointer(&region);
	if (cause)
		g_propagate_error(error, g_steal_pointer(&cause));
	else
		failure_set(error, FAILURE_CONFIG, "%s",
		    region ? "the AWS region is no region name"
			   : "no AWS region: set sync.region in the "
			     "configuration, or AWS_REGION");
	return NULL;
}
