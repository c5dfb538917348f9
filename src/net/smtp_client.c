/* SPDX-License-Identifier: MIT */
#include "net/smtp_client.h"

#include <curl/curl.h>
#include <string.h>

#include "core/bounds.h"
#include "core/failure.h"
#include "net/curl_text.h"

/* What a command's reply said, followed over the wire: libcurl's own codes
 * do not tell a refused message from a refused login. */
typedef struct Dialogue {
	SmtpStage stage;
	bool quit;     /* what comes now does not count */
	int code;      /* of the last whole reply to the last command; or 0 */
	GString *text; /* owned; of that reply's last line */
} Dialogue;

struct SmtpClient {
	CURL *curl; /* owned */
	char problem[CURL_ERROR_SIZE];
	Dialogue dialogue;
	const SmtpMail *mail; /* borrowed while sending */
};

static bool
starts(const char *octets, gsize len, const char *verb)
{
	gsize n = strlen(verb);

	return len >= n && g_ascii_strncasecmp(octets, verb, n) == 0;
}

static void
saw_command(Dialogue *dialogue, const char *octets, gsize len)
{
	if (starts(octets, len, "QUIT\r\n"))
		dialogue->quit = true;
	else if (starts(octets, len, "MAIL FROM:"))
		dialogue->stage = SMTP_STAGE_MAIL;
	else if (starts(octets, len, "RCPT TO:"))
		dialogue->stage = SMTP_STAGE_RCPT;
	else if (dialogue->stage == SMTP_STAGE_RCPT &&
		 starts(octets, len, "DATA\r\n"))
		dialogue->stage = SMTP_STAGE_DATA;
	if (!dialogue->quit)
		dialogue->code = 0;
}

static void
saw_reply(Dialogue *dialogue, const char *octets, gsize len)
{
	if (dialogue->quit || len < 3 || !g_ascii_isdigit(octets[0]) ||
	    !g_ascii_isdigit(octets[1]) || !g_ascii_isdigit(octets[2]) ||
	    (len > 3 && octets[3] == '-'))
		return;
	dialogue->code = (octets[0] - '0') * 100 + (octets[1] - '0') * 10 +
			 (octets[2] - '0');
	g_string_truncate(dialogue->text, 0);
	if (len > 4)
		g_string_append_len(dialogue->text, octets + 4,
		    (gssize)MIN(len - 4, BOUND_REPLY));
	g_strchomp(dialogue->text->str);
	dialogue->text->len = strlen(dialogue->text->str);
	if (dialogue->stage == SMTP_STAGE_DATA && dialogue->code == 354) {
		dialogue->stage = SMTP_STAGE_MESSAGE;
		dialogue->code = 0;
	}
}

static int
on_debug(CURL *curl, curl_infotype type, char *octets, size_t len, void *own)
{
	Dialogue *dialogue = own;

	(void)curl;
	if (type == CURLINFO_HEADER_OUT)
		saw_command(dialogue, octets, len);
	else if (type == CURLINFO_HEADER_IN)
		saw_reply(dialogue, octets, len);
	return 0;
}

/* Replies are seen by on_debug; without this libcurl prints them. */
static size_t
on_header(char *octets, size_t size, size_t count, void *own)
{
	(void)octets;
	(void)own;
	return size * count;
}

static size_t
on_read(char *buffer, size_t size, size_t count, void *own)
{
	SmtpClient *client = own;
	const SmtpMail *mail = client->mail;
	gsize room = size * count, filled = 0, len;

	while (filled < room) {
		const char *octets =
		    mail->source(mail->context, room - filled, &len);
		if (len == 0)
			break;
		memcpy(buffer + filled, octets, len);
		filled += len;
	}
	return filled;
}

/* Host and helo go into a URL. */
static bool
is_host(const char *text)
{
	gsize len =
	    strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			 "0123456789.-_:[]");

	return len > 0 && len <= BOUND_DOMAIN && text[len] == '\0';
}

static bool
set_tls(CURL *curl, const SmtpServer *server)
{
	if (server->tls == SMTP_TLS_NONE)
		return true;
	curl_easy_setopt(curl, CURLOPT_USE_SSL, (long)CURLUSESSL_ALL);
	curl_easy_setopt(
	    curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
	return !server->ca_file ||
	       (curl_text_set(curl, CURLOPT_CAINFO, server->ca_file) &&
		   curl_text_set(curl, CURLOPT_CAPATH, NULL));
}

static bool
set_login(CURL *curl, const SmtpServer *server)
{
	if (!server->user || server->tls == SMTP_TLS_NONE)
		return true;
	curl_easy_setopt(curl, CURLOPT_SASL_IR, 1L);
	return curl_text_set(curl, CURLOPT_USERNAME, server->user) &&
	       curl_text_set(curl, CURLOPT_PASSWORD, server->password) &&
	       curl_text_set(
		   curl, CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN");
}

static bool
set_server(CURL *curl, const SmtpServer *server)
{
	g_autofree char *url = g_strdup_printf("%s://%s:%d/%s",
	    server->tls == SMTP_TLS_WRAPPER ? "smtps" : "smtp", server->host,
	    server->port, server->helo);

	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(curl, CURLOPT_UPLOAD_BUFFERSIZE, 128L * 1024);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)server->timeout);
	/* Its own limit is 120 s, but RFC 5321 4.5.3.2.6 asks for patience
	 * with the last reply. */
	curl_easy_setopt(
	    curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)server->timeout);
	return curl_text_set(curl, CURLOPT_URL, url) &&
	       curl_text_set(curl, CURLOPT_PROXY, "") &&
	       set_tls(curl, server) && set_login(curl, server);
}

