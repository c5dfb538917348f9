/* SPDX-License-Identifier: MIT */
/* Whatever a bounce says, nothing of the target is in what goes on to the
 * sender. The input is as in tests/bounces. */
#include "core/bounce.h"

#include <stdint.h>
#include <string.h>

#include "core/report.h"
#include "core/srs.h"
#include "tests/unit/bounce_sample.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Does text hold the target's local part elsewhere than in its address? A
 * sender may have written that himself, and is shown his own words. */
static bool
holds_local_part_alone(const char *text)
{
	static const char local[] = "jane.hidden", rest[] = "@target.example";
	g_autofree char *lower = g_ascii_strdown(text, -1);

	for (const char *p = lower; (p = strstr(p, local)); p++)
		if (!g_str_has_prefix(p + strlen(local), rest))
			return true;
	return false;
}

static void
check_sent(const Bounce *bounce, const char *text)
{
	g_autofree char *lower = g_ascii_strdown(bounce->octets, -1);

	g_assert(strlen(bounce->octets) == bounce->len);
	g_assert(g_str_is_ascii(bounce->octets));
	g_assert(!strstr(lower, "target.example"));
	if (!holds_local_part_alone(text))
		g_assert(!strstr(lower, "jane.hidden"));
	g_assert(strstr(bounce->octets,
	    "\r\nFinal-Recipient: rfc822; " SAMPLE_ALIAS "\r\n"));
	g_assert(g_str_equal(bounce->recipient, SAMPLE_SENDER));
	g_assert(bounce->alias && g_str_equal(bounce->alias, SAMPLE_ALIAS));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autoptr(Policy) policy = bounce_sample_policy();
	g_autofree char *srs = srs_forward(SAMPLE_SENDER, SAMPLE_ALIAS,
	    policy->bounce_domain, policy->secrets, SAMPLE_NOW, NULL);
	g_autofree char *text = g_strndup((const char *)data, size);
	BounceSample *sample = bounce_sample_new("fuzz", text, srs, policy);
	g_autoptr(Bounce) bounce =
	    bounce_decide(sample->message, srs, policy, SAMPLE_NOW);

	g_assert(bounce->why && !bounce->reply);
	g_assert((bounce->verdict == BOUNCE_SEND) == (bounce->octets != NULL));
	if (bounce->verdict == BOUNCE_SEND &&
	    bounce->event == BOUNCE_EVENT_PERMANENT)
		check_sent(bounce, text);
	bounce_sample_free(sample);
	return 0;
}
