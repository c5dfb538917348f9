/* SPDX-License-Identifier: MIT */
#include "core/packing.h"

#include <string.h>

#include "core/bounds.h"
#include "core/failure.h"

/* Of a parameter's limit, what new entries may fill. */
#define FILL(limit) ((limit) / 5 * 4)
/* Braces and newline around the members; comma and newline between them. */
#define FRAME 3
#define JOINT 2
/* Boxes that are being changed anyway, looked at for room. */
#define RECENT 16

typedef struct Place Place;

/* One wanted key on its way. */
typedef struct Item {
	const char *key;    /* borrowed */
	const char *before; /* borrowed; member text now, or NULL: new */
	const char *after;  /* borrowed; member text wanted */
	Place *home;        /* where it will be; NULL: not placed yet */
	bool moving;        /* keeps its old text until PACK_ALTER */
} Item;

struct Place {
	const PackBox *box; /* borrowed; NULL: a new parameter */
	char *name;         /* owned */
	gsize limit;
	gsize size;       /* after PACK_ADD, the largest it gets */
	bool late;        /* too full to change before PACK_REMOVE */
	GPtrArray *items; /* of Item, borrowed: those at home here */
};

typedef struct Packing {
	GHashTable *items;   /* key -> Item, owned */
	GPtrArray *places;   /* of Place, owned; the boxes first */
	GHashTable *by_name; /* name -> Place, borrowed */
	GPtrArray *recent;   /* of Place: those that get entries anyway */
	GHashTable *hints;   /* borrowed; or NULL */
	const char *prefix;
	guint cursor; /* places before it have no room for new ones */
	guint number; /* of the last new parameter */
} Packing;

PackBox *
pack_box_new(const char *name, gsize limit)
{
	PackBox *box = g_new0(PackBox, 1);

	box->name = g_strdup(name);
	box->limit = limit;
	box->members =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	return box;
}

void
pack_box_free(PackBox *box)
{
	if (!box)
		return;
	g_free(box->name);
	g_hash_table_unref(box->members);
	g_free(box);
}

static void
put_free(PackPut *put)
{
	g_free(put->name);
	g_free(put->text);
	g_free(put);
}

PackPlan *
pack_plan_new(void)
{
	PackPlan *plan = g_new0(PackPlan, 1);

	for (guint i = 0; i < PACK_STEPS; i++)
		plan->steps[i] =
		    g_ptr_array_new_with_free_func((GDestroyNotify)put_free);
	return plan;
}

void
pack_plan_add(PackPlan *plan, PackStep step, const char *name, const char *text,
    bool create)
{
	PackPut *put = g_new0(PackPut, 1);

	put->name = g_strdup(name);
	put->text = g_strdup(text);
	put->create = create;
	g_ptr_array_add(plan->steps[step], put);
}

void
pack_plan_free(PackPlan *plan)
{
	if (!plan)
		return;
	for (guint i = 0; i < PACK_STEPS; i++)
		g_clear_pointer(&plan->steps[i], g_ptr_array_unref);
	g_free(plan);
}

guint
pack_plan_puts(const PackPlan *plan)
{
	guint count = 0;

	for (guint i = 0; i < PACK_STEPS; i++)
		count += plan->steps[i]->len;
	return count;
}

char *
pack_text(const GPtrArray *members)
{
	GString *text = g_string_new("{");

	for (guint i = 0; i < members->len; i++) {
		g_string_append(text, i > 0 ? ",\n" : "");
		g_string_append(text, members->pdata[i]);
	}
	g_string_append(text, "}\n");
	return g_string_free(text, FALSE);
}

static gsize
cost(const char *member)
{
	return member ? strlen(member) + JOINT : 0;
}

static void
place_free(Place *place)
{
	g_free(place->name);
	g_ptr_array_unref(place->items);
	g_free(place);
}

