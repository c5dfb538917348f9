/* SPDX-License-Identifier: MIT */
#include "core/alias.h"

#include "core/failure.h"
#include "unit.h"

#define NOW 1000000

static Address *
parsed(const char *text)
{
	Address *address = address_parse(text, -1, NULL);

	UNIT_TRUE(text, address != NULL);
	return address;
}

static const struct {
	const char *address, *delimiters, *want; /* "rule:key " each */
} key_rows[] = {
    {"a@b.org", "+", "1:a@b.org 2:@b.org 3:a 4:@ "},
    {"A+X@B.org", "+", "0:a+x@b.org 1:a@b.org 2:@b.org 3:a+x 3:a 4:@ "},
    {"a+x@b.org", "", "1:a+x@b.org 2:@b.org 3:a+x 4:@ "},
    {"a+x@b.org", NULL, "1:a+x@b.org 2:@b.org 3:a+x 4:@ "},
    {"a-x+y@b.org", "+-", "0:a-x+y@b.org 1:a@b.org 2:@b.org 3:a-x+y 3:a 4:@ "},
    {"owner-x@b.org", "-", "1:owner-x@b.org 2:@b.org 3:owner-x 4:@ "},
    {"+x@b.org", "+", "1:+x@b.org 2:@b.org 3:+x 4:@ "},
    {"\"A b\"@b.org", "+", "1:\"a b\"@b.org 2:@b.org 3:\"a b\" 4:@ "},
    {"\"a@c\"@b.org", "+", "1:\"a@c\"@b.org 2:@b.org 3:\"a@c\" 4:@ "},
    {"x@b\xc3\xbc"
     "cher.example",
	"+", "1:x@xn--bcher-kva.example 2:@xn--bcher-kva.example 3:x 4:@ "},
    {"\xc3\x89t\xc3\xa9@b.org", "+",
	"1:\xc3\xa9t\xc3\xa9@b.org 2:@b.org 3:\xc3\xa9t\xc3\xa9 4:@ "},
};

static void
keys(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(key_rows); i++) {
		g_autoptr(Address) address = parsed(key_rows[i].address);
		g_autoptr(GString) got = g_string_new(NULL);
		char *found[ALIAS_MAX_KEYS];
		AliasRule rules[ALIAS_MAX_KEYS];
		guint count =
		    alias_keys(address, key_rows[i].delimiters, found, rules);
		for (guint k = 0; k < count; k++) {
			g_string_append_printf(
			    got, "%d:%s ", (int)rules[k], found[k]);
			g_free(found[k]);
		}
		UNIT_TEXT(key_rows[i].address, got->str, key_rows[i].want);
	}
}

static const struct {
	const char *key, *want; /* want NULL: refused */
} fold_rows[] = {
    {"Me@Example.COM", "me@example.com"},
    {"me+X@example.com.", "me+x@example.com"},
    {"@Example.com", "@example.com"},
    {"@b\xc3\xbc"
     "cher.example",
	"@xn--bcher-kva.example"},
    {"PostMaster", "postmaster"},
    {"@", "@"},
    {"", NULL},
    {"@@", NULL},
    {"@-x.org", NULL},
    {"a@", NULL},
    {"two words", NULL},
    {"a@b.org, c@d.org", NULL},
};

static void
fold(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(fold_rows); i++) {
		g_autoptr(GError) error = NULL;
		g_autofree char *got = alias_fold_key(fold_rows[i].key, &error);
		UNIT_TEXT(fold_rows[i].key, got, fold_rows[i].want);
		UNIT_TRUE("error set on failure", !got == !!error);
	}
	g_autofree char *huge = g_strnfill(400, 'a');
	UNIT_TEXT("too long", alias_fold_key(huge, NULL), NULL);
}

