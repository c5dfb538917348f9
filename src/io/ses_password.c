/* SPDX-License-Identifier: MIT */
#include "io/ses_password.h"

#include <string.h>

#include "core/bounds.h"
#include "core/failure.h"
#include "io/file.h"

static SecretText
read_password(const char *path, GError **error)
{
	g_autoptr(SecretString) text = file_read_private(
	    path, BOUND_CONFIG_FILE, "aliasbridge smtp-password", error);

	if (!text)
		return NULL;
	gsize len = strcspn(text->str, "\r\n");
	if (len > 0 && len <= BOUND_AWS_SECRET)
		return g_strndup(text->str, len);
	if (len == 0)
		failure_set(
		    error, FAILURE_CONFIG, "%s holds no password", path);
	else
		failure_set(error, FAILURE_CONFIG,
		    "the first line of %s is over " G_STRINGIFY(
			BOUND_AWS_SECRET) " octets: it is no password",
		    path);
	return NULL;
}

SecretText
ses_password_read(const Config *config, GError **error)
{
	SecretText password =
	    read_password(config->settings->ses_password_file, error);

	if (!password)
		g_prefix_error(
		    error, "%s: ", config_place(config, "ses.password_file"));
	return password;
}
