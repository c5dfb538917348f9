/* SPDX-License-Identifier: MIT */
/*
 * log.h - one line an event, to syslog (facility mail) or stderr
 *
 * Only shells log, and once per event. Lines are in Postfix's manner: the
 * queue id first, then key=value pairs. Control characters are masked here,
 * whatever was passed.
 */
#ifndef ALIASBRIDGE_LOG_H
#define ALIASBRIDGE_LOG_H

#include <glib.h>
#include <stdbool.h>

typedef enum LogLevel {
	LOG_LEVEL_DEBUG,
	LOG_LEVEL_INFO,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_ERROR
} LogLevel;

/* name: the program's, kept. to_stderr: not to syslog. Call once, before
 * threads. */
void log_open(const char *name, bool to_stderr);
void log_set_verbose(bool verbose);

/* queue_id may be NULL. */
void log_line(LogLevel level, const char *queue_id, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/* An error: a line for each of its message's, after prefix ("" for none). */
void log_error(const char *queue_id, const char *prefix, const GError *error);

#endif
