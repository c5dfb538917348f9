/* SPDX-License-Identifier: MIT */
#include "core/strict_address.h"

#include <string.h>

#define SPECIALS "()<>,;:\\\"[]@"

/* Octets from p to before end; borrowed. */
typedef struct Span {
	const char *p, *end;
} Span;

static bool
is_white_or_control(char c)
{
	return (guchar)c <= ' ' || c == 0x7f;
}

/* As Java's String.trim(). */
static Span
trim(Span span)
{
	while (span.p < span.end && (guchar)*span.p <= ' ')
		span.p++;
	while (span.p < span.end && (guchar)span.end[-1] <= ' ')
		span.end--;
	return span;
}

/* Where the local part starts after a source route, or NULL where the route
 * is illegal. A route without ':' ends with its last comma: JavaMail takes
 * "<@a,@b>" for the address "@b" with an empty local part. */
static const char *
after_route(Span addr)
{
	const char *start = addr.p;

	if (start == addr.end || *start != '@')
		return start;
	for (const char *p = start; p < addr.end; p++) {
		if (*p != ',' && *p != ':')
			continue;
		if (*start != '@')
			return NULL;
		start = p + 1;
		if (*p == ':')
			break;
	}
	return start;
}

/* The state of a walk along a local part. */
typedef struct Local {
	Span addr;         /* the whole address */
	const char *start; /* of the local part */
	bool validate;     /* the second, stricter look */
	bool quoted;       /* in a quoted string */
} Local;

static bool
quote_may_stand(Local *local, const char *p)
{
	bool opens = !local->quoted;

	local->quoted = opens;
	if (!local->validate)
		return true;
	return opens ? p == local->addr.p
		     : p + 1 == local->addr.end || p[1] == '@';
}

/* May the octet at p stand there? before is the one before it, 0 at start. */
static bool
local_octet_may_stand(Local *local, const char *p, char before)
{
	if (*p == '"')
		return quote_may_stand(local, p);
	if (*p == '.' && (p == local->start || before == '.'))
		return false;
	return local->quoted ||
	       (!is_white_or_control(*p) && !strchr(SPECIALS, *p));
}

/* Walk along the local part to its '@'. Returns NULL where an octet may not
 * stand; the end of the address where there is no '@'. */
static const char *
local_end(Local *local)
{
	char before = 0;

	for (const char *p = local->start; p < local->addr.end; before = *p++) {
		/* JavaMail looks neither at a backslash nor at what follows
		 * one, not even to see that it is a second backslash. */
		if (*p == '\\' || before == '\\')
			continue;
		if (*p != '@' || local->quoted) {
			if (!local_octet_may_stand(local, p, before))
				return NULL;
			continue;
		}
		return p == local->addr.p || before == '.' ? NULL : p;
	}
	return local->quoted ? NULL : local->addr.end;
}

static bool
domain_is_legal(Span domain)
{
	bool literal = false;
	char before = '.';

	for (const char *p = domain.p; p < domain.end; before = *p++) {
		if (*p == '[') {
			if (p != domain.p)
				return false;
			literal = true;
		} else if (*p == ']') {
			if (p != domain.end - 1)
				return false;
		} else if (is_white_or_control(*p)) {
			return false;
		} else if (!literal && *p == '.' && before == '.') {
			return false;
		} else if (!literal && !g_ascii_isalnum(*p) && *p != '-' &&
			   *p != '.') {
			return false;
		}
	}
	return before != '.';
}

static bool
address_is_legal(Span addr, bool route_allowed, bool validate)
{
	Local local = {.addr = addr, .start = addr.p, .validate = validate};

	if (addr.p == addr.end)
		return false;
	if (route_allowed)
		local.start = after_route(addr);
	if (!local.start)
		return false;

	const char *at = local_end(&local);
	if (!at)
		return false;
	if (at < addr.end)
		return domain_is_legal((Span){at + 1, addr.end});
	/* An escaped '@' at the end is taken for one without a domain. */
	if (local.start < addr.end && addr.end[-1] == '@')
		return false;
	return !validate;
}

static bool parse(Span list, bool members);

/* What validate() says. It takes for a group whatever looks like one, and is
 * content with members that parse. */
