/* SPDX-License-Identifier: MIT */
#include "milter/group.h"

#include "core/bounds.h"

bool
group_admits(const Group *group, const char *alias, SeveralAliases several)
{
	bool empty = !group->alias && !group->ordinary;

	if (alias && group->aliases >= BOUND_RECIPIENTS)
		return false;
	if (several == SEVERAL_SPLIT || empty)
		return true;
	return g_strcmp0(group->alias, alias) == 0;
}

void
group_add(Group *group, const char *alias)
{
	if (!alias) {
		group->ordinary = true;
		return;
	}
	group->aliases++;
	if (!group->alias)
		group->alias = g_strdup(alias);
	else if (!g_str_equal(group->alias, alias))
		group->several = true;
}

GroupWay
group_way(const Group *group)
{
	if (!group->alias || group->ordinary)
		return GROUP_LEAVE;
	return group->several ? GROUP_JUDGE : GROUP_REWRITE;
}

void
group_clear(Group *group)
{
	g_free(group->alias);
	*group = (Group){0};
}
