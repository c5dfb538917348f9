/* SPDX-License-Identifier: MIT */
#include "core/ses_verdict.h"

#include "core/intake.h"
#include "core/message.h"
#include "unit.h"

#define SES_HOP                                                                \
	"Received: from a by inbound-smtp.eu-west-1.amazonaws.com with SMTP "  \
	"id x;\r\n date\r\n"

static const struct {
	const char *label, *header;
	bool virus, spam;
} rows[] = {
    {"pass",
	SES_HOP "X-SES-Virus-Verdict: PASS\r\nX-SES-Spam-Verdict: PASS\r\n",
	false, false},
    {"virus", SES_HOP "X-SES-Virus-Verdict: FAIL\r\n", true, false},
    {"spam, any case", SES_HOP "x-ses-spam-verdict: fail\r\n", false, true},
    {"below the next hop it is forged",
	SES_HOP "Received: from b by c\r\nX-SES-Virus-Verdict: FAIL\r\n", false,
	false},
    {"above the hop it is not SES's", "X-SES-Spam-Verdict: FAIL\r\n" SES_HOP,
	false, false},
    {"no hop of SES", "Received: from b by c\r\nX-SES-Spam-Verdict: FAIL\r\n",
	false, false},
    {"another host's name",
	"Received: from a by inbound-smtp.evil.test\r\n"
	"X-SES-Spam-Verdict: FAIL\r\n",
	false, false},
    {"own hops above SES's",
	"Received: from x by mx.example.com\r\n" SES_HOP
	"X-SES-Spam-Verdict: FAIL\r\n",
	false, true},
    {"empty", "", false, false},
};

static void
failed(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		gsize len = strlen(rows[i].header);
		g_autofree char *octets = unit_octets(rows[i].header, len);
		g_autoptr(Message) message = message_new("");
		intake_split(message, octets, len);
		UNIT_NUMBER(rows[i].label,
		    ses_verdict_failed(message->header, SES_VERDICT_VIRUS),
		    rows[i].virus);
		UNIT_NUMBER(rows[i].label,
		    ses_verdict_failed(message->header, SES_VERDICT_SPAM),
		    rows[i].spam);
	}
}

static const UnitCase cases[] = {{"failed", failed}};
UNIT_MAIN("ses_verdict", cases)
