/* SPDX-License-Identifier: MIT */
#include "core/aws_answer.h"

#include "core/bounds.h"
#include "core/failure.h"
#include "unit.h"

static const struct {
	long status;
	const char *header, *body;
	const char *code, *message;
	AwsFault fault;
} errors[] = {
    {400, NULL, "{\"__type\":\"ParameterNotFound\"}", "ParameterNotFound", "",
	AWS_FAULT_CONFIG},
    {400, NULL,
	"{\"__type\":\"com.amazonaws.ssm#ThrottlingException\","
	"\"message\":\"Rate exceeded\"}",
	"ThrottlingException", "Rate exceeded", AWS_FAULT_RETRY},
    {400, NULL,
	"{\"__type\":\"aws#ExpiredTokenException:http://internal/\","
	"\"Message\":\"expired\"}",
	"ExpiredTokenException", "expired", AWS_FAULT_EXPIRED},
    {400, "AccessDeniedException:http://x", "{}", "AccessDeniedException", "",
	AWS_FAULT_CONFIG},
    {403, NULL,
	"{\"__type\":\"InvalidSignatureException\",\"message\":"
	"\"Signature expired: a is now earlier than b\"}",
	"InvalidSignatureException",
	"Signature expired: a is now earlier than b", AWS_FAULT_CLOCK},
    {403, NULL, "{\"__type\":\"InvalidSignatureException\"}",
	"InvalidSignatureException", "", AWS_FAULT_CONFIG},
    {403, NULL,
	"<ErrorResponse><Error><Code>AccessDenied</Code><Message>no\r\n"
	"</Message></Error></ErrorResponse>",
	"AccessDenied", "no?", AWS_FAULT_CONFIG},
    {503, NULL, "<html>", "", "", AWS_FAULT_RETRY},
    {500, NULL, "", "", "", AWS_FAULT_RETRY},
    {404, NULL, "[1]", "", "", AWS_FAULT_OTHER},
    {400, NULL, "{\"__type\":7,\"message\":[]}", "", "", AWS_FAULT_OTHER},
    {400, NULL, "{\"__type\":\"a\",\"__type\":\"b\"}", "", "", AWS_FAULT_OTHER},
    {400, NULL, "{\"__type\":\"A\\u001b[31m#\"}", "", "", AWS_FAULT_OTHER},
};

static void
error(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(errors); i++) {
		gsize len = strlen(errors[i].body);
		g_autofree char *body = unit_octets(errors[i].body, len);
		g_autoptr(AwsError) got = aws_error_parse(
		    errors[i].status, errors[i].header, body, len);
		UNIT_TEXT(errors[i].body, got->code, errors[i].code);
		UNIT_TEXT(errors[i].body, got->message, errors[i].message);
		UNIT_NUMBER(errors[i].body, got->fault, errors[i].fault);
	}
}

#define P(more) "{\"Parameters\":[{" more "}]}"
static const struct {
	const char *body, *want; /* want NULL: refused */
} pages[] = {
    {"{\"Parameters\":[]}", " token=-"},
    {"{\"Parameters\":[],\"NextToken\":\"x\"}", " token=x"},
    {"{\"Parameters\":[],\"NextToken\":\"\"}", " token=-"},
    {P("\"Name\":\"/a\",\"Type\":\"String\",\"Value\":\"v\",\"Version\":3,"
       "\"LastModifiedDate\":1.5E9"),
	"/a:1:v:3 token=-"},
    {P("\"Name\":\"/a\",\"Type\":\"SecureString\",\"Value\":\"\","
       "\"Version\":1"),
	"/a:2::1 token=-"},
    {P("\"Name\":\"/a\",\"Type\":\"StringList\",\"Value\":\"a,b\","
       "\"Version\":1"),
	"/a:3:a,b:1 token=-"},
    {P("\"Name\":\"/a\",\"Value\":\"v\",\"Version\":0"), NULL},
    {P("\"Name\":\"/a\",\"Value\":\"v\",\"Version\":\"1\""), NULL},
    {P("\"Name\":\"/a\",\"Value\":5,\"Version\":1"), NULL},
    {P("\"Name\":\"/a\",\"Version\":1"), NULL},
    {P("\"Name\":\"\",\"Value\":\"v\",\"Version\":1"), NULL},
    {P("\"Name\":\"/a\",\"Value\":\"\xff\",\"Version\":1"), NULL},
    {P("\"Name\":\"/a\",\"Value\":\"\\u0000\",\"Version\":1"), NULL},
    {"{\"Parameters\":{}}", NULL},
    {"{\"Parameters\":[7]}", NULL},
    {"{}", NULL},
    {"{\"Parameters\":[", NULL},
    {"<html>", NULL},
    {"", NULL},
};

