/* SPDX-License-Identifier: MIT */
#include "net/pace.h"

void
pace_init(Pace *pace, int requests_second)
{
	pace->gap = G_USEC_PER_SEC / MAX(requests_second, 1);
	pace->next = 0;
}

gint64
pace_wait(Pace *pace, gint64 now)
{
	gint64 at = MAX(now, pace->next);

	pace->next = at + pace->gap;
	return at - now;
}

void
pace_throttled(Pace *pace)
{
	pace->gap = MIN(pace->gap * 2, MAX(pace->gap, G_USEC_PER_SEC));
}

gint64
pace_back_off(int attempt, double chance)
{
	double seconds = 1;

	for (int i = 2; i < attempt && seconds < 20; i++)
		seconds *= 2;
	return (gint64)(MIN(seconds, 20) * chance * (double)G_USEC_PER_SEC);
}
