/* SPDX-License-Identifier: MIT */
#include "core/bounce_text.h"

#include <string.h>

#include "core/bounds.h"
#include "core/delivery_status.h"
#include "core/fold_case.h"

/* Somebody will try again. Checked first: such notices say "could not be
 * delivered" too. */
static const char *const late[] = {
    "will continue to try", "will keep trying", "will be retried", "will retry",
    "will try again", "continue trying", "attempts will continue",
    "be attempted for", "still being retried", "still undelivered",
    "not yet been delivered", "has not been delivered yet", "been delayed",
    "is delayed", "delivery delayed", "delayed mail",
    "status notification (delay)", "could not send message for past",
    "warning message only", "not need to resend", "is being retried",
    "wird weiter versucht", "weitere zustellversuche", "noch nicht zugestellt",
    "verz\xc3\xb6gert", "se ha retrasado", "seguir\xc3\xa1 intentando",
    "sera de nouveau tent", "a \xc3\xa9t\xc3\xa9 retard\xc3\xa9",
    "\xe5\x86\x8d\xe9\x80\x81\xe3\x82\x92\xe7\xb6\x9a", /* saisou o tsuzu */
    "\xe9\x85\x8d\xe4\xbf\xa1\xe3\x81\x8c\xe9\x81\x85", /* haishin ga oku */
};

static const char *const failed[] = {
    "notification (failure)",
    "permanent error",
    "permanent fatal error",
    "permanent failure",
    "failed permanently",
    "given up",
    "giving up",
    "could not be delivered",
    "couldn't be delivered",
    "couldn\xe2\x80\x99t be delivered",
    "cannot be delivered",
    "can't be delivered",
    "can not be delivered",
    "was not delivered",
    "wasn't delivered",
    "wasn\xe2\x80\x99t delivered",
    "not been delivered",
    "wasn't able to deliver",
    "unable to deliver",
    "not able to be delivered",
    "message not delivered",
    "error has occurred while attempting to deliver",
    "no valid recipients",
    "incorrectly constructed",
    "failed addresses",
    "could not deliver",
    "couldn't deliver",
    "cannot deliver",
    "undeliverable",
    "undelivered mail",
    "delivery has failed",
    "delivery failed",
    "delivery failure",
    "delivery error",
    "failure delivering",
    "failure notice",
    "did not reach the following recipient",
    "did not reach the following address",
    "recipient failed",
    "recipients failed",
    "address(es) failed",
    "following addresses failed",
    "was aborted",
    "returned mail",
    "returned to sender",
    "user unknown",
    "unknown user",
    "unknown host",
    "does not exist",
    "doesn't exist",
    "no such user",
    "no mailbox here by that name",
    "mailbox unavailable",
    "mailbox not found",
    "address not found",
    "recipient not found",
    "not listed in",
    "konnte nicht zugestellt",
    "konnte leider nicht",
    "nicht zustellbar",
    "nicht zugestellt werden",
    "unzustellbar",
    "no se pudo entregar",
    "no pudo ser entregado",
    "no se ha podido entregar",
    "no ha podido ser entregado",
    "n'a pas pu \xc3\xaatre",
    "n\xe2\x80\x99"
    "a pas pu \xc3\xaatre",
    "non remis",
    "impossibile recapitare",
    "non \xc3\xa8 stato possibile",
    "mancato recapito",
    "n\xc3\xa3o p\xc3\xb4"
    "de ser entregue",
    "kon niet worden bezorgd",
    "kunde inte levereras",
    "nie mo\xc5\xbc"
    "e zosta\xc4\x87 dor\xc4\x99"
    "czona",
    /* "cannot be delivered/sent", "did not arrive" */
    "\xe9\x85\x8d\xe4\xbf\xa1\xe3\x81\xa7\xe3\x81\x8d\xe3\x81\xbe\xe3\x81\x9b"
    "\xe3\x82\x93",
    "\xe9\x80\x81\xe4\xbf\xa1\xe3\x81\xa7\xe3\x81\x8d\xe3\x81\xbe\xe3\x81\x9b"
    "\xe3\x82\x93",
    "\xe9\x85\x8d\xe9\x80\x81\xe3\x81\xa7\xe3\x81\x8d\xe3\x81\xbe\xe3\x81\x9b"
    "\xe3\x82\x93",
    "\xe5\xb1\x8a\xe3\x81\x8d\xe3\x81\xbe\xe3\x81\x9b\xe3\x82\x93",
    "\xe9\x85\x8d\xe4\xbf\xa1\xe4\xb8\x8d\xe8\x83\xbd",
    /* Chinese "returned mail", "delivery failed" */
    "\xe9\x80\x80\xe4\xbf\xa1",
    "\xe6\x8a\x95\xe9\x80\x92\xe5\xa4\xb1\xe8\xb4\xa5",
};

