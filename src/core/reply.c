/* SPDX-License-Identifier: MIT */
#include "core/reply.h"

#include <string.h>

#include "core/bounds.h"
#include "core/failure.h"

/* Printable ASCII only: the reply crosses SMTP, logs and bounces. */
static char *
reply_mask(const char *text)
{
	gsize len = strnlen(text, BOUND_REPLY);
	char *masked = g_strndup(text, len);

	for (char *c = masked; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	return masked;
}

Reply *
reply_new(int code, const char *status, const char *text)
{
	Reply *reply = g_new0(Reply, 1);

	reply->code = code;
	reply->status = g_strdup(status);
	reply->text = reply_mask(text);
	return reply;
}

Reply *
reply_printf(int code, const char *status, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	g_autofree char *text = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	return reply_new(code, status, text);
}

gsize
reply_status_length(const char *text)
{
	gsize len = 1;

	if (*text != '2' && *text != '4' && *text != '5')
		return 0;
	for (int part = 0; part < 2; part++) {
		gsize digits =
		    text[len] == '.' ? strspn(text + len + 1, "0123456789") : 0;
		if (digits < 1 || digits > 3)
			return 0;
		len += 1 + digits;
	}
	return len;
}

/* The status of a refusal, as a word of its own. */
static gsize
status_length(const char *text)
{
	gsize len = *text != '2' ? reply_status_length(text) : 0;

	return text[len] == ' ' || text[len] == '\0' ? len : 0;
}

static bool
reply_text_is_clean(const char *text, GError **error)
{
	if (strlen(text) > BOUND_REPLY)
		return failure_set(error, FAILURE_INPUT,
		    "a reply is longer than %d characters", BOUND_REPLY);
	for (const char *c = text; *c; c++)
		if (*c < ' ' || *c > '~')
			return failure_set(error, FAILURE_INPUT,
			    "a reply must be one line of printable ASCII");
	return true;
}

static bool
starts_with_code(const char *text)
{
	return strspn(text, "0123456789") == 3 &&
	       (text[3] == ' ' || text[3] == '\0');
}

/* What was left out of a reply is written out, and must fit as well. */
static Reply *
reply_within_bounds(
    int code, const char *status, const char *text, GError **error)
{
	if (strlen("550 ") + strlen(status) + 1 + strlen(text) <= BOUND_REPLY)
		return reply_new(code, status, text);
	failure_set(error, FAILURE_INPUT,
	    "a reply is longer than %d characters", BOUND_REPLY);
	return NULL;
}

Reply *
reply_parse(const char *text, GError **error)
{
	if (!reply_text_is_clean(text, error))
		return NULL;
	text += strspn(text, " ");
	if (!starts_with_code(text)) {
		if (*text == '\0') {
			failure_set(error, FAILURE_INPUT, "a reply is empty");
			return NULL;
		}
		return reply_within_bounds(550, "5.7.1", text, error);
	}
	int code = g_ascii_digit_value(text[0]) * 100 +
		   g_ascii_digit_value(text[1]) * 10 +
		   g_ascii_digit_value(text[2]);
	if (code < 400 || code > 599 || code == 421) {
		failure_set(error, FAILURE_INPUT,
		    "a reply's code must be 4xx (not 421) or 5xx, not %d",
		    code);
		return NULL;
	}
	text += 3;
	text += strspn(text, " ");
	gsize status_len = status_length(text);
	g_autofree char *status =
	    status_len > 0 ? g_strndup(text, status_len)
			   : g_strdup(code < 500 ? "4.0.0" : "5.0.0");
	if (status[0] - '0' != code / 100) {
		failure_set(error, FAILURE_INPUT,
		    "a reply's status %s is of another class than its code %d",
		    status, code);
		return NULL;
	}
	text += status_len;
	text += strspn(text, " ");
	return reply_within_bounds(code, status, text, error);
}

Reply *
reply_copy(const Reply *reply)
{
	return reply ? reply_new(reply->code, reply->status, reply->text)
		     : NULL;
}

void
reply_free(Reply *reply)
{
	if (!reply)
		return;
	g_free(reply->status);
	g_free(reply->text);
	g_free(reply);
}

char *
reply_to_text(const Reply *reply)
{
	return g_strdup_printf(
	    "%d %s %s", reply->code, reply->status, reply->text);
}
