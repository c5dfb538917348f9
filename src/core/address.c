/* SPDX-License-Identifier: MIT */
#include "core/address.h"

#include <idn2.h>
#include <string.h>

#include "core/bounds.h"
#include "core/failure.h"
#include "core/fold_case.h"

bool
address_is_atext(char c)
{
	return g_ascii_isalnum(c) ||
	       (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c));
}

/* RFC 6531 3.3 adds UTF-8. */
static bool
is_atext(char c)
{
	return address_is_atext(c) || (c & 0x80);
}

static bool
fail(GError **error, const char *why)
{
	return failure_set(error, FAILURE_INPUT, "%s", why);
}

/* The text being read; the current octet is *p, and p == end at the end. */
typedef struct Reader {
	const char *p, *end; /* borrowed */
} Reader;

static bool
reader_at(const Reader *reader, char c)
{
	return reader->p < reader->end && *reader->p == c;
}

static bool
reader_take(Reader *reader, char c)
{
	bool there = reader_at(reader, c);

	if (there)
		reader->p++;
	return there;
}

/* RFC 5321 4.1.2 A-d-l, ignored as section 4.1.1.3 says. */
static bool
skip_route(Reader *reader, GError **error)
{
	if (!reader_at(reader, '@'))
		return true;

	const char *colon =
	    memchr(reader->p, ':', (gsize)(reader->end - reader->p));
	if (!colon)
		return fail(error, "source route without address");
	reader->p = colon + 1;
	return true;
}

static bool
read_quoted(Reader *reader, GString *local, GError **error)
{
	while (reader->p < reader->end && *reader->p != '"') {
		reader_take(reader, '\\');
		if (reader->p == reader->end)
			break;
		if (g_ascii_iscntrl(*reader->p))
			return fail(error, "control character in address");
		g_string_append_c(local, *reader->p++);
	}
	return reader_take(reader, '"') || fail(error, "missing quote");
}

static void
read_dot_string(Reader *reader, GString *local)
{
	const char *start = reader->p;

	/* Dots anywhere: a..b@ and a.@ are addresses that exist. */
	while (reader->p < reader->end &&
	       (is_atext(*reader->p) || *reader->p == '.'))
		reader->p++;
	g_string_append_len(local, start, reader->p - start);
}

static char *
read_local(Reader *reader, GError **error)
{
	g_autoptr(GString) local = g_string_new(NULL);

	if (!reader_take(reader, '"'))
		read_dot_string(reader, local);
	else if (!read_quoted(reader, local, error))
		return NULL;
	if (local->len == 0)
		fail(error, "no local part");
	else if (!g_utf8_validate_len(local->str, local->len, NULL))
		fail(error, "local part is not UTF-8");
	else
		return g_strdup(local->str);
	return NULL;
}

static char *
domain_literal(const char *text, gsize len, GError **error)
{
	for (gsize i = 1; i + 1 < len; i++)
		if (!g_ascii_isalnum(text[i]) && !memchr(".:-", text[i], 3)) {
			fail(error, "illegal address literal");
			return NULL;
		}
	if (len < 3 || len > BOUND_DOMAIN || text[len - 1] != ']') {
		fail(error, "illegal address literal");
		return NULL;
	}
	return g_strndup(text, len);
}

static char *
read_domain(Reader *reader, GError **error)
{
	gsize len = (gsize)(reader->end - reader->p);

	if (reader_at(reader, '['))
		return domain_literal(reader->p, len, error);
	return address_domain_to_ascii(reader->p, (gssize)len, error);
}

static bool
open_brackets(Reader *reader, GError **error)
{
	if (!reader_take(reader, '<'))
		return true;
	if (reader->p == reader->end || reader->end[-1] != '>')
		return fail(error, "missing '>'");
	reader->end--;
	return skip_route(reader, error);
}

Address *
address_parse(const char *text, gssize len, GError **error)
{
	Reader reader = {text, text + (len < 0 ? strlen(text) : (gsize)len)};
	g_autoptr(Address) address = g_new0(Address, 1);

	if (!open_brackets(&reader, error))
		return NULL;
	address->local = read_local(&reader, error);
	if (!address->local)
		return NULL;
	if (!reader_take(&reader, '@')) {
		fail(error, reader.p == reader.end
				? "no domain"
				: "illegal character in address");
		return NULL;
	}
	address->domain = read_domain(&reader, error);
	if (!address->domain)
		return NULL;
	if (strlen(address->local) + 1 + strlen(address->domain) >
	    BOUND_ADDRESS) {
		fail(error, "address is too long");
		return NULL;
	}
	return g_steal_pointer(&address);
}

void
address_free(Address *address)
{
	if (!address)
		return;
	g_free(address->local);
	g_free(address->domain);
	g_free(address);
}

void
address_append_quoted(GString *out, const char *text)
{
	g_string_append_c(out, '"');
	for (const char *p = text; *p; p++) {
		if (*p == '"' || *p == '\\')
			g_string_append_c(out, '\\');
		g_string_append_c(out, *p);
	}
	g_string_append_c(out, '"');
}

