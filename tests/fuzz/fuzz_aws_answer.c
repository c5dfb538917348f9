/* SPDX-License-Identifier: MIT */
/*
 * What claims to be an answer of AWS: parameters, credentials, errors. What is
 * taken is within its bounds; an error shows no control character; a failure
 * has an error, and a success none.
 */
#include <glib.h>
#include <stdint.h>
#include <string.h>

#include "core/aws_answer.h"
#include "core/bounds.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_text(const char *text, gsize max)
{
	g_assert_true(g_utf8_validate(text, -1, NULL));
	g_assert_cmpuint(strlen(text), <=, max);
	for (; *text; text++)
		g_assert_true(!g_ascii_iscntrl(*text));
}

static void
try_error(const char *body, gsize len)
{
	g_autoptr(AwsError) error = aws_error_parse(400, NULL, body, len);

	/* "..." where cut, and a last character of several octets. */
	check_text(error->message, BOUND_AWS_MESSAGE + 8);
	check_text(error->code, 108);
	aws_error_advice(error);
}

static void
try_parameters(const char *body, gsize len)
{
	g_autoptr(GPtrArray) documents = documents_new();
	g_autofree char *token = NULL;
	g_autoptr(GError) error = NULL;
	bool good = aws_answer_parameters(body, len, documents, &token, &error);

	g_assert_true(good == !error);
	for (guint i = 0; i < documents->len; i++) {
		const Document *document = documents->pdata[i];
		g_assert_true(*document->name);
		g_assert_cmpuint(strlen(document->name), <=, BOUND_SSM_NAME);
		g_assert_cmpuint(document->len, ==, strlen(document->text));
		g_assert_cmpuint(document->len, <=, BOUND_SSM_VALUE);
		g_assert_cmpint(document->version, >, 0);
	}
}

static void
try_one(const char *body, gsize len)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GError) no_version = NULL;
	g_autoptr(Document) document = aws_answer_parameter(body, len, &error);
	gint64 version = aws_answer_version(body, len, &no_version);

	g_assert_true(!document == !!error);
	g_assert_true((version > 0) == !no_version);
}

static void
check_keys(const AwsCredentials *keys, const GError *error)
{
	g_assert_true(!keys == !!error);
	if (!keys)
		return;
	check_text(keys->id, BOUND_AWS_TOKEN);
	check_text(keys->secret, BOUND_AWS_TOKEN);
	if (keys->token)
		check_text(keys->token, BOUND_AWS_TOKEN);
}

static void
try_credentials(const char *body, gsize len)
{
	g_autoptr(GError) no_json = NULL;
	g_autoptr(GError) no_xml = NULL;
	g_autoptr(AwsCredentials) json =
	    aws_answer_credentials(body, len, &no_json);
	g_autoptr(AwsCredentials) xml =
	    aws_answer_sts_credentials(body, len, &no_xml);

	check_keys(json, no_json);
	check_keys(xml, no_xml);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *body = (const char *)data;

	try_error(body, size);
	try_parameters(body, size);
	try_one(body, size);
	try_credentials(body, size);
	return 0;
}
