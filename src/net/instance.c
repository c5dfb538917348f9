/* SPDX-License-Identifier: MIT */
#include "net/instance.h"

#include <string.h>

#include "core/failure.h"
#include "core/secret.h"
#include "io/aws_files.h"

#define SECONDS 2
#define ATTEMPTS 3

static char *
metadata_url(const char *path)
{
	const char *base = aws_environment("AWS_EC2_METADATA_SERVICE_ENDPOINT");
	const char *mode =
	    aws_environment("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");

	if (!base)
		base = mode && g_ascii_strcasecmp(mode, "ipv6") == 0
			   ? "http://[fd00:ec2::254]"
			   : "http://169.254.169.254";
	return g_strconcat(
	    base, g_str_has_suffix(base, "/") ? path + 1 : path, NULL);
}

/* Only 200 is an answer here; what names the request. */
static HttpAnswer *
ask(Http *http, const char *what, const HttpRequest *request, int attempts,
    GError **error)
{
	g_autoptr(HttpAnswer) answer =
	    http_send_retried(http, request, attempts, error);

	if (answer && answer->status == 200)
		return g_steal_pointer(&answer);
	if (answer)
		failure_set(error, FAILURE_TEMPORARY, "%s: HTTP %ld", what,
		    answer->status);
	else
		g_prefix_error(error, "%s: ", what);
	return NULL;
}

/* One line of printable ASCII, no longer than a header should be. */
static bool
is_line(const GString *text)
{
	for (gsize i = 0; i < text->len; i++)
		if (!g_ascii_isgraph(text->str[i]))
			return false;
	return text->len > 0 && text->len < 1000;
}

/* "X-aws-ec2-metadata-token: ..." for the requests that follow. */
static char *
metadata_token(Http *http, GError **error)
{
	static const char *const headers[] = {
	    "X-aws-ec2-metadata-token-ttl-seconds: 21600", NULL};
	g_autofree char *url = metadata_url("/latest/api/token");
	HttpRequest request = {.method = "PUT",
	    .url = url,
	    .headers = headers,
	    .seconds = SECONDS};
	g_autoptr(HttpAnswer) answer =
	    ask(http, "instance metadata (IMDSv2 token)", &request, 1, error);

	if (answer && is_line(answer->body))
		return g_strconcat(
		    "X-aws-ec2-metadata-token: ", answer->body->str, NULL);
	if (answer)
		failure_set(error, FAILURE_TEMPORARY,
		    "instance metadata: the token is none");
	return NULL;
}

static HttpAnswer *
metadata_get(Http *http, const char *token, const char *path, GError **error)
{
	const char *headers[] = {token, NULL};
	g_autofree char *url = metadata_url(path);
	HttpRequest request = {.method = "GET",
	    .url = url,
	    .headers = headers,
	    .seconds = SECONDS};

	return ask(http, "instance metadata", &request, ATTEMPTS, error);
}

AwsCredentials *
instance_credentials(Http *http, char **role, GError **error)
{
	static const char folder[] =
	    "/latest/meta-data/iam/security-credentials/";
	g_autofree char *token = metadata_token(http, error);
	g_autoptr(HttpAnswer) name =
	    token ? metadata_get(http, token, folder, error) : NULL;

	if (!name)
		return NULL;
	g_string_truncate(name->body, strcspn(name->body->str, "\r\n"));
	if (!is_line(name->body) || strpbrk(name->body->str, "/?#%")) {
		failure_set(error, FAILURE_TEMPORARY,
		    "instance metadata: the instance has no role");
		return NULL;
	}
	*role = g_strdup(name->body->str);
	g_autofree char *path = g_strconcat(folder, *role, NULL);
	g_autoptr(HttpAnswer) answer = metadata_get(http, token, path, error);
	return answer ? aws_answer_credentials(
			    answer->body->str, answer->body->len, error)
		      : NULL;
}

char *
instance_region(Http *http)
{
	g_autofree char *token = metadata_token(http, NULL);
	g_autoptr(HttpAnswer) answer =
	    token ? metadata_get(
			http, token, "/latest/meta-data/placement/region", NULL)
		  : NULL;

	return answer && is_line(answer->body) ? g_strdup(answer->body->str)
					       : NULL;
}

AwsCredentials *
container_credentials(
    Http *http, const char *url, const char *token, GError **error)
{
	g_auto(SecretText) authorization =
	    token ? g_strconcat("Authorization: ", token, NULL) : NULL;
	const char *headers[] = {
	    "Accept: application/json", authorization, NULL};
	HttpRequest request = {.method = "GET",
	    .url = url,
	    .headers = headers,
	    .seconds = SECONDS};
	g_autoptr(HttpAnswer) answer =
	    ask(http, "container credentials", &request, ATTEMPTS, error);

	return answer ? aws_answer_credentials(
			    answer->body->str, answer->body->len, error)
		      : NULL;
}
