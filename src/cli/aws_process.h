/* SPDX-License-Identifier: MIT */
/*
 * aws_process.h - a process that holds AWS keys: signals, watchdog, secrets
 *
 * Core dumps and ptrace by others are off. SIGTERM and SIGINT end what is
 * under way at the next tick; SIGHUP ends a wait.
 */
#ifndef ALIASBRIDGE_AWS_PROCESS_H
#define ALIASBRIDGE_AWS_PROCESS_H

#include <glib.h>
#include <stdbool.h>

#include "net/credentials.h"
#include "net/http.h"

/* Call first, before there are secrets or threads. */
void aws_process_start(void);

/* Feeds the watchdog, notices signals. */
Ticker aws_process_ticker(void);

/* SIGTERM or SIGINT came. */
bool aws_process_stopped(void);

/* Sleep until the time is over or a signal comes; true: go on. */
bool aws_process_wait(gint64 microseconds);

/* Writes what credentials tell to the log (io/log). */
CredentialsLog aws_process_log(void);

/* The exit code (CmdExit) that tells error to scripts: 1 refused, 75, 78. */
int aws_process_exit_code(const GError *error);

#endif
