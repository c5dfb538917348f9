/* SPDX-License-Identifier: MIT */
#include "net/aws.h"

#include <string.h>

#include "core/failure.h"
#include "net/pace.h"

struct AwsClient {
	const AwsService *service; /* borrowed */
	Http *http;                /* owned */
	Credentials *credentials;  /* owned */
	char *region;              /* owned */
	char *endpoint;            /* owned */
	Ticker ticker;
	Pace pace;
	int attempts;
	char *code; /* owned; of the last failure */
};

static int
attempts_wanted(void)
{
	const char *text = g_getenv("AWS_MAX_ATTEMPTS");
	guint64 number = 0;

	if (text && g_ascii_string_to_unsigned(text, 10, 1, 20, &number, NULL))
		return (int)number;
	return 5;
}

AwsClient *
aws_client_new(const AwsOptions *options, GError **error)
{
	g_autoptr(Http) http = http_new(options->ticker);
	g_autofree char *region =
	    credentials_region(http, options->region, options->profile, error);

	if (!region)
		return NULL;
	AwsClient *client = g_new0(AwsClient, 1);
	client->service = options->service;
	client->credentials = credentials_new(http, options->profile, region,
	    options->sts_endpoint, options->log);
	client->http = g_steal_pointer(&http);
	client->endpoint = options->endpoint && *options->endpoint
			       ? g_strdup(options->endpoint)
			       : aws_endpoint(options->service->name, region);
	client->region = g_steal_pointer(&region);
	client->ticker = options->ticker;
	pace_init(&client->pace, options->requests_second);
	client->attempts = attempts_wanted();
	client->code = g_strdup("");
	return client;
}

void
aws_client_free(AwsClient *client)
{
	if (!client)
		return;
	credentials_free(client->credentials);
	http_free(client->http);
	g_free(client->region);
	g_free(client->endpoint);
	g_free(client->code);
	g_free(client);
}

const char *
aws_client_code(const AwsClient *client)
{
	return client->code;
}

const char *
aws_client_region(const AwsClient *client)
{
	return client->region;
}

bool
aws_client_sleep(const AwsClient *client, gint64 microseconds)
{
	return ticker_sleep(client->ticker, microseconds);
}

static gint64
now(void)
{
	return g_get_real_time() / G_USEC_PER_SEC;
}

static bool
stopped(GError **error)
{
	return failure_set(error, FAILURE_TEMPORARY, "stopped");
}

static HttpAnswer *
send_once(
    AwsClient *client, const char *operation, const char *json, GError **error)
{
	gint64 wait = pace_wait(&client->pace, g_get_monotonic_time());
	const AwsCredentials *keys;

	if (!ticker_sleep(client->ticker, wait)) {
		stopped(error);
		return NULL;
	}
	keys = credentials_get(client->credentials, now(), error);
	if (!keys)
		return NULL;
	g_autofree char *type =
	    g_strconcat("Content-Type: ", client->service->content_type, NULL);
	g_autofree char *target = g_strconcat(
	    "X-Amz-Target: ", client->service->target, operation, NULL);
	const char *headers[] = {type, target, NULL};
	HttpRequest request = {.method = "POST",
	    .url = client->endpoint,
	    .headers = headers,
	    .body = json,
	    .body_len = strlen(json),
	    .signer = keys,
	    .region = client->region,
	    .service = client->service->name};
	return http_send(client->http, &request, error);
}

static FailureCode
failure_of(AwsFault fault)
{
	switch (fault) {
	case AWS_FAULT_RETRY:
		return FAILURE_TEMPORARY;
	case AWS_FAULT_EXPIRED:
	case AWS_FAULT_CLOCK:
	case AWS_FAULT_CONFIG:
		return FAILURE_CONFIG;
	case AWS_FAULT_OTHER:
	default:
		return FAILURE_INPUT;
	}
}

static char *
clock_text(const AwsError *refusal, gint64 date)
{
	gint64 behind = date - now();

	if (refusal->fault != AWS_FAULT_CLOCK || date == 0)
		return g_strdup("");
	return g_strdup_printf(": this machine's clock is %" G_GINT64_FORMAT
			       " seconds %s AWS's",
	    ABS(behind), behind > 0 ? "behind" : "ahead of");
}

static void
set_refusal(const HttpAnswer *answer, const AwsError *refusal, GError **error)
{
	const char *advice = aws_error_advice(refusal);
	g_autofree char *skew = clock_text(refusal, answer->date);
	g_autofree char *what =
	    *refusal->code
		? g_strdup(refusal->code)
		: g_strdup_printf("HTTP %ld that is no answer of AWS (a "
				  "proxy, a wrong endpoint?)",
		      refusal->status);

	failure_set(error, failure_of(refusal->fault),
	    "%s%s%s%s%s%s (request id %s)", what, *refusal->message ? ": " : "",
	    refusal->message, skew, advice ? "; " : "", advice ? advice : "",
	    answer->request_id ? answer->request_id : "unknown");
}

typedef enum Outcome { DONE, AGAIN, AGAIN_NOW, GIVE_UP } Outcome;

static Outcome
judge(
    AwsClient *client, const HttpAnswer *answer, bool *renewed, GError **error)
{
	g_autoptr(AwsError) refusal = NULL;

	if (answer->status == 200)
		return DONE;
	refusal = aws_error_parse(answer->status, answer->error_type,
	    answer->body->str, answer->body->len);
	g_free(client->code);
	client->code = g_strdup(refusal->code);
	set_refusal(answer, refusal, error);
	if (refusal->fault == AWS_FAULT_RETRY) {
		pace_throttled(&client->pace);
		return AGAIN;
	}
	/* A daemon's file may hold new keys by then. */
	if (refusal->fault == AWS_FAULT_EXPIRED ||
	    refusal->fault == AWS_FAULT_CONFIG)
		credentials_forget(client->credentials);
	if (refusal->fault != AWS_FAULT_EXPIRED || *renewed)
		return GIVE_UP;
	*renewed = true;
	return AGAIN_NOW;
}

/* One attempt. *answer is set when DONE. */
static Outcome
attempt(AwsClient *client, const char *operation, const char *json,
    bool *renewed, HttpAnswer **answer, GError **error)
{
	g_autoptr(HttpAnswer) got = send_once(client, operation, json, error);

	if (!got)
		return g_error_matches(*error, FAILURE, FAILURE_TEMPORARY)
			   ? AGAIN
			   : GIVE_UP;
	Outcome outcome = judge(client, got, renewed, error);
	if (outcome == DONE)
		*answer = g_steal_pointer(&got);
	return outcome;
}

HttpAnswer *
aws_call(
    AwsClient *client, const char *operation, const char *json, GError **error)
{
	g_autoptr(GError) cause = NULL;
	HttpAnswer *answer = NULL;
	bool renewed = false;
	Outcome outcome = AGAIN_NOW;

	g_free(client->code);
	client->code = g_strdup("");
	for (int n = 1; outcome == AGAIN_NOW || outcome == AGAIN; n++) {
		gint64 pause =
		    outcome == AGAIN ? pace_back_off(n, g_random_double()) : 0;
		if (n > client->attempts && outcome == AGAIN)
			break;
		if (!ticker_sleep(client->ticker, pause)) {
			g_clear_error(&cause);
			stopped(&cause);
			break;
		}
		g_clear_error(&cause);
		outcome =
		    attempt(client, operation, json, &renewed, &answer, &cause);
	}
	if (answer)
		return answer;
	g_prefix_error(&cause, "%s: ", operation);
	g_propagate_error(error, g_steal_pointer(&cause));
	return NULL;
}
