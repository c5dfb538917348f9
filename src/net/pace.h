/* SPDX-License-Identifier: MIT */
/*
 * pace.h - at most so many requests a second
 *
 * Evenly spaced, without bursts: the 40 a second that SSM gives are the whole
 * account's. Each throttled answer halves the rate, down to one a second; it
 * does not come back before the next pace_init.
 */
#ifndef ALIASBRIDGE_PACE_H
#define ALIASBRIDGE_PACE_H

#include <glib.h>

typedef struct Pace {
	gint64 gap;  /* microseconds between two requests */
	gint64 next; /* monotonic time of the next */
} Pace;

/* requests_second: from 1. */
void pace_init(Pace *pace, int requests_second);

/* How long to wait before a request at now (monotonic, microseconds); counts
 * it as sent. */
gint64 pace_wait(Pace *pace, gint64 now);
void pace_throttled(Pace *pace);

/* The pause before attempt number n (from 2) of a request: random in
 * [0, 2^(n-2)) seconds, at most 20. chance is in [0, 1). */
gint64 pace_back_off(int attempt, double chance);

#endif
