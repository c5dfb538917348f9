/* SPDX-License-Identifier: MIT */
#include "core/srs.h"

#include <string.h>

#include "core/address.h"
#include "core/bounds.h"
#include "core/failure.h"
#include "core/signature.h"

/* The day is kept in two characters of base32. */
#define DAYS 1024
/* Characters written. Of a hash, in base64, the least that is believed, too;
 * a token's signature and its alias's digest are in base32. */
#define HASH_WRITTEN 4
#define SIGNATURE_WRITTEN 16
#define DIGEST_WRITTEN 20

#define TAG_TOKEN 't'
#define TAG_SWALLOW 'n'

typedef struct Day {
	char text[3];
} Day;

static Day
day_at(gint64 now)
{
	guint day = (guint)(now / SECONDS_A_DAY % DAYS);

	return (Day){{SIGNATURE_BASE32[day >> 5 & 31],
	    SIGNATURE_BASE32[day & 31], '\0'}};
}

static bool
day_is_valid(const char *text, gint64 now)
{
	int high = signature_base32_value(text[0]);
	int low = high < 0 ? -1 : signature_base32_value(text[1]);

	if (low < 0 || text[2] != '\0')
		return false;
	/* One day ahead: nodes' clocks may differ around midnight. */
	int today = (int)(now / SECONDS_A_DAY % DAYS);
	int age = (today + 1 - (high * 32 + low) + DAYS) % DAYS;
	return age <= SRS_MAX_AGE + 1;
}

/* HMAC-SHA1 over the lower-cased text, in base64. */
static char *
srs_hash(const Secret *secret, const char *text)
{
	g_autofree char *folded = g_ascii_strdown(text, -1);
	guint8 digest[SIGNATURE_MAX];
	gsize len = signature_make(
	    G_CHECKSUM_SHA1, secret, folded, strlen(folded), digest);

	return g_base64_encode(digest, len);
}

/* A hash may be longer than ours (postsrsd's hash-length) and in either
 * alphabet of base64. */
static bool
srs_hash_is_ours(const char *hash, const char *text, const GPtrArray *secrets)
{
	gsize len = strlen(hash);
	bool ours = false;

	if (len < HASH_WRITTEN || len > 27)
		return false;
	g_autofree char *plain = g_strdup(hash);
	g_strdelimit(plain, "-", '+');
	g_strdelimit(plain, "_", '/');
	for (guint i = 0; i < secrets->len; i++) {
		g_autofree char *want =
		    srs_hash(g_ptr_array_index(secrets, i), text);
		ours |= signature_equal_fold(plain, want, len);
	}
	return ours;
}

static char *
token_signature(
    const Secret *secret, char tag, const char *day, const char *name)
{
	g_autofree char *text =
	    g_strdup_printf("aliasbridge srs\n%c\n%s\n%s", tag, day, name);
	g_autofree char *folded = g_ascii_strdown(text, -1);
	guint8 digest[SIGNATURE_MAX];

	signature_make(
	    G_CHECKSUM_SHA256, secret, folded, strlen(folded), digest);
	return signature_to_base32(digest, SIGNATURE_WRITTEN * 5 / 8);
}

static bool
token_is_ours(char tag, const char *day, const char *signature,
    const char *name, const GPtrArray *secrets)
{
	bool ours = false;

	if (strlen(signature) != SIGNATURE_WRITTEN)
		return false;
	for (guint i = 0; i < secrets->len; i++) {
		g_autofree char *want = token_signature(
		    g_ptr_array_index(secrets, i), tag, day, name);
		ours |=
		    signature_equal_fold(signature, want, SIGNATURE_WRITTEN);
	}
	return ours;
}

/* RFC 5322 dot-atom, within RFC 5321's length: what every relay takes. */
static bool
local_is_plain(const char *local)
{
	gsize len = strlen(local);

	if (len == 0 || len > BOUND_LOCAL_PART || local[0] == '.' ||
	    local[len - 1] == '.' || strstr(local, ".."))
		return false;
	for (const char *c = local; *c; c++)
		if (!address_is_atext(*c) && *c != '.')
			return false;
	return true;
}

