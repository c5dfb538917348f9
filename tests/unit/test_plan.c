/* SPDX-License-Identifier: MIT */
#include "core/plan.h"

#include <string.h>

#include "core/apply.h"
#include "core/intake.h"
#include "core/mark.h"
#include "unit.h"

#define NOW G_GINT64_CONSTANT(1790000000)

typedef struct Case {
	Policy *policy;
	Alias *entry;
	Address *addressed;
	Message *message;
	char *octets;
} Case;

/* A message to shop@example.com, text with LF line ends. */
static Case
case_new(const char *text)
{
	Case c = {policy_new(), alias_new("shop@example.com"),
	    address_parse("shop@example.com", -1, NULL),
	    message_new("s@b.test"), NULL};
	g_autoptr(GString) octets = g_string_new(text);

	g_strfreev(c.policy->domains);
	c.policy->domains = g_strsplit("example.com", " ", 0);
	c.policy->bounce_address = g_strdup("bounces@example.com");
	policy_add_secret(c.policy, "secret", 6);
	c.entry->targets = g_strsplit("me@t.test", " ", 0);
	g_string_replace(octets, "\n", "\r\n", 0);
	c.octets = unit_octets(octets->str, octets->len);
	intake_split(c.message, c.octets, octets->len);
	message_add_recipient(c.message, "<Shop@example.com>", NULL, true);
	return c;
}

static void
case_clear(Case *c)
{
	policy_free(c->policy);
	alias_free(c->entry);
	address_free(c->addressed);
	message_free(c->message);
	g_free(c->octets);
}

static Plan *
case_plan(const Case *c)
{
	PlanAlias alias = {
	    c->addressed, c->entry, (const char *const *)c->entry->targets};

	return plan_forward(c->message, &alias, c->policy, NOW);
}

static void
check_reply(const char *label, const Case *c, const char *want)
{
	g_autoptr(Plan) plan = case_plan(c);
	g_autofree char *got = plan->reply ? reply_to_text(plan->reply) : NULL;

	UNIT_TRUE(
	    label, want ? got && g_str_has_prefix(got, want) : got == NULL);
	if (want && (!got || !g_str_has_prefix(got, want)))
		UNIT_TEXT(label, got, want);
	UNIT_TRUE("verdict goes with the reply",
	    (plan->verdict == PLAN_FORWARD) == (plan->reply == NULL));
}

static void
order(void)
{
	Case c = case_new("From: a@b.test\nTo: shop@example.com\n\nx\n");
	g_autoptr(Plan) plan = case_plan(&c);
	guint last = edit_list_count(plan->edits) - 1;

	UNIT_NUMBER("verdict", plan->verdict, PLAN_FORWARD);
	UNIT_NUMBER("targets first", edit_list_at(plan->edits, 0)->kind,
	    EDIT_RECIPIENT_ADD);
	UNIT_NUMBER(
	    "then the sender", edit_list_at(plan->edits, 1)->kind, EDIT_SENDER);
	UNIT_NUMBER("alias last", edit_list_at(plan->edits, last)->kind,
	    EDIT_RECIPIENT_REMOVE);
	UNIT_TEXT("as it was given", edit_list_at(plan->edits, last)->value,
	    "<Shop@example.com>");
	UNIT_NUMBER("size", plan->size, apply_size(c.message, plan->edits));
	case_clear(&c);
}

static void
envelope(void)
{
	Case c = case_new("From: a@b.test\n\nx\n");
	message_add_recipient(c.message, "<shop@EXAMPLE.com>", "NEVER", true);
	message_add_recipient(c.message, "<ME@t.test>", NULL, false);
	g_strfreev(c.entry->targets);
	c.entry->targets =
	    g_strsplit("me@t.test you@t.test You@t.test", " ", 0);
	g_autoptr(Plan) plan = case_plan(&c);
	g_autoptr(GString) got = g_string_new(NULL);

	for (guint i = 0; i < edit_list_count(plan->edits); i++) {
		const Edit *edit = edit_list_at(plan->edits, i);
		if (edit->kind == EDIT_RECIPIENT_ADD ||
		    edit->kind == EDIT_RECIPIENT_REMOVE)
			g_string_append_printf(got, "%s%s ", edit->value,
			    edit->parameters ? "!" : "");
	}
	UNIT_TEXT("one copy a target, every spelling removed", got->str,
	    "you@t.test <Shop@example.com> <shop@EXAMPLE.com> ");
	case_clear(&c);
}

