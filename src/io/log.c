/* SPDX-License-Identifier: MIT */
#include "io/log.h"

#include <stdatomic.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "core/bounds.h"
#include "core/failure.h"

/* Written by log_open before there are threads. */
static const char *log_name;
static bool log_stderr;
static atomic_bool log_verbose;

static const struct {
	int priority;
	const char *prefix; /* as Postfix's msg_warn(3) and msg_error(3) */
} levels[] = {
    [LOG_LEVEL_DEBUG] = {LOG_DEBUG, ""},
    [LOG_LEVEL_INFO] = {LOG_INFO, ""},
    [LOG_LEVEL_WARNING] = {LOG_WARNING, "warning: "},
    [LOG_LEVEL_ERROR] = {LOG_ERR, "error: "},
};

void
log_open(const char *name, bool to_stderr)
{
	log_name = name;
	log_stderr = to_stderr;
	if (!to_stderr)
		openlog(name, LOG_PID | LOG_NDELAY, LOG_MAIL);
}

void
log_set_verbose(bool verbose)
{
	atomic_store(&log_verbose, verbose);
}

/* One write, so that lines of several threads do not mix. A log that cannot
 * be written is nobody's to be told. */
static void
write_stderr(const char *line)
{
	g_autofree char *text =
	    g_strdup_printf("%s[%d]: %s\n", log_name, (int)getpid(), line);

	if (write(STDERR_FILENO, text, strlen(text)) < 0)
		return;
}

void
log_line(LogLevel level, const char *queue_id, const char *format, ...)
{
	va_list arguments;

	if (level == LOG_LEVEL_DEBUG && !atomic_load(&log_verbose))
		return;
	va_start(arguments, format);
	g_autofree char *text = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	g_autofree char *whole = g_strconcat(levels[level].prefix,
	    queue_id ? queue_id : "", queue_id ? ": " : "", text, NULL);
	g_autofree char *line = failure_mask(whole, -1, BOUND_LOG_LINE);
	if (log_stderr)
		write_stderr(line);
	else
		syslog(levels[level].priority, "%s", line);
}

void
log_error(const char *queue_id, const char *prefix, const GError *error)
{
	g_auto(GStrv) lines = g_strsplit(error->message, "\n", -1);

	for (guint i = 0; lines[i]; i++)
		log_line(LOG_LEVEL_ERROR, queue_id, "%s%s", prefix, lines[i]);
}
