/* SPDX-License-Identifier: MIT */
#include "io/aws_files.h"

#include <glib/gstdio.h>

#include "core/failure.h"
#include "unit.h"

static const char credentials[] = "stray = 1\n"
				  "; a comment\n"
				  "[default]\n"
				  "AWS_Access_Key_Id=AKIADEFAULT\n"
				  "aws_secret_access_key = se/cret+with==  \r\n"
				  "s3 =\n"
				  "  region = nested\n"
				  "[temporary]\n"
				  "aws_access_key_id = ASIA1\n"
				  "aws_secret_access_key = two\n"
				  "aws_session_token = tok\n"
				  "[half]\n"
				  "aws_access_key_id = AKIAHALF\n";

static const char config[] = "# comment\n"
			     "[default]\n"
			     "region = eu-west-1\n"
			     "[profile work mail]\n"
			     "region=eu-central-1\n"
			     "role_arn = arn:aws:iam::1:role/x\n"
			     "[half]\n"
			     "region = no\n";

static const char *const variables[] = {"AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN",
    "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_DEFAULT_PROFILE"};

static char *
scratch(void)
{
	g_autofree char *folder = unit_new_folder();
	g_autofree char *a = g_build_filename(folder, "credentials", NULL);
	g_autofree char *b = g_build_filename(folder, "config", NULL);

	for (guint i = 0; i < G_N_ELEMENTS(variables); i++)
		g_unsetenv(variables[i]);
	g_setenv("AWS_SHARED_CREDENTIALS_FILE", a, TRUE);
	g_setenv("AWS_CONFIG_FILE", b, TRUE);
	return g_steal_pointer(&folder);
}

static void
put(const char *folder, const char *name, const char *text)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);

	if (text)
		UNIT_TRUE(name, g_file_set_contents(path, text, -1, NULL));
	else
		g_remove(path);
}

static void
clear(const char *folder)
{
	put(folder, "credentials", NULL);
	put(folder, "config", NULL);
	g_rmdir(folder);
}

static const struct {
	const char *profile, *name, *want;
} settings[] = {
    {"default", "aws_access_key_id", "AKIADEFAULT"},
    {"default", "aws_secret_access_key", "se/cret+with=="},
    {"default", "region", "eu-west-1"},
    {"default", "stray", NULL},
    {"default", "s3", NULL},
    {"work mail", "region", "eu-central-1"},
    {"work mail", "role_arn", "arn:aws:iam::1:role/x"},
    {"half", "region", NULL},
    {"nobody", "region", NULL},
};

static void
get(void)
{
	g_autofree char *folder = scratch();
	put(folder, "credentials", credentials);
	put(folder, "config", config);
	g_autoptr(AwsFiles) files = aws_files_read(NULL);

	for (guint i = 0; i < G_N_ELEMENTS(settings); i++) {
		g_autofree char *got =
		    aws_files_get(files, settings[i].profile, settings[i].name);
		UNIT_TEXT(settings[i].name, got, settings[i].want);
	}
	clear(folder);
}

static void
keys(void)
{
	g_autofree char *folder = scratch();
	g_autoptr(GError) error = NULL;
	put(folder, "credentials", credentials);
	g_autoptr(AwsFiles) files = aws_files_read(NULL);

	g_autoptr(AwsCredentials) a = aws_files_keys(files, "default", NULL);
	UNIT_TEXT("id", a->id, "AKIADEFAULT");
	UNIT_TEXT("long-lived", a->token, NULL);
	g_autoptr(AwsCredentials) b = aws_files_keys(files, "temporary", NULL);
	UNIT_TEXT("token", b->token, "tok");
	UNIT_TRUE("none", !aws_files_keys(files, "nobody", &error) && !error);
	UNIT_TRUE("half", !aws_files_keys(files, "half", &error));
	UNIT_TRUE("config", g_error_matches(error, FAILURE, FAILURE_CONFIG));
	clear(folder);
}

static void
from_environment(void)
{
	g_autofree char *folder = scratch();
	g_autoptr(GError) error = NULL;

	UNIT_TRUE("none", !aws_keys_from_environment(&error) && !error);
	g_setenv("AWS_ACCESS_KEY_ID", "AKIA", TRUE);
	UNIT_TRUE("half", !aws_keys_from_environment(&error) && error);
	g_setenv("AWS_SECRET_ACCESS_KEY", "s", TRUE);
	g_setenv("AWS_SECURITY_TOKEN", "old", TRUE);
	g_autoptr(AwsCredentials) got = aws_keys_from_environment(NULL);
	UNIT_TEXT("legacy token", got ? got->token : NULL, "old");

	UNIT_TEXT("profile", aws_files_profile(NULL), "default");
	g_setenv("AWS_PROFILE", "p", TRUE);
	UNIT_TEXT("profile", aws_files_profile(NULL), "p");
	UNIT_TEXT("profile", aws_files_profile("own"), "own");
	g_setenv("AWS_DEFAULT_REGION", "d", TRUE);
	g_autofree char *d = aws_files_region(NULL, "p");
	UNIT_TEXT("region", d, "d");
	g_setenv("AWS_REGION", "r", TRUE);
	g_autofree char *r = aws_files_region(NULL, "p");
	UNIT_TEXT("region", r, "r");
	clear(folder);
}

static const struct {
	const char *label, *text;
	bool ok;
} files_texts[] = {
    {"absent", NULL, true},
    {"empty", "", true},
    {"only comments", "# x\n;y\n", true},
    {"no newline", "[a]\nb=c", true},
    {"broken section", "[a\nSECRET=c\n", false},
};

static void
read_texts(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(files_texts); i++) {
		g_autofree char *folder = scratch();
		g_autoptr(GError) error = NULL;
		put(folder, "credentials", files_texts[i].text);
		g_autoptr(AwsFiles) files = aws_files_read(&error);
		UNIT_TRUE(files_texts[i].label, !!files == files_texts[i].ok);
		UNIT_TRUE("shows nothing",
		    !error || !strstr(error->message, "SECRET"));
		clear(folder);
	}
}

static const UnitCase cases[] = {{"get", get}, {"keys", keys},
    {"environment", from_environment}, {"read", read_texts}};
UNIT_MAIN("aws_files", cases)
