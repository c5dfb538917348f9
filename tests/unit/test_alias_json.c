/* SPDX-License-Identifier: MIT */
#include "core/alias_json.h"

#include "unit.h"

/* want: the record ('\n' as '|'), or the first error. */
static const struct {
	const char *json, *want;
	guint warnings;
} rows[] = {
    {"[\"me@gmail.com\"]", "Tme@gmail.com|", 0},
    {"[\"Me.X@Gmail.COM\", \"you@gmail.com\"]",
	"TMe.X@gmail.com|Tyou@gmail.com|", 0},
    {"[\"a@b\xc3\xbc"
     "cher.example\"]",
	"Ta@xn--bcher-kva.example|", 0},
    {"[\"Me <me@gmail.com>\"]", "Tme@gmail.com|", 1},
    {"[\" me@gmail.com \"]", "Tme@gmail.com|", 1},
    {"[\"me@gmail.com\", \"ME@gmail.com\"]", "Tme@gmail.com|", 1},
    {"[\"a@b.org\",\"c@b.org\",\"d@b.org\"]", "3 targets, at most 2 may be", 0},
    {"[]", "no targets: name one, or say \"enabled\": false or \"reject\"", 0},
    {"[\"nobody\"]", "target \"nobody\": no domain", 0},
    {"[3]", "target 1 must be a string", 0},
    {"[\"\xc3\xa9@b.org\"]",
	"target \"\xc3\xa9@b.org\": a local part that is not ASCII needs "
	"SMTPUTF8, which SES does not have",
	0},
    {"\"a@b.org\"",
	"an entry is an array of targets or an object: "
	"[\"me@example.org\"]",
	0},
    {"null",
	"an entry is an array of targets or an object: "
	"[\"me@example.org\"]",
	0},
    {"{}", "no targets: name one, or say \"enabled\": false or \"reject\"", 0},
    {"{\"targets\": \"a@b.org\"}",
	"targets must be an array of addresses: [\"me@example.org\"]", 0},
    {"{\"enabled\": false}", "D|", 0},
    {"{\"targets\": [\"a@b.org\"], \"enabled\": true}", "Ta@b.org|", 0},
    {"{\"enabled\": \"no\"}", "enabled must be true or false", 0},
    {"{\"enabled\": 0}", "enabled must be true or false", 0},
    {"{\"reject\": \"550 5.7.1 Closed\"}", "R550 5.7.1 Closed|", 0},
    {"{\"reject\": \"Closed\"}", "R550 5.7.1 Closed|", 0},
    {"{\"reject\": \"200 ok\"}",
	"reject: a reply's code must be 4xx (not 421) or 5xx, not 200", 0},
    {"{\"reject\": true}",
	"reject must be a string: \"550 5.7.1 This address was closed\"", 0},
    {"{\"targets\":[\"a@b.org\"],\"senders\":[\"*@Shop.example\"]}",
	"Ta@b.org|S*@shop.example|", 0},
    {"{\"targets\":[\"a@b.org\"],"
     "\"senders\":[\"@b\xc3\xbc"
     "cher.example\", \"*.org\"]}",
	"Ta@b.org|S@xn--bcher-kva.example|S*.org|", 0},
    {"{\"targets\":[\"a@b.org\"],\"senders\":[]}",
	"senders must be an array of at most 1000 patterns: "
	"[\"*@shop.example\"]",
	0},
    {"{\"targets\":[\"a@b.org\"],\"senders\":[\"shop.example\"]}",
	"sender pattern 1 must be an address, \"@domain\" or hold a \"*\", "
	"and ASCII but for whole labels of its domain",
	0},
    {"{\"targets\":[\"a@b.org\"],"
     "\"senders\":[\"*@*.B\xc3\xbc"
     "cher.example\", \"*.b\xc3\xbc"
     "cher.Example\"]}",
	"Ta@b.org|S*@*.xn--bcher-kva.example|S*.xn--bcher-kva.example|", 0},
    {"{\"targets\":[\"a@b.org\"],"
     "\"senders\":[\"*@*b\xc3\xbc"
     "cher.example\"]}",
	"sender pattern 1 must be an address, \"@domain\" or hold a \"*\", "
	"and ASCII but for whole labels of its domain",
	0},
    {"{\"targets\":[\"a@b.org\"],"
     "\"senders\":[\"b\xc3\xbc"
     "cher@*.example\"]}",
	"sender pattern 1 must be an address, \"@domain\" or hold a \"*\", "
	"and ASCII but for whole labels of its domain",
	0},
    {"{\"targets\":[\"a@b.org\"],"
     "\"senders\":[\"*@*.Example.\", \"*@[192.*\", \"a+b.c*\"]}",
	"Ta@b.org|S*@*.example|S*@[192.*|Sa+b.c*|", 0},
    {"{\"targets\":[\"a@b.org\"],\"senders\":[\"*@*..example\"]}",
	"sender pattern 1 must be an address, \"@domain\" or hold a \"*\", "
	"and ASCII but for whole labels of its domain",
	0},
    {"{\"targets\":[\"a@b.org\"],\"senders\":[\"*@*.exa,mple\"]}",
	"sender pattern 1 must be an address, \"@domain\" or hold a \"*\", "
	"and ASCII but for whole labels of its domain",
	0},
    {"{\"targets\":[\"a@b.org\"],\"expires\":\"2027-01-01\"}",
	"Ta@b.org|E1798848000|", 0},
    {"{\"targets\":[\"a@b.org\"],\"expires\":\"2027-01-01T00:00:00Z\"}",
	"Ta@b.org|E1798761600|", 0},
    {"{\"targets\":[\"a@b.org\"],\"expires\":\"2027-13-01\"}",
	"expires must be a day, \"2027-01-31\", or a time, "
	"\"2027-01-31T18:00:00Z\"",
	0},
    {"{\"targets\":[\"a@b.org\"],\"from_name\":\"Sh\xc3\xb6p\","
     "\"subject_prefix\":\"[s] \",\"comment\":\"a\\nb\"}",
	"Ta@b.org|FSh\xc3\xb6p|P[s] |Ca\\nb|", 0},
    {"{\"targets\":[\"a@b.org\"],\"from_name\":\"\"}", "Ta@b.org|", 0},
    {"{\"targets\":[\"a@b.org\"],\"from_name\":\"a\\r\\nb\"}",
	"from_name must not hold control characters", 0},
    {"{\"targets\":[\"a@b.org\"],\"subject_prefix\":3}",
	"subject_prefix must be a string of at most 1000 octets", 0},
    {"{\"target\":[\"a@b.org\"]}",
	"unknown member \"target\"; there are targets, enabled, reject, "
	"senders, expires, from_name, subject_prefix, comment",
	0},
};