static bool
address_is_valid(Span addr)
{
	const char *colon = memchr(addr.p, ':', (gsize)(addr.end - addr.p));

	if (colon && colon != addr.p && addr.end[-1] == ';')
		return parse((Span){colon + 1, addr.end - 1}, true);
	return address_is_legal(addr, true, true);
}

/* What the parser knows of the address that it is in. */
typedef struct Parser {
	Span list;
	const char *p;     /* the current octet */
	const char *start; /* of the address, NULL before it */
	const char *end;   /* of the address, NULL where not known yet */
	bool in_group;
	bool in_brackets; /* the address came from <brackets> */
	bool members;     /* the list is a group's: nothing to validate */
} Parser;

static void
next_address(Parser *parser)
{
	parser->start = parser->end = NULL;
	parser->in_brackets = false;
}

static bool
finish_address(Parser *parser, const char *end)
{
	Span addr =
	    trim((Span){parser->start, parser->end ? parser->end : end});
	bool legal = address_is_legal(addr, parser->in_brackets, false) &&
		     (parser->members || address_is_valid(addr));

	next_address(parser);
	return legal;
}

static bool
finish_group(Parser *parser)
{
	Span addr = trim((Span){parser->start, parser->p + 1});

	next_address(parser);
	parser->in_group = false;
	return parser->members || address_is_valid(addr);
}

/* On to the next octet, past a backslash and the one it hides. False at the
 * end. */
static bool
advance(Parser *parser)
{
	gsize left = (gsize)(parser->list.end - parser->p);

	for (parser->p++, left--; left > 0 && *parser->p == '\\'; left -= 2) {
		if (left < 2)
			return false;
		parser->p += 2;
	}
	return left > 0;
}

/* From an opening octet to its closing one. */
static bool
skip_to(Parser *parser, char close)
{
	while (advance(parser))
		if (*parser->p == close)
			return true;
	return false;
}

static bool
skip_comment(Parser *parser)
{
	guint depth = 1;

	if (parser->start && !parser->end)
		parser->end = parser->p;
	while (advance(parser)) {
		if (*parser->p == '(')
			depth++;
		else if (*parser->p == ')' && --depth == 0)
			return true;
	}
	return false;
}

/* To the '>' that no quotes hold. */
static bool
find_bracket(Parser *parser)
{
	bool quoted = false;

	while (advance(parser)) {
		if (*parser->p == '"')
			quoted = !quoted;
		else if (*parser->p == '>' && !quoted)
			return true;
	}
	return false;
}

static bool
skip_brackets(Parser *parser)
{
	const char *open = parser->p;

	if (parser->in_brackets || !find_bracket(parser))
		return false;
	if (!parser->in_group)
		parser->start = open + 1;
	parser->end = parser->p;
	parser->in_brackets = true;
	return true;
}

static bool
begin_group(Parser *parser)
{
	if (parser->in_group)
		return false;
	parser->in_group = true;
	return true;
}

static bool
see_comma(Parser *parser)
{
	if (parser->start && !parser->in_group)
		return finish_address(parser, parser->p);
	parser->in_brackets = false;
	if (!parser->start)
		next_address(parser);
	return true;
}

static bool
see_semicolon(Parser *parser)
{
	if (parser->start)
		return parser->in_group && finish_group(parser);
	next_address(parser);
	return true;
}

/* One octet, and what belongs to it. */
static bool
step(Parser *parser)
{
	char c = *parser->p;

	if (strchr(" \t", c))
		return true;
	if (!parser->start && !strchr("(<,;", c))
		parser->start = parser->p;
	switch (c) {
	case '(':
		return skip_comment(parser);
	case '<':
		return skip_brackets(parser);
	case '"':
		return skip_to(parser, '"');
	case '[':
		return skip_to(parser, ']');
	case ',':
		return see_comma(parser);
	case ';':
		return see_semicolon(parser);
	case ':':
		return begin_group(parser);
	case ')':
	case '>':
		return false;
	default:
		return true;
	}
}

static bool
parse(Span list, bool members)
{
	Parser parser = {.list = list, .p = list.p, .members = members};

	for (; parser.p < list.end; parser.p++)
		if (!step(&parser))
			return false;
	return !parser.start || finish_address(&parser, list.end);
}

bool
strict_address_list(const char *list, gsize len)
{
	return parse((Span){list, list + len}, false);
}