static void
notify_never(void)
{
	Case c = case_new("From: a@b.test\n\nx\n");
	Recipient *recipient = g_ptr_array_index(c.message->recipients, 0);

	recipient->notify = g_strdup("never");
	g_autoptr(Plan) plan = case_plan(&c);
	UNIT_TEXT("carried on", edit_list_at(plan->edits, 0)->parameters,
	    "NOTIFY=NEVER");
	case_clear(&c);
}

static void
entry_refuses(void)
{
	Case c = case_new("From: a@b.test\n\nx\n");

	c.entry->senders = g_strsplit("*@friend.test", " ", 0);
	check_reply("reverse-path", &c, "550 5.7.1");
	g_free(c.message->sender);
	c.message->sender = g_strdup("f@friend.test");
	check_reply("author", &c, "550 5.7.1");
	g_free(c.message->sender);
	c.message->sender = g_strdup("");
	check_reply(
	    "the null reverse-path does not hide the author", &c, "550 5.7.1");
	c.entry->expires = NOW;
	c.entry->reject = reply_new(550, "5.2.1", "over");
	check_reply("expired", &c, "550 5.2.1 over");
	case_clear(&c);
}

static void
loops(void)
{
	Case c = case_new("From: a@b.test\n\nx\n");
	Mark mark = {g_strdup("shop@example.com"), 1, NOW / 86400};
	g_autofree char *own = mark_to_text(&mark, c.policy->secrets);
	Mark other = {g_strdup("other@example.com"), 10, NOW / 86400};
	g_autofree char *many = mark_to_text(&other, c.policy->secrets);

	header_add(c.message->header, MARK_FIELD, own, strlen(own));
	check_reply("own mark", &c, "554 5.4.6");
	case_clear(&c);

	c = case_new(
	    "From: a@b.test\nX-Aliasbridge-Mark: alias=shop@example.com; "
	    "hop=1; day=1; sig=x\n\nx\n");
	check_reply("forged mark", &c, NULL);
	header_add(c.message->header, MARK_FIELD, many, strlen(many));
	check_reply("too many hops", &c, "554 5.4.6");
	case_clear(&c);

	c = case_new("From: a@b.test\n\nx\n");
	for (int i = 0; i < 50; i++)
		header_add(c.message->header, "Received", " x", 2);
	check_reply("50 Received", &c, NULL);
	header_add(c.message->header, "Received", " x", 2);
	check_reply("51 Received", &c, "554 5.4.6");
	case_clear(&c);
	g_free(mark.alias);
	g_free(other.alias);
}

static void
verdicts(void)
{
	static const char text[] =
	    "Received: from x by inbound-smtp.us-east-1.amazonaws.com\n"
	    "X-SES-Virus-Verdict: FAIL\nX-SES-Spam-Verdict: FAIL\n"
	    "From: a@b.test\n\nx\n";
	Case c = case_new(text);

	check_reply("not trusted", &c, NULL);
	c.policy->trust_ses_verdicts = true;
	c.policy->virus = VERDICT_REFUSE;
	check_reply("virus", &c, "554 5.7.1");
	c.policy->virus = VERDICT_OFF;
	c.policy->spam = VERDICT_REFUSE;
	check_reply("spam", &c, "554 5.7.1");
	c.policy->spam = VERDICT_MARK;
	g_autoptr(Plan) plan = case_plan(&c);
	g_autofree char *edits = edit_list_to_text(plan->edits);
	UNIT_TRUE("kept",
	    strstr(edits, "add \"X-Original-X-SES-Spam-Verdict\" \" FAIL\"") !=
		NULL);
	case_clear(&c);
}

static void
dmarc(void)
{
	static const char text[] =
	    "Authentication-Results: mx.example.com; dmarc=fail (p=reject) "
	    "header.from=b.test\nFrom: Jane <a@b.test>\n\nx\n";
	Case c = case_new(text);

	check_reply("nobody is trusted", &c, NULL);
	c.policy->authserv_id = g_strdup("mx.example.com");
	c.policy->dmarc_fail = DMARC_REJECT;
	check_reply("reject", &c, "550 5.7.1");
	c.policy->dmarc_fail = DMARC_OFF;
	check_reply("off", &c, NULL);
	c.policy->dmarc_fail = DMARC_MARK;
	g_autoptr(Plan) plan = case_plan(&c);
	g_autofree char *edits = edit_list_to_text(plan->edits);
	UNIT_TRUE("marked", strstr(edits, "UNVERIFIED") != NULL);
	case_clear(&c);
}

