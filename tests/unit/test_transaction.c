/* SPDX-License-Identifier: MIT */
#include "milter/transaction.h"

#include "core/bounds.h"
#include "core/failure.h"
#include "unit.h"

static const char config[] = "domains = [ \"x.test\" ];\n"
			     "bounce_address = \"bounces@x.test\";\n"
			     "limits: { message_size = 1000000; };\n"
			     "milter: { spool = \"/tmp\"; };\n";

static void
use(const char *text)
{
	g_autoptr(GError) error = NULL;
	Config *read = config_parse("test", text, strlen(text), &error);

	UNIT_TEXT("read", error ? error->message : NULL, NULL);
	snapshot_set(read);
}

static Transaction *
begin(const char *path, const char *parameter)
{
	const char *const arguments[] = {path, parameter, NULL};

	use(config);
	return transaction_new(arguments);
}

static void
finish(Transaction *transaction)
{
	transaction_free(transaction);
	snapshot_set(NULL);
}

static const struct {
	const char *path, *parameter, *sender;
	bool smtputf8;
} mails[] = {
    {"<j@c.test>", NULL, "j@c.test", false},
    {"<J@C.Test>", "SIZE=100", "J@c.test", false},
    {"<@r.test:j@c.test>", "smtputf8", "j@c.test", true},
    {"<>", "BODY=SMTPUTF8", "", false},
    {"", NULL, "", false},
    {"<root>", "SMTPUTF8X", "root", false},
    {"j@c.test", "SMTPUTF8", "j@c.test", true},
    {"<", NULL, "<", false},
};

static void
mail(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(mails); i++) {
		Transaction *transaction =
		    begin(mails[i].path, mails[i].parameter);
		UNIT_TEXT(mails[i].path, transaction->message->sender,
		    mails[i].sender);
		UNIT_NUMBER(
		    mails[i].path, transaction->smtputf8, mails[i].smtputf8);
		finish(transaction);
	}
}

static void
add(Transaction *transaction, const char *path, const char *parameter,
    RcptKind kind)
{
	const char *const arguments[] = {path, parameter, NULL};
	Rcpt rcpt = {.kind = kind, .address = address_parse(path, -1, NULL)};

	if (kind == RCPT_ALIAS) {
		rcpt.match.alias = alias_new(path);
		rcpt.match.targets = g_strsplit("o@y.test", " ", -1);
	}
	transaction_add_recipient(transaction, arguments, &rcpt);
	rcpt_clear(&rcpt);
}

static void
recipients(void)
{
	Transaction *transaction = begin("<>", NULL);

	add(transaction, "<o@y.test>", NULL, RCPT_ORDINARY);
	add(transaction, "<a@x.test>", "NOTIFY=NEVER", RCPT_ALIAS);
	add(transaction, "<A@X.TEST>", "notify=success", RCPT_ALIAS);
	add(transaction, "<b@x.test>", "ORCPT=rfc822;b", RCPT_ALIAS);
	const GPtrArray *kept = transaction->message->recipients;
	UNIT_NUMBER("all", kept->len, 4);
	const Recipient *ordinary = g_ptr_array_index(kept, 0);
	const Recipient *first = g_ptr_array_index(kept, 1);
	const Recipient *second = g_ptr_array_index(kept, 2);
	const Recipient *third = g_ptr_array_index(kept, 3);
	UNIT_TRUE("ordinary", !ordinary->alias && first->alias);
	UNIT_TEXT("given", second->given, "<A@X.TEST>");
	UNIT_TEXT("notify", first->notify, "NEVER");
	UNIT_TEXT("notify, any case", second->notify, "success");
	UNIT_TEXT("no notify", third->notify, NULL);
	UNIT_NUMBER("that differ", transaction->aliases->len, 2);
	UNIT_TEXT(
	    "match of the first", transaction->match.alias->key, "<a@x.test>");
	finish(transaction);
}

