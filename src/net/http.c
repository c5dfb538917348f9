/* SPDX-License-Identifier: MIT */
#include "net/http.h"

#include <curl/curl.h>
#include <string.h>

#include "core/bounds.h"
#include "core/failure.h"
#include "core/host_port.h"
#include "core/secret.h"
#include "io/aws_files.h"
#include "net/curl_text.h"

struct Http {
	CURL *curl; /* owned */
	Ticker ticker;
	gint64 ticked; /* monotonic time */
	char *ca_file; /* owned; or NULL */
	char why[CURL_ERROR_SIZE];
};

Http *
http_new(Ticker ticker)
{
	Http *http = g_new0(Http, 1);

	curl_global_init(CURL_GLOBAL_DEFAULT);
	http->curl = curl_easy_init();
	http->ticker = ticker;
	http->ca_file = g_strdup(aws_environment("AWS_CA_BUNDLE"));
	return http;
}

void
http_free(Http *http)
{
	if (!http)
		return;
	curl_easy_cleanup(http->curl);
	g_free(http->ca_file);
	g_free(http);
}

void
http_answer_free(HttpAnswer *answer)
{
	if (!answer)
		return;
	/* It may hold credentials. */
	secret_string_free(answer->body);
	g_free(answer->request_id);
	g_free(answer->error_type);
	g_free(answer);
}

bool
ticker_sleep(Ticker ticker, gint64 microseconds)
{
	gint64 end = g_get_monotonic_time() + microseconds;

	for (;;) {
		gint64 left = end - g_get_monotonic_time();
		if (ticker.tick && !ticker.tick(ticker.context))
			return false;
		if (left <= 0)
			return true;
		g_usleep((gulong)MIN(left, G_USEC_PER_SEC / 4));
	}
}

static int
progress(void *data, curl_off_t total, curl_off_t now, curl_off_t up_total,
    curl_off_t up_now)
{
	Http *http = data;
	gint64 time = g_get_monotonic_time();

	(void)total, (void)now, (void)up_total, (void)up_now;
	if (!http->ticker.tick || time - http->ticked < G_USEC_PER_SEC / 2)
		return 0;
	http->ticked = time;
	return http->ticker.tick(http->ticker.context) ? 0 : 1;
}

static size_t
take_body(char *octets, size_t size, size_t count, void *data)
{
	HttpAnswer *answer = data;
	gsize len = size * count;

	if (answer->body->len + len > BOUND_AWS_ANSWER)
		return 0;
	g_string_append_len(answer->body, octets, (gssize)len);
	return len;
}

static char *
header_value(const char *line, gsize len, const char *name)
{
	gsize n = strlen(name);

	if (len <= n || line[n] != ':' || g_ascii_strncasecmp(line, name, n))
		return NULL;
	g_autofree char *value = g_strndup(line + n + 1, len - n - 1);
	return failure_mask(g_strstrip(value), -1, 200);
}

static size_t
take_header(char *octets, size_t size, size_t count, void *data)
{
	HttpAnswer *answer = data;
	gsize len = size * count;
	char *id = header_value(octets, len, "x-amzn-requestid");
	char *type = header_value(octets, len, "x-amzn-errortype");
	g_autofree char *date = header_value(octets, len, "date");

	if (id) {
		g_free(answer->request_id);
		answer->request_id = id;
	}
	if (type) {
		g_free(answer->error_type);
		answer->error_type = type;
	}
	if (date)
		answer->date = MAX(0, (gint64)curl_getdate(date, NULL));
	return len;
}

static bool
config_error(GError **error, const char *url, const char *what)
{
	g_autofree char *shown = failure_mask(url, -1, 200);

	return failure_set(error, FAILURE_CONFIG, "%s: %s", shown, what);
}

/* Where plain http may go. */
static bool
is_local_host(const char *host)
{
	static const char *const services[] = {"169.254.169.254",
	    "[fd00:ec2::254]", "169.254.170.2", "169.254.170.23",
	    "[fd00:ec2::23]", NULL};

	return host_port_is_local(host) || g_strv_contains(services, host);
}

static bool
check_url(const char *url, GError **error)
{
	CURLU *parts = curl_url();
	char *scheme = NULL, *host = NULL;
	bool whole =
	    curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
	    curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
	    curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK;
	bool secure = whole && strcmp(scheme, "https") == 0;
	bool local =
	    whole && strcmp(scheme, "http") == 0 && is_local_host(host);

	curl_free(scheme);
	curl_free(host);
	curl_url_cleanup(parts);
	if (!whole)
		return config_error(error, url, "no URL");
	if (!secure && !local)
		return config_error(
		    error, url, "only https may leave this machine");
	return true;
}

static bool
no_memory(GError **error)
{
	return failure_set(error, FAILURE_TEMPORARY, "libcurl: %s",
	    curl_easy_strerror(CURLE_OUT_OF_MEMORY));
}

static bool
append_header(struct curl_slist **list, const char *text, GError **error)
{
	for (const char *c = text; *c; c++)
		if (g_ascii_iscntrl(*c))
			return failure_set(error, FAILURE_CONFIG,
			    "a header would hold a control character");
	return curl_text_append(list, text) || no_memory(error);
}

static bool
append_token(
    struct curl_slist **list, const AwsCredentials *signer, GError **error)
{
	if (!signer || !signer->token)
		return true;
	g_auto(SecretText) header =
	    g_strconcat("X-Amz-Security-Token: ", signer->token, NULL);
	return append_header(list, header, error);
}

