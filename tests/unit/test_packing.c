/* SPDX-License-Identifier: MIT */
#include "core/packing.h"

#include <stdlib.h>

#include "core/bounds.h"
#include "unit.h"

/* A store of parameters: name -> (key -> member text). */
static GHashTable *
store_new(void)
{
	return g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
	    (GDestroyNotify)g_hash_table_unref);
}

/* Members as pack_text writes them: one a line. */
static GHashTable *
read_text(const char *text)
{
	GHashTable *members =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	g_autofree char *inner =
	    g_strndup(text + 1, strlen(text) - strlen("{}\n"));
	g_auto(GStrv) lines = g_strsplit(inner, ",\n", -1);

	for (guint i = 0; lines[i] && *lines[i]; i++) {
		const char *end = strchr(lines[i] + 1, '"');
		g_hash_table_insert(members,
		    g_strndup(lines[i] + 1, (gsize)(end - lines[i] - 1)),
		    g_strdup(lines[i]));
	}
	return members;
}

static char *
member(const char *key, guint size)
{
	g_autofree char *fill = g_strnfill(size, 'x');

	return g_strdup_printf("\"%s\":[\"%s\"]", key, fill);
}

static gint
by_name(gconstpointer a, gconstpointer b)
{
	const PackBox *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static GPtrArray *
boxes_of(GHashTable *store)
{
	GPtrArray *boxes =
	    g_ptr_array_new_with_free_func((GDestroyNotify)pack_box_free);
	GHashTableIter iter, inner;
	gpointer name, members, key, text;

	g_hash_table_iter_init(&iter, store);
	while (g_hash_table_iter_next(&iter, &name, &members)) {
		PackBox *box = pack_box_new(name, BOUND_SSM_STANDARD);
		g_hash_table_iter_init(&inner, members);
		while (g_hash_table_iter_next(&inner, &key, &text))
			g_hash_table_insert(
			    box->members, g_strdup(key), g_strdup(text));
		g_ptr_array_add(boxes, box);
	}
	g_ptr_array_sort(boxes, by_name);
	return boxes;
}

static GHashTable *
copy_members(GHashTable *members)
{
	GHashTable *copy =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	GHashTableIter iter;
	gpointer key, text;

	g_hash_table_iter_init(&iter, members);
	while (g_hash_table_iter_next(&iter, &key, &text))
		g_hash_table_insert(copy, g_strdup(key), g_strdup(text));
	return copy;
}

static GHashTable *
copy_store(GHashTable *store)
{
	GHashTable *copy = store_new();
	GHashTableIter iter;
	gpointer name, members;

	g_hash_table_iter_init(&iter, store);
	while (g_hash_table_iter_next(&iter, &name, &members))
		g_hash_table_insert(
		    copy, g_strdup(name), copy_members(members));
	return copy;
}

/* What a reader sees. NULL: two parameters say different things of a key. */
static GHashTable *
union_of(GHashTable *store)
{
	g_autoptr(GHashTable) all =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	GHashTableIter iter, inner;
	gpointer members, key, text;

	g_hash_table_iter_init(&iter, store);
	while (g_hash_table_iter_next(&iter, NULL, &members)) {
		g_hash_table_iter_init(&inner, members);
		while (g_hash_table_iter_next(&inner, &key, &text)) {
			const char *other = g_hash_table_lookup(all, key);
			if (other && strcmp(other, text) != 0)
				return NULL;
			g_hash_table_insert(all, g_strdup(key), g_strdup(text));
		}
	}
	return g_steal_pointer(&all);
}

static void
apply(GHashTable *store, const PackPut *put)
{
	bool exists = g_hash_table_contains(store, put->name);

	UNIT_TRUE("create says whether it exists", exists != put->create);
	UNIT_TRUE("fits", strlen(put->text) <= BOUND_SSM_STANDARD);
	g_hash_table_insert(store, g_strdup(put->name), read_text(put->text));
}

static bool
holds(GHashTable *all, GHashTable *before, GHashTable *wanted)
{
	GHashTableIter iter;
	gpointer key;

	g_hash_table_iter_init(&iter, before);
	while (g_hash_table_iter_next(&iter, &key, NULL))
		if (g_hash_table_contains(wanted, key) &&
		    !g_hash_table_contains(all, key))
			return false;
	return true;
}

/* Every mixture of parameters before and after within one step: a reader in
 * the middle of its pages, or a writer that died. */
static void
mixtures(GHashTable *store, const GPtrArray *step, GHashTable *before,
    GHashTable *wanted, GRand *random)
{
	guint count = step->len > 6 ? 40 : 1U << step->len;

	for (guint n = 0; n < count; n++) {
		guint mask = step->len > 6 ? g_rand_int(random) : n;
		g_autoptr(GHashTable) mixed = copy_store(store);
		for (guint i = 0; i < step->len; i++) {
			const PackPut *put = step->pdata[i];
			if (mask >> (i % 31) & 1)
				g_hash_table_insert(mixed, g_strdup(put->name),
				    read_text(put->text));
		}
		g_autoptr(GHashTable) all = union_of(mixed);
		UNIT_TRUE("no two say different things", all != NULL);
		UNIT_TRUE(
		    "nothing vanishes", all && holds(all, before, wanted));
	}
}

static bool
same(GHashTable *a, GHashTable *b)
{
	GHashTableIter iter;
	gpointer key, text;

	if (g_hash_table_size(a) != g_hash_table_size(b))
		return false;
	g_hash_table_iter_init(&iter, a);
	while (g_hash_table_iter_next(&iter, &key, &text))
		if (g_strcmp0(g_hash_table_lookup(b, key), text) != 0)
			return false;
	return true;
}

/* Runs the plan, stopping before put number stop; returns how many ran. */
static guint
carry_out(GHashTable *store, GHashTable *wanted, GRand *random, guint stop)
{
	g_autoptr(GPtrArray) boxes = boxes_of(store);
	g_autoptr(GHashTable) before = union_of(store);
	g_autoptr(GError) error = NULL;
	g_autoptr(PackPlan) plan =
	    pack_plan(boxes, wanted, NULL, "/t/", &error);
	guint done = 0;

	UNIT_TRUE("planned", plan != NULL);
	for (guint step = 0; plan && done < stop && step < PACK_STEPS; step++) {
		mixtures(store, plan->steps[step], before, wanted, random);
		for (guint i = 0; i < plan->steps[step]->len; i++)
			if (done < stop) {
				apply(store, plan->steps[step]->pdata[i]);
				done++;
			}
	}
	return done;
}

static void
change_at_random(GHashTable *wanted, GRand *random, guint most)
{
	gint changes = g_rand_int_range(random, 1, 12);

	for (gint i = 0; i < changes; i++) {
		char *key = g_strdup_printf(
		    "k%d@a.example", g_rand_int_range(random, 0, 150));
		guint size = (guint)g_rand_int_range(random, 1, (gint)most);
		if (g_rand_int_range(random, 0, 4) == 0)
			g_hash_table_remove(wanted, key);
		else
			g_hash_table_insert(
			    wanted, g_strdup(key), member(key, size));
		g_free(key);
	}
}

static void
at_random(void)
{
	g_autoptr(GRand) random = g_rand_new_with_seed(23000);

	for (guint round = 0; round < 40; round++) {
		g_autoptr(GHashTable) store = store_new();
		g_autoptr(GHashTable) wanted = g_hash_table_new_full(
		    g_str_hash, g_str_equal, g_free, g_free);
		for (guint n = 0; n < 8; n++) {
			change_at_random(
			    wanted, random, n % 3 == 2 ? 3000 : 300);
			carry_out(store, wanted, random,
			    (guint)g_rand_int_range(random, 0, 6));
			carry_out(store, wanted, random, G_MAXUINT);
			g_autoptr(GHashTable) all = union_of(store);
			UNIT_TRUE(
			    "the table is there", all && same(all, wanted));
			UNIT_NUMBER("nothing is left to do",
			    carry_out(store, wanted, random, G_MAXUINT), 0);
		}
	}
}

static void
few_puts(void)
{
	g_autoptr(GRand) random = g_rand_new_with_seed(1);
	g_autoptr(GHashTable) store = store_new();
	g_autoptr(GHashTable) wanted =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);

	for (guint i = 0; i < 700; i++) {
		char *key = g_strdup_printf("alias%u@a.example", i);
		g_hash_table_insert(wanted, key, member(key, 20));
	}
	carry_out(store, wanted, random, G_MAXUINT);
	guint boxes = g_hash_table_size(store);
	/* 700 of about 47 octets, into parameters filled to four fifths. */
	UNIT_TRUE("few parameters", boxes <= 700 * 47 / 3100 + 1);
	g_hash_table_insert(
	    wanted, g_strdup("new@a.example"), member("new@a.example", 20));
	UNIT_NUMBER("one more alias is one put",
	    carry_out(store, wanted, random, G_MAXUINT), 1);
	g_hash_table_remove(wanted, "alias5@a.example");
	UNIT_NUMBER(
	    "one less, too", carry_out(store, wanted, random, G_MAXUINT), 1);
	UNIT_NUMBER("no new parameter", g_hash_table_size(store), boxes);
}