/* A returned message begins where one of these begins a line. */
static const char *const returned[] = {
    "Received:",
    "Return-Path:",
    "DKIM-Signature:",
    "Message-ID:",
    "MIME-Version:",
    "X-Aliasbridge-",
    "X-Original-",
    "X-SES-",
};

static bool
starts_returned(const char *line)
{
	line += strspn(line, ">| \t");
	for (guint i = 0; i < G_N_ELEMENTS(returned); i++)
		if (g_ascii_strncasecmp(
			line, returned[i], strlen(returned[i])) == 0)
			return true;
	return false;
}

char *
bounce_text_words(const char *text)
{
	const char *line = text;

	while (*line && line - text < BOUND_BOUNCE_TEXT &&
	       !starts_returned(line)) {
		const char *end = strchr(line, '\n');
		line = end ? end + 1 : line + strlen(line);
	}
	return g_strndup(text, MIN((gsize)(line - text), BOUND_BOUNCE_TEXT));
}

/* Wrapping and quoting would cut phrases in two. */
static char *
squeeze(const char *subject, const char *text)
{
	g_autofree char *both = g_strconcat(subject, "\n", text, NULL);
	g_autofree char *valid = g_utf8_make_valid(both, -1);
	g_autofree char *lower = fold_case(valid);
	GString *out = g_string_new(NULL);

	for (const char *c = lower; *c; c++) {
		bool space = g_ascii_isspace(*c) || *c == '>' || *c == '|';
		if (!space)
			g_string_append_c(out, *c);
		else if (out->len > 0 && out->str[out->len - 1] != ' ')
			g_string_append_c(out, ' ');
	}
	return g_string_free(out, FALSE);
}

static bool
says_one_of(const char *text, const char *const *phrases, guint count)
{
	for (guint i = 0; i < count; i++)
		if (strstr(text, phrases[i]))
			return true;
	return false;
}

/* May a code begin here: not inside a word, a number or a version? */
static bool
is_code_start(const char *text, const char *c)
{
	return c == text ||
	       (!g_ascii_isalnum(c[-1]) && !strchr("._/@$+", c[-1]));
}

/* "550 ", "550-", "550:" of an SMTP reply. No reply has 6, 8 or 9 in the
 * middle; ports have. */
static bool
is_smtp_code(const char *c)
{
	return (*c == '4' || *c == '5') && c[1] != '\0' &&
	       strchr("0123457", c[1]) && g_ascii_isdigit(c[2]) &&
	       c[3] != '\0' && strchr(" -:;,)]", c[3]);
}

/* What one code found in the text adds. */
static void
note_code(BounceText *read, char class, char *status, guint *seen)
{
	*seen |= class == '5' ? 2u : 1u;
	if (status &&
	    (!read->status || (class == '5' && read->status[0] == '4') ||
		(g_str_has_suffix(read->status, ".0.0") &&
		    status[0] == read->status[0]))) {
		g_free(read->status);
		read->status = status;
		return;
	}
	g_free(status);
}

/* Bit 0: a 4xx was seen, bit 1: a 5xx. */
static guint
read_codes(BounceText *read, const char *text)
{
	guint seen = 0;

	for (const char *c = text; *c; c++) {
		if ((*c != '4' && *c != '5') || !is_code_start(text, c))
			continue;
		char *status = delivery_status_code(c);
		/* 5.1.1 but not version 5.10.2 nor 5.94.2. */
		if (status && (status[2] > '7' || status[3] != '.')) {
			g_free(status);
			continue;
		}
		if (status || is_smtp_code(c))
			note_code(read, *c, status, &seen);
	}
	return seen;
}

BounceText *
bounce_text_read(const char *subject, const char *text)
{
	BounceText *read = g_new0(BounceText, 1);
	g_autofree char *words = bounce_text_words(text);
	g_autofree char *squeezed = squeeze(subject, words);
	guint codes = read_codes(read, squeezed);

	if (says_one_of(squeezed, late, G_N_ELEMENTS(late)))
		read->outcome = REPORT_TEMPORARY;
	else if (codes & 2u ||
		 says_one_of(squeezed, failed, G_N_ELEMENTS(failed)))
		read->outcome = REPORT_PERMANENT;
	else if (codes & 1u)
		read->outcome = REPORT_TEMPORARY;
	return read;
}

void
bounce_text_free(BounceText *text)
{
	if (!text)
		return;
	g_free(text->status);
	g_free(text);
}
