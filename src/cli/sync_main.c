/* SPDX-License-Identifier: MIT */
/*
 * aliasbridge-sync(8) - keep the local alias table as its source is
 */
#include <string.h>
#include <unistd.h>

#include "cli/aws_process.h"
#include "cli/cmd.h"
#include "cli/sync_round.h"
#include "core/failure.h"
#include "io/log.h"
#include "io/notify.h"
#include "io/sync_mark.h"
#include "net/table_fetch.h"

static gboolean daemon_mode;
static gboolean once;
static gboolean force;
static gboolean to_syslog;

static const GOptionEntry own[] = {
    {"once", '1', 0, G_OPTION_ARG_NONE, &once,
	"one round, then exit (the default)", NULL},
    {"daemon", 'd', 0, G_OPTION_ARG_NONE, &daemon_mode,
	"go on, a round each sync.interval", NULL},
    {"force", 'f', 0, G_OPTION_ARG_NONE, &force,
	"publish a table that shrinks over sync.max_shrink", NULL},
    {"syslog", 0, 0, G_OPTION_ARG_NONE, &to_syslog,
	"log to syslog, not to standard error", NULL},
    {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
};

static const CmdHelp help = {
    .summary = "Brings the local alias table to what its source says.",
    .details =
	"Reads sync.source (file:PATH, ssm:/NAME or ssm-path:/PREFIX/), "
	"validates it and publishes it in the table folder. On any failure the "
	"last good table stays in use. AWS keys come from where the AWS tools "
	"find them; AWS_CA_BUNDLE names other TLS roots than the system's.",
    .exits =
	"0 published or unchanged, 1 the table is refused, 64 wrong usage, 75 "
	"try again later, 78 configuration, keys or permissions are wrong.",
    .example = "aliasbridge sync --once",
};

typedef struct Sync {
	const Config *config; /* borrowed */
	TableSource *source;  /* owned */
	AwsClient *client;    /* owned; NULL: not needed, or not yet */
	int mark;             /* the lock */
	gint64 failing_since; /* 0: the last round was good */
	guint rounds;
} Sync;

static bool
need_client(Sync *sync, GError **error)
{
	if (sync->source->kind == TABLE_SOURCE_FILE || sync->client)
		return true;
	sync->client = table_client_new(sync->config->settings,
	    aws_process_ticker(), aws_process_log(), error);
	return sync->client != NULL;
}

static void
say_success(Sync *sync, const SyncResult *result)
{
	g_autofree char *status = g_strdup_printf(
	    "STATUS=%u aliases from %s", result->aliases, sync->source->text);

	notify_send(status);
	log_line(sync->rounds == 1 || result->changed || sync->failing_since
		     ? LOG_LEVEL_INFO
		     : LOG_LEVEL_DEBUG,
	    NULL, "source=%s parameters=%u aliases=%u %s", sync->source->text,
	    result->documents, result->aliases,
	    result->changed ? "published" : "unchanged");
}

static void
say_failure(const Sync *sync, const GError *error)
{
	g_autofree char *status = g_strdup_printf(
	    "STATUS=the last good table is in use: %.200s", error->message);

	g_strdelimit(status, "\r\n", ' ');
	notify_send(status);
	log_error(NULL, "", error);
	log_line(LOG_LEVEL_WARNING, NULL,
	    "source=%s: not synced; the last good table stays in use",
	    sync->source->text);
}

/* The exit code of one round. */
static int
run_round(Sync *sync)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *mark = sync_mark_read(sync->mark);
	SyncResult result = {0};

	sync->rounds++;
	bool good = need_client(sync, &error);
	SyncRound round = {.config = sync->config,
	    .source = sync->source,
	    .client = sync->client,
	    .force = force,
	    .quiet = sync->rounds > 1,
	    .mark = mark};
	if (good && sync_round(&round, &result, &error)) {
		sync_mark_confirm(sync->mark, result.mark ? result.mark : "");
		g_free(result.mark);
		say_success(sync, &result);
		sync->failing_since = 0;
		return CMD_OK;
	}
	if (aws_process_stopped())
		return CMD_TEMPORARY;
	if (sync->failing_since == 0)
		sync->failing_since = g_get_real_time();
	say_failure(sync, error);
	return aws_process_exit_code(error);
}

/* A tenth to either side, so that many nodes do not ask at once. */
static gint64
next_wait(const Sync *sync)
{
	double seconds = sync->config->settings->sync_interval;

	return (gint64)(seconds * g_random_double_range(0.9, 1.1) *
			(double)G_USEC_PER_SEC);
}

static int
run(Sync *sync)
{
	int code;

	notify_send("READY=1");
	do
		code = run_round(sync);
	while (daemon_mode && !aws_process_stopped() &&
	       aws_process_wait(next_wait(sync)));
	notify_send("STOPPING=1");
	return daemon_mode ? CMD_OK : code;
}

static int
sync_config(const Config *config)
{
	g_autoptr(GError) error = NULL;
	Sync sync = {.config = config, .mark = -1};

	if (!config->settings->source) {
		cmd_error("sync.source is not set: write source = "
			  "\"file:PATH\", \"ssm:/NAME\" or "
			  "\"ssm-path:/PREFIX/\"; in the group sync");
		return CMD_CONFIG;
	}
	sync.source = table_source_parse(config->settings->source, &error);
	if (sync.source)
		sync.mark = sync_mark_lock(config->settings->table, &error);
	int code = CMD_CONFIG;
	if (sync.mark >= 0) {
		code = run(&sync);
		close(sync.mark);
	} else {
		cmd_error("%s", error->message);
		code = aws_process_exit_code(error);
	}
	aws_client_free(sync.client);
	table_source_free(sync.source);
	return code;
}

int
main(int argc, char **argv)
{
	int exit_code;

	aws_process_start();
	cmd_start();
	if (!cmd_parse(&argc, &argv, own, &help, 0, 0, &exit_code))
		return exit_code;
	if (daemon_mode && (once || force)) {
		cmd_error("--daemon goes with neither --once nor --force");
		return CMD_USAGE;
	}
	log_open("aliasbridge/sync", !to_syslog);
	g_autoptr(Config) config = cmd_read_config();
	return config ? sync_config(config) : CMD_CONFIG;
}
