/* SPDX-License-Identifier: MIT */
#include "net/smtp_client.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/failure.h"
#include "unit.h"

#define HANG_UP ""

/* What a server says, in order; HANG_UP or the end closes the connection. */
#define SAYS 9
typedef struct Row {
	const char *label;
	const char *says[SAYS];
	int code;
	const char *status;
	SmtpStage stage;
	bool message; /* the message arrived whole */
} Row;

static const Row rows[] = {
    {"taken",
	{"220 hi", "250 me", "250 ok", "250 ok", "250 ok", "354 go",
	    "250 2.0.0 Ok id1", "221 bye"},
	250, "2.0.0", SMTP_STAGE_MESSAGE, true},
    {"taken, then gone",
	{"220 hi", "250 me", "250 ok", "250 ok", "250 ok", "354 go",
	    "250 Ok 0100-ab-000000", HANG_UP},
	250, "2.0.0", SMTP_STAGE_MESSAGE, true},
    {"greeting 5xx", {"554 5.7.1 go away"}, 451, "4.4.2", SMTP_STAGE_CONNECT,
	false},
    {"greeting 4xx", {"421 4.3.2 later"}, 421, "4.3.2", SMTP_STAGE_CONNECT,
	false},
    {"no greeting", {HANG_UP}, 451, "4.4.2", SMTP_STAGE_CONNECT, false},
    {"MAIL 5xx", {"220 hi", "250 me", "501 Invalid MAIL FROM address"}, 501,
	"5.0.0", SMTP_STAGE_MAIL, false},
    {"MAIL 4xx",
	{"220 hi", "250 me", "454 Throttling failure: Maximum sending rate"},
	454, "4.0.0", SMTP_STAGE_MAIL, false},
    {"first RCPT 5xx",
	{"220 hi", "250 me", "250 ok", "550 5.1.1 <t1@x.example>: none"}, 550,
	"5.1.1", SMTP_STAGE_RCPT, false},
    {"second RCPT 4xx: none gets it",
	{"220 hi", "250 me", "250 ok", "250 ok", "450 4.2.0 wait"}, 450,
	"4.2.0", SMTP_STAGE_RCPT, false},
    {"second RCPT: gone", {"220 hi", "250 me", "250 ok", "250 ok", HANG_UP},
	451, "4.4.2", SMTP_STAGE_RCPT, false},
    {"DATA 5xx",
	{"220 hi", "250 me", "250 ok", "250 ok", "250 ok", "554 5.5.1 no"}, 554,
	"5.5.1", SMTP_STAGE_DATA, false},
    {"message 5xx",
	{"220 hi", "250 me", "250 ok", "250 ok", "250 ok", "354 go",
	    "554 Transaction failed: Duplicate header 'To'."},
	554, "5.0.0", SMTP_STAGE_MESSAGE, true},
    {"message 4xx",
	{"220 hi", "250 me", "250 ok", "250 ok", "250 ok", "354 go",
	    "451 4.4.2 Timeout waiting for data from client."},
	451, "4.4.2", SMTP_STAGE_MESSAGE, true},
    {"no reply to the message",
	{"220 hi", "250 me", "250 ok", "250 ok", "250 ok", "354 go", HANG_UP},
	451, "4.4.2", SMTP_STAGE_MESSAGE, true},
    {"status of another class",
	{"220 hi", "250 me", "250 ok", "550 4.1.1 what"}, 550, "5.0.0",
	SMTP_STAGE_RCPT, false},
    {"several lines",
	{"220 hi", "250-me\r\n250 SIZE 100000", "250 ok",
	    "550-5.1.1 no\r\n550 5.1.1 such"},
	550, "5.1.1", SMTP_STAGE_RCPT, false},
    {"garbage", {"220 hi", "hello\r\n\x01\x02"}, 451, "4.4.2",
	SMTP_STAGE_CONNECT, false},
};

static const char message[] =
    "Subject: x\r\n\r\n.dot\r\n..two\r\n.\r\nlast\r\n";
static const char stuffed[] =
    "Subject: x\r\n\r\n..dot\r\n...two\r\n..\r\nlast\r\n.\r\n";

typedef struct Server {
	int listener;
	int port;
	const char *const *says;
	GString *got; /* owned */
	GThread *thread;
} Server;

/* Until the line (or after DATA the message) is there. */
static bool
listen_to(int fd, GString *got, const char *end)
{
	char octet[4096];
	gsize from = got->len;

	while (
	    got->len - from < strlen(end) || !g_str_has_suffix(got->str, end)) {
		ssize_t n = read(fd, octet, sizeof(octet));
		if (n <= 0)
			return false;
		g_string_append_len(got, octet, n);
	}
	return true;
}

