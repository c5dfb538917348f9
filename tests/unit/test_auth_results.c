/* SPDX-License-Identifier: MIT */
#include "core/auth_results.h"

#include "unit.h"

static const struct {
	const char *value;
	AuthVerdict want;
} values[] = {
    {" mx.example; dmarc=pass header.from=corp.com", AUTH_PASS},
    {" MX.example 1;\n dmarc=pass", AUTH_PASS},
    {" \"mx.example\"; dmarc=pass", AUTH_PASS},
    {" mx.example; dmarc=fail (p=none dis=none) header.from=c", AUTH_FAIL},
    {" mx.example; dmarc=fail (p=reject dis=none)", AUTH_FAIL_REJECT},
    {" mx.example; dmarc=FAIL (p=REJECT sp=NONE)", AUTH_FAIL_REJECT},
    {" mx.example; dmarc=fail (p=none sp=reject)", AUTH_FAIL},
    {" mx.example; dmarc=fail policy.dmarc=reject", AUTH_FAIL_REJECT},
    {" mx.example;\n\tspf=pass (sender; x=y) smtp.mailfrom=c;\n"
     "\tdkim=pass header.i=@c; dmarc = (c) fail (p=quarantine)",
	AUTH_FAIL},
    {" mx.example; dmarc/1 = pass", AUTH_PASS},
    /* SES: properties after semicolons, one at the end */
    {" mx.example; spf=pass (spfCheck: c) client-ip=1.2.3.4; "
     "envelope-from=a@c; helo=h; dkim=pass header.i=@c; dmarc=pass "
     "header.from=c;",
	AUTH_PASS},
    {" mx.example; spf=fail reason=\"; dmarc=pass\"; dmarc=fail", AUTH_FAIL},
    {" mx.example; spf=fail (; dmarc=pass ); dmarc=fail", AUTH_FAIL},
    {" mx.example; dmarc=fail; spf=pass (p=reject)", AUTH_FAIL},
    {" mx.example; dmarc=none (p=reject)", AUTH_UNKNOWN},
    {" mx.example; dmarc=temperror", AUTH_UNKNOWN},
    {" mx.example; dmarc=", AUTH_UNKNOWN},
    {" mx.example; xdmarc=pass", AUTH_UNKNOWN},
    {" mx.example; none", AUTH_UNKNOWN},
    {" mx.example", AUTH_UNKNOWN},
    {" mx.example (open; dmarc=pass", AUTH_UNKNOWN},
    {" mx.example \"open; dmarc=pass", AUTH_UNKNOWN},
    {" mx.example.evil; dmarc=pass", AUTH_UNKNOWN},
    {" evil; dmarc=pass", AUTH_UNKNOWN},
    {" ; dmarc=pass", AUTH_UNKNOWN},
    {"", AUTH_UNKNOWN},
    {"\\", AUTH_UNKNOWN},
    {"\"", AUTH_UNKNOWN},
};

static void
dmarc(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(values); i++) {
		g_autoptr(Header) header = header_new();
		header_add(header, "Received", " x", 2);
		header_add(header, "authentication-results", values[i].value,
		    strlen(values[i].value));
		AuthVerdict got = auth_results_dmarc(header, "mx.example");
		UNIT_NUMBER(values[i].value, got, values[i].want);
	}
}

static void
topmost(void)
{
	static const char trusted[] = " mx.example; dmarc=fail";
	static const char forged[] = " mx.example; dmarc=pass";
	static const char foreign[] = " other.example; dmarc=pass";
	static const char silent[] = " mx.example; spf=pass";
	g_autoptr(Header) header = header_new();
	g_autoptr(Header) below = header_new();
	g_autoptr(Header) quiet = header_new();
	g_autoptr(Header) none = header_new();

	header_add(header, "Authentication-Results", trusted, strlen(trusted));
	header_add(header, "Authentication-Results", forged, strlen(forged));
	header_add(below, "Authentication-Results", foreign, strlen(foreign));
	header_add(below, "Authentication-Results", forged, strlen(forged));
	header_add(quiet, "Authentication-Results", silent, strlen(silent));
	header_add(quiet, "Authentication-Results", forged, strlen(forged));
	UNIT_NUMBER(
	    "topmost", auth_results_dmarc(header, "mx.example"), AUTH_FAIL);
	UNIT_NUMBER("below a foreign one",
	    auth_results_dmarc(below, "mx.example"), AUTH_UNKNOWN);
	UNIT_NUMBER("below a silent one",
	    auth_results_dmarc(quiet, "mx.example"), AUTH_UNKNOWN);
	UNIT_NUMBER("no trust", auth_results_dmarc(header, NULL), AUTH_UNKNOWN);
	UNIT_NUMBER(
	    "none", auth_results_dmarc(none, "mx.example"), AUTH_UNKNOWN);
}

static const UnitCase cases[] = {{"dmarc", dmarc}, {"topmost", topmost}};
UNIT_MAIN("auth_results", cases)