static Place *
add_place(Packing *packing, const char *name, const PackBox *box, gsize limit)
{
	Place *place = g_new0(Place, 1);

	place->box = box;
	place->name = g_strdup(name);
	place->limit = limit;
	place->size = FRAME;
	place->items = g_ptr_array_new();
	g_ptr_array_add(packing->places, place);
	g_hash_table_insert(packing->by_name, place->name, place);
	return place;
}

/* --- what is where -------------------------------------------------------*/

static const char *
hint_of(const Packing *packing, const char *key)
{
	return packing->hints ? g_hash_table_lookup(packing->hints, key) : NULL;
}

/* A key that is in two places is a move not finished: the later place (or the
 * hinted one) is its home, for new parameters come last. */
static void
settle(Packing *packing, Place *place, const char *key, const char *text)
{
	Item *item = g_hash_table_lookup(packing->items, key);
	const char *hint = hint_of(packing, key);

	if (!item)
		return;
	if (item->home)
		item->moving = true;
	if (item->home && g_strcmp0(hint, item->home->name) == 0)
		return;
	item->home = place;
	item->before = text;
}

static void
load(Packing *packing, const GPtrArray *boxes, GHashTable *wanted)
{
	GHashTableIter iter;
	gpointer key, text;

	g_hash_table_iter_init(&iter, wanted);
	while (g_hash_table_iter_next(&iter, &key, &text)) {
		Item *item = g_new0(Item, 1);
		item->key = key;
		item->after = text;
		g_hash_table_insert(packing->items, key, item);
	}
	for (guint i = 0; i < boxes->len; i++) {
		const PackBox *box = boxes->pdata[i];
		Place *place = add_place(packing, box->name, box, box->limit);
		g_hash_table_iter_init(&iter, box->members);
		while (g_hash_table_iter_next(&iter, &key, &text))
			settle(packing, place, key, text);
	}
}

static gint
by_key(gconstpointer a, gconstpointer b)
{
	const Item *const *x = a, *const *y = b;

	return strcmp((*x)->key, (*y)->key);
}

static GPtrArray *
sorted_items(const Packing *packing)
{
	GPtrArray *items =
	    g_ptr_array_sized_new(g_hash_table_size(packing->items));
	GHashTableIter iter;
	gpointer item;

	g_hash_table_iter_init(&iter, packing->items);
	while (g_hash_table_iter_next(&iter, NULL, &item))
		g_ptr_array_add(items, item);
	g_ptr_array_sort(items, by_key);
	return items;
}

/* --- who must leave ------------------------------------------------------*/

static bool
altered(const Item *item)
{
	return strcmp(item->before, item->after) != 0;
}

/* Those that stay as they are first, the longest of them first: few moves. */
static gint
by_readiness(gconstpointer a, gconstpointer b)
{
	const Item *const *x = a, *const *y = b;

	if (altered(*x) != altered(*y))
		return altered(*x) ? 1 : -1;
	if (strlen((*x)->after) != strlen((*y)->after))
		return strlen((*x)->after) > strlen((*y)->after) ? -1 : 1;
	return strcmp((*x)->key, (*y)->key);
}

/* The most this entry takes here in any step. */
static gsize
most(const Item *item)
{
	return item->moving ? MAX(cost(item->before), cost(item->after))
			    : cost(item->after);
}

static void
evict(Place *place)
{
	gsize size = FRAME;

	for (guint i = 0; i < place->items->len; i++)
		size += most(place->items->pdata[i]);
	if (size <= place->limit)
		return;
	g_autoptr(GPtrArray) order = g_ptr_array_copy(place->items, NULL, NULL);
	g_ptr_array_sort(order, by_readiness);
	place->late = true;
	for (guint i = 0; i < order->len && size > place->limit; i++) {
		Item *item = order->pdata[i];
		size -= most(item);
		item->home = NULL;
		item->moving = true;
		g_ptr_array_remove(place->items, item);
	}
}

/* What this key's text is here once PACK_ADD is done; NULL: it is gone. */
static const char *
text_after_add(const Packing *packing, const Place *place, const char *key,
    const char *now)
{
	const Item *item = g_hash_table_lookup(packing->items, key);

	if (!item)
		return NULL;
	return item->moving || place->late ? now : item->after;
}

