/* SPDX-License-Identifier: MIT */
/*
 * aliasbridge-milter(8) - refuses or rewrites mail to aliases before Postfix
 * accepts it
 */
#include <config.h>

#include <glib.h>
#include <libmilter/mfapi.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "core/failure.h"
#include "io/config.h"
#include "io/log.h"
#include "io/notify.h"
#include "milter/listener.h"
#include "milter/privileges.h"
#include "milter/session.h"
#include "milter/snapshot.h"

/* How long messages that are being answered may take when we stop. */
#define DRAIN_SECONDS 30
/* Of each thread: there is no deep recursion. */
#define STACK_SIZE (1024UL * 1024)

static char *config_path;
static char *socket_override;
static gboolean check_only, to_stderr, verbose, foreground, show_version;

static const GOptionEntry options[] = {
    {"config", 'c', 0, G_OPTION_ARG_FILENAME, &config_path,
	"read FILE instead of the default configuration", "FILE"},
    {"socket", 's', 0, G_OPTION_ARG_STRING, &socket_override,
	"listen on SOCKET instead of the configured one", "SOCKET"},
    {"check", 0, 0, G_OPTION_ARG_NONE, &check_only,
	"read the configuration and exit", NULL},
    {"stderr", 0, 0, G_OPTION_ARG_NONE, &to_stderr,
	"log to standard error instead of syslog", NULL},
    {"verbose", 'v', 0, G_OPTION_ARG_NONE, &verbose, "log more", NULL},
    {"foreground", 'f', 0, G_OPTION_ARG_NONE, &foreground,
	"stay in the foreground (always so)", NULL},
    {"version", 0, 0, G_OPTION_ARG_NONE, &show_version,
	"print the version and exit", NULL},
    {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
};

static bool
parse_options(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);

	g_option_context_set_summary(context,
	    "Refuses or rewrites mail to aliases before Postfix accepts it.");
	g_option_context_set_description(context,
	    "Runs until SIGTERM; SIGUSR1 reads the configuration anew.\n\n"
	    "Exit status: 0 stopped (or, with --check, usable), 64 wrong "
	    "usage, 75 the\nsocket is taken or a resource is missing, 78 the "
	    "configuration or what it names\nis wrong, 70 libmilter failed.\n\n"
	    "Example: aliasbridge-milter --check && systemctl reload "
	    "aliasbridge-milter");
	g_option_context_add_main_entries(context, options, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error)) {
		fprintf(stderr, "aliasbridge-milter: %s\n", error->message);
		return false;
	}
	if (argc > 1) {
		fprintf(stderr, "aliasbridge-milter: %s: takes no arguments\n",
		    argv[1]);
		return false;
	}
	return true;
}

static Config *
read_config(GError **error)
{
	g_autoptr(Config) config =
	    config_load(config_path ? config_path : CONFIG_DEFAULT_PATH, error);

	if (config && socket_override &&
	    !config_set(
		config, "milter.socket", socket_override, "--socket", error))
		return NULL;
	return g_steal_pointer(&config);
}

/* The error is about the option's value. */
static bool
blame(const Config *config, const char *option, GError **error)
{
	g_prefix_error(error, "%s: ", config_place(config, option));
	return false;
}

/* --- what a configuration names ------------------------------------------- */

static bool
can_spool(const Config *config, GError **error)
{
	const char *folder = config->settings->spool;

	if (access(folder, W_OK | X_OK) == 0)
		return true;
	failure_set(error, FAILURE_CONFIG,
	    "cannot write to the spool folder %s: %s", folder,
	    g_strerror(errno));
	return blame(config, "milter.spool", error);
}

/* A table is not given up for none. */
static bool
has_table(const Snapshot *running, const Settings *next, GError **error)
{
	g_autoptr(Table) table = table_open(next->table);

	return table_is_there(table, error) ||
	       !table_is_there(running->table, NULL);
}

/* --- reload --------------------------------------------------------------- */

static void
reload(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Snapshot) running = snapshot_ref_current();
	g_autoptr(Config) next = read_config(&error);

	if (!next ||
	    !snapshot_can_follow(
		running->config, next, session_reads_bodies(), &error) ||
	    !can_spool(next, &error) ||
	    !has_table(running, next->settings, &error)) {
		log_error(NULL, "the configuration stays as it was: ", error);
		return;
	}
	snapshot_set(g_steal_pointer(&next));
	log_line(LOG_LEVEL_INFO, NULL, "configuration read anew");
}

