/* SPDX-License-Identifier: MIT */
#include "net/sts.h"

#include "core/failure.h"
#include "core/secret.h"

#define SECONDS 10
#define ATTEMPTS 3

static void
add_field(GString *form, const char *name, const char *value)
{
	g_autofree char *escaped = g_uri_escape_string(value, NULL, FALSE);

	g_string_append_printf(
	    form, "%s%s=%s", form->len > 0 ? "&" : "", name, escaped);
}

static GString *
form_new(const char *action, const StsRole *role)
{
	GString *form = g_string_new(NULL);

	add_field(form, "Action", action);
	add_field(form, "Version", "2011-06-15");
	add_field(form, "RoleArn", role->arn);
	add_field(form, "RoleSessionName",
	    role->session ? role->session : "aliasbridge");
	return form;
}

static AwsCredentials *
refused(const HttpAnswer *answer, GError **error)
{
	g_autoptr(AwsError) refusal = aws_error_parse(answer->status,
	    answer->error_type, answer->body->str, answer->body->len);
	const char *advice = aws_error_advice(refusal);

	failure_set(error,
	    refusal->fault == AWS_FAULT_RETRY ? FAILURE_TEMPORARY
					      : FAILURE_CONFIG,
	    "STS: HTTP %ld %s: %s%s%s", refusal->status, refusal->code,
	    refusal->message, advice ? "; " : "", advice ? advice : "");
	return NULL;
}

/* signer NULL: not signed. */
static AwsCredentials *
ask(const Sts *sts, const GString *form, const AwsCredentials *signer,
    GError **error)
{
	static const char *const headers[] = {
	    "Content-Type: application/x-www-form-urlencoded", NULL};
	HttpRequest request = {.method = "POST",
	    .url = sts->endpoint,
	    .headers = headers,
	    .body = form->str,
	    .body_len = form->len,
	    .signer = signer,
	    .region = sts->region,
	    .service = "sts",
	    .seconds = SECONDS};
	g_autoptr(HttpAnswer) answer =
	    http_send_retried(sts->http, &request, ATTEMPTS, error);

	if (!answer) {
		g_prefix_error(error, "STS: ");
		return NULL;
	}
	return answer->status == 200
		   ? aws_answer_sts_credentials(
			 answer->body->str, answer->body->len, error)
		   : refused(answer, error);
}

AwsCredentials *
sts_assume_role(const Sts *sts, const AwsCredentials *signer,
    const StsRole *role, GError **error)
{
	g_autoptr(GString) form = form_new("AssumeRole", role);

	return ask(sts, form, signer, error);
}

AwsCredentials *
sts_web_identity(
    const Sts *sts, const char *token, const StsRole *role, GError **error)
{
	g_autoptr(SecretString) form =
	    form_new("AssumeRoleWithWebIdentity", role);

	add_field(form, "WebIdentityToken", token);
	return ask(sts, form, NULL, error);
}
