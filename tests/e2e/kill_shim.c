/* SPDX-License-Identifier: MIT */
/*
 * kill_shim - preloaded into the milter by tests: ends it between two edits
 *
 * The edit that comes KILL_AT-th (from 1) ends the process as kill -9 does,
 * before it is carried out or, with KILL_AFTER, after. Each edit's name goes
 * to the file KILL_LOG, a line each.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <libmilter/mfapi.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static atomic_int edits;

static void
die(void)
{
	kill(getpid(), SIGKILL);
	pause();
}

static int
is_chosen(const char *name)
{
	const char *log = getenv("KILL_LOG");
	const char *at = getenv("KILL_AT");
	int number = ++edits;

	if (log) {
		FILE *file = fopen(log, "a");
		if (file) {
			fprintf(file, "%s\n", name);
			fclose(file);
		}
	}
	return at && atoi(at) == number;
}

#define EDIT(name, parameters, arguments)                                      \
	int name parameters                                                    \
	{                                                                      \
		int(*real) parameters;                                         \
		*(void **)&real = dlsym(RTLD_NEXT, #name);                     \
		int chosen = is_chosen(#name);                                 \
		if (chosen && !getenv("KILL_AFTER"))                           \
			die();                                                 \
		int result = real arguments;                                   \
		if (chosen)                                                    \
			die();                                                 \
		return result;                                                 \
	}

EDIT(smfi_addrcpt, (SMFICTX * ctx, char *rcpt), (ctx, rcpt))
EDIT(smfi_addrcpt_par, (SMFICTX * ctx, char *rcpt, char *parameters),
    (ctx, rcpt, parameters))
EDIT(smfi_delrcpt, (SMFICTX * ctx, char *rcpt), (ctx, rcpt))
EDIT(smfi_chgfrom, (SMFICTX * ctx, char *from, char *parameters),
    (ctx, from, parameters))
EDIT(smfi_addheader, (SMFICTX * ctx, char *name, char *value),
    (ctx, name, value))
EDIT(smfi_chgheader, (SMFICTX * ctx, char *name, int nth, char *value),
    (ctx, name, nth, value))
EDIT(smfi_insheader, (SMFICTX * ctx, int index, char *name, char *value),
    (ctx, index, name, value))
EDIT(smfi_replacebody, (SMFICTX * ctx, unsigned char *octets, int len),
    (ctx, octets, len))