/* *changes: is it written then? */
static gsize
size_after_add(const Packing *packing, const Place *place, bool *changes)
{
	gsize size = FRAME;
	GHashTableIter iter;
	gpointer key, text;

	*changes = false;
	g_hash_table_iter_init(&iter, place->box->members);
	while (g_hash_table_iter_next(&iter, &key, &text)) {
		const Item *item = g_hash_table_lookup(packing->items, key);
		const char *then = text_after_add(packing, place, key, text);
		size += item && item->moving && item->home == place
			    ? most(item)
			    : cost(then);
		*changes = *changes || g_strcmp0(then, text) != 0;
	}
	return size;
}

static void
measure(Packing *packing, Place *place)
{
	bool changes;

	evict(place);
	place->size = size_after_add(packing, place, &changes);
	if (place->size > place->limit) {
		place->late = true;
		place->size = size_after_add(packing, place, &changes);
	}
	if (changes && !place->late)
		g_ptr_array_add(packing->recent, place);
}

static void
make_room(Packing *packing, const GPtrArray *items)
{
	for (guint i = 0; i < items->len; i++) {
		Item *item = items->pdata[i];
		if (item->home)
			g_ptr_array_add(item->home->items, item);
	}
	for (guint i = 0; i < packing->places->len; i++)
		measure(packing, packing->places->pdata[i]);
}

/* --- where the others go -------------------------------------------------*/

static bool
has_room(const Place *place, gsize more, gsize limit)
{
	return !place->late && place->size + more <= limit;
}

static Place *
hinted_place(const Packing *packing, const Item *item, gsize more)
{
	const char *hint = hint_of(packing, item->key);
	Place *place =
	    hint ? g_hash_table_lookup(packing->by_name, hint) : NULL;

	return place && has_room(place, more, place->limit) ? place : NULL;
}

static Place *
recent_place(const Packing *packing, gsize more)
{
	guint first =
	    packing->recent->len > RECENT ? packing->recent->len - RECENT : 0;

	for (guint i = first; i < packing->recent->len; i++) {
		Place *place = packing->recent->pdata[i];
		/* One that is written anyway saves a put. */
		gsize limit =
		    place->box ? place->limit / 10 * 9 : FILL(place->limit);
		if (has_room(place, more, limit))
			return place;
	}
	return NULL;
}

/* Each place is passed once, for good: one that is full for this entry is as
 * good as full. */
static Place *
next_place(Packing *packing, gsize more)
{
	while (packing->cursor < packing->places->len) {
		Place *place = packing->places->pdata[packing->cursor++];
		if (has_room(place, more, FILL(place->limit)))
			return place;
	}
	return NULL;
}

static Place *
new_place(Packing *packing)
{
	g_autofree char *name = NULL;

	do {
		g_free(name);
		name = g_strdup_printf(
		    "%s%04u", packing->prefix, ++packing->number);
	} while (g_hash_table_contains(packing->by_name, name));
	Place *place = add_place(packing, name, NULL, BOUND_SSM_STANDARD);
	packing->cursor = packing->places->len;
	return place;
}

static bool
too_long(const Item *item, GError **error)
{
	return failure_set(error, FAILURE_INPUT,
	    "%s: its entry of %zu octets does not fit a parameter (%d)",
	    item->key, strlen(item->after), BOUND_SSM_STANDARD);
}

static bool
find_home(Packing *packing, Item *item, GError **error)
{
	gsize more = MAX(cost(item->before), cost(item->after));
	Place *place = hinted_place(packing, item, more);

	if (!place)
		place = recent_place(packing, more);
	if (!place)
		place = next_place(packing, more);
	if (!place)
		place = new_place(packing);
	if (place->size + more > place->limit)
		return too_long(item, error);
	if (packing->recent->len == 0 ||
	    packing->recent->pdata[packing->recent->len - 1] != place)
		g_ptr_array_add(packing->recent, place);
	place->size += more;
	item->home = place;
	g_ptr_array_add(place->items, item);
	return true;
}

