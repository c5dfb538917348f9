/* SPDX-License-Identifier: MIT */
#include "core/ses_verdict.h"

#include <string.h>

static const char *const fields[] = {
    [SES_VERDICT_VIRUS] = "X-SES-Virus-Verdict",
    [SES_VERDICT_SPAM] = "X-SES-Spam-Verdict",
};

static bool
is_received(const HeaderField *field)
{
	return g_ascii_strcasecmp(field->name, "Received") == 0;
}

static bool
is_ses_hop(const HeaderField *field)
{
	if (!is_received(field))
		return false;
	const char *by = strstr(field->value, "by inbound-smtp.");
	if (!by)
		return false;
	const char *host = by + strlen("by ");
	g_autofree char *name = g_strndup(host, strcspn(host, " \t\n;"));
	return g_str_has_suffix(name, ".amazonaws.com");
}

bool
ses_verdict_failed(const Header *header, SesVerdict which)
{
	guint i = 0;

	while (i < header_count(header) && !is_ses_hop(header_at(header, i)))
		i++;
	for (i++; i < header_count(header); i++) {
		const HeaderField *field = header_at(header, i);
		if (is_received(field))
			return false;
		if (g_ascii_strcasecmp(field->name, fields[which]) == 0) {
			g_autofree char *value =
			    header_unfold(field->value, field->value_len);
			return g_ascii_strcasecmp(value, "FAIL") == 0;
		}
	}
	return false;
}

static void
keep(const Header *header, HeaderPlan *plan, SesVerdict which)
{
	if (!ses_verdict_failed(header, which))
		return;
	g_autofree char *name = g_strconcat("X-Original-", fields[which], NULL);
	header_plan_add(plan, name, "FAIL");
}

void
ses_verdict_keep(const Header *header, HeaderPlan *plan, bool virus, bool spam)
{
	if (virus)
		keep(header, plan, SES_VERDICT_VIRUS);
	if (spam)
		keep(header, plan, SES_VERDICT_SPAM);
}