static void *
wait_for_reload(void *unused)
{
	sigset_t signals;
	int number;

	(void)unused;
	sigemptyset(&signals);
	sigaddset(&signals, SIGUSR1);
	while (sigwait(&signals, &number) == 0)
		reload();
	return NULL;
}

/* Every thread must block what one waits for: we for SIGUSR1, libmilter for
 * the others. Before there are threads. */
static void
block_signals(void)
{
	static const int numbers[] = {SIGUSR1, SIGTERM, SIGHUP, SIGINT};
	sigset_t signals;

	sigemptyset(&signals);
	for (guint i = 0; i < G_N_ELEMENTS(numbers); i++)
		sigaddset(&signals, numbers[i]);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
}

static bool
start_reload_thread(GError **error)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, wait_for_reload, NULL) != 0)
		return failure_set(
		    error, FAILURE_TEMPORARY, "cannot start a thread");
	pthread_detach(thread);
	return true;
}

/* --- start and stop ------------------------------------------------------- */

/* libmilter makes and ends a thread for most messages. glibc keeps 40 MB of
 * stacks for the next ones: 5 of the usual size, 40 of this one. */
static void
use_small_stacks(void)
{
	pthread_attr_t attributes;

	if (pthread_attr_init(&attributes) != 0)
		return;
	if (pthread_attr_setstacksize(&attributes, STACK_SIZE) == 0)
		pthread_setattr_default_np(&attributes);
	pthread_attr_destroy(&attributes);
}

static bool
start(Listener *listener, const Config *config, GError **error)
{
	const Settings *settings = config->settings;

	umask(S_IRWXO);
	privileges_raise_files();
	use_small_stacks();
	block_signals();
	if (!session_register(policy_needs_body(config->policy)))
		return failure_set(error, FAILURE_CONFIG,
		    "libmilter does not take the callbacks");
	if (!listener_open(listener, settings->socket, error))
		return blame(config, "milter.socket", error);
	if (!listener_admit(listener, settings->socket_group, error))
		return blame(config, "milter.socket_group", error);
	if (!privileges_drop(settings->user, error))
		return blame(config, "milter.user", error);
	return can_spool(config, error) && start_reload_thread(error);
}

static int
serve(Listener *listener)
{
	if (geteuid() == 0)
		log_line(LOG_LEVEL_WARNING, NULL,
		    "running as root; set milter.user");
	log_line(LOG_LEVEL_INFO, NULL, "%s started", PACKAGE_STRING);
	notify_send("READY=1");
	int status = smfi_main();
	notify_send("STOPPING=1");
	if (!session_drain(DRAIN_SECONDS))
		log_line(LOG_LEVEL_WARNING, NULL,
		    "stopping with messages still being answered");
	listener_close(listener);
	log_line(LOG_LEVEL_INFO, NULL, "stopped");
	return status == MI_SUCCESS ? EX_OK : EX_SOFTWARE;
}

static int
fail(const GError *error)
{
	log_error(NULL, "", error);
	if (!to_stderr)
		fprintf(stderr, "aliasbridge-milter: %s\n", error->message);
	return g_error_matches(error, FAILURE, FAILURE_CONFIG) ? EX_CONFIG
							       : EX_TEMPFAIL;
}

static int
run(void)
{
	g_autoptr(GError) error = NULL;
	Config *config = read_config(&error);
	Listener listener = {.lock = -1};

	if (!config)
		return fail(error);
	if (check_only) {
		config_free(config);
		return EX_OK;
	}
	snapshot_set(config);
	if (!start(&listener, config, &error)) {
		listener_close(&listener);
		return fail(error);
	}
	return serve(&listener);
}

int
main(int argc, char **argv)
{
	if (!parse_options(argc, argv))
		return EX_USAGE;
	if (show_version) {
		puts(PACKAGE_STRING);
		return EX_OK;
	}
	to_stderr |= check_only;
	log_open("aliasbridge-milter", to_stderr);
	log_set_verbose(verbose);
	return run();
}
