/* SPDX-License-Identifier: MIT */
/*
 * mark.h - X-Aliasbridge-Mark: a signed mark that ends loops
 *
 * "alias=a@example.com; hop=1; day=20781; sig=BASE64URL": the alias the
 * message was forwarded for (percent-encoded where it is not plain), how many
 * forwardings of ours it has behind it, the day, HMAC-SHA256 over these with
 * the site's secret. It also names the alias to our bounce handling. Marks
 * that are foreign or do not verify stay in the message and count for nothing.
 */
#ifndef ALIASBRIDGE_MARK_H
#define ALIASBRIDGE_MARK_H

#include <glib.h>
#include <stdbool.h>

#include "core/header.h"

#define MARK_FIELD "X-Aliasbridge-Mark"
/* Days for which a mark counts. */
#define MARK_MAX_AGE 30

typedef struct Mark {
	char *alias; /* owned; folded addr-spec */
	guint hop;
	gint64 day; /* since the epoch */
} Mark;

/* The field's value, unfolded, printable ASCII. The caller owns it; NULL
 * without secrets. */
char *mark_to_text(const Mark *mark, const GPtrArray *secrets);

/* The mark in a field's value if one of secrets signed it and it is not older
 * than MARK_MAX_AGE at now; else NULL. White space counts nowhere. The caller
 * owns it. */
Mark *mark_parse(const char *value, const GPtrArray *secrets, gint64 now);
void mark_free(Mark *mark);

/* The first mark that verifies in text, len octets: returned headers as mail
 * systems quote them, indented, behind '>' or '|', wrapped anywhere, in HTML.
 * Where it starts goes to *at (may be NULL). NULL: none. The caller owns it.
 * At most BOUND_HEADER_COUNT marks are tried. */
Mark *mark_find(const char *text, gsize len, const GPtrArray *secrets,
    gint64 now, gsize *at);

typedef struct MarkCount {
	bool same_alias; /* a verified mark of this alias is there */
	guint hops;      /* the highest verified hop; 0: none */
} MarkCount;

/* Look at all marks of a header. alias: folded addr-spec. */
MarkCount mark_count(const Header *header, const char *alias,
    const GPtrArray *secrets, gint64 now);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Mark, mark_free)

#endif
