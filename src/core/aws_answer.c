/* SPDX-License-Identifier: MIT */
#include "core/aws_answer.h"

#include <jansson.h>
#include <string.h>

#include "core/bounds.h"
#include "core/failure.h"
#include "core/secret.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(json_t, json_decref)

static bool
fail(GError **error, const char *what)
{
	return failure_set(error, FAILURE_TEMPORARY, "the answer %s", what);
}

/* jansson refuses invalid UTF-8 and NUL in strings. */
static json_t *
parse_object(const char *body, gsize len, GError **error)
{
	json_error_t where;
	json_t *json =
	    len <= BOUND_AWS_ANSWER
		? json_loadb(body, len, JSON_REJECT_DUPLICATES, &where)
		: NULL;

	if (json_is_object(json))
		return json;
	json_decref(json);
	fail(error, len == 0 ? "is empty" : "is no JSON object");
	return NULL;
}

static const char *
text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

/* --- XML: the text of the first element of a name ------------------------*/

typedef struct XmlWanted {
	const char *const *names; /* NULL-terminated */
	GString **values;         /* one for each; NULL until seen */
	GString *open;            /* borrowed: text goes there, or NULL */
} XmlWanted;

static void
xml_start(GMarkupParseContext *context, const char *name,
    const char **attributes, const char **values, gpointer data, GError **error)
{
	XmlWanted *wanted = data;

	(void)context, (void)attributes, (void)values, (void)error;
	wanted->open = NULL;
	for (guint i = 0; wanted->names[i]; i++)
		if (!wanted->values[i] && strcmp(name, wanted->names[i]) == 0)
			wanted->open = wanted->values[i] = g_string_new(NULL);
}

static void
xml_end(GMarkupParseContext *context, const char *name, gpointer data,
    GError **error)
{
	(void)context, (void)name, (void)error;
	((XmlWanted *)data)->open = NULL;
}

static void
xml_text(GMarkupParseContext *context, const char *text, gsize len,
    gpointer data, GError **error)
{
	XmlWanted *wanted = data;

	(void)context, (void)error;
	if (wanted->open && wanted->open->len + len <= BOUND_AWS_TOKEN)
		g_string_append_len(wanted->open, text, (gssize)len);
}

/* values has room for one a name; the caller frees what was found. */
static bool
xml_find(
    const char *body, gsize len, const char *const *names, GString **values)
{
	static const GMarkupParser parser = {.start_element = xml_start,
	    .end_element = xml_end,
	    .text = xml_text};
	XmlWanted wanted = {names, values, NULL};
	GMarkupParseContext *context = g_markup_parse_context_new(
	    &parser, G_MARKUP_TREAT_CDATA_AS_TEXT, &wanted, NULL);
	bool good =
	    len > 0 && len <= BOUND_AWS_ANSWER &&
	    g_markup_parse_context_parse(context, body, (gssize)len, NULL) &&
	    g_markup_parse_context_end_parse(context, NULL);

	g_markup_parse_context_free(context);
	return good;
}

/* What is found may be a secret. */
static void
xml_free(GString **values, guint count)
{
	for (guint i = 0; i < count; i++)
		secret_string_free(values[i]);
}

/* --- errors --------------------------------------------------------------*/

/* "com.amazonaws.ssm#Name:http://internal" is Name. */
static char *
error_code(const char *type)
{
	const char *end = type + strcspn(type, ":");
	const char *hash = memchr(type, '#', (gsize)(end - type));
	const char *name = hash ? hash + 1 : type;

	if (g_str_has_prefix(name, "AWS.SimpleQueueService."))
		name += strlen("AWS.SimpleQueueService.");
	return failure_mask(name, end - name, 100);
}

static void
read_json_error(AwsError *error, const json_t *json)
{
	const char *type = text_of(json, "__type");
	const char *message = text_of(json, "message");

	if (!type)
		type = text_of(json, "code");
	if (!message)
		message = text_of(json, "Message");
	if (type)
		error->code = error_code(type);
	if (message)
		error->message = failure_mask(message, -1, BOUND_AWS_MESSAGE);
}