/* The alias as tokens hold it, given the octets left for it. */
static char *
token_name(const char *alias, gsize room)
{
	g_autoptr(Address) address =
	    alias ? address_parse(alias, -1, NULL) : NULL;

	if (!address)
		return g_strdup("");
	g_autofree char *folded = address_fold(address);
	g_autofree char *name = g_strdup(folded);
	*strrchr(name, '@') = '=';
	if (strlen(name) <= room && local_is_plain(name))
		return g_steal_pointer(&name);
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
	guint8 digest[SIGNATURE_MAX];
	gsize len = sizeof(digest);
	g_checksum_update(sum, (const guchar *)folded, -1);
	g_checksum_get_digest(sum, digest, &len);
	g_autofree char *text = signature_to_base32(digest, len);
	text[DIGEST_WRITTEN] = '\0';
	return g_ascii_strdown(text, -1);
}

static char *
token_new(char tag, const char *alias, const Secret *secret, gint64 now)
{
	gsize room = BOUND_LOCAL_PART -
		     (strlen("SRS0=t=TT=") + SIGNATURE_WRITTEN + strlen("="));
	Day day = day_at(now);
	g_autofree char *name = token_name(alias, room);
	g_autofree char *signature =
	    token_signature(secret, tag, day.text, name);

	return g_strdup_printf(
	    "SRS0=%c=%s=%s=%s", tag, day.text, signature, name);
}

bool
srs_has_form(const char *local)
{
	return g_ascii_strncasecmp(local, "SRS", 3) == 0 &&
	       (local[3] == '0' || local[3] == '1') && local[4] != '\0' &&
	       strchr("=+-", local[4]) && local[5] != '\0';
}

/* SRS0 of another forwarder, or SRS1: host is where the first one is, rest
 * what its SRS0 address had after "SRS0". */
static char *
srs1_new(const char *host, const char *rest, const Secret *secret)
{
	g_autofree char *text = g_strconcat(host, rest, NULL);
	g_autofree char *hash = srs_hash(secret, text);

	return g_strdup_printf(
	    "SRS1=%.*s=%s=%s", HASH_WRITTEN, hash, host, rest);
}

static char *
srs0_new(const Address *sender, const Secret *secret, gint64 now)
{
	Day day = day_at(now);
	g_autofree char *text =
	    g_strconcat(day.text, sender->domain, sender->local, NULL);
	g_autofree char *hash = srs_hash(secret, text);

	return g_strdup_printf("SRS0=%.*s=%s=%s=%s", HASH_WRITTEN, hash,
	    day.text, sender->domain, sender->local);
}

static char *
local_for_sender(const Address *sender, const Secret *secret, gint64 now)
{
	if (!srs_has_form(sender->local))
		return srs0_new(sender, secret, now);
	if (sender->local[3] == '0')
		return srs1_new(sender->domain, sender->local + 4, secret);
	g_auto(GStrv) parts = g_strsplit(sender->local + 5, "=", 3);
	if (g_strv_length(parts) < 3 || !*parts[1] || !*parts[2])
		return srs0_new(sender, secret, now);
	return srs1_new(parts[1], parts[2], secret);
}

/* Our own signed address comes round again: to what it stands for. */
static SrsKind
unwrap(const char *sender, const char *domain, const GPtrArray *secrets,
    gint64 now, char **original)
{
	if (*sender == '\0') {
		*original = NULL;
		return SRS_SWALLOW;
	}
	return srs_reverse(sender, domain, secrets, now, original);
}

char *
srs_forward(const char *sender, const char *alias, const char *domain,
    const GPtrArray *secrets, gint64 now, GError **error)
{
	if (!secrets || secrets->len == 0) {
		failure_set(error, FAILURE_CONFIG,
		    "no secret to sign bounce addresses with");
		return NULL;
	}
	const Secret *secret = g_ptr_array_index(secrets, 0);
	g_autofree char *original = NULL;
	SrsKind kind = unwrap(sender, domain, secrets, now, &original);
	g_autofree char *local = NULL;
	if (kind == SRS_SWALLOW) {
		local = token_new(TAG_SWALLOW, alias, secret, now);
	} else if (kind != SRS_TOKEN) {
		g_autoptr(Address) address = address_parse(
		    kind == SRS_SENDER ? original : sender, -1, NULL);
		if (address)
			local = local_for_sender(address, secret, now);
	}
	if (!local || !local_is_plain(local)) {
		g_free(local);
		local = token_new(TAG_TOKEN, alias, secret, now);
	}
	return g_strconcat(local, "@", domain, NULL);
}

