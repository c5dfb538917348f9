/* SPDX-License-Identifier: MIT */
#include "core/table_diff.h"

#include <string.h>

#include "core/bounds.h"
#include "core/failure.h"

static void
add_change(
    TableDiff *diff, const char *key, const Alias *before, const Alias *after)
{
	TableChange *change = g_new0(TableChange, 1);

	change->key = key;
	change->before = before;
	change->after = after;
	g_ptr_array_add(diff->changes, change);
}

static gint
by_key(gconstpointer a, gconstpointer b)
{
	const TableChange *const *x = a, *const *y = b;

	return strcmp((*x)->key, (*y)->key);
}

static void
find_removed(TableDiff *diff, GHashTable *before, GHashTable *after)
{
	GHashTableIter iter;
	gpointer key, alias;

	g_hash_table_iter_init(&iter, before);
	while (g_hash_table_iter_next(&iter, &key, &alias))
		if (!g_hash_table_contains(after, key)) {
			add_change(diff, key, alias, NULL);
			diff->removed++;
		}
}

static void
find_others(TableDiff *diff, GHashTable *before, GHashTable *after)
{
	GHashTableIter iter;
	gpointer key, alias;

	g_hash_table_iter_init(&iter, after);
	while (g_hash_table_iter_next(&iter, &key, &alias)) {
		const Alias *old = g_hash_table_lookup(before, key);
		if (old && alias_same(old, alias))
			continue;
		add_change(diff, key, old, alias);
		if (old)
			diff->altered++;
		else
			diff->added++;
	}
}

TableDiff *
table_diff_new(GHashTable *before, GHashTable *after)
{
	TableDiff *diff = g_new0(TableDiff, 1);

	diff->changes = g_ptr_array_new_with_free_func(g_free);
	diff->before = g_hash_table_size(before);
	find_removed(diff, before, after);
	find_others(diff, before, after);
	g_ptr_array_sort(diff->changes, by_key);
	return diff;
}

void
table_diff_free(TableDiff *diff)
{
	if (!diff)
		return;
	g_ptr_array_unref(diff->changes);
	g_free(diff);
}

bool
table_diff_shrinks(const TableDiff *diff, int max_shrink)
{
	return (guint64)diff->removed * 100 >
	       (guint64)diff->before * (guint64)MAX(max_shrink, 0);
}

bool
table_diff_confirms(const TableDiff *earlier, const TableDiff *later)
{
	g_autoptr(GHashTable) gone = g_hash_table_new(g_str_hash, g_str_equal);

	for (guint i = 0; i < earlier->changes->len; i++) {
		TableChange *change = earlier->changes->pdata[i];
		if (!change->after)
			g_hash_table_insert(gone, change->before->key, change);
	}
	for (guint i = 0; i < later->changes->len; i++) {
		const TableChange *change = later->changes->pdata[i];
		if (!change->after && !g_hash_table_contains(gone, change->key))
			return false;
	}
	return true;
}

static bool
same_targets(const Alias *a, const Alias *b)
{
	return g_strv_equal(
	    (const char *const *)a->targets, (const char *const *)b->targets);
}

static char *
targets_of(const Alias *alias)
{
	g_autofree char *list = g_strjoinv(", ", alias->targets);

	return g_strconcat(list, alias->enabled ? NULL : " (disabled)", NULL);
}

char *
table_change_to_text(const TableChange *change)
{
	const Alias *now = change->after ? change->after : change->before;
	g_autofree char *targets = targets_of(now);
	g_autofree char *was =
	    change->before ? targets_of(change->before) : NULL;
	g_autofree char *text = NULL;

	if (!change->before || !change->after)
		text = g_strdup_printf("%c %s -> %s", change->after ? '+' : '-',
		    change->key, targets);
	else if (same_targets(change->before, now) && g_str_equal(was, targets))
		text = g_strdup_printf(
		    "~ %s -> %s (settings)", change->key, targets);
	else
		text = g_strdup_printf(
		    "~ %s -> %s (was %s)", change->key, targets, was);
	return failure_mask(text, -1, BOUND_TABLE_TEXT);
}