static void
read_xml_error(AwsError *error, const char *body, gsize len)
{
	static const char *const names[] = {"Code", "Message", NULL};
	GString *values[2] = {NULL, NULL};

	if (xml_find(body, len, names, values) && values[0]) {
		error->code = error_code(values[0]->str);
		if (values[1])
			error->message =
			    failure_mask(values[1]->str, -1, BOUND_AWS_MESSAGE);
	}
	xml_free(values, 2);
}

static bool
one_of(const char *text, const char *const *list)
{
	return g_strv_contains(list, text);
}

static bool
is_clock(const AwsError *error)
{
	static const char *const codes[] = {"RequestTimeTooSkewed",
	    "RequestExpired", "RequestInTheFuture", NULL};

	return one_of(error->code, codes) ||
	       strstr(error->message, "Signature expired") ||
	       strstr(error->message, "Signature not yet current");
}

static AwsFault
classify(const AwsError *error)
{
	static const char *const throttled[] = {"Throttling",
	    "ThrottlingException", "ThrottledException", "RequestThrottled",
	    "RequestThrottledException", "RequestLimitExceeded",
	    "BandwidthLimitExceeded", "TooManyRequestsException",
	    "ProvisionedThroughputExceededException", "PriorRequestNotComplete",
	    "TooManyUpdates", "SlowDown", "RequestTimeout",
	    "RequestTimeoutException", "IDPCommunicationError",
	    "EC2ThrottledException", NULL};
	static const char *const config[] = {"AccessDenied",
	    "AccessDeniedException", "UnrecognizedClientException",
	    "InvalidClientTokenId", "InvalidSignatureException",
	    "SignatureDoesNotMatch", "IncompleteSignature",
	    "IncompleteSignatureException", "MissingAuthenticationToken",
	    "MissingAuthenticationTokenException", "InvalidKeyId",
	    "OptInRequired", "ParameterNotFound", "NotAuthorized",
	    "InvalidIdentityToken", NULL};
	static const char *const expired[] = {
	    "ExpiredToken", "ExpiredTokenException", NULL};
	static const long statuses[] = {429, 500, 502, 503, 504, 509};

	if (is_clock(error))
		return AWS_FAULT_CLOCK;
	if (one_of(error->code, expired))
		return AWS_FAULT_EXPIRED;
	if (one_of(error->code, throttled))
		return AWS_FAULT_RETRY;
	if (one_of(error->code, config))
		return AWS_FAULT_CONFIG;
	for (guint i = 0; i < G_N_ELEMENTS(statuses); i++)
		if (error->status == statuses[i])
			return AWS_FAULT_RETRY;
	return AWS_FAULT_OTHER;
}

AwsError *
aws_error_parse(
    long status, const char *type_header, const char *body, gsize len)
{
	AwsError *error = g_new0(AwsError, 1);
	g_autoptr(json_t) json = parse_object(body, len, NULL);

	error->status = status;
	if (json)
		read_json_error(error, json);
	else
		read_xml_error(error, body, len);
	if (!error->code)
		error->code =
		    type_header ? error_code(type_header) : g_strdup("");
	if (!error->message)
		error->message = g_strdup("");
	error->fault = classify(error);
	return error;
}

void
aws_error_free(AwsError *error)
{
	if (!error)
		return;
	g_free(error->code);
	g_free(error->message);
	g_free(error);
}

