/* SPDX-License-Identifier: MIT */
/*
 * group.h - do the accepted recipients of a transaction form one rewrite?
 *
 * A milter has one sender, one header and one body for all recipients of a
 * message, so only mail to a single alias can be rewritten in place. What is
 * addressed counts, not the entry that was found: a+x@ and a+y@ are shown in
 * From as they are. An ordinary recipient who is a target of that alias
 * belongs to the group: one copy, the alias's, is what it gets. Pure; nothing
 * here knows libmilter.
 */
#ifndef ALIASBRIDGE_GROUP_H
#define ALIASBRIDGE_GROUP_H

#include <glib.h>
#include <stdbool.h>

#include "core/policy.h"

/* A recipient. */
typedef struct GroupMember {
	const char *address;        /* borrowed; folded; NULL: it is none */
	const char *const *targets; /* borrowed; the alias's; NULL: it is an
				       ordinary recipient */
} GroupMember;

/* All zeros is the empty group. */
typedef struct Group {
	char *alias;          /* owned; the first alias, folded; NULL: none */
	GHashTable *targets;  /* owned; folded, of the first alias */
	GHashTable *ordinary; /* owned; folded, recipients that are no alias;
				 not more than the targets may be */
	bool strange;         /* an ordinary recipient is no target */
	bool several;         /* another alias was added */
	guint aliases;        /* how many recipients are aliases */
} Group;

/* May a recipient be added? SEVERAL_DEFER admits what leaves one rewrite, in
 * either order; no group takes more than BOUND_RECIPIENTS of aliases. */
bool group_admits(
    const Group *group, const GroupMember *member, SeveralAliases several);

void group_add(Group *group, const GroupMember *member);

/* Has it recipients that are no alias? */
bool group_has_ordinary(const Group *group);

typedef enum GroupWay {
	GROUP_LEAVE,   /* nothing for us in it: accept at DATA */
	GROUP_REWRITE, /* one alias and its targets: collect, plan, edit */
	GROUP_JUDGE,   /* several aliases and nobody else: collect; refuse if
			  every plan refuses, else accept as it is */
} GroupWay;

GroupWay group_way(const Group *group);

/* Back to the empty group. */
void group_clear(Group *group);

#endif
