/* SPDX-License-Identifier: MIT */
#include "cli/aws_process.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>

#include "cli/cmd.h"
#include "core/failure.h"
#include "io/log.h"
#include "io/notify.h"

static sigset_t signals; /* blocked, and looked for at each tick */
static bool stop;
static bool wake;
static gint64 fed; /* the watchdog, monotonic time */

void
aws_process_start(void)
{
	const struct rlimit none = {0, 0};

	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	setrlimit(RLIMIT_CORE, &none);
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static void
take_signal(gint64 microseconds)
{
	const struct timespec time = {
	    .tv_sec = (time_t)(microseconds / G_USEC_PER_SEC),
	    .tv_nsec = (long)(microseconds % G_USEC_PER_SEC) * 1000};
	int number = sigtimedwait(&signals, NULL, &time);

	if (number == SIGHUP)
		wake = true;
	else if (number > 0)
		stop = true;
}

static void
feed(void)
{
	gint64 interval = notify_watchdog_interval();
	gint64 now = g_get_monotonic_time();

	if (interval == 0 || now - fed < interval / 2)
		return;
	fed = now;
	notify_send("WATCHDOG=1");
}

static bool
tick(void *context)
{
	(void)context;
	feed();
	take_signal(0);
	return !stop;
}

Ticker
aws_process_ticker(void)
{
	return (Ticker){tick, NULL};
}

bool
aws_process_stopped(void)
{
	return stop;
}

bool
aws_process_wait(gint64 microseconds)
{
	gint64 end = g_get_monotonic_time() + microseconds;
	gint64 interval = notify_watchdog_interval();

	wake = false;
	for (;;) {
		gint64 left = end - g_get_monotonic_time();
		feed();
		if (stop || wake || left <= 0)
			return !stop;
		take_signal(interval > 0 ? MIN(left, interval / 2) : left);
	}
}

static void
say(bool warning, const char *text, void *context)
{
	(void)context;
	log_line(
	    warning ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, NULL, "%s", text);
}

CredentialsLog
aws_process_log(void)
{
	return (CredentialsLog){say, NULL};
}

int
aws_process_exit_code(const GError *error)
{
	if (g_error_matches(error, FAILURE, FAILURE_INPUT) ||
	    g_error_matches(error, FAILURE, FAILURE_PERMANENT))
		return CMD_NO;
	return g_error_matches(error, FAILURE, FAILURE_CONFIG) ? CMD_CONFIG
							       : CMD_TEMPORARY;
}
