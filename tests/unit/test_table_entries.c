/* SPDX-License-Identifier: MIT */
#include "core/table_entries.h"

#include "core/bounds.h"
#include "core/failure.h"
#include "core/table_entries_check.h"
#include "table_sample.h"
#include "unit.h"

static bool
parse(TableEntries *entries, const char *json, GError **error)
{
	g_autoptr(Policy) policy = table_sample_policy();
	gsize len = strlen(json);
	g_autofree char *octets = unit_octets(json, len);

	return table_entries_parse(
		   entries, "t.json", octets, len, policy, 50, error) &&
	       table_entries_check(entries, policy, error);
}

#define T "[\"me@gmail.com\"]"

/* want: "" taken without a warning, "w: ..." the first warning, else the
 * errors. */
static const struct {
	const char *json, *want;
} rows[] = {
    {"{\"a@example.com\": " T "}", ""},
    {"\xef\xbb\xbf{\"a@example.com\": " T "}",
	"t.json:1:1: a byte order mark: save the file as UTF-8 without one"},
    {"{}", "w: the table holds no alias: all mail is refused"},
    {"{\"A@Example.COM\": " T ", \"@b\xc3\xbc"
     "cher.example\": " T ", \"user\": " T ", \"@\": []}",
	"t.json:1:100: @: no targets: name one, or say \"enabled\": false or "
	"\"reject\""},
    {"{\"a@example.org\": " T "}",
	"t.json:1:2: a@example.org: domain example.org is not handled: add "
	"it to domains in the configuration"},
    {"{\"a@example.com\": " T ",\n \"a@example.com\": " T "}",
	"t.json:2:2: a@example.com: the key is there twice, first at "
	"t.json:1:2"},
    {"{\"a@example.com\": " T ",\n \"A@example.com\": " T "}",
	"w: t.json:2:2: A@example.com: the same address and entry again, "
	"first at t.json:1:2"},
    {"{\"a@example.com\": " T ",\n \"B@example.com\": [\"me@x.org\", "
     "\"me@x.org\"]}",
	"w: t.json:2:2: B@example.com: target \"me@x.org\" is there twice"},
    {"{\"a@example.com\": " T ",\n \"A@example.com\": [\"you@x.org\"]}",
	"t.json:2:2: A@example.com: the same address again, with another "
	"entry, first at t.json:1:2"},
    {"{\"a@example.com\": [\"x\"],\n \"bad key\": " T ",\n \"c@example.com\":"
     " 3}",
	"t.json:1:2: a@example.com: target \"x\": no domain\n"
	"t.json:2:2: bad key: illegal character in address\n"
	"t.json:3:2: c@example.com: an entry is an array of targets or an "
	"object: [\"me@example.org\"]"},
    {"{\"caf\xC3\xA9@example.com\": " T ",\n \"\xC3\xA9\": " T "}",
	"t.json:1:2: caf\xC3\xA9@example.com: a local part that is not ASCII "
	"needs SMTPUTF8, which SES does not have\n"
	"t.json:2:2: \xC3\xA9: a local part that is not ASCII needs SMTPUTF8, "
	"which SES does not have"},
    {"{\"a@example.com\": " T ",\n \"b@example.com\": [1 2]}",
	"t.json:2:22: b@example.com: ']' expected near '2'"},
    {"{\"a@example.com\": " T, "t.json:1:35: ',' or '}' expected"},
    {"{\"a@example.com\": [\"A@example.com\"]}",
	"t.json:1:2: a@example.com: leads to itself by the target "
	"A@example.com"},
    {"{\"a@example.com\": [\"a+x@example.com\"]}",
	"t.json:1:2: a@example.com: leads to itself by the target "
	"a+x@example.com"},
    {"{\"@example.com\": [\"me@example.com\"]}",
	"t.json:1:2: @example.com: leads to itself by the target "
	"me@example.com"},
    {"{\"a@example.com\": [\"b@example.net\"], "
     "\"b@example.net\": [\"c\xC3\xA9@example.com\", \"a@example.com\"]}",
	"t.json:1:38: b@example.net: target \"c\xC3\xA9@example.com\": a "
	"local part that is not ASCII needs SMTPUTF8, which SES does not "
	"have"},
    {"{\"a@example.com\": [\"b@example.net\"], "
     "\"b@example.net\": [\"x@y.org\", \"a@example.com\"]}",
	"t.json:1:38: a@example.com -> b@example.net: aliases in a circle, "
	"again at a@example.com"},
    {"{\"a@example.com\": [\"b@example.net\"]}",
	"w: t.json:1:2: a@example.com: target b@example.net is at a handled "
	"domain, but "
	"no alias"},
    {"{\"bounces@example.com\": " T "}",
	"t.json:1:2: bounces@example.com: this is the bounce_address "
	"bounces@example.com "
	"of the configuration: mail to it ends here, and never reaches a "
	"target"},
    {"{\"Bounces+x@example.com\": " T "}",
	"t.json:1:2: bounces+x@example.com: this is the bounce_address "
	"bounces@example.com of the configuration: mail to it ends here, and "
	"never reaches a target"},
    {"{\"bounces\": " T "}",
	"w: t.json:1:2: bounces: this does not take the bounce_address "
	"bounces@example.com: mail to that ends here"},
    {"{\"bounces2@example.com\": " T "}", ""},
    {"{\"@example.com\": " T "}",
	"w: t.json:1:2: @example.com: this does not take the bounce_address "
	"bounces@example.com: mail to that ends here"},
};