const char *
aws_error_advice(const AwsError *error)
{
	static const struct {
		const char *code, *within, *advice;
	} table[] = {
	    {"InvalidSignatureException", "valid region",
		"the endpoint is another region's: correct \"region\""},
	    {"SignatureDoesNotMatch", "valid region",
		"the endpoint is another region's: correct \"region\""},
	    {"InvalidSignatureException", "",
		"the secret access key does not belong to the key id"},
	    {"SignatureDoesNotMatch", "",
		"the secret access key does not belong to the key id"},
	    {"UnrecognizedClientException", "",
		"the access key is unknown or deleted, or its session token "
		"is missing"},
	    {"InvalidClientTokenId", "",
		"the access key is unknown or deleted"},
	    {"AccessDeniedException",
		"kms:", "allow this role kms:Decrypt on the parameter's key"},
	    {"AccessDeniedException", "",
		"allow this role the action in its IAM policy"},
	    {"AccessDenied", "",
		"allow this role the action in its IAM policy"},
	    {"ParameterNotFound", "",
		"no such parameter in this region and account"},
	    {"ThrottlingException", "",
		"the account's share of requests is used up: lower "
		"\"requests_per_second\" or sync less often"},
	    {"ExpiredTokenException", "",
		"the session has expired: sign in again, or use a role"},
	    {"ExpiredToken", "",
		"the session has expired: sign in again, or use a role"},
	};

	if (error->fault == AWS_FAULT_CLOCK)
		return "set this machine's clock (chrony, systemd-timesyncd)";
	for (guint i = 0; i < G_N_ELEMENTS(table); i++)
		if (strcmp(error->code, table[i].code) == 0 &&
		    strstr(error->message, table[i].within))
			return table[i].advice;
	return NULL;
}

/* --- SSM -----------------------------------------------------------------*/

static DocumentType
type_of(const char *type)
{
	if (g_strcmp0(type, "String") == 0)
		return DOCUMENT_STRING;
	return g_strcmp0(type, "SecureString") == 0 ? DOCUMENT_SECURE_STRING
						    : DOCUMENT_OTHER;
}

static char **
labels_of(const json_t *parameter)
{
	const json_t *labels = json_object_get(parameter, "Labels");
	g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);

	for (size_t i = 0; i < json_array_size(labels); i++) {
		const char *label =
		    json_string_value(json_array_get(labels, i));
		if (label)
			g_ptr_array_add(list, g_strdup(label));
	}
	if (list->len == 0)
		return NULL;
	g_ptr_array_add(list, NULL);
	return (char **)g_ptr_array_steal(list, NULL);
}

static Document *
document_of(const json_t *parameter, GError **error)
{
	const char *name = text_of(parameter, "Name");
	const json_t *value = json_object_get(parameter, "Value");
	const json_t *version = json_object_get(parameter, "Version");

	if (!name || *name == '\0' || strlen(name) > BOUND_SSM_NAME ||
	    !json_is_string(value) || !json_is_integer(version) ||
	    json_integer_value(version) < 1) {
		fail(error, "has a parameter without name, text or version");
		return NULL;
	}
	if (json_string_length(value) > BOUND_SSM_VALUE) {
		g_autofree char *shown = failure_mask(name, -1, 200);
		failure_set(error, FAILURE_TEMPORARY,
		    "the answer has a value of %zu octets for %s, more than "
		    "SSM stores",
		    json_string_length(value), shown);
		return NULL;
	}
	Document *document =
	    document_new(name, type_of(text_of(parameter, "Type")),
		json_string_value(value), (gssize)json_string_length(value));
	document->version = json_integer_value(version);
	document->modified =
	    json_number_value(json_object_get(parameter, "LastModifiedDate"));
	document->labels = labels_of(parameter);
	document->key_id = g_strdup(text_of(parameter, "KeyId"));
	document->advanced =
	    g_strcmp0(text_of(parameter, "Tier"), "Advanced") == 0;
	return document;
}

bool
aws_answer_parameters(const char *body, gsize len, GPtrArray *documents,
    char **next_token, GError **error)
{
	g_autoptr(json_t) json = parse_object(body, len, error);
	const json_t *list = json_object_get(json, "Parameters");
	const char *token = text_of(json, "NextToken");

	if (!json)
		return false;
	if (!json_is_array(list))
		return fail(error, "has no Parameters");
	if (token && strlen(token) > BOUND_AWS_TOKEN)
		return fail(error, "has a NextToken that is too long");
	for (size_t i = 0; i < json_array_size(list); i++) {
		Document *document =
		    document_of(json_array_get(list, i), error);
		if (!document)
			return false;
		g_ptr_array_add(documents, document);
	}
	*next_token = token && *token ? g_strdup(token) : NULL;
	return true;
}