static char *
page_text(const GPtrArray *documents, const char *token)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < documents->len; i++) {
		const Document *d = documents->pdata[i];
		g_string_append_printf(text, "%s:%d:%s:%" G_GINT64_FORMAT,
		    d->name, (int)d->type, d->text, d->version);
	}
	g_string_append_printf(text, " token=%s", token ? token : "-");
	return g_string_free(text, FALSE);
}

static void
page(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(pages); i++) {
		gsize len = strlen(pages[i].body);
		g_autofree char *body = unit_octets(pages[i].body, len);
		g_autoptr(GPtrArray) documents = documents_new();
		g_autofree char *token = NULL;
		g_autoptr(GError) failed = NULL;
		bool good = aws_answer_parameters(
		    body, len, documents, &token, &failed);
		g_autofree char *got =
		    good ? page_text(documents, token) : NULL;
		UNIT_TEXT(pages[i].body, got, pages[i].want);
		UNIT_TRUE("error set on failure", !good == !!failed);
	}
}

static void
oversized(void)
{
	g_autofree char *value = g_strnfill(BOUND_SSM_VALUE + 1, 'x');
	g_autofree char *body = g_strdup_printf(
	    P("\"Name\":\"/a\",\"Value\":\"%s\",\"Version\":1"), value);
	g_autoptr(GPtrArray) documents = documents_new();
	g_autofree char *token = NULL;
	g_autoptr(GError) failed = NULL;

	UNIT_TRUE("refused", !aws_answer_parameters(body, strlen(body),
				 documents, &token, &failed));
	UNIT_TRUE("says which", failed && strstr(failed->message, "/a"));
}

static const struct {
	const char *body, *want;
} keys[] = {
    {"{\"Code\":\"Success\",\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\","
     "\"Token\":\"t\",\"Expiration\":\"2026-01-01T00:00:00Z\"}",
	"A s t 1767225600"},
    {"{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\"}", "A s - 0"},
    {"{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\",\"Token\":\"\"}",
	"A s - 0"},
    {"{\"Code\":\"AssumeRoleUnauthorizedAccess\",\"Message\":\"no\"}", NULL},
    {"{\"AccessKeyId\":\"A\"}", NULL},
    {"{\"AccessKeyId\":\"A\\nB\",\"SecretAccessKey\":\"s\"}", NULL},
    {"{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\",\"Token\":\"a b\"}",
	NULL},
    {"{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\","
     "\"Expiration\":\"soon\"}",
	NULL},
    {"<r><Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>s"
     "</SecretAccessKey><SessionToken>t</SessionToken><Expiration>"
     "2026-01-01T00:00:00Z</Expiration></Credentials></r>",
	"A s t 1767225600"},
    {"<r><AccessKeyId>A</AccessKeyId></r>", NULL},
    {"<r><AccessKeyId>A", NULL},
    {"", NULL},
};

static void
credentials(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
		gsize len = strlen(keys[i].body);
		g_autofree char *body = unit_octets(keys[i].body, len);
		g_autoptr(GError) failed = NULL;
		g_autoptr(AwsCredentials) got =
		    keys[i].body[0] == '<'
			? aws_answer_sts_credentials(body, len, &failed)
			: aws_answer_credentials(body, len, &failed);
		g_autofree char *text =
		    got ? g_strdup_printf("%s %s %s %" G_GINT64_FORMAT, got->id,
			      got->secret, got->token ? got->token : "-",
			      got->expires)
			: NULL;
		UNIT_TEXT(keys[i].body, text, keys[i].want);
		UNIT_TRUE("error set on failure", !got == !!failed);
	}
}

static void
version(void)
{
	static const char good[] = "{\"Version\":7,\"Tier\":\"Standard\"}";
	g_autoptr(GError) failed = NULL;

	UNIT_NUMBER("told", aws_answer_version(good, strlen(good), &failed), 7);
	UNIT_NUMBER("not told", aws_answer_version("{}", 2, &failed), 0);
	UNIT_TRUE("error", failed != NULL);
}

static const UnitCase cases[] = {{"error", error}, {"page", page},
    {"oversized", oversized}, {"credentials", credentials},
    {"version", version}};
UNIT_MAIN("aws_answer", cases)
