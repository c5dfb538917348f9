/* SPDX-License-Identifier: MIT */
#include "milter/group.h"

#include "core/bounds.h"
#include "unit.h"

/* Recipients: a, b, c are aliases, "-" is an ordinary one, t a target of a and
 * c, u one of b and c, "?" no address. */
static const struct {
	const char *recipients;
	const char *deferred; /* what SEVERAL_DEFER does not admit */
	GroupWay split, defer;
} groups[] = {
    {"", "", GROUP_LEAVE, GROUP_LEAVE},
    {"-", "", GROUP_LEAVE, GROUP_LEAVE},
    {"---", "", GROUP_LEAVE, GROUP_LEAVE},
    {"a", "", GROUP_REWRITE, GROUP_REWRITE},
    {"aaa", "", GROUP_REWRITE, GROUP_REWRITE},
    {"ab", "b", GROUP_JUDGE, GROUP_REWRITE},
    {"aba", "b", GROUP_JUDGE, GROUP_REWRITE},
    {"abc", "bc", GROUP_JUDGE, GROUP_REWRITE},
    {"a-", "-", GROUP_LEAVE, GROUP_REWRITE},
    {"-a", "a", GROUP_LEAVE, GROUP_LEAVE},
    {"-a-", "a", GROUP_LEAVE, GROUP_LEAVE},
    {"a-b", "-b", GROUP_LEAVE, GROUP_REWRITE},
    {"ab-", "b-", GROUP_LEAVE, GROUP_REWRITE},
    {"at", "", GROUP_REWRITE, GROUP_REWRITE},
    {"ta", "", GROUP_REWRITE, GROUP_REWRITE},
    {"ata", "", GROUP_REWRITE, GROUP_REWRITE},
    {"tuc", "", GROUP_REWRITE, GROUP_REWRITE},
    {"tuca", "a", GROUP_LEAVE, GROUP_REWRITE},
    {"abt", "b", GROUP_LEAVE, GROUP_REWRITE},
    {"au", "u", GROUP_LEAVE, GROUP_REWRITE},
    {"ua", "a", GROUP_LEAVE, GROUP_LEAVE},
    {"at-", "-", GROUP_LEAVE, GROUP_REWRITE},
    {"a?", "?", GROUP_LEAVE, GROUP_REWRITE},
    {"?a", "a", GROUP_LEAVE, GROUP_LEAVE},
};

static const char *const *
targets_of(char recipient)
{
	static const char *const a[] = {"t@x.test", NULL};
	static const char *const b[] = {"u@x.test", NULL};
	static const char *const c[] = {"T@X.test", "u@x.test", NULL};

	return recipient == 'a'   ? a
	       : recipient == 'b' ? b
	       : recipient == 'c' ? c
				  : NULL;
}

/* Add what is admitted; returns what is not. */
static char *
offer(Group *group, const char *recipients, SeveralAliases several)
{
	GString *refused = g_string_new(NULL);

	for (const char *c = recipients; *c; c++) {
		g_autofree char *address =
		    *c == '?' ? NULL : g_strdup_printf("%c@x.test", *c);
		GroupMember member = {address, targets_of(*c)};
		if (group_admits(group, &member, several))
			group_add(group, &member);
		else
			g_string_append_c(refused, *c);
	}
	return g_string_free(refused, FALSE);
}

static void
way(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(groups); i++) {
		const char *recipients = groups[i].recipients;
		Group group = {0};

		g_autofree char *none =
		    offer(&group, recipients, SEVERAL_SPLIT);
		UNIT_TEXT(recipients, none, "");
		UNIT_NUMBER(recipients, group_way(&group), groups[i].split);
		group_clear(&group);

		g_autofree char *deferred =
		    offer(&group, recipients, SEVERAL_DEFER);
		UNIT_TEXT(recipients, deferred, groups[i].deferred);
		UNIT_NUMBER(recipients, group_way(&group), groups[i].defer);
		group_clear(&group);
	}
}

static void
bound(void)
{
	const GroupMember alias = {"a@x.test", targets_of('a')};
	const GroupMember ordinary = {"o@x.test", NULL};
	Group group = {0};

	for (guint i = 0; i < BOUND_RECIPIENTS; i++)
		group_add(&group, &alias);
	UNIT_TRUE("full", !group_admits(&group, &alias, SEVERAL_SPLIT));
	UNIT_TRUE(
	    "not for others", group_admits(&group, &ordinary, SEVERAL_SPLIT));
	group_clear(&group);
	UNIT_TRUE("empty", group_admits(&group, &alias, SEVERAL_DEFER));
}

static const UnitCase cases[] = {{"way", way}, {"bound", bound}};
UNIT_MAIN("group", cases)
