/* SPDX-License-Identifier: MIT */
#include "core/ses_rules.h"

#include "core/address_list.h"
#include "core/header.h"
#include "core/intake.h"
#include "core/message.h"
#include "core/parameter.h"
#include "unit.h"

/* The edits that repair a header given as text with LF line ends. */
static char *
repaired(const char *text)
{
	g_autoptr(GString) octets = g_string_new(text);
	g_autoptr(Message) message = message_new("");
	g_autoptr(EditList) edits = edit_list_new();
	g_autoptr(GString) why = g_string_new(NULL);

	g_string_replace(octets, "\n", "\r\n", 0);
	g_autofree char *copy = unit_octets(octets->str, octets->len);
	intake_split(message, copy, octets->len);
	g_autoptr(HeaderPlan) plan = header_plan_new(message->header);
	ses_rules_repair_header(plan, NULL, "last@b.test", why);
	header_plan_to_edits(plan, edits);
	return edit_list_to_text(edits);
}

static const struct {
	const char *label, *header, *want;
} rows[] = {
    {"legal", "From: a@b.test\nTo: A <c@d.test>\nCc:\nSubject: x\n", ""},
    {"repeated", "Subject: one\nSubject: two\n",
	"remove \"Subject\" 2\nadd \"X-Original-Subject\" \" two\"\n"},
    {"repeated, the first empty", "Subject: \nSubject: two\n",
	"remove \"Subject\" 1\n"},
    {"Received may be repeated", "Received: a\nReceived: b\n", ""},
    {"X- may be repeated", "X-A: a\nX-A: b\n", ""},
    {"a blank line in a fold", "To: a@b.test,\n \t\n c@d.test\n",
	"change \"To\" 1 \" a@b.test, \\t c@d.test\"\n"},
    {"8-bit text", "Subject: caf\xc3\xa9\n",
	"change \"Subject\" 1 \" =?UTF-8?B?Y2Fmw6k=?=\"\n"},
    {"group alone", "To: undisclosed-recipients:;\n", ""},
    {"missing domain", "To: nobody, a@b.test\n",
	"change \"To\" 1 \" a@b.test\"\n"
	"add \"X-Original-To\" \" nobody, a@b.test\"\n"},
    {"nothing to reach", "Reply-To: nobody at all\n",
	"remove \"Reply-To\" 1\n"
	"add \"X-Original-Reply-To\" \" nobody at all\"\n"},
    {"Content-Type without value", "Content-Type:\n",
	"change \"Content-Type\" 1 \" text/plain\"\n"},
};

static void
repair(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *got = repaired(rows[i].header);
		UNIT_TEXT(rows[i].label, got, rows[i].want);
	}
}

static void
crowd(void)
{
	g_autoptr(GString) header = g_string_new("To: ");

	for (int i = 0; i < 60; i++)
		g_string_append_printf(
		    header, "%sa%d@b.test", i > 0 ? ",\n " : "", i);
	g_string_append(header, ", Last <last@b.test>\nCc: c@d.test\n");
	g_autofree char *got = repaired(header->str);
	UNIT_TRUE("the addressee is first",
	    strstr(got, "change \"To\" 1 \" Last <last@b.test>,") != NULL);
	UNIT_TRUE("the 50th stays", strstr(got, "a48@b.test\"\n") != NULL);
	UNIT_TRUE("Cc goes", strstr(got, "remove \"Cc\" 1\n") != NULL);
	UNIT_TRUE("all To are kept aside",
	    strstr(got, "add \"X-Original-To\"") != NULL);
	UNIT_TRUE("all Cc are kept aside",
	    strstr(got, "add \"X-Original-Cc\" \" c@d.test\"") != NULL);
}

static void
names(void)
{
	UNIT_TRUE("once", ses_rules_is_single("dkim-signature"));
	UNIT_TRUE("often", !ses_rules_is_single("Received"));
	UNIT_TRUE("To is not on the list", !ses_rules_is_single("To"));
	UNIT_TRUE("addresses", ses_rules_is_address_field("reply-to"));
	UNIT_TRUE("text", !ses_rules_is_address_field("Subject"));
}

static const UnitCase cases[] = {
    {"repair", repair},
    {"crowd", crowd},
    {"names", names},
};
UNIT_MAIN("ses_rules", cases)
