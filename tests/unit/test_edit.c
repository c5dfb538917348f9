/* SPDX-License-Identifier: MIT */
#include "core/edit.h"

#include "edit_read.h"
#include "unit.h"

static EditList *
sample(void)
{
	EditList *list = edit_list_new();

	edit_recipient_add(list, "me@gmail.com", "NOTIFY=NEVER");
	edit_sender(list, "SRS0=x@example.com");
	edit_header_change(list, "From", 1, " \"a\\b\" <s@example.com>\n\tx");
	edit_header_remove(list, "DKIM-Signature", 2);
	edit_header_add(list, "X-Original-From", " caf\xc3\xa9");
	edit_body(list, 10, 3, g_memdup2("a\0\r\n\xff", 5), 5);
	edit_body_transform(list, 20, 4000, TRANSFORM_BASE64);
	edit_recipient_remove(list, "<shop@example.com>");
	return list;
}

static void
text_and_back(void)
{
	static const char want[] =
	    "add-recipient \"me@gmail.com\" \"NOTIFY=NEVER\"\n"
	    "sender \"SRS0=x@example.com\"\n"
	    "change \"From\" 1 \" \\\"a\\\\b\\\" <s@example.com>\\n\\tx\"\n"
	    "remove \"DKIM-Signature\" 2\n"
	    "add \"X-Original-From\" \" caf\\303\\251\"\n"
	    "body 10+3 replace \"a\\000\\r\\n\\377\"\n"
	    "body 20+4000 to-base64\n"
	    "remove-recipient \"<shop@example.com>\"\n";
	g_autoptr(EditList) list = sample();
	g_autofree char *text = edit_list_to_text(list);
	UNIT_TEXT("text", text, want);

	g_autoptr(GError) error = NULL;
	g_autoptr(EditList) back = edit_read(text, &error);
	UNIT_TRUE("parses", back != NULL);
	g_autofree char *again = edit_list_to_text(back);
	UNIT_TEXT("again", again, want);
	UNIT_NUMBER("octets", edit_list_at(back, 5)->value_len, 5);
}

static const char *const broken[] = {
    "dance \"x\"",
    "sender",
    "sender \"open",
    "sender \"x\" \"y\"",
    "change \"From\" \"value without number\"",
    "change \"From\" 0 \"x\"",
    "remove \"From\" 1 \"x\"",
    "add \"From\"",
    "body 1+ replace \"x\"",
    "body 1+2 turn \"x\"",
    "body 1+2 to-base64 \"x\"",
    "sender \"\\9\"",
    "sender \"\\400\"",
    "sender \"x\" y",
};

static void
refuses(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(broken); i++) {
		g_autoptr(GError) error = NULL;
		g_autofree char *text =
		    g_strdup_printf("sender \"\"\n%s\n", broken[i]);
		g_autoptr(EditList) list = edit_read(text, &error);
		UNIT_TRUE(broken[i], list == NULL);
		UNIT_TEXT("names the line", error ? error->message : NULL,
		    "line 2 is no edit");
	}
}

static void
append(void)
{
	g_autoptr(EditList) list = sample();
	g_autoptr(EditList) other = sample();
	guint count = edit_list_count(list);

	edit_list_append(list, other);
	UNIT_NUMBER("moved", edit_list_count(list), 2 * count);
	UNIT_NUMBER("gone", edit_list_count(other), 0);
	edit_sender(other, "still usable");
}

static const UnitCase cases[] = {
    {"text_and_back", text_and_back},
    {"refuses", refuses},
    {"append", append},
};
UNIT_MAIN("edit", cases)