static void
say(int fd, const char *text)
{
	g_autofree char *line = g_strconcat(text, "\r\n", NULL);

	if (write(fd, line, strlen(line)) < 0)
		perror("write");
}

static gpointer
serve(gpointer own)
{
	Server *server = own;
	int fd = accept(server->listener, NULL, NULL);

	if (fd < 0)
		return NULL;
	for (guint i = 0; i < SAYS && server->says[i]; i++) {
		bool data =
		    i > 0 && strncmp(server->says[i - 1], "354", 3) == 0;
		if (i > 0 &&
		    !listen_to(fd, server->got, data ? "\r\n.\r\n" : "\r\n"))
			break;
		if (*server->says[i] == '\0')
			break;
		say(fd, server->says[i]);
	}
	shutdown(fd, SHUT_WR);
	while (listen_to(fd, server->got, "\r\n"))
		;
	close(fd);
	return NULL;
}

static void
server_start(Server *server, const char *const *says)
{
	struct sockaddr_in at = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);

	server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	server->says = says;
	server->got = g_string_new(NULL);
	if (bind(server->listener, (struct sockaddr *)&at, len) != 0 ||
	    listen(server->listener, 1) != 0 ||
	    getsockname(server->listener, (struct sockaddr *)&at, &len) != 0)
		perror("listen");
	server->port = ntohs(at.sin_port);
	server->thread = g_thread_new("server", serve, server);
}

/* What it got is whole only then. */
static void
server_join(Server *server)
{
	if (server->thread)
		g_thread_join(g_steal_pointer(&server->thread));
}

static void
server_stop(Server *server)
{
	server_join(server);
	close(server->listener);
	g_string_free(server->got, TRUE);
}

/* Hands the message out in pieces of seven octets. */
static const char *
pieces(void *context, gsize max, gsize *len)
{
	gsize *at = context;
	const char *next = message + *at;

	*len = MIN(MIN(max, 7), sizeof(message) - 1 - *at);
	*at += *len;
	return next;
}

static void
run_row(const Row *row)
{
	static const char *const recipients[] = {
	    "t1@x.example", "\"t 2\"@x.example", NULL};
	Server server;
	server_start(&server, row->says);
	SmtpServer to = {.host = "127.0.0.1",
	    .port = server.port,
	    .helo = "mx.example",
	    .timeout = 10};
	gsize at = 0;
	SmtpMail mail = {.sender = "SRS0=a@b.example",
	    .recipients = recipients,
	    .size = sizeof(message) - 1,
	    .source = pieces,
	    .context = &at};
	SmtpClient *client = smtp_client_new(&to, NULL);
	SmtpResult *result = smtp_client_send(client, &mail);

	smtp_client_free(client);
	UNIT_NUMBER(row->label, result->reply->code, row->code);
	UNIT_TEXT(row->label, result->reply->status, row->status);
	UNIT_NUMBER(row->label, result->stage, row->stage);
	server_join(&server);
	UNIT_TRUE(row->label,
	    (strstr(server.got->str, stuffed) != NULL) == row->message);
	server_stop(&server);
	smtp_result_free(result);
}

static void
dialogue(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
		run_row(&rows[i]);
}

static const char *const two[] = {"a@x", "b@y", NULL};

/* A server that takes a message to these. */
static SmtpServer
willing_server(Server *server)
{
	static const char *const says[SAYS] = {"220 hi", "250 me", "250 ok",
	    "250 ok", "250 ok", "354 go", "250 ok", "221 bye"};

	server_start(server, says);
	return (SmtpServer){.host = "127.0.0.1",
	    .port = server->port,
	    .helo = "mx.example",
	    .timeout = 10};
}

static void
envelope(void)
{
	Server server;
	SmtpServer to = willing_server(&server);
	gsize at = 0;
	SmtpMail mail = {"", two, sizeof(message) - 1, pieces, &at};
	g_autoptr(SmtpClient) client = smtp_client_new(&to, NULL);
	g_autoptr(SmtpResult) result = smtp_client_send(client, &mail);

	g_clear_pointer(&client, smtp_client_free);
	server_join(&server);
	UNIT_NUMBER("code", result->reply->code, 250);
	UNIT_TRUE("helo", g_str_has_prefix(server.got->str, "EHLO mx.example"));
	UNIT_TRUE("null sender", strstr(server.got->str, "MAIL FROM:<>"));
	UNIT_TRUE("all in one",
	    strstr(server.got->str, "RCPT TO:<a@x>\r\nRCPT TO:<b@y>\r\nDATA"));
	server_stop(&server);
}

static const struct {
	const char *sender, *recipient;
} unsafe[] = {
    {"a@b>\r\nRCPT TO:<c@d", "t@x"},
    {"a@b", "t@x\r\nRCPT TO:<u@x"},
    {"a@b", "t@x> NOTIFY=NEVER"},
    {"a@b", ""},
    {"a@b", NULL},
};

