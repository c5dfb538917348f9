/* SPDX-License-Identifier: MIT */
#include "net/pace.h"

#include "unit.h"

static void
spacing(void)
{
	Pace pace;

	pace_init(&pace, 10);
	UNIT_NUMBER("the first at once", pace_wait(&pace, 1000000), 0);
	UNIT_NUMBER("the next after", pace_wait(&pace, 1000000), 100000);
	UNIT_NUMBER("no burst", pace_wait(&pace, 1050000), 150000);
	UNIT_NUMBER("none saved up", pace_wait(&pace, 9000000), 0);
	UNIT_NUMBER("nor then", pace_wait(&pace, 9000000), 100000);
}

static void
throttled(void)
{
	Pace pace;

	pace_init(&pace, 10);
	pace_throttled(&pace);
	UNIT_NUMBER("halved", pace.gap, 200000);
	for (int i = 0; i < 10; i++)
		pace_throttled(&pace);
	UNIT_NUMBER("one a second at least", pace.gap, 1000000);
}

static void
back_off(void)
{
	UNIT_NUMBER("second", pace_back_off(2, 0.5), 500000);
	UNIT_NUMBER("third", pace_back_off(3, 0.5), 1000000);
	UNIT_NUMBER("fifth", pace_back_off(5, 0.5), 4000000);
	UNIT_NUMBER("capped", pace_back_off(20, 0.5), 10000000);
	UNIT_NUMBER("by chance", pace_back_off(5, 0.0), 0);
}

static const UnitCase cases[] = {
    {"spacing", spacing}, {"throttled", throttled}, {"back_off", back_off}};
UNIT_MAIN("pace", cases)
