/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "cli/cmd.h"
#include "core/failure.h"
#include "io/counter.h"

static int days_option;

static const GOptionEntry options[] = {
    {"days", 'd', 0, G_OPTION_ARG_INT, &days_option,
	"only what bounced within the last N days", "N"},
    {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
};

static const CmdHelp help = {
    .summary = "Shows how often which alias and target bounced.",
    .details =
	"One line an alias and target, the latest first: how many failures for "
	"good, delays, reports that were unclear, complaints; the time of the "
	"last; alias and target. Nothing is disabled by itself: a target that "
	"keeps bouncing is to be taken out of the table.",
    .exits = "0 printed, 64 wrong usage, 75 the counters cannot be read now, "
	     "78 wrong configuration.",
    .example = "aliasbridge bounces --days 7",
};

static char *
shown(const char *address)
{
	return *address ? failure_mask(address, -1, 300) : g_strdup("-");
}

static void
print_row(const CounterRow *row)
{
	g_autofree char *alias = shown(row->alias);
	g_autofree char *target = shown(row->target);
	g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(row->last);
	g_autofree char *time =
	    date ? g_date_time_format(date, "%Y-%m-%dT%H:%M:%SZ")
		 : g_strdup("-");

	printf("%9" G_GUINT64_FORMAT " %9" G_GUINT64_FORMAT
	       " %9" G_GUINT64_FORMAT " %9" G_GUINT64_FORMAT
	       "  %-20s  %s  %s\n",
	    row->count[BOUNCE_EVENT_PERMANENT],
	    row->count[BOUNCE_EVENT_TEMPORARY],
	    row->count[BOUNCE_EVENT_UNCLEAR],
	    row->count[BOUNCE_EVENT_COMPLAINT], time, alias, target);
}

int
cmd_bounces(int argc, char **argv)
{
	gint64 now = g_get_real_time() / G_USEC_PER_SEC;
	int exit_code;

	if (!cmd_parse(&argc, &argv, options, &help, 0, 0, &exit_code))
		return exit_code;
	g_autoptr(Config) config = cmd_read_config();
	if (!config)
		return CMD_CONFIG;
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) rows =
	    counter_read(config->settings->table, &error);
	if (!rows) {
		cmd_error("%s", error->message);
		return CMD_TEMPORARY;
	}
	gint64 since = days_option > 0 ? now - (gint64)days_option * 86400 : 0;
	printf("%9s %9s %9s %9s  %-20s  %s  %s\n", "permanent", "temporary",
	    "unclear", "complaint", "last", "alias", "target");
	for (guint i = 0; i < rows->len; i++) {
		const CounterRow *row = g_ptr_array_index(rows, i);
		if (row->last >= since)
			print_row(row);
	}
	return CMD_OK;
}