static void
bounds(void)
{
	Case c = case_new("From: a@b.test\n\nx\n");

	c.policy->message_size = 200;
	check_reply("size", &c, "552 5.3.4");
	case_clear(&c);

	g_autoptr(GString) text = g_string_new("From: a@b.test\n");
	for (int i = 0; i < 2001; i++)
		g_string_append(text, "X-Y: z\n");
	g_string_append(text, "\nx\n");
	c = case_new(text->str);
	check_reply("fields", &c, "554 5.6.0");
	case_clear(&c);
}

/* What goes through the milter protocol has 64 KB of room. */
static void
long_fields(void)
{
	g_autofree char *name = g_strnfill(40000, (char)0xe9);
	g_autofree char *from =
	    g_strdup_printf("From: %s <a@b.test>\n\nx\n", name);
	Case c = case_new(from);
	g_autoptr(Plan) plan = case_plan(&c);

	UNIT_NUMBER("forwarded", plan->verdict, PLAN_FORWARD);
	for (guint i = 0; i < edit_list_count(plan->edits); i++)
		UNIT_TRUE("short enough",
		    edit_list_at(plan->edits, i)->value_len < 60000);
	case_clear(&c);

	g_autofree char *type = g_strdup_printf(
	    "From: a@b.test\nContent-Type: text/plain; name=\"%s\"\n\nx\n",
	    name);
	c = case_new(type);
	check_reply("cannot be encoded in that room", &c, "554 5.6.0");
	case_clear(&c);

	g_autofree char *wide = g_strnfill(490, 'n');
	g_autofree char *unnamed =
	    g_strdup_printf("From: a@b.test\n%s: %s\n\nx\n", wide, name);
	c = case_new(unnamed);
	check_reply("nor be kept aside", &c, "554 5.6.0");
	case_clear(&c);

	g_autofree char *long_name = g_strnfill(1200, 'n');
	g_autofree char *text =
	    g_strdup_printf("From: a@b.test\n%s: x\n\nx\n", long_name);
	c = case_new(text);
	g_autoptr(Plan) dropped = case_plan(&c);
	g_autofree char *edits = edit_list_to_text(dropped->edits);
	UNIT_TRUE("a name longer than a line goes",
	    strstr(edits, "remove \"nnnn") != NULL);
	case_clear(&c);
}

/* As it came, before the target stood in it, and not twice. */
static void
long_destinations(void)
{
	g_autoptr(GString) text = g_string_new("From: a@b.test\nTo: ");
	guint pieces = 0, named = 0;

	for (guint i = 0; i < 1500; i++)
		g_string_append_printf(
		    text, "\xe4\xf6\xfc\xe4\xf6\xfc <%u@b.test>,\n ", i);
	g_string_append(text, "shop@example.com\n\nx\n");
	Case c = case_new(text->str);
	g_autoptr(Plan) plan = case_plan(&c);

	UNIT_NUMBER("forwarded", plan->verdict, PLAN_FORWARD);
	for (guint i = 0; i < edit_list_count(plan->edits); i++) {
		const Edit *edit = edit_list_at(plan->edits, i);
		if (g_strcmp0(edit->name, "X-Original-To") != 0)
			continue;
		pieces++;
		named += strstr(edit->value, "shop@example.com") != NULL;
		UNIT_TRUE(
		    "not the target", strstr(edit->value, "me@t.test") == NULL);
	}
	UNIT_NUMBER("pieces", pieces, 3);
	UNIT_NUMBER("the alias is in one", named, 1);
	case_clear(&c);
}

static void
not_configured(void)
{
	Case c = case_new("From: a@b.test\n\nx\n");

	g_clear_pointer(&c.policy->bounce_address, g_free);
	check_reply("no bounce address", &c, "451 4.3.5");
	g_autoptr(Plan) plan = case_plan(&c);
	UNIT_TEXT("the log says what is missing", plan->why,
	    "neither bounce_address nor bounce_domain is set");
	case_clear(&c);
}

static const UnitCase cases[] = {
    {"order", order},
    {"envelope", envelope},
    {"notify_never", notify_never},
    {"entry_refuses", entry_refuses},
    {"loops", loops},
    {"verdicts", verdicts},
    {"dmarc", dmarc},
    {"bounds", bounds},
    {"long_fields", long_fields},
    {"long_destinations", long_destinations},
    {"not_configured", not_configured},
};
UNIT_MAIN("plan", cases)