/* --- the texts -----------------------------------------------------------*/

static gint
by_text(gconstpointer a, gconstpointer b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

static void
append(GPtrArray *members, const char *text)
{
	if (text)
		g_ptr_array_add(members, g_strdup(text));
}

static GPtrArray *
members_now(const Place *place)
{
	GPtrArray *members = g_ptr_array_new_with_free_func(g_free);
	GHashTableIter iter;
	gpointer text;

	if (place->box) {
		g_hash_table_iter_init(&iter, place->box->members);
		while (g_hash_table_iter_next(&iter, NULL, &text))
			append(members, text);
	}
	g_ptr_array_sort(members, by_text);
	return members;
}

/* PACK_ADD: what is there, changed or not, before what comes. */
static void
append_old(const Packing *packing, const Place *place, GPtrArray *members)
{
	GHashTableIter iter;
	gpointer key, text;

	if (!place->box)
		return;
	g_hash_table_iter_init(&iter, place->box->members);
	while (g_hash_table_iter_next(&iter, &key, &text))
		append(members, text_after_add(packing, place, key, text));
}

static GPtrArray *
members_after(const Packing *packing, const Place *place, PackStep step)
{
	GPtrArray *members = g_ptr_array_new_with_free_func(g_free);

	if (step == PACK_ADD)
		append_old(packing, place, members);
	for (guint i = 0; i < place->items->len; i++) {
		const Item *item = place->items->pdata[i];
		bool counted =
		    step == PACK_ADD && place->box &&
		    g_hash_table_contains(place->box->members, item->key);
		bool old = item->moving && step != PACK_ALTER;
		if (!counted)
			append(members, old ? item->before : item->after);
	}
	g_ptr_array_sort(members, by_text);
	return members;
}

static bool
same_members(const GPtrArray *a, const GPtrArray *b)
{
	if (a->len != b->len)
		return false;
	for (guint i = 0; i < a->len; i++)
		if (strcmp(a->pdata[i], b->pdata[i]) != 0)
			return false;
	return true;
}

static void
plan_place(const Packing *packing, const Place *place, PackPlan *plan)
{
	g_autoptr(GPtrArray) before = members_now(place);
	bool exists = place->box != NULL;

	for (guint step = 0; step < PACK_STEPS; step++) {
		GPtrArray *after =
		    members_after(packing, place, (PackStep)step);
		if (!same_members(before, after)) {
			g_autofree char *text = pack_text(after);
			pack_plan_add(
			    plan, (PackStep)step, place->name, text, !exists);
			exists = true;
		}
		g_ptr_array_unref(before);
		before = after;
	}
}

static PackPlan *
write_plan(const Packing *packing)
{
	PackPlan *plan = pack_plan_new();

	for (guint i = 0; i < packing->places->len; i++)
		plan_place(packing, packing->places->pdata[i], plan);
	return plan;
}

static bool
place_items(Packing *packing, GError **error)
{
	g_autoptr(GPtrArray) items = sorted_items(packing);

	make_room(packing, items);
	for (guint i = 0; i < items->len; i++) {
		Item *item = items->pdata[i];
		if (!item->home && !find_home(packing, item, error))
			return false;
	}
	return true;
}

PackPlan *
pack_plan(const GPtrArray *boxes, GHashTable *wanted, GHashTable *hints,
    const char *prefix, GError **error)
{
	g_autoptr(GHashTable) items =
	    g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
	g_autoptr(GPtrArray) places =
	    g_ptr_array_new_with_free_func((GDestroyNotify)place_free);
	g_autoptr(GHashTable) by_name =
	    g_hash_table_new(g_str_hash, g_str_equal);
	g_autoptr(GPtrArray) recent = g_ptr_array_new();
	Packing packing = {.items = items,
	    .places = places,
	    .by_name = by_name,
	    .recent = recent,
	    .hints = hints,
	    .prefix = prefix};

	load(&packing, boxes, wanted);
	if (!place_items(&packing, error))
		return NULL;
	return write_plan(&packing);
}