/* The local part, unquoted, if address is at domain; else NULL. Not
 * address_parse: postsrsd's may be longer than an address can be. */
static char *
local_at(const char *address, const char *domain)
{
	gsize len = strnlen(address, 2 * BOUND_ADDRESS + 1);

	if (len > 2 * BOUND_ADDRESS)
		return NULL;
	if (len > 1 && address[0] == '<' && address[len - 1] == '>') {
		address++;
		len -= 2;
	}
	g_autofree char *text = g_strndup(address, len);
	char *at = strrchr(text, '@');
	if (!at)
		return NULL;
	*at = '\0';
	if (g_str_has_suffix(at + 1, "."))
		at[strlen(at + 1)] = '\0';
	if (g_ascii_strcasecmp(at + 1, domain) != 0)
		return NULL;
	if (at > text + 1 && text[0] == '"' && at[-1] == '"')
		return address_unquote(text + 1, (gsize)(at - text) - 2);
	return g_steal_pointer(&text);
}

/* Only what can stand in an envelope leads anywhere. */
static char *
original_text(const char *local, const char *host)
{
	Address address = {g_strdup(local), g_strdup(host)};
	char *text = NULL;

	if (*local && *host && !strpbrk(host, "<>@ \t\r\n"))
		text = address_to_text(&address);
	g_free(address.local);
	g_free(address.domain);
	for (const char *c = text; c && *c; c++)
		if (*c <= ' ' || *c > '~') {
			g_free(text);
			return NULL;
		}
	return text;
}

static SrsKind
reverse_token(
    char **parts, const GPtrArray *secrets, gint64 now, char **original)
{
	char tag = g_ascii_tolower(parts[0][0]);

	if (g_strv_length(parts) < 4 ||
	    (tag != TAG_TOKEN && tag != TAG_SWALLOW) ||
	    !token_is_ours(tag, parts[1], parts[2], parts[3], secrets))
		return SRS_FORGED;
	if (!day_is_valid(parts[1], now))
		return SRS_EXPIRED;
	*original = g_ascii_strdown(parts[3], -1);
	char *last = strrchr(*original, '=');
	if (last)
		*last = '@';
	return tag == TAG_TOKEN ? SRS_TOKEN : SRS_SWALLOW;
}

static SrsKind
reverse_srs0(
    const char *tail, const GPtrArray *secrets, gint64 now, char **original)
{
	g_auto(GStrv) parts = g_strsplit(tail, "=", 4);

	if (strlen(parts[0]) == 1)
		return reverse_token(parts, secrets, now, original);
	if (g_strv_length(parts) < 4)
		return SRS_FORGED;
	g_autofree char *text = g_strconcat(parts[1], parts[2], parts[3], NULL);
	if (!srs_hash_is_ours(parts[0], text, secrets))
		return SRS_FORGED;
	if (!day_is_valid(parts[1], now))
		return SRS_EXPIRED;
	*original = original_text(parts[3], parts[2]);
	return *original ? SRS_SENDER : SRS_FORGED;
}

/* Without a day of its own: the first forwarder, who gets what comes back,
 * checks the one inside. */
static SrsKind
reverse_srs1(const char *tail, const GPtrArray *secrets, char **original)
{
	g_auto(GStrv) parts = g_strsplit(tail, "=", 3);

	if (g_strv_length(parts) < 3 || *parts[2] == '\0')
		return SRS_FORGED;
	g_autofree char *text = g_strconcat(parts[1], parts[2], NULL);
	if (!srs_hash_is_ours(parts[0], text, secrets))
		return SRS_FORGED;
	g_autofree char *local = g_strconcat("SRS0", parts[2], NULL);
	*original = original_text(local, parts[1]);
	return *original ? SRS_SENDER : SRS_FORGED;
}

SrsKind
srs_reverse(const char *address, const char *domain, const GPtrArray *secrets,
    gint64 now, char **original)
{
	g_autofree char *local = local_at(address, domain);
	g_autofree char *found = NULL;
	SrsKind kind = SRS_NONE;

	if (local && srs_has_form(local)) {
		const char *tail = local + strlen("SRS0=");
		kind = !secrets ? SRS_FORGED
		       : local[3] == '1'
			   ? reverse_srs1(tail, secrets, &found)
			   : reverse_srs0(tail, secrets, now, &found);
	}
	if (original)
		*original = g_steal_pointer(&found);
	return kind;
}
