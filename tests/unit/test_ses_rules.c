/* SPDX-License-Identifier: MIT */
#include "core/ses_rules.h"

#include <string.h>

#include "core/address_list.h"
#include "core/bounds.h"
#include "core/encoded_word.h"
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

/* The values of what the edits write into fields of this name, decoded and
 * without white space. */
static char *
written(const char *edits, const char *name)
{
	g_autofree char *quoted = g_strconcat("\"", name, "\" ", NULL);
	g_auto(GStrv) lines = g_strsplit(edits, "\n", -1);
	GString *all = g_string_new(NULL);

	for (guint i = 0; lines[i]; i++) {
		const char *value = strstr(lines[i], quoted);
		if (!value || g_str_has_prefix(lines[i], "remove"))
			continue;
		g_autofree char *raw =
		    g_strcompress(strchr(value + strlen(quoted), '"') + 1);
		raw[strlen(raw) - 1] = '\0';
		UNIT_TRUE("within the bound", strlen(raw) < BOUND_HEADER_VALUE);
		UNIT_TRUE("legal", header_value_is_legal(name, raw));
		g_autofree char *text =
		    encoded_word_decode(raw, strlen(raw), NULL);
		g_auto(GStrv) words = g_strsplit_set(text, " \t", -1);
		g_autofree char *joined = g_strjoinv("", words);
		g_string_append(all, joined);
	}
	return g_string_free(all, FALSE);
}

static char *
repeated_text(const char *text, guint times)
{
	GString *all = g_string_new(NULL);

	for (guint i = 0; i < times; i++)
		g_string_append(all, text);
	return g_string_free(all, FALSE);
}

/* The most that comes in whole, and grows most. */
static void
grown_text(void)
{
	g_autofree char *text = repeated_text("\x80\x80\x80\x80 \n ", 6000);
	g_autofree char *utf8 = repeated_text("\xe2\x82\xac", 4 * 6000);
	g_autofree char *header = g_strconcat("Subject: ", text, "x\n", NULL);
	g_autofree char *got = repaired(header);
	g_autofree char *beginning = written(got, "Subject");
	g_autofree char *all = written(got, "X-Original-Subject");
	g_autofree char *want = g_strconcat(utf8, "x", NULL);

	UNIT_TRUE("the beginning stays", g_str_has_prefix(want, beginning));
	UNIT_TRUE("not too little", strlen(beginning) > 300);
	UNIT_TRUE("not too much", strlen(beginning) < BOUND_HEADER_BEGINNING);
	UNIT_TRUE("nothing is lost", g_str_equal(all, want));
}

/* Two mailboxes in name, the last of them the addressee. */
static void
check_grown_names(const char *name)
{
	g_autofree char *text = repeated_text("\xe4\xf6\xfc ", 3500);
	g_autofree char *header = g_strdup_printf(
	    "%s: %s\n <a@b.test>,\n %s <last@b.test>\n", name, text, text);
	g_autofree char *got = repaired(header);
	g_autofree char *original = g_strconcat("X-Original-", name, NULL);
	g_autofree char *all = written(got, original);
	g_autofree char *list = written(got, name);

	UNIT_TEXT(name, list, "last@b.test,a@b.test");
	UNIT_NUMBER("all octets are there", strlen(all),
	    2 * 3500 * 6 + strlen("<a@b.test>,<last@b.test>"));
}

static void
grown_addresses(void)
{
	g_autoptr(GString) header = g_string_new("Reply-To: x@b.test");

	check_grown_names("To");
	check_grown_names("Cc");
	check_grown_names("Resent-To");
	for (guint i = 0; i < 1500; i++)
		g_string_append_printf(header,
		    ",\n \xe4\xf6\xfc\xe4\xf6\xfc\xe4\xf6\xfc <%u@b.test>", i);
	g_string_append(header, "\n");
	g_autofree char *got = repaired(header->str);
	g_autofree char *list = written(got, "Reply-To");
	g_autofree char *all = written(got, "X-Original-Reply-To");
	UNIT_TRUE("the 50th stays", g_str_has_suffix(list, "<48@b.test>"));
	UNIT_TRUE("all are kept aside", g_str_has_suffix(all, "<1499@b.test>"));
}

static void
grown_crowd(void)
{
	g_autoptr(GString) header = g_string_new("Cc: x@b.test");

	for (guint i = 0; i < 1500; i++)
		g_string_append_printf(
		    header, ",\n \xe4\xf6\xfc <%u@b.test>", i);
	g_string_append(header, "\n");
	g_autofree char *got = repaired(header->str);
	g_autofree char *all = written(got, "X-Original-Cc");
	for (guint i = 0; i < 1500; i++) {
		g_autofree char *want = g_strdup_printf("<%u@b.test>", i);
		UNIT_TRUE("all are kept aside", strstr(all, want) != NULL);
	}
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
    {"grown_text", grown_text},
    {"grown_addresses", grown_addresses},
    {"grown_crowd", grown_crowd},
    {"names", names},
};
UNIT_MAIN("ses_rules", cases)
