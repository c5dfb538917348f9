/* SPDX-License-Identifier: MIT */
/* Whatever comes in, what goes out is legal, and what no edit names is as it
 * was. The first octet chooses the policy, the rest is the message. */
#include "core/plan.h"

#include <stdint.h>
#include <string.h>

#include "core/address_list.h"
#include "core/apply.h"
#include "core/intake.h"
#include "core/mime_index.h"
#include "core/null_sender.h"
#include "core/parameter.h"
#include "core/ses_rules.h"
#include "tests/unit/edit_read.h"

#define NOW 1790000000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static Policy *
policy_of(uint8_t choice)
{
	Policy *policy = policy_new();

	g_strfreev(policy->domains);
	policy->domains = g_strsplit("example.com", " ", 0);
	policy->bounce_domain = g_strdup("example.com");
	policy_add_secret(policy, "secret", 6);
	policy->from_format = (FromFormat)(choice % 5);
	policy->to = (ToMode)(choice / 5 % 3);
	policy->blocked_attachments = (Blocked)(choice / 15 % 3);
	policy->profile = (Profile)(choice / 45 % 3);
	return policy;
}

static void
check_value(const char *name, const char *value, gsize len)
{
	g_assert(header_name_is_legal(name));
	g_assert(!memchr(value, '\0', len) && !memchr(value, '\r', len));
	if (!header_value_is_legal(name, value))
		g_error("%s: illegal value \"%s\"", name, value);
	if (ses_rules_is_address_field(name))
		g_assert(address_list_is_strict(value, len));
	if (g_ascii_strcasecmp(name, "Content-Type") == 0)
		g_assert(content_value_is_strict(CONTENT_TYPE, value, len));
	if (g_ascii_strcasecmp(name, "Content-Disposition") == 0)
		g_assert(
		    content_value_is_strict(CONTENT_DISPOSITION, value, len));
}

static void
check_header(const Header *header)
{
	for (guint i = 0; i < header_count(header); i++) {
		const HeaderField *field = header_at(header, i);
		check_value(field->name, field->value, field->value_len);
		if (ses_rules_is_single(field->name))
			g_assert(header_count_named(header, field->name) == 1);
	}
	g_assert(header_count_named(header, "From") == 1);
	g_assert(header_count_named(header, "Sender") == 0);
}

/* Octets between the edits are the message's own, in their order. */
static void
check_body(const Message *message, const EditList *edits, const GString *out)
{
	g_autoptr(GString) body = apply_to_string(message, edits, APPLY_BODY);
	bool touched = false;
	gsize end = 0;

	g_assert(
	    g_str_has_suffix(out->str, body->str) ||
	    memcmp(out->str + out->len - body->len, body->str, body->len) == 0);
	for (guint i = 0; i < edit_list_count(edits); i++) {
		const Edit *edit = edit_list_at(edits, i);
		if (edit->kind != EDIT_BODY)
			continue;
		g_assert(edit->start >= end);
		end = edit->start + edit->len;
		g_assert(end <= message->body_len);
		touched = true;
	}
	if (!touched)
		g_assert(body->len == message->body_len &&
			 memcmp(body->str, message->body, body->len) == 0);
}

static void
check_plan(const Message *message, const Plan *plan)
{
	g_autoptr(GString) out =
	    apply_to_string(message, plan->edits, APPLY_MESSAGE);
	g_autofree char *text = edit_list_to_text(plan->edits);
	g_autoptr(EditList) back = edit_read(text, NULL);
	g_autofree char *again = edit_list_to_text(back);

	g_assert(strcmp(text, again) == 0);
	g_assert(out->len == plan->size);
	check_body(message, plan->edits, out);
	g_autoptr(Message) after = message_new("");
	intake_split(after, out->str, out->len);
	check_header(after->header);
}

static void
check_forward(const Message *message, const Policy *policy)
{
	g_autoptr(Alias) entry = alias_new("shop@example.com");
	g_autoptr(Address) addressed =
	    address_parse("shop@example.com", -1, NULL);

	entry->targets = g_strsplit("me@mail.test", " ", 0);
	PlanAlias alias = {
	    addressed, entry, (const char *const *)entry->targets};
	g_autoptr(Plan) plan = plan_forward(message, &alias, policy, NOW);
	g_assert((plan->verdict == PLAN_FORWARD) == (plan->reply == NULL));
	if (plan->verdict == PLAN_FORWARD)
		check_plan(message, plan);
}

static void
check_null_sender(const Message *message, const Policy *policy)
{
	g_autoptr(Plan) plan = null_sender_plan(message, policy, NOW);

	g_assert((plan->verdict == PLAN_FORWARD) == (plan->reply == NULL));
	if (plan->verdict == PLAN_FORWARD)
		check_plan(message, plan);
}

static void
check_message(
    const GString *octets, const char *sender, bool alias, const Policy *policy)
{
	g_autoptr(Message) message = message_new(sender);

	intake_split(message, octets->str, octets->len);
	message_add_recipient(message, "<shop@example.com>", NULL, alias);
	if (alias)
		check_forward(message, policy);
	else
		check_null_sender(message, policy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	g_autoptr(Policy) policy = policy_of(data[0]);
	g_autoptr(GString) octets = g_string_new(NULL);
	IntakeLines lines;

	intake_lines_init(&lines);
	intake_lines_feed(&lines, (const char *)data + 1, size - 1, octets);
	intake_lines_end(&lines, octets);
	check_message(octets, "sender@example.net", true, policy);
	check_message(octets, "", false, policy);
	return 0;
}