static void
entries(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GPtrArray) errors =
		    g_ptr_array_new_with_free_func(g_free);
		g_autoptr(GPtrArray) warnings =
		    g_ptr_array_new_with_free_func(g_free);
		json_t *value = json_loads(rows[i].json, JSON_DECODE_ANY, NULL);
		g_autoptr(Alias) alias =
		    alias_from_json("k", value, 2, errors, warnings);
		g_autofree char *record = alias_to_record(alias);
		g_strdelimit(record, "\n", '|');
		UNIT_TEXT(rows[i].json,
		    errors->len > 0 ? errors->pdata[0] : record, rows[i].want);
		UNIT_NUMBER(rows[i].json, warnings->len, rows[i].warnings);
		json_decref(value);
	}
}

static const struct {
	const char *text;
	gint64 want;
} dates[] = {
    {"1970-01-01", 86400},
    {"2024-02-29", 1709251200},
    {"2023-02-29", 0},
    {"2027-1-01", 0},
    {"2027-01-01T18:00:00+01:00", 1798822800},
    {"2027-01-01t17:00:00z", 1798822800},
    {"2027-01-01T17:00:00.5Z", 1798822800},
    {"2027-01-01T17:00:00", 0},
    {"2027-01-01 17:00:00Z", 0},
    {"2027-01-01T25:00:00Z", 0},
    {"2027-01-01x", 0},
    {"0000-01-01", 0},
    {"tomorrow", 0},
    {"", 0},
};

static void
expires(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(dates); i++)
		UNIT_NUMBER(dates[i].text, alias_parse_expires(dates[i].text),
		    dates[i].want);
}

static const UnitCase cases[] = {{"entries", entries}, {"expires", expires}};
UNIT_MAIN("alias_json", cases)
