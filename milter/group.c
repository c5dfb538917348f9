/* SPDX-License-Identifier: MIT */
#include "milter/group.h"

#include "core/address.h"
#include "core/bounds.h"

static GHashTable *
new_set(void)
{
	return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

static GHashTable *
fold_targets(const char *const *targets)
{
	GHashTable *folded = new_set();

	for (; *targets; targets++) {
		g_autoptr(Address) target = address_parse(*targets, -1, NULL);
		if (target)
			g_hash_table_add(folded, address_fold(target));
	}
	return folded;
}

static bool
is_subset(GHashTable *set, GHashTable *of)
{
	GHashTableIter iter;
	void *key;

	g_hash_table_iter_init(&iter, set);
	while (g_hash_table_iter_next(&iter, &key, NULL))
		if (!g_hash_table_contains(of, key))
			return false;
	return true;
}

/* Are all ordinary recipients so far targets of this alias? */
static bool
suits_ordinary(const Group *group, const GroupMember *alias)
{
	if (!group_has_ordinary(group))
		return true;
	if (group->strange)
		return false;
	g_autoptr(GHashTable) targets = fold_targets(alias->targets);
	return is_subset(group->ordinary, targets);
}

static bool
is_target(const Group *group, const char *address)
{
	return address && g_hash_table_contains(group->targets, address);
}

bool
group_admits(
    const Group *group, const GroupMember *member, SeveralAliases several)
{
	if (member->targets && group->aliases >= BOUND_RECIPIENTS)
		return false;
	if (several == SEVERAL_SPLIT)
		return true;
	if (!group->alias)
		return !member->targets || suits_ordinary(group, member);
	return member->targets ? g_str_equal(group->alias, member->address)
			       : is_target(group, member->address);
}

static void
add_ordinary(Group *group, const char *address)
{
	if (!group->ordinary)
		group->ordinary = new_set();
	if (!address ||
	    (group->alias && !g_hash_table_contains(group->targets, address)))
		group->strange = true;
	else if (g_hash_table_size(group->ordinary) < BOUND_TARGETS)
		g_hash_table_add(group->ordinary, g_strdup(address));
	else if (!g_hash_table_contains(group->ordinary, address))
		group->strange = true;
}

static void
add_first_alias(Group *group, const GroupMember *member)
{
	group->alias = g_strdup(member->address);
	group->targets = fold_targets(member->targets);
	if (group->ordinary && !is_subset(group->ordinary, group->targets))
		group->strange = true;
}

void
group_add(Group *group, const GroupMember *member)
{
	if (!member->targets) {
		add_ordinary(group, member->address);
		return;
	}
	group->aliases++;
	if (!group->alias)
		add_first_alias(group, member);
	else if (!g_str_equal(group->alias, member->address))
		group->several = true;
}

bool
group_has_ordinary(const Group *group)
{
	return group->ordinary != NULL;
}

GroupWay
group_way(const Group *group)
{
	if (!group->alias || group->strange)
		return GROUP_LEAVE;
	if (!group->several)
		return GROUP_REWRITE;
	return group_has_ordinary(group) ? GROUP_LEAVE : GROUP_JUDGE;
}

void
group_clear(Group *group)
{
	g_free(group->alias);
	g_clear_pointer(&group->targets, g_hash_table_unref);
	g_clear_pointer(&group->ordinary, g_hash_table_unref);
	*group = (Group){0};
}
