/* SPDX-License-Identifier: MIT */
#include "milter/answer.h"

#include "io/log.h"

sfsistat
answer(SMFICTX *ctx, const Reply *reply)
{
	g_autofree char *code = g_strdup_printf("%d", reply->code);
	g_auto(GStrv) pieces =
	    g_strsplit(*reply->text ? reply->text : "refused", "%", -1);
	g_autofree char *text = g_strjoinv("%%", pieces);

	if (smfi_setreply(ctx, code, reply->status, text) != MI_SUCCESS)
		log_line(LOG_LEVEL_WARNING, NULL,
		    "libmilter does not take the reply %s %s", code,
		    reply->text);
	return reply->code < 500 ? SMFIS_TEMPFAIL : SMFIS_REJECT;
}

const char *
answer_verdict(const Reply *reply)
{
	return reply->code < 500 ? "defer" : "refuse";
}
