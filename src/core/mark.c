/* SPDX-License-Identifier: MIT */
#include "core/mark.h"

#include <string.h>

#include "core/bounds.h"
#include "core/signature.h"

/* Base64url of 32 octets without padding. */
#define SIGNATURE_CHARACTERS 43
/* The longest value: an address all percent-encoded, numbers, signature. */
#define MARK_LENGTH (3 * BOUND_ADDRESS + 200)

/* "alias=...;hop=...;day=...;": what is signed, in the form read back. */
static char *
mark_payload(const char *alias, guint hop, gint64 day)
{
	g_autofree char *plain = g_uri_escape_string(alias, "@+", FALSE);

	return g_strdup_printf(
	    "alias=%s;hop=%u;day=%" G_GINT64_FORMAT ";", plain, hop, day);
}

static char *
mark_sign(const char *payload, const Secret *secret)
{
	g_autofree char *text =
	    g_strconcat("aliasbridge mark\n", payload, NULL);
	guint8 digest[SIGNATURE_MAX];
	gsize len = signature_make(
	    G_CHECKSUM_SHA256, secret, text, strlen(text), digest);

	return signature_to_base64url(digest, len);
}

char *
mark_to_text(const Mark *mark, const GPtrArray *secrets)
{
	if (!secrets || secrets->len == 0)
		return NULL;
	g_autofree char *payload =
	    mark_payload(mark->alias, mark->hop, mark->day);
	g_autofree char *signature =
	    mark_sign(payload, g_ptr_array_index(secrets, 0));
	g_auto(GStrv) parts = g_strsplit(payload, ";", -1);
	g_autofree char *spaced = g_strjoinv("; ", parts);
	return g_strconcat(spaced, "sig=", signature, NULL);
}

void
mark_free(Mark *mark)
{
	if (!mark)
		return;
	g_free(mark->alias);
	g_free(mark);
}

/* Octets of value that matter, without white space, quoting marks and tags:
 * none of them is in what mark_to_text writes. */
static char *
mark_squeeze(const char *value, gsize len)
{
	GString *out = g_string_sized_new(MIN(len, MARK_LENGTH));
	bool tag = false;

	for (gsize i = 0; i < len && value[i] && out->len < MARK_LENGTH; i++) {
		if (value[i] == '<')
			tag = true;
		else if (value[i] == '>')
			tag = false;
		else if (!tag && value[i] > ' ' && value[i] <= '~' &&
			 value[i] != '|')
			g_string_append_c(out, value[i]);
	}
	return g_string_free(out, FALSE);
}

static bool
mark_is_signed(
    const char *payload, const char *signature, const GPtrArray *secrets)
{
	bool ours = false;

	for (guint i = 0; i < secrets->len; i++) {
		g_autofree char *want =
		    mark_sign(payload, g_ptr_array_index(secrets, i));
		ours |= signature_equal(signature, want, SIGNATURE_CHARACTERS);
	}
	return ours;
}

/* squeezed starts with a mark; what follows its signature is not looked at,
 * its end goes to *rest. */
static Mark *
mark_read(const char *squeezed, const GPtrArray *secrets, gint64 now,
    const char **rest)
{
	const char *signature = strstr(squeezed, ";sig=");

	if (!signature || !g_str_has_prefix(squeezed, "alias="))
		return NULL;
	g_autofree char *payload =
	    g_strndup(squeezed, (gsize)(signature - squeezed) + 1);
	signature += strlen(";sig=");
	if (strnlen(signature, SIGNATURE_CHARACTERS) < SIGNATURE_CHARACTERS ||
	    !mark_is_signed(payload, signature, secrets))
		return NULL;
	*rest = signature + SIGNATURE_CHARACTERS;
	/* Signed by us, so it is in form. */
	const char *hop = strstr(payload, ";hop=") + strlen(";hop=");
	const char *day = strstr(payload, ";day=") + strlen(";day=");
	g_autoptr(Mark) mark = g_new0(Mark, 1);
	mark->alias = g_uri_unescape_segment(
	    payload + strlen("alias="), strchr(payload, ';'), NULL);
	mark->hop = (guint)g_ascii_strtoull(hop, NULL, 10);
	mark->day = g_ascii_strtoll(day, NULL, 10);
	gint64 age = now / SECONDS_A_DAY - mark->day;
	if (!mark->alias || age > MARK_MAX_AGE || age < -1)
		return NULL;
	return g_steal_pointer(&mark);
}

Mark *
mark_parse(const char *value, const GPtrArray *secrets, gint64 now)
{
	const char *rest = NULL;

	if (!secrets || secrets->len == 0)
		return NULL;
	g_autofree char *squeezed = mark_squeeze(value, strlen(value));
	g_autoptr(Mark) mark = mark_read(squeezed, secrets, now, &rest);
	return mark && *rest == '\0' ? g_steal_pointer(&mark) : NULL;
}

/* Offset of the next MARK_FIELD ":" at or behind start, or len. */
static gsize
mark_next(const char *text, gsize len, gsize start)
{
	gsize size = strlen(MARK_FIELD);

	for (gsize i = start; i + size < len; i++)
		if ((text[i] == 'x' || text[i] == 'X') &&
		    g_ascii_strncasecmp(text + i, MARK_FIELD, size) == 0)
			return i;
	return len;
}

Mark *
mark_find(const char *text, gsize len, const GPtrArray *secrets, gint64 now,
    gsize *at)
{
	gsize size = strlen(MARK_FIELD);
	gsize start = 0;

	if (!secrets || secrets->len == 0)
		return NULL;
	for (guint tries = 0; tries < BOUND_HEADER_COUNT; tries++) {
		start = mark_next(text, len, start);
		if (start >= len)
			return NULL;
		const char *rest = NULL;
		/* Quoting may add something to each line. */
		g_autofree char *squeezed = mark_squeeze(text + start + size,
		    MIN(len - start - size, 4 * MARK_LENGTH));
		Mark *mark = squeezed[0] == ':'
				 ? mark_read(squeezed + 1, secrets, now, &rest)
				 : NULL;
		if (mark) {
			if (at)
				*at = start;
			return mark;
		}
		start += size;
	}
	return NULL;
}

MarkCount
mark_count(const Header *header, const char *alias, const GPtrArray *secrets,
    gint64 now)
{
	MarkCount count = {false, 0};

	for (guint i = 0; i < header_count(header); i++) {
		const HeaderField *field = header_at(header, i);
		if (g_ascii_strcasecmp(field->name, MARK_FIELD) != 0)
			continue;
		g_autoptr(Mark) mark = mark_parse(field->value, secrets, now);
		if (!mark)
			continue;
		count.hops = MAX(count.hops, mark->hop);
		count.same_alias |= g_str_equal(mark->alias, alias);
	}
	return count;
}
