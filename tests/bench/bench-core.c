/* SPDX-License-Identifier: MIT */
/*
 * bench-core - the core's own speed, in one process, for contrib/bench
 *
 *   bench-core messages ROUNDS FILE...   plan + apply of each: one line
 *                                        "messages SECONDS OCTETS"
 *   bench-core lookup DIRECTORY COUNT    random lookups of userN@example.com:
 *                                        "open SECONDS median NANOSECONDS
 *                                        worst NANOSECONDS"
 *   bench-core swap DIRECTORY SECONDS    the same while the table is replaced
 *                                        by somebody: "worst NANOSECONDS"
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/apply.h"
#include "core/intake.h"
#include "core/plan.h"
#include "io/table.h"

#define NOW G_GINT64_CONSTANT(1790000000)

static gint64
nanoseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (gint64)t.tv_sec * G_GINT64_CONSTANT(1000000000) + t.tv_nsec;
}

/* --- messages --- */

typedef struct Bench {
	Policy *policy;
	Alias *entry;
	Address *addressed;
	gsize octets;
} Bench;

static bool
swallow(void *context, const char *octets, gsize len, GError **error)
{
	gsize *sum = context;

	(void)octets, (void)error;
	*sum += len;
	return true;
}

static void
forward(Bench *bench, const char *octets, gsize len)
{
	g_autoptr(Message) message = message_new("sender@example.net");
	PlanAlias alias = {bench->addressed, bench->entry,
	    (const char *const *)bench->entry->targets};

	intake_split(message, octets, len);
	message_add_recipient(message, "<shop@example.com>", NULL, true);
	g_autoptr(Plan) plan =
	    plan_forward(message, &alias, bench->policy, NOW);
	if (plan->verdict == PLAN_FORWARD)
		apply_message(
		    message, plan->edits, swallow, &bench->octets, NULL);
}

static GPtrArray *
read_files(char **paths)
{
	GPtrArray *messages = g_ptr_array_new();

	for (; *paths; paths++) {
		g_autofree char *octets = NULL;
		gsize len;
		if (!g_file_get_contents(*paths, &octets, &len, NULL))
			continue;
		GString *crlf = g_string_sized_new(len + len / 32);
		IntakeLines lines;
		intake_lines_init(&lines);
		intake_lines_feed(&lines, octets, len, crlf);
		intake_lines_end(&lines, crlf);
		g_ptr_array_add(messages, crlf);
	}
	return messages; /* the strings stay until the process ends */
}

static int
bench_messages(int rounds, char **paths)
{
	Bench bench = {policy_new(), alias_new("shop@example.com"),
	    address_parse("shop@example.com", -1, NULL), 0};
	g_autoptr(GPtrArray) messages = read_files(paths);

	bench.policy->domains = g_strsplit("example.com", " ", 0);
	bench.policy->bounce_domain = g_strdup("example.com");
	policy_add_secret(bench.policy, "secret", 6);
	bench.entry->targets = g_strsplit("me@mail.test", " ", 0);
	gint64 start = nanoseconds();
	for (int r = 0; r < rounds; r++)
		for (guint i = 0; i < messages->len; i++) {
			GString *m = g_ptr_array_index(messages, i);
			forward(&bench, m->str, m->len);
		}
	double seconds = (double)(nanoseconds() - start) / 1e9;
	printf("%u %.6f %" G_GSIZE_FORMAT "\n", messages->len * (guint)rounds,
	    seconds, bench.octets);
	return 0;
}

/* --- lookups --- */

static int
compare_numbers(const void *a, const void *b)
{
	gint64 x = *(const gint64 *)a, y = *(const gint64 *)b;

	return (x > y) - (x < y);
}

static gint64
one_lookup(Table *table, guint number)
{
	g_autofree char *text = g_strdup_printf("user%u@example.com", number);
	g_autoptr(Address) address = address_parse(text, -1, NULL);
	TableMatch match = {0};

	gint64 start = nanoseconds();
	TableResult result =
	    table_lookup(table, address, "+", NOW, &match, NULL);
	gint64 took = nanoseconds() - start;
	table_match_clear(&match);
	if (result != TABLE_FOUND) {
		fprintf(stderr, "%s: not found\n", text);
		exit(1);
	}
	return took;
}

static int
bench_lookup(const char *directory, guint count)
{
	gint64 start = nanoseconds();
	g_autoptr(Table) table = table_open(directory);
	one_lookup(table, 0);
	double opened = (double)(nanoseconds() - start) / 1e9;
	guint lookups = 200000;
	g_autofree gint64 *times = g_new(gint64, lookups);
	g_autoptr(GRand) random = g_rand_new_with_seed(1);

	for (guint i = 0; i < lookups; i++)
		times[i] = one_lookup(
		    table, (guint)g_rand_int_range(random, 0, (gint32)count));
	qsort(times, lookups, sizeof(*times), compare_numbers);
	printf("open %.6f median %" G_GINT64_FORMAT " worst %" G_GINT64_FORMAT
	       "\n",
	    opened, times[lookups / 2], times[lookups - 1]);
	return 0;
}

static int
bench_swap(const char *directory, guint seconds)
{
	g_autoptr(Table) table = table_open(directory);
	gint64 end = nanoseconds() + (gint64)seconds * 1000000000;
	gint64 worst = 0;

	while (nanoseconds() < end) {
		gint64 took = one_lookup(table, 0);
		worst = MAX(worst, took);
	}
	printf("worst %" G_GINT64_FORMAT "\n", worst);
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc > 3 && strcmp(argv[1], "messages") == 0)
		return bench_messages(atoi(argv[2]), argv + 3);
	if (argc == 4 && strcmp(argv[1], "lookup") == 0)
		return bench_lookup(argv[2], (guint)atoi(argv[3]));
	if (argc == 4 && strcmp(argv[1], "swap") == 0)
		return bench_swap(argv[2], (guint)atoi(argv[3]));
	fprintf(stderr, "usage: bench-core messages|lookup|swap ...\n");
	return 64;
}
