/* SPDX-License-Identifier: MIT */
#include "io/aws_files.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "core/bounds.h"
#include "core/failure.h"
#include "core/secret.h"
#include "io/file.h"

struct AwsFiles {
	GKeyFile *credentials; /* owned */
	GKeyFile *config;      /* owned */
};

const char *
aws_environment(const char *name)
{
	const char *value = g_getenv(name);

	return value && *value ? value : NULL;
}

/* NULL without an error where neither is there. */
static AwsCredentials *
whole_keys(const char *where, const char *id, const char *secret,
    const char *token, GError **error)
{
	if (!id && !secret)
		return NULL;
	if (id && secret)
		return aws_credentials_new(id, secret, token, 0);
	failure_set(error, FAILURE_CONFIG,
	    "%s: an access key id needs a secret access key beside it, and "
	    "the other way round",
	    where);
	return NULL;
}

AwsCredentials *
aws_keys_from_environment(GError **error)
{
	const char *token = aws_environment("AWS_SESSION_TOKEN");

	return whole_keys("environment", aws_environment("AWS_ACCESS_KEY_ID"),
	    aws_environment("AWS_SECRET_ACCESS_KEY"),
	    token ? token : aws_environment("AWS_SECURITY_TOKEN"), error);
}

static char *
file_path(const char *variable, const char *name)
{
	const char *path = aws_environment(variable);

	return path ? g_strdup(path)
		    : g_build_filename(g_get_home_dir(), ".aws", name, NULL);
}

/* GKeyFile knows neither ';' comments nor nested settings, takes no setting
 * outside a group, and keeps the case of names. */
static void
add_line(GString *out, const char *line, bool *in_group)
{
	const char *equals = strchr(line, '=');

	if (g_ascii_isspace(*line) || *line == '\0' || strchr("#;", *line))
		return;
	if (*line == '[')
		*in_group = true;
	else if (!*in_group || !equals)
		return;
	g_autofree char *lower =
	    g_ascii_strdown(line, *line == '[' ? 0 : (gssize)(equals - line));
	g_string_append_printf(
	    out, "%s%s\n", lower, *line == '[' ? line : equals);
}

static GKeyFile *
parse(const char *path, const char *text, GError **error)
{
	g_autoptr(GString) plain = g_string_new(NULL);
	g_autoptr(GKeyFile) file = g_key_file_new();
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	bool in_group = false;

	for (guint i = 0; lines[i]; i++)
		add_line(plain, g_strchomp(lines[i]), &in_group);
	/* GLib's own message would quote the line. */
	if (plain->len > 0 && !g_key_file_load_from_data(file, plain->str,
				  plain->len, G_KEY_FILE_NONE, NULL)) {
		failure_set(error, FAILURE_CONFIG,
		    "%s: not a file of [sections] and name = value lines",
		    path);
		return NULL;
	}
	return g_steal_pointer(&file);
}

static GKeyFile *
read_file(const char *variable, const char *name, GError **error)
{
	g_autofree char *path = file_path(variable, name);
	g_autoptr(SecretString) text = file_read(path, BOUND_CONFIG_FILE);

	if (text && strlen(text->str) == text->len)
		return parse(path, text->str, error);
	if (!text && errno == ENOENT)
		return g_key_file_new();
	if (text)
		failure_set(error, FAILURE_CONFIG, "%s: no text", path);
	else
		file_failed(error, FAILURE_CONFIG, "read", path);
	return NULL;
}

AwsFiles *
aws_files_read(GError **error)
{
	g_autoptr(AwsFiles) files = g_new0(AwsFiles, 1);

	files->credentials =
	    read_file("AWS_SHARED_CREDENTIALS_FILE", "credentials", error);
	if (!files->credentials)
		return NULL;
	files->config = read_file("AWS_CONFIG_FILE", "config", error);
	if (!files->config)
		return NULL;
	return g_steal_pointer(&files);
}

void
aws_files_free(AwsFiles *files)
{
	if (!files)
		return;
	g_clear_pointer(&files->credentials, g_key_file_unref);
	g_clear_pointer(&files->config, g_key_file_unref);
	g_free(files);
}

const char *
aws_files_profile(const char *wanted)
{
	const char *names[] = {wanted, aws_environment("AWS_PROFILE"),
	    aws_environment("AWS_DEFAULT_PROFILE")};

	for (guint i = 0; i < G_N_ELEMENTS(names); i++)
		if (names[i] && *names[i])
			return names[i];
	return "default";
}

/* [default] may also be written [profile default]. */
static bool
config_group(const AwsFiles *files, const char *profile, char **group)
{
	*group = g_strconcat("profile ", profile, NULL);
	if (g_key_file_has_group(files->config, *group))
		return true;
	if (!g_str_equal(profile, "default"))
		return false;
	g_free(*group);
	*group = g_strdup(profile);
	return g_key_file_has_group(files->config, *group);
}

static char *
setting(GKeyFile *file, const char *group, const char *name)
{
	g_autofree char *value = g_key_file_get_value(file, group, name, NULL);

	if (!value || *g_strstrip(value) == '\0')
		return NULL;
	return g_steal_pointer(&value);
}

char *
aws_files_get(const AwsFiles *files, const char *profile, const char *name)
{
	g_autofree char *group = NULL;
	char *value = setting(files->credentials, profile, name);

	if (!value && config_group(files, profile, &group))
		value = setting(files->config, group, name);
	return value;
}

AwsCredentials *
aws_files_keys(const AwsFiles *files, const char *profile, GError **error)
{
	g_autofree char *where = g_strdup_printf("profile %s", profile);
	g_autofree char *id =
	    aws_files_get(files, profile, "aws_access_key_id");
	g_auto(SecretText) secret =
	    aws_files_get(files, profile, "aws_secret_access_key");
	g_auto(SecretText) token =
	    aws_files_get(files, profile, "aws_session_token");

	return whole_keys(where, id, secret, token, error);
}

static bool
holds_secret(GKeyFile *file)
{
	g_auto(GStrv) groups = g_key_file_get_groups(file, NULL);

	for (guint i = 0; groups[i]; i++)
		if (g_key_file_has_key(
			file, groups[i], "aws_secret_access_key", NULL))
			return true;
	return false;
}

static void
add_exposed(
    GPtrArray *texts, GKeyFile *file, const char *variable, const char *name)
{
	g_autofree char *path = file_path(variable, name);
	struct stat status;

	if (!holds_secret(file) || stat(path, &status) < 0)
		return;
	if (!file_mode_is_private(status.st_mode))
		g_ptr_array_add(texts,
		    g_strdup_printf("%s: others may read or change the secret "
				    "keys in it (mode %04o): chmod 600",
			path, (unsigned)status.st_mode & 07777U));
}

GPtrArray *
aws_files_exposed(const AwsFiles *files)
{
	GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);

	add_exposed(texts, files->credentials, "AWS_SHARED_CREDENTIALS_FILE",
	    "credentials");
	add_exposed(texts, files->config, "AWS_CONFIG_FILE", "config");
	return texts;
}

char *
aws_files_region(const AwsFiles *files, const char *profile)
{
	const char *region = aws_environment("AWS_REGION");

	if (!region)
		region = aws_environment("AWS_DEFAULT_REGION");
	if (region || !files)
		return g_strdup(region);
	return aws_files_get(files, profile, "region");
}
