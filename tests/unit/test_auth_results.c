/* SPDX-License-Identifier: MIT */
#include "core/auth_results.h"

#include "unit.h"

static const struct {
	const char *value;
	AuthVerdict want;
} rows[] = {
    {"mx.example.com; dmarc=pass header.from=a.test", AUTH_PASS},
    {"mx.example.com; dmarc=fail (p=none dis=none) header.from=a.test",
	AUTH_FAIL},
    {"mx.example.com; dmarc=fail (p=reject dis=reject) header.from=a.test",
	AUTH_FAIL_REJECT},
    {"mx.example.com; dmarc=fail (p=REJECT sp=REJECT dis=NONE)",
	AUTH_FAIL_REJECT},
    {"MX.Example.COM 1; spf=pass smtp.mailfrom=a.test;\n\tdkim=fail;\n\t"
     "dmarc = fail (p = reject)",
	AUTH_FAIL_REJECT},
    {"amazonses.test; dmarc=fail (p=reject)", AUTH_UNKNOWN},
    {"mx.example.com.evil.test; dmarc=fail (p=reject)", AUTH_UNKNOWN},
    {"mx.example.com; spf=fail; dkim=fail", AUTH_UNKNOWN},
    {"mx.example.com; dmarc=none", AUTH_UNKNOWN},
    {"mx.example.com; dmarc=temperror", AUTH_UNKNOWN},
    {"mx.example.com; none", AUTH_UNKNOWN},
    {"mx.example.com (a ; dmarc=fail) ; dmarc=pass", AUTH_PASS},
    {"mx.example.com; spf=pass (\"; dmarc=fail\") x=\"; dmarc=fail\"; "
     "dmarc=pass",
	AUTH_PASS},
    {"mx.example.com; dkim=pass reason=\"dmarc=fail\"", AUTH_UNKNOWN},
    {"mx.example.com; xdmarc=fail (p=reject)", AUTH_UNKNOWN},
    {"mx.example.com; dmarc=fail (unclosed p=reject", AUTH_FAIL_REJECT},
    {"mx.example.com; dmarc=failed", AUTH_UNKNOWN},
    {"mx.example.com;;; dmarc=fail;", AUTH_FAIL},
    {"", AUTH_UNKNOWN},
    {";", AUTH_UNKNOWN},
    {"mx.example.com; dmarc=fail \\", AUTH_FAIL},
};

static void
dmarc(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(Header) header = header_new();
		gsize len = strlen(rows[i].value);
		g_autofree char *value = unit_octets(rows[i].value, len);
		header_add(header, "authentication-results", value, len);
		UNIT_NUMBER(rows[i].value,
		    auth_results_dmarc(header, "mx.example.com"), rows[i].want);
		UNIT_NUMBER("nobody trusted", auth_results_dmarc(header, NULL),
		    AUTH_UNKNOWN);
	}
}

/* What a message brings along stands below what our server adds. */
static void
topmost(void)
{
	static const char pass[] = " mx.example.com; dmarc=pass";
	static const char fail[] = " mx.example.com; dmarc=fail (p=reject)";
	static const char other[] = " other.test; dmarc=pass";
	g_autoptr(Header) header = header_new();

	header_add(header, "Received", " x", 2);
	header_add(header, "Authentication-Results", fail, sizeof(fail) - 1);
	header_add(header, "Authentication-Results", pass, sizeof(pass) - 1);
	UNIT_NUMBER("first counts",
	    auth_results_dmarc(header, "mx.example.com"), AUTH_FAIL_REJECT);

	g_autoptr(Header) forged = header_new();
	header_add(forged, "Authentication-Results", other, sizeof(other) - 1);
	header_add(forged, "Authentication-Results", fail, sizeof(fail) - 1);
	UNIT_NUMBER("below another's it does not",
	    auth_results_dmarc(forged, "mx.example.com"), AUTH_UNKNOWN);
}

static const UnitCase cases[] = {{"dmarc", dmarc}, {"topmost", topmost}};
UNIT_MAIN("auth_results", cases)