static void
many_recipients(void)
{
	Transaction *transaction = begin("<>", NULL);

	for (guint i = 0; i < 2 * BOUND_JUDGED; i++) {
		g_autofree char *path = g_strdup_printf("<a%u@x.test>", i);
		add(transaction, path, NULL, RCPT_ALIAS);
	}
	UNIT_NUMBER("bounded", transaction->aliases->len, BOUND_JUDGED + 1);
	finish(transaction);
}

static void
headers(void)
{
	Transaction *transaction = begin("<>", NULL);
	g_autofree char *long_value = g_strnfill(50000, 'x');

	for (guint i = 0; i < BOUND_HEADER_COUNT + 10; i++)
		transaction_add_header(transaction, "X", " 1");
	UNIT_NUMBER("one over the count",
	    header_count(transaction->message->header), BOUND_HEADER_COUNT + 1);
	finish(transaction);

	transaction = begin("<>", NULL);
	for (guint i = 0; i < 100; i++)
		transaction_add_header(transaction, "X", long_value);
	gsize octets = transaction->message->header->octets;
	UNIT_TRUE("over the total", octets > BOUND_HEADER_TOTAL);
	UNIT_TRUE("by one", octets < BOUND_HEADER_TOTAL + 51000);
	finish(transaction);
}

static void
body(void)
{
	Transaction *transaction = begin("<>", NULL);

	transaction_add_body(transaction, "one\r\n", 5);
	transaction_add_body(transaction, "two", 3);
	UNIT_TRUE("complete", transaction_complete(transaction, true));
	UNIT_TRUE("known", transaction->message->body);
	g_autofree char *got = g_strndup(
	    transaction->message->body, transaction->message->body_len);
	UNIT_TEXT("body", got, "one\r\ntwo");
	finish(transaction);

	transaction = begin("<>", NULL);
	UNIT_TRUE("not read", transaction_complete(transaction, false));
	UNIT_TRUE("not known", !transaction->message->body);
	finish(transaction);
}

static void
body_too_big(void)
{
	Transaction *transaction = begin("<>", NULL);
	g_autofree char *piece = g_strnfill(60000, 'x');

	for (guint i = 0; i < 100; i++)
		transaction_add_body(transaction, piece, 60000);
	UNIT_TRUE("refused", !transaction_complete(transaction, true));
	UNIT_TRUE("for good",
	    g_error_matches(transaction->failure, FAILURE, FAILURE_PERMANENT));
	finish(transaction);
}

static const struct {
	const char *sender, *recipient, *parameter, *value;
	bool want;
} utf8s[] = {
    {"<j@c.test>", "<a@x.test>", "SMTPUTF8", " plain", false},
    {"<j@c.test>", "<a@x.test>", "SMTPUTF8", " caf\xc3\xa9", true},
    {"<j@c.test>", "<a@x.test>", NULL, " caf\xc3\xa9", false},
    {"<\xc3\xa9@c.test>", "<a@x.test>", "SMTPUTF8", " plain", true},
    {"<j@c.test>", "<\xc3\xa9@x.test>", "SMTPUTF8", " plain", true},
};

static void
smtputf8(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(utf8s); i++) {
		Transaction *transaction =
		    begin(utf8s[i].sender, utf8s[i].parameter);
		add(transaction, utf8s[i].recipient, NULL, RCPT_ALIAS);
		transaction_add_header(transaction, "Subject", utf8s[i].value);
		UNIT_NUMBER(utf8s[i].value,
		    transaction_is_smtputf8(transaction), utf8s[i].want);
		finish(transaction);
	}
}

static const UnitCase cases[] = {{"mail", mail}, {"recipients", recipients},
    {"many_recipients", many_recipients}, {"headers", headers}, {"body", body},
    {"body_too_big", body_too_big}, {"smtputf8", smtputf8}};
UNIT_MAIN("transaction", cases)