static Alias *
full_alias(void)
{
	Alias *alias = alias_new("shop@example.com");
	const char *const targets[] = {"me@gmail.com", "you@gmail.com", NULL};
	const char *const senders[] = {"*@shop.example", "x@y.org", NULL};

	alias->targets = g_strdupv((char **)(gsize)targets);
	alias->senders = g_strdupv((char **)(gsize)senders);
	alias->enabled = false;
	alias->reject = reply_new(550, "5.7.1", "closed");
	alias->expires = 1798761600;
	alias->from_name = g_strdup("Shop \\n \xc3\xa9");
	alias->subject_prefix = g_strdup("[shop] ");
	alias->comment = g_strdup("two\nlines \\ here");
	return alias;
}

static const char full_record[] =
    "Tme@gmail.com\nTyou@gmail.com\nD\nR550 5.7.1 closed\n"
    "S*@shop.example\nSx@y.org\nE1798761600\nFShop \\\\n \xc3\xa9\n"
    "P[shop] \nCtwo\\nlines \\\\ here\n";

static void
record(void)
{
	g_autoptr(Alias) alias = full_alias();
	g_autofree char *text = alias_to_record(alias);
	g_autofree char *octets = unit_octets(text, strlen(text));
	g_autoptr(Alias) back =
	    alias_from_record(alias->key, octets, strlen(text), NULL);

	UNIT_TEXT("record", text, full_record);
	UNIT_TRUE("read back", back && alias_same(alias, back));
	g_autoptr(Alias) copy = alias_copy(alias);
	UNIT_TRUE("copy", alias_same(alias, copy));

	g_autoptr(Alias) plain =
	    alias_from_record("a@b.org", "Tc@d.org\n", 9, NULL);
	UNIT_TRUE("plain", plain && plain->enabled && !plain->senders);
	UNIT_TEXT("target", plain->targets[0], "c@d.org");
	UNIT_TRUE("not the same", !alias_same(alias, plain));
}

/* Every prefix of a record is read or refused, and nothing else. */
static void
damaged(void)
{
	static const char *const records[] = {"", "Tc@d.org", "X\n",
	    "Dyes\nTc@d.org\n", "Tc@d.org\nE12x\n", "Tc@d.org\nRno\r\n",
	    "Dyes\n", "Tc@d.org\nTe@f.org\nFa\nFb\n", "\n"};

	for (guint i = 0; i < G_N_ELEMENTS(records); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(Alias) alias = alias_from_record(
		    "k", records[i], strlen(records[i]), &error);
		UNIT_TRUE(records[i], !alias);
		UNIT_TRUE("temporary",
		    g_error_matches(error, FAILURE, FAILURE_TEMPORARY));
	}
	UNIT_TRUE("NUL", !alias_from_record("k", "Ta\0b\n", 5, NULL));
	for (gsize len = 0; len < strlen(full_record); len++) {
		g_autofree char *octets = unit_octets(full_record, len);
		g_autoptr(Alias) alias =
		    alias_from_record("k", octets, len, NULL);
		UNIT_TRUE(
		    "whole lines only", !alias || full_record[len - 1] == '\n');
	}
}

static void
same(void)
{
	g_autoptr(Alias) a = full_alias();

	for (guint change = 0; change < 8; change++) {
		g_autoptr(Alias) b = full_alias();
		UNIT_TRUE("equal", alias_same(a, b));
		switch (change) {
		case 0:
			g_strfreev(g_steal_pointer(&b->targets));
			break;
		case 1:
			b->enabled = true;
			break;
		case 2:
			reply_free(g_steal_pointer(&b->reject));
			break;
		case 3:
			g_strfreev(g_steal_pointer(&b->senders));
			break;
		case 4:
			b->expires++;
			break;
		case 5:
			b->from_name[0] = 'X';
			break;
		case 6:
			g_clear_pointer(&b->subject_prefix, g_free);
			break;
		default:
			b->comment[0] = 'X';
		}
		UNIT_TRUE("differs", !alias_same(a, b) && !alias_same(b, a));
	}
}