static void
set_callbacks(SmtpClient *client)
{
	curl_easy_setopt(client->curl, CURLOPT_ERRORBUFFER, client->problem);
	curl_easy_setopt(client->curl, CURLOPT_VERBOSE, 1L);
	curl_easy_setopt(client->curl, CURLOPT_DEBUGFUNCTION, on_debug);
	curl_easy_setopt(client->curl, CURLOPT_DEBUGDATA, &client->dialogue);
	curl_easy_setopt(client->curl, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(client->curl, CURLOPT_READFUNCTION, on_read);
	curl_easy_setopt(client->curl, CURLOPT_READDATA, client);
}

void
smtp_client_start(bool tls)
{
	curl_global_init(tls ? CURL_GLOBAL_DEFAULT : CURL_GLOBAL_NOTHING);
}

SmtpClient *
smtp_client_new(const SmtpServer *server, GError **error)
{
	g_autoptr(SmtpClient) client = g_new0(SmtpClient, 1);

	client->dialogue.text = g_string_new(NULL);
	if (!is_host(server->host) || !is_host(server->helo) ||
	    server->port <= 0 || server->port > 65535) {
		failure_set(error, FAILURE_CONFIG,
		    "no SMTP server's host name and port");
		return NULL;
	}
	client->curl = curl_easy_init();
	if (!client->curl || !set_server(client->curl, server)) {
		failure_set(error, FAILURE_TEMPORARY, "libcurl does not start");
		return NULL;
	}
	set_callbacks(client);
	return g_steal_pointer(&client);
}

void
smtp_client_free(SmtpClient *client)
{
	if (!client)
		return;
	curl_easy_cleanup(client->curl);
	g_string_free(client->dialogue.text, TRUE);
	g_free(client);
}

/* "5.1.1" in front of the text if it is there and of the reply's class. */
static char *
status_of(int code, const char **text)
{
	gsize len = reply_status_length(*text);
	const char *end = *text + len;

	if (len > 0 && (*end == ' ' || *end == '\0') &&
	    (*text)[0] - '0' == code / 100) {
		char *status = g_strndup(*text, len);
		*text = *end ? end + 1 : end;
		return status;
	}
	return g_strdup_printf("%d.0.0", code / 100);
}

static SmtpResult *
result_new(SmtpStage stage, int code, const char *text)
{
	g_autofree char *status = status_of(code, &text);
	SmtpResult *result = g_new0(SmtpResult, 1);

	result->stage = stage;
	result->reply = reply_new(code, status, text);
	return result;
}

void
smtp_result_free(SmtpResult *result)
{
	if (!result)
		return;
	reply_free(result->reply);
	g_free(result);
}

/* A 5xx before MAIL says nothing about the message. */
static SmtpResult *
judge(SmtpClient *client, CURLcode ended)
{
	const Dialogue *dialogue = &client->dialogue;
	int code = dialogue->code;
	g_autofree char *text = NULL;

	if (dialogue->stage == SMTP_STAGE_MESSAGE && code / 100 == 2)
		return result_new(dialogue->stage, 250, dialogue->text->str);
	if (code / 100 == 4 ||
	    (code / 100 == 5 && dialogue->stage > SMTP_STAGE_CONNECT))
		return result_new(dialogue->stage, code, dialogue->text->str);
	text = g_strdup_printf("4.4.2 %s%s%s",
	    *client->problem ? client->problem : curl_easy_strerror(ended),
	    code ? ": " : "", code ? dialogue->text->str : "");
	return result_new(dialogue->stage, 451, text);
}

static bool
addresses_are_safe(const SmtpMail *mail)
{
	if (strpbrk(mail->sender, "\r\n<>") || !mail->recipients[0])
		return false;
	for (guint i = 0; mail->recipients[i]; i++)
		if (*mail->recipients[i] == '\0' ||
		    strpbrk(mail->recipients[i], "\r\n<>"))
			return false;
	return true;
}

/* Every recipient, or none: libcurl would leave out what it cannot copy. */
static struct curl_slist *
recipient_list(const SmtpMail *mail)
{
	struct curl_slist *list = NULL;

	for (guint i = 0; mail->recipients[i]; i++)
		if (!curl_text_append(&list, mail->recipients[i])) {
			curl_slist_free_all(list);
			return NULL;
		}
	return list;
}

static SmtpResult *
send_to(SmtpClient *client, const SmtpMail *mail, struct curl_slist *recipients)
{
	CURL *curl = client->curl;

	client->mail = mail;
	client->dialogue.stage = SMTP_STAGE_CONNECT;
	client->dialogue.quit = false;
	client->dialogue.code = 0;
	curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients);
	curl_easy_setopt(
	    curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)mail->size);
	CURLcode ended = curl_easy_perform(curl);
	curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, NULL);
	client->mail = NULL;
	return judge(client, ended);
}

SmtpResult *
smtp_client_send(SmtpClient *client, const SmtpMail *mail)
{
	if (!addresses_are_safe(mail))
		return result_new(SMTP_STAGE_CONNECT, 451,
		    "4.1.3 an address that cannot be sent");
	struct curl_slist *recipients = recipient_list(mail);
	bool kept = recipients && curl_text_set(client->curl, CURLOPT_MAIL_FROM,
				      mail->sender);
	SmtpResult *result =
	    kept ? send_to(client, mail, recipients)
		 : result_new(SMTP_STAGE_CONNECT, 451, "4.3.0 out of memory");
	curl_slist_free_all(recipients);
	return result;
}