static void
errors(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(TableEntries) entries = table_entries_new();
		bool good = parse(entries, rows[i].json, &error);
		g_autofree char *warning =
		    entries->warnings->len > 0
			? g_strconcat("w: ", entries->warnings->pdata[0], NULL)
			: g_strdup("");
		UNIT_TEXT(rows[i].json, good ? warning : error->message,
		    rows[i].want);
		UNIT_TRUE("code",
		    good || g_error_matches(error, FAILURE, FAILURE_INPUT));
	}
}

static void
many_errors(void)
{
	g_autoptr(GString) json = g_string_new("{\"x\": 0");
	g_autoptr(GError) error = NULL;
	g_autoptr(TableEntries) entries = table_entries_new();

	for (guint i = 0; i < 1000; i++)
		g_string_append_printf(json, ",\n\"k%u\": %u", i, i);
	g_string_append_c(json, '}');
	UNIT_TRUE("refused", !parse(entries, json->str, &error));
	UNIT_TRUE("counted",
	    g_str_has_suffix(error->message, "\nt.json: and 951 errors more"));
	UNIT_TRUE("lines", strstr(error->message, "\nt.json:50:1: k48: "));
}

/* A chain of so many aliases, then a mailbox. */
static char *
chain(guint length)
{
	GString *json = g_string_new("{");

	for (guint i = 0; i < length; i++)
		g_string_append_printf(json,
		    "%s\"a%u@example.com\": [\"a%u@%s\"]", i ? "," : "", i,
		    i + 1, i + 1 < length ? "example.com" : "gmail.com");
	g_string_append_c(json, '}');
	return g_string_free(json, FALSE);
}

static void
chains(void)
{
	static const guint lengths[] = {
	    1, BOUND_ALIAS_DEPTH, BOUND_ALIAS_DEPTH + 1, 5000};

	for (guint i = 0; i < G_N_ELEMENTS(lengths); i++) {
		g_autoptr(TableEntries) entries = table_entries_new();
		g_autofree char *json = chain(lengths[i]);
		UNIT_NUMBER(json, parse(entries, json, NULL),
		    lengths[i] <= BOUND_ALIAS_DEPTH);
	}
}

/* One table in several parameters. */
static void
parameters(void)
{
	g_autoptr(Policy) policy = table_sample_policy();
	g_autoptr(GError) error = NULL;
	g_autoptr(TableEntries) entries = table_entries_new();
	const char *one = "{\"a@example.com\": " T "}";
	const char *other = "{\"a@example.com\": [\"you@x.org\"]}";

	UNIT_TRUE("first", table_entries_parse(entries, "/p/1", one,
			       strlen(one), policy, 50, NULL));
	UNIT_TRUE("equal", table_entries_parse(entries, "/p/2", one,
			       strlen(one), policy, 50, NULL));
	UNIT_TEXT("warned", entries->warnings->pdata[0],
	    "/p/2:1:2: a@example.com: the same address and entry again, first "
	    "at /p/1:1:2");
	UNIT_TRUE("different", !table_entries_parse(entries, "/p/3", other,
				   strlen(other), policy, 50, &error));
	UNIT_TEXT("both named", error->message,
	    "/p/3:1:2: a@example.com: the same address again, with another "
	    "entry, first at /p/1:1:2");
}

static const UnitCase cases[] = {{"errors", errors},
    {"many_errors", many_errors}, {"chains", chains},
    {"parameters", parameters}};
UNIT_MAIN("table_entries", cases)