static void
too_long(void)
{
	g_autoptr(GHashTable) wanted =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	g_autoptr(GPtrArray) boxes =
	    g_ptr_array_new_with_free_func((GDestroyNotify)pack_box_free);
	g_autoptr(GError) error = NULL;

	g_hash_table_insert(
	    wanted, g_strdup("a@b"), member("a@b", BOUND_SSM_STANDARD));
	UNIT_TRUE(
	    "refused", pack_plan(boxes, wanted, NULL, "/t/", &error) == NULL);
	UNIT_TRUE("names the key",
	    error && g_str_has_prefix(error->message, "a@b: "));
}

static void
hints(void)
{
	g_autoptr(GHashTable) store = store_new();
	g_autoptr(GHashTable) where = g_hash_table_new(g_str_hash, g_str_equal);
	g_autoptr(GHashTable) wanted =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	g_autoptr(GError) error = NULL;

	g_hash_table_insert(store, g_strdup("/t/a"), read_text("{}\n"));
	g_hash_table_insert(store, g_strdup("/t/b"), read_text("{}\n"));
	g_hash_table_insert(
	    wanted, g_strdup("k@a.example"), member("k@a.example", 3));
	g_hash_table_insert(
	    where, (void *)(gsize) "k@a.example", (void *)(gsize) "/t/b");
	g_autoptr(GPtrArray) boxes = boxes_of(store);
	g_autoptr(PackPlan) plan =
	    pack_plan(boxes, wanted, where, "/t/", &error);
	UNIT_NUMBER("one put", plan ? pack_plan_puts(plan) : 0, 1);
	if (plan && plan->steps[PACK_ADD]->len == 1) {
		const PackPut *put = plan->steps[PACK_ADD]->pdata[0];
		UNIT_TEXT("where the hint says", put->name, "/t/b");
		UNIT_TEXT("text", put->text, "{\"k@a.example\":[\"xxx\"]}\n");
	}
}

static const UnitCase cases[] = {{"at_random", at_random},
    {"few_puts", few_puts}, {"too_long", too_long}, {"hints", hints}};
UNIT_MAIN("packing", cases)