static const struct {
	const char *label, *record, *sender, *want; /* want NULL: taken */
} refusals[] = {
    {"plain", "Ta@b.org\n", "x@y.org", NULL},
    {"unknown sender", "Ta@b.org\nSx@y.org\n", NULL, NULL},
    {"null sender", "Ta@b.org\nSx@y.org\n", "", NULL},
    {"sender", "Ta@b.org\nSx@y.org\n", "X@Y.org", NULL},
    {"other sender", "Ta@b.org\nSx@y.org\n", "z@y.org",
	"550 5.7.1 This email address does not accept mail from this "
	"sender."},
    {"own reply", "Ta@b.org\nR550 5.7.9 no\nSx@y.org\n", "z@y.org",
	"550 5.7.9 no"},
    {"reply alone", "Ta@b.org\nR550 5.7.9 no\n", "z@y.org", NULL},
    {"disabled", "Ta@b.org\nD\n", "", "550 5.1.1 unknown"},
    {"disabled, own reply", "Ta@b.org\nD\nR450 4.2.1 later\n", NULL,
	"450 4.2.1 later"},
    {"no targets", "R550 5.7.9 no\n", NULL, "550 5.7.9 no"},
    {"last second", "Ta@b.org\nE1000001\n", NULL, NULL},
    {"over", "Ta@b.org\nE1000000\n", NULL, "550 5.1.1 unknown"},
};

static void
refusal(void)
{
	g_autoptr(Reply) unknown = reply_new(550, "5.1.1", "unknown");

	for (guint i = 0; i < G_N_ELEMENTS(refusals); i++) {
		g_autoptr(Alias) alias = alias_from_record(
		    "k", refusals[i].record, strlen(refusals[i].record), NULL);
		g_autoptr(Reply) reply =
		    alias_refusal(alias, refusals[i].sender, NOW, unknown);
		g_autofree char *got = reply ? reply_to_text(reply) : NULL;
		UNIT_TEXT(refusals[i].label, got, refusals[i].want);
	}
	g_autoptr(Alias) off =
	    alias_from_record("k", "Ta@b.org\nD\n", 11, NULL);
	g_autoptr(Reply) reply = alias_refusal(off, NULL, NOW, NULL);
	UNIT_TEXT("status of our own", reply->status, "5.2.1");
}

static const struct {
	const char *pattern, *sender;
	bool want;
} patterns[] = {
    {"x@y.org", "x@y.org", true},
    {"X@Y.org", "x@y.ORG", true},
    {"*@shop.example", "me@shop.example", true},
    {"*@shop.example", "me@sub.shop.example", false},
    {"@shop.example", "Me@Shop.example", true},
    {"@shop.example", "me@notshop.example", false},
    {"*.example", "me@a.b.example", true},
    {"*", "any@where.org", true},
    {"a*c*@*.org", "abcabc@x.org", true},
    {"a*c*@*.org", "abab@x.org", false},
    {"a**b@x.org", "ab@x.org", true},
    {"?@x.org", "a@x.org", false},
    {"x@xn--bcher-kva.example",
	"x@b\xc3\xbc"
	"cher.example",
	true},
    {"x@y.org", "<x@y.org>", true},
    {"x@y.org", "no address", false},
    {"*aaaaaaaaaaaaaaaaaaaaaaaaaaaab@x.org",
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@x.org", false},
};

static void
senders(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(patterns); i++) {
		g_autoptr(Alias) alias = alias_new("k");
		alias->senders = g_new0(char *, 2);
		alias->senders[0] = g_strdup(patterns[i].pattern);
		UNIT_NUMBER(patterns[i].pattern,
		    alias_allows_sender(alias, patterns[i].sender),
		    patterns[i].want);
	}
}

static void
rule_names(void)
{
	for (int rule = ALIAS_EXACT_EXTENSION; rule <= ALIAS_ANY; rule++)
		UNIT_TRUE("named",
		    strcmp(alias_rule_to_text((AliasRule)rule), "none") != 0);
}

static const UnitCase cases[] = {{"keys", keys}, {"fold", fold},
    {"record", record}, {"damaged", damaged}, {"same", same},
    {"refusal", refusal}, {"senders", senders}, {"rule_names", rule_names}};
UNIT_MAIN("alias", cases)