Document *
aws_answer_parameter(const char *body, gsize len, GError **error)
{
	g_autoptr(json_t) json = parse_object(body, len, error);

	return json ? document_of(json_object_get(json, "Parameter"), error)
		    : NULL;
}

gint64
aws_answer_version(const char *body, gsize len, GError **error)
{
	g_autoptr(json_t) json = parse_object(body, len, error);
	gint64 version = json_integer_value(json_object_get(json, "Version"));

	if (json && version < 1)
		fail(error, "has no Version");
	return MAX(version, 0);
}

/* --- credentials ---------------------------------------------------------*/

AwsCredentials *
aws_credentials_new(
    const char *id, const char *secret, const char *token, gint64 expires)
{
	AwsCredentials *credentials = g_new0(AwsCredentials, 1);

	credentials->id = g_strdup(id);
	credentials->secret = g_strdup(secret);
	credentials->token = g_strdup(token);
	credentials->expires = expires;
	return credentials;
}

void
aws_credentials_free(AwsCredentials *credentials)
{
	if (!credentials)
		return;
	g_free(credentials->id);
	secret_text_free(credentials->secret);
	secret_text_free(credentials->token);
	g_free(credentials);
}

/* Goes into a header or a signature: printable ASCII without spaces. */
static bool
is_token(const char *text)
{
	gsize len = text ? strlen(text) : 0;

	if (len == 0 || len > BOUND_AWS_TOKEN)
		return false;
	for (gsize i = 0; i < len; i++)
		if (!g_ascii_isgraph(text[i]))
			return false;
	return true;
}

static AwsCredentials *
credentials_from(const char *id, const char *secret, const char *token,
    const char *expiration, GError **error)
{
	g_autoptr(GDateTime) expires =
	    expiration ? g_date_time_new_from_iso8601(expiration, NULL) : NULL;

	if (!is_token(id) || !is_token(secret) ||
	    (token && *token && !is_token(token))) {
		fail(error, "has no usable access key");
		return NULL;
	}
	if (expiration && !expires) {
		fail(error, "has an expiry that is no date");
		return NULL;
	}
	return aws_credentials_new(id, secret, token && *token ? token : NULL,
	    expires ? g_date_time_to_unix(expires) : 0);
}

AwsCredentials *
aws_answer_credentials(const char *body, gsize len, GError **error)
{
	g_autoptr(json_t) json = parse_object(body, len, error);
	const char *code = text_of(json, "Code");

	if (!json)
		return NULL;
	if (code && strcmp(code, "Success") != 0) {
		const char *message = text_of(json, "Message");
		g_autofree char *shown =
		    failure_mask(message ? message : code, -1, 200);
		failure_set(error, FAILURE_TEMPORARY,
		    "the answer has no credentials: %s", shown);
		return NULL;
	}
	return credentials_from(text_of(json, "AccessKeyId"),
	    text_of(json, "SecretAccessKey"), text_of(json, "Token"),
	    text_of(json, "Expiration"), error);
}

static const char *
value_of(const GString *value)
{
	return value ? value->str : NULL;
}

AwsCredentials *
aws_answer_sts_credentials(const char *body, gsize len, GError **error)
{
	static const char *const names[] = {"AccessKeyId", "SecretAccessKey",
	    "SessionToken", "Expiration", NULL};
	GString *v[4] = {NULL, NULL, NULL, NULL};
	AwsCredentials *credentials = NULL;

	if (xml_find(body, len, names, v))
		credentials = credentials_from(value_of(v[0]), value_of(v[1]),
		    value_of(v[2]), value_of(v[3]), error);
	else
		fail(error, "is no XML document");
	xml_free(v, 4);
	return credentials;
}
