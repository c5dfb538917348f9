/* SPDX-License-Identifier: MIT */
/* bench-empty - what a process linked with GMime costs before it does
 * anything: the floor that contrib/bench holds preview against. */
#include <gmime/gmime.h>

int
main(void)
{
	g_mime_init();
	g_mime_shutdown();
	return 0;
}