char *
address_unquote(const char *text, gsize len)
{
	GString *out = g_string_sized_new(len);

	for (gsize i = 0; i < len; i++) {
		if (text[i] == '\\' && i + 1 < len)
			i++;
		g_string_append_c(out, text[i]);
	}
	return g_string_free(out, FALSE);
}

static bool
is_dot_atom(const char *local)
{
	char before = '.';

	for (const char *p = local; *p; before = *p++)
		if (*p == '.' ? before == '.' : !is_atext(*p))
			return false;
	return before != '.';
}

static char *
join(const char *local, const char *domain)
{
	if (is_dot_atom(local))
		return g_strconcat(local, "@", domain, NULL);

	GString *text = g_string_new(NULL);
	address_append_quoted(text, local);
	g_string_append_printf(text, "@%s", domain);
	return g_string_free(text, FALSE);
}

char *
address_to_text(const Address *address)
{
	return join(address->local, address->domain);
}

char *
address_fold(const Address *address)
{
	g_autofree char *local = fold_case(address->local);

	return join(local, address->domain);
}

bool
address_equal(const Address *a, const Address *b)
{
	g_autofree char *left = address_fold(a);
	g_autofree char *right = address_fold(b);

	return strcmp(left, right) == 0;
}

/* The names that Postfix's split_addr(3) leaves whole. */
static bool
is_indivisible(const char *local, const char *delimiters)
{
	static const char *const whole[] = {
	    "postmaster", "mailer-daemon", "double-bounce"};

	for (guint i = 0; i < G_N_ELEMENTS(whole); i++)
		if (g_ascii_strcasecmp(local, whole[i]) == 0)
			return true;
	if (!strchr(delimiters, '-'))
		return false;
	if (g_ascii_strncasecmp(local, "owner-", strlen("owner-")) == 0)
		return true;

	gsize len = strlen(local), tail = strlen("-request");
	return len > tail &&
	       g_ascii_strcasecmp(local + len - tail, "-request") == 0;
}

Address *
address_without_extension(const Address *address, const char *delimiters)
{
	if (!delimiters || is_indivisible(address->local, delimiters))
		return NULL;

	gsize len = strcspn(address->local, delimiters);
	if (len == 0 || address->local[len] == '\0')
		return NULL;

	Address *base = g_new0(Address, 1);
	base->local = g_strndup(address->local, len);
	base->domain = g_strdup(address->domain);
	return base;
}

bool
address_in_domains(const Address *address, const char *const *domains)
{
	return g_strv_contains(domains, address->domain);
}

bool
address_domain_is_within(const char *domain, const char *parent)
{
	gsize len = strlen(domain), tail = strlen(parent);

	return len >= tail &&
	       g_ascii_strcasecmp(domain + len - tail, parent) == 0 &&
	       (len == tail || domain[len - tail - 1] == '.');
}

const char *
address_domain_of(const char *text)
{
	const char *at = strrchr(text, '@');

	return at ? at + 1 : text;
}

/* RFC 1123 2.1, and the underscore that people use all the same. */
static bool
is_label(const char *label, gsize len)
{
	if (len == 0 || len > 63 || label[0] == '-' || label[len - 1] == '-')
		return false;
	for (gsize i = 0; i < len; i++)
		if (!g_ascii_isalnum(label[i]) && !strchr("-_", label[i]))
			return false;
	return true;
}

static bool
is_host_name(const char *domain)
{
	gsize len = strlen(domain);

	if (len == 0 || len > BOUND_DOMAIN)
		return false;
	for (const char *p = domain;; p++) {
		gsize label_len = strcspn(p, ".");
		if (!is_label(p, label_len))
			return false;
		p += label_len;
		if (*p == '\0')
			return true;
	}
}

/* The A-labels of a U-label domain, or NULL. */
static char *
idn_to_ascii(const char *domain)
{
	uint8_t *found = NULL;
	g_autofree uint8_t *input = (uint8_t *)g_strdup(domain);

	if (!g_utf8_validate(domain, -1, NULL) ||
	    idn2_lookup_u8(input, &found,
		IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK)
		return NULL;

	char *ascii = g_strdup((const char *)found);
	idn2_free(found);
	return ascii;
}

char *
address_domain_to_ascii(const char *domain, gssize len, GError **error)
{
	gsize size = len < 0 ? strlen(domain) : (gsize)len;

	/* A U-label is never longer than four octets for each of its own. */
	if (size == 0 || size > 4 * BOUND_DOMAIN || memchr(domain, 0, size)) {
		fail(error, size == 0 ? "no domain" : "illegal domain");
		return NULL;
	}
	g_autofree char *name = g_strndup(domain, size);
	if (name[size - 1] == '.')
		name[size - 1] = '\0';
	g_autofree char *ascii = g_str_is_ascii(name)
				     ? g_ascii_strdown(name, -1)
				     : idn_to_ascii(name);
	if (!ascii || !is_host_name(ascii)) {
		fail(error, "domain is no host name");
		return NULL;
	}
	return g_steal_pointer(&ascii);
}

bool
address_is_ascii(const Address *address)
{
	return g_str_is_ascii(address->local);
}