static bool
append_headers(
    struct curl_slist **list, const HttpRequest *request, GError **error)
{
	const char *const *headers = request->headers;

	for (guint i = 0; headers && headers[i]; i++)
		if (!append_header(list, headers[i], error))
			return false;
	return append_token(list, request->signer, error);
}

static void
free_headers(struct curl_slist *list)
{
	/* One may be a token. */
	for (struct curl_slist *item = list; item; item = item->next)
		explicit_bzero(item->data, strlen(item->data));
	curl_slist_free_all(list);
}

static bool
set_transport(Http *http, const HttpRequest *request)
{
	CURL *curl = http->curl;
	bool plain = g_str_has_prefix(request->url, "http:");

	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, http->why);
	curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(curl, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT,
	    MIN(10L, request->seconds ? request->seconds : 10L));
	curl_easy_setopt(
	    curl, CURLOPT_TIMEOUT, request->seconds ? request->seconds : 30L);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, progress);
	curl_easy_setopt(curl, CURLOPT_XFERINFODATA, http);
	return (!http->ca_file ||
		   curl_text_set(curl, CURLOPT_CAINFO, http->ca_file)) &&
	       (!plain || curl_text_set(curl, CURLOPT_NOPROXY, "*"));
}

static bool
set_request(Http *http, const HttpRequest *request, HttpAnswer *answer)
{
	CURL *curl = http->curl;
	bool post = strcmp(request->method, "POST") == 0;

	if (post) {
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)request->body_len);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body);
	} else {
		curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
	}
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, answer);
	return curl_text_set(curl, CURLOPT_URL, request->url) &&
	       (post ||
		   curl_text_set(curl, CURLOPT_CUSTOMREQUEST, request->method));
}

static bool
set_signer(CURL *curl, const HttpRequest *request)
{
	g_autofree char *scope =
	    g_strdup_printf("aws:amz:%s:%s", request->region, request->service);

	return curl_text_set(curl, CURLOPT_AWS_SIGV4, scope) &&
	       curl_text_set(curl, CURLOPT_USERNAME, request->signer->id) &&
	       curl_text_set(curl, CURLOPT_PASSWORD, request->signer->secret);
}

/* What only someone can repair; anything else may pass. */
static FailureCode
failure_of(CURLcode code)
{
	switch ((int)code) {
	case CURLE_URL_MALFORMAT:
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
		return FAILURE_CONFIG;
	default:
		return FAILURE_TEMPORARY;
	}
}

static void
transfer_error(const Http *http, CURLcode code, GError **error)
{
	const char *text = *http->why ? http->why : curl_easy_strerror(code);

	if (code == CURLE_WRITE_ERROR)
		text = "the answer is longer than any should be";
	if (code == CURLE_ABORTED_BY_CALLBACK)
		text = "stopped";
	g_autofree char *shown = failure_mask(text, -1, BOUND_AWS_MESSAGE);
	failure_set(error, failure_of(code), "%s", shown);
}

static HttpAnswer *
perform(Http *http, const HttpRequest *request, struct curl_slist *headers,
    struct curl_slist *connect_to, GError **error)
{
	g_autoptr(HttpAnswer) answer = g_new0(HttpAnswer, 1);

	answer->body = g_string_new(NULL);
	curl_easy_reset(http->curl);
	http->why[0] = '\0';
	CURLcode code = CURLE_OUT_OF_MEMORY;
	bool kept = set_transport(http, request) &&
		    set_request(http, request, answer) &&
		    (!request->signer || set_signer(http->curl, request));
	if (headers)
		curl_easy_setopt(http->curl, CURLOPT_HTTPHEADER, headers);
	if (connect_to)
		curl_easy_setopt(http->curl, CURLOPT_CONNECT_TO, connect_to);
	if (kept)
		code = curl_easy_perform(http->curl);
	curl_easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE, &answer->status);
	/* curl keeps copies of the keys until then. */
	curl_easy_setopt(http->curl, CURLOPT_USERNAME, NULL);
	curl_easy_setopt(http->curl, CURLOPT_PASSWORD, NULL);
	if (code == CURLE_OK)
		return g_steal_pointer(&answer);
	transfer_error(http, code, error);
	return NULL;
}

HttpAnswer *
http_send(Http *http, const HttpRequest *request, GError **error)
{
	struct curl_slist *headers = NULL, *connect_to = NULL;
	HttpAnswer *answer = NULL;
	g_autofree char *rule = g_strconcat("::", request->connect_to, NULL);

	if (!http->curl) {
		no_memory(error);
		return NULL;
	}
	if (!request->connect_to && !check_url(request->url, error))
		return NULL;
	if ((!request->connect_to || curl_text_append(&connect_to, rule) ||
		no_memory(error)) &&
	    append_headers(&headers, request, error))
		answer = perform(http, request, headers, connect_to, error);
	free_headers(headers);
	curl_slist_free_all(connect_to);
	return answer;
}

HttpAnswer *
http_send_retried(
    Http *http, const HttpRequest *request, int attempts, GError **error)
{
	g_autoptr(HttpAnswer) answer = NULL;

	for (int i = 0; i < attempts; i++) {
		g_clear_pointer(&answer, http_answer_free);
		g_clear_error(error);
		answer = http_send(http, request, error);
		if (answer && answer->status < 500)
			break;
	}
	return g_steal_pointer(&answer);
}
