/* SPDX-License-Identifier: MIT */
#include "io/ses_password.h"

#include <string.h>

#include "core/bounds.h"
#include "core/failure.h"
#include "io/file.h"

static char *
read_password(const char *path, GError **error)
{
	GString *text = file_read_private(
	    path, BOUND_CONFIG_FILE, "aliasbridge smtp-password", error);

	if (!text)
		return NULL;
	gsize len = strcspn(text->str, "\r\n");
	char *line = NULL;
	if (len == 0)
		failure_set(
		    error, FAILURE_CONFIG, "%s holds no password", path);
	else if (len > BOUND_AWS_SECRET)
		failure_set(error, FAILURE_CONFIG,
		    "the first line of %s is over " G_STRINGIFY(
			BOUND_AWS_SECRET) " octets: it is no password",
		    path);
	else
		line = g_strndup(text->str, len);
	file_forget(text);
	return line;
}

char *
ses_password_read(const Config *config, GError **error)
{
	char *password =
	    read_password(config->settings->ses_password_file, error);

	if (!password)
		g_prefix_error(
		    error, "%s: ", config_place(config, "ses.password_file"));
	return password;
}