static void
unsafe_addresses(void)
{
	SmtpServer to = {.host = "127.0.0.1",
	    .port = 9,
	    .helo = "mx.example",
	    .timeout = 10};
	g_autoptr(SmtpClient) client = smtp_client_new(&to, NULL);

	for (guint i = 0; i < G_N_ELEMENTS(unsafe); i++) {
		const char *recipients[] = {unsafe[i].recipient, NULL};
		gsize at = 0;
		SmtpMail mail = {unsafe[i].sender, recipients, 5, pieces, &at};
		g_autoptr(SmtpResult) got = smtp_client_send(client, &mail);
		UNIT_TEXT(unsafe[i].sender, got->reply->status, "4.1.3");
	}
}

static const struct {
	const char *host, *helo;
	int port;
} servers[] = {
    {"", "mx.example", 25},
    {"a/b", "mx.example", 25},
    {"user@host", "mx.example", 25},
    {"host", "", 25},
    {"host", "a b", 25},
    {"host", "mx.example", 0},
    {"host", "mx.example", 65536},
};

static void
bad_servers(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(servers); i++) {
		g_autoptr(GError) error = NULL;
		SmtpServer to = {.host = servers[i].host,
		    .port = servers[i].port,
		    .helo = servers[i].helo,
		    .timeout = 1};
		UNIT_TRUE(servers[i].host, !smtp_client_new(&to, &error));
		UNIT_TRUE(
		    "config", g_error_matches(error, FAILURE, FAILURE_CONFIG));
	}
}

static void
nobody_there(void)
{
	static const char *const recipients[] = {"a@x", NULL};
	Server server;
	static const char *const says[SAYS] = {HANG_UP};
	server_start(&server, says);
	SmtpServer to = {.host = "127.0.0.1",
	    .port = server.port,
	    .helo = "mx",
	    .timeout = 5};
	gsize at = 0;
	SmtpMail mail = {"a@b", recipients, 5, pieces, &at};
	g_autoptr(SmtpClient) client = smtp_client_new(&to, NULL);
	g_autoptr(SmtpResult) first = smtp_client_send(client, &mail);
	server_stop(&server);
	g_autoptr(SmtpResult) second = smtp_client_send(client, &mail);

	UNIT_NUMBER("hung up", first->reply->code, 451);
	UNIT_NUMBER("nobody", second->reply->code, 451);
	UNIT_TEXT("nobody", second->reply->status, "4.4.2");
}

/* Of libcurl's copies of text the one that this many precede fails. */
static gint copies_left = -1;

static char *
copy_or_fail(const char *text)
{
	if (copies_left < 0)
		return strdup(text);
	return copies_left-- > 0 ? strdup(text) : NULL;
}

/* True while there was a copy to fail. */
static bool
send_without(gint copy)
{
	Server server;
	SmtpServer to = willing_server(&server);
	gsize at = 0;
	SmtpMail mail = {"s@z", two, sizeof(message) - 1, pieces, &at};
	copies_left = copy;
	g_autoptr(SmtpClient) client = smtp_client_new(&to, NULL);
	g_autoptr(SmtpResult) result =
	    client ? smtp_client_send(client, &mail) : NULL;
	bool failed = copies_left < 0;
	copies_left = -1;
	g_clear_pointer(&client, smtp_client_free);
	shutdown(server.listener, SHUT_RDWR);
	server_join(&server);
	if (result && result->reply->code == 250)
		UNIT_TRUE("whole envelope",
		    strstr(server.got->str, "MAIL FROM:<s@z>") &&
			strstr(server.got->str, "<a@x>\r\nRCPT TO:<b@y>\r\n"));
	else if (result)
		UNIT_NUMBER("try again", result->reply->code, 451);
	server_stop(&server);
	return failed;
}

static void
out_of_memory(void)
{
	gint copy = 0;

	while (copy < 100 && send_without(copy))
		copy++;
	UNIT_TRUE("some failed", copy > 4 && copy < 100);
}

static const UnitCase cases[] = {{"dialogue", dialogue}, {"envelope", envelope},
    {"unsafe", unsafe_addresses}, {"servers", bad_servers},
    {"nobody", nobody_there}, {"memory", out_of_memory}};

int
main(int argc, char **argv)
{
	curl_global_init_mem(
	    CURL_GLOBAL_DEFAULT, malloc, free, realloc, copy_or_fail, calloc);
	smtp_client_start(true);
	int code =
	    unit_run("smtp_client", cases, G_N_ELEMENTS(cases), argc, argv);
	curl_global_cleanup();
	curl_global_cleanup();
	return code;
}
