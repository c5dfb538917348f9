/* SPDX-License-Identifier: MIT */
#include "core/srs.h"

#include "core/address.h"
#include "core/failure.h"
#include "secret_sample.h"
#include "unit.h"

#define DAY 86400
/* 2026-11-24 12:00:00 UTC */
#define NOW G_GINT64_CONSTANT(1795521600)
#define DOMAIN "bounce.example"

static char *
forward(const char *sender, const GPtrArray *secrets, gint64 now)
{
	g_autoptr(GError) error = NULL;
	char *address = srs_forward(
	    sender, "shop@example.com", DOMAIN, secrets, now, &error);

	UNIT_TRUE(sender, address && !error);
	UNIT_TRUE("length", address && strchr(address, '@') - address <= 64);
	return address;
}

static void
check(const char *label, const char *address, const GPtrArray *secrets,
    gint64 now, SrsKind kind, const char *original)
{
	g_autofree char *got = NULL;

	UNIT_NUMBER(
	    label, srs_reverse(address, DOMAIN, secrets, now, &got), kind);
	UNIT_TEXT(label, got, original);
}

/* What postsrsd 1.10 wrote on this day with the secret "tops3cr3t". */
#define KNOWN_DAY 20781
static const struct {
	const char *address;
	const char *original;
} known[] = {
    {"SRS0=QDlH=JN=corp.com=jane@bounce.example", "jane@corp.com"},
    {"SRS0=FAX/=JN=x.org=a=b=c@bounce.example", "a=b=c@x.org"},
    {"SRS0=JFnt=JN=host.example=prvs=1234abcd@bounce.example",
	"prvs=1234abcd@host.example"},
    {"SRS1=1vR6=one.example==abcd=AB=orig.example=user@bounce.example",
	"SRS0=abcd=AB=orig.example=user@one.example"},
    {"SRS1=VGDY=one.example=+abcd=AB=orig.example=user@bounce.example",
	"SRS0+abcd=AB=orig.example=user@one.example"},
    {"SRS1=lmfK=zero.example==abcd=AB=orig.example=user@bounce.example",
	"SRS0=abcd=AB=orig.example=user@zero.example"},
};

static void
interoperate(void)
{
	g_autoptr(GPtrArray) secrets = secret_sample(OLD_SECRET, NULL);

	for (guint i = 0; i < G_N_ELEMENTS(known); i++) {
		gint64 now = (gint64)KNOWN_DAY * DAY;
		check(known[i].address, known[i].address, secrets, now,
		    SRS_SENDER, known[i].original);
		g_autofree char *again =
		    forward(known[i].original, secrets, now);
		if (!strstr(known[i].address, "zero"))
			UNIT_TEXT(
			    "as postsrsd writes it", again, known[i].address);
	}
}

static const char *const senders[] = {"jane@corp.com", "a=b=c@x.org",
    "O'Brien+tag@sub.domain.example", "prvs=1234abcd@host.example",
    "UPPER.Case@mixed.example", "-dash@x.example", "_@x.example"};

static void
round_trip(void)
{
	g_autoptr(GPtrArray) secrets = secret_sample(OLD_SECRET, NULL);

	for (guint i = 0; i < G_N_ELEMENTS(senders); i++) {
		g_autofree char *address = forward(senders[i], secrets, NOW);
		check(
		    senders[i], address, secrets, NOW, SRS_SENDER, senders[i]);
		check("last day", address, secrets, NOW + 21 * DAY, SRS_SENDER,
		    senders[i]);
		check("a clock behind", address, secrets, NOW - DAY, SRS_SENDER,
		    senders[i]);
		check("too old", address, secrets, NOW + 22 * DAY, SRS_EXPIRED,
		    NULL);
		check("from the future", address, secrets, NOW - 2 * DAY,
		    SRS_EXPIRED, NULL);
	}
}

static void
case_is_free(void)
{
	g_autoptr(GPtrArray) secrets = secret_sample(OLD_SECRET, NULL);
	g_autofree char *address = forward("jane@corp.com", secrets, NOW);
	g_autofree char *lower = g_ascii_strdown(address, -1);
	g_autofree char *upper = g_ascii_strup(address, -1);
	g_autofree char *token = forward("\"q s\"@x.org", secrets, NOW);
	g_autofree char *token_upper = g_ascii_strup(token, -1);
	g_autofree char *brackets = g_strconcat("<", address, ".>", NULL);

	check("lower", lower, secrets, NOW, SRS_SENDER, "jane@corp.com");
	check("upper", upper, secrets, NOW, SRS_SENDER, "JANE@CORP.COM");
	check(
	    "token", token_upper, secrets, NOW, SRS_TOKEN, "shop@example.com");
	check("brackets", brackets, secrets, NOW, SRS_SENDER, "jane@corp.com");
}

static void
alphabets(void)
{
	g_autoptr(GPtrArray) secrets = secret_sample(OLD_SECRET, NULL);

	for (guint i = 0, seen = 0; seen < 20; i++) {
		g_autofree char *sender = g_strdup_printf("u%u@x.org", i);
		g_autofree char *address = forward(sender, secrets, NOW);
		char *end = strchr(address + 5, '=');
		g_assert_nonnull(end);
		*end = '\0';
		seen += strpbrk(address + 5, "+/") != NULL;
		g_strdelimit(address + 5, "+", '-');
		g_strdelimit(address + 5, "/", '_');
		*end = '=';
		check(address, address, secrets, NOW, SRS_SENDER, sender);
	}
}

static void
rotation(void)
{
	g_autoptr(GPtrArray) before = secret_sample(OLD_SECRET, NULL);
	g_autoptr(GPtrArray) during = secret_sample(NEW_SECRET, OLD_SECRET);
	g_autoptr(GPtrArray) after = secret_sample(NEW_SECRET, NULL);
	g_autofree char *old = forward("jane@corp.com", before, NOW);
	g_autofree char *new = forward("jane@corp.com", during, NOW);
	g_autofree char *token = forward("", before, NOW);

	check("old", old, during, NOW, SRS_SENDER, "jane@corp.com");
	check("new", new, after, NOW, SRS_SENDER, "jane@corp.com");
	check("new, old secret", new, before, NOW, SRS_FORGED, NULL);
	check("dropped", old, after, NOW, SRS_FORGED, NULL);
	check("swallow", token, during, NOW, SRS_SWALLOW, "shop@example.com");
	check("swallow, dropped", token, after, NOW, SRS_FORGED, NULL);
}

static const struct {
	const char *sender, *alias, *original; /* original: the alias */
	SrsKind kind;
} stand_ins[] = {
    {"", "shop@example.com", "shop@example.com", SRS_SWALLOW},
    {"", NULL, "", SRS_SWALLOW},
    {"", "a-very-long-alias-name-indeed@long.example.com",
	"xucpubryo4qaoh62frv4", SRS_SWALLOW},
    {"bounces-1234567890-abcdefghij-klmnopqrst-uvw@mailer.example",
	"Shop@Example.com", "shop@example.com", SRS_TOKEN},
    {"\"quoted part\"@x.org", "shop=x@example.com", "shop=x@example.com",
	SRS_TOKEN},
    {"a..b@docomo.example", "shop@example.com", "shop@example.com", SRS_TOKEN},
    {"j\xc3\xb6rg@x.org", "shop@example.com", "shop@example.com", SRS_TOKEN},
    {"a@[192.0.2.1]", "shop@example.com", "shop@example.com", SRS_TOKEN},
    {"no-domain", "shop@example.com", "shop@example.com", SRS_TOKEN},
    {"line\nbreak@x.org", "shop@example.com", "shop@example.com", SRS_TOKEN},
};

static void
tokens(void)
{
	g_autoptr(GPtrArray) secrets = secret_sample(OLD_SECRET, NULL);

	for (guint i = 0; i < G_N_ELEMENTS(stand_ins); i++) {
		g_autofree char *address = srs_forward(stand_ins[i].sender,
		    stand_ins[i].alias, DOMAIN, secrets, NOW, NULL);
		const char *label = stand_ins[i].sender;
		check(label, address, secrets, NOW, stand_ins[i].kind,
		    stand_ins[i].original);
		check(
		    label, address, secrets, NOW + 22 * DAY, SRS_EXPIRED, NULL);
		g_autoptr(Address) legal = address_parse(address, -1, NULL);
		UNIT_TRUE(address, legal != NULL);
		UNIT_TRUE(address, srs_has_form(legal->local));
		/* The alias is signed, and so is the kind. */
		g_autofree char *forged = g_strdup(address);
		char *name = strrchr(forged, '=') + 1;
		if (*name != '@') {
			*name = *name == 'x' ? 'y' : 'x';
			check("another alias", forged, secrets, NOW, SRS_FORGED,
			    NULL);
		}
		g_autofree char *kind = g_strdup(address);
		kind[5] = kind[5] == 't' ? 'n' : 't';
		check("another kind", kind, secrets, NOW, SRS_FORGED, NULL);
	}
}

static void
chain(void)
{
	g_autoptr(GPtrArray) ours = secret_sample(OLD_SECRET, NULL);
	g_autoptr(GPtrArray) theirs = secret_sample(NEW_SECRET, NULL);
	g_autofree char *first = srs_forward(
	    "jane@corp.com", NULL, "one.example", theirs, NOW, NULL);
	g_autofree char *second = forward(first, ours, NOW);
	g_autofree char *third =
	    srs_forward(second, NULL, "three.example", theirs, NOW, NULL);
	g_autofree char *back = NULL;

	UNIT_TRUE(second, g_str_has_prefix(second, "SRS1="));
	check("second", second, ours, NOW, SRS_SENDER, first);
	UNIT_TRUE(third, g_str_has_prefix(third, "SRS1="));
	UNIT_NUMBER("third",
	    srs_reverse(third, "three.example", theirs, NOW, &back),
	    SRS_SENDER);
	UNIT_TEXT("third goes to the first", back, first);
	g_autofree char *fourth = forward(third, ours, NOW);
	check("fourth", fourth, ours, NOW, SRS_SENDER, first);
	check("the first one's day", second, ours, NOW + 30 * DAY, SRS_SENDER,
	    first);
}

static void
our_own(void)
{
	g_autoptr(GPtrArray) secrets = secret_sample(OLD_SECRET, NULL);
	g_autofree char *first = forward("jane@corp.com", secrets, NOW);
	g_autofree char *second = forward(first, secrets, NOW + 3 * DAY);
	g_autofree char *null = forward("", secrets, NOW);
	g_autofree char *null_again = forward(null, secrets, NOW);
	g_autofree char *token = forward("\"\"@x.org", secrets, NOW);
	g_autofree char *token_again = forward(token, secrets, NOW);

	check("signed anew", second, secrets, NOW + 23 * DAY, SRS_SENDER,
	    "jane@corp.com");
	check("null stays", null_again, secrets, NOW, SRS_SWALLOW,
	    "shop@example.com");
	check("token stays", token_again, secrets, NOW, SRS_TOKEN,
	    "shop@example.com");
}

static const struct {
	const char *address;
	SrsKind kind;
} odd[] = {
    {"shop@example.com", SRS_NONE},
    {"shop@bounce.example", SRS_NONE},
    {"SRS0@bounce.example", SRS_NONE},
    {"SRS0=@bounce.example", SRS_NONE},
    {"SRS2=ab@bounce.example", SRS_NONE},
    {"SRS0=aaaa=AA=corp.com=jane@elsewhere.example", SRS_NONE},
    {"SRS0=aaaa=AA=corp.com=jane", SRS_NONE},
    {"", SRS_NONE},
    {"@bounce.example", SRS_NONE},
    {"\"@bounce.example", SRS_NONE},
    {"SRS0=x@bounce.example", SRS_FORGED},
    {"SRS0=t@bounce.example", SRS_FORGED},
    {"SRS0=t=@bounce.example", SRS_FORGED},
    {"SRS0=t=A=B=C@bounce.example", SRS_FORGED},
    {"SRS0==@bounce.example", SRS_FORGED},
    {"SRS0====@bounce.example", SRS_FORGED},
    {"SRS1=x@bounce.example", SRS_FORGED},
    {"SRS1===@bounce.example", SRS_FORGED},
    {"SRS0-aaaa=AA=corp.com=jane@bounce.example", SRS_FORGED},
    {"SRS0+aaa=AA=corp.com=jane@BOUNCE.example", SRS_FORGED},
    {"\"SRS0=aaaa=AA=corp.com=ja ne\"@bounce.example", SRS_FORGED},
};

static void
oddities(void)
{
	g_autoptr(GPtrArray) secrets = secret_sample(OLD_SECRET, NULL);
	g_autoptr(GPtrArray) none = g_ptr_array_new();
	g_autoptr(GError) error = NULL;

	for (guint i = 0; i < G_N_ELEMENTS(odd); i++) {
		check(odd[i].address, odd[i].address, secrets, NOW, odd[i].kind,
		    NULL);
		check(odd[i].address, odd[i].address, none, NOW, odd[i].kind,
		    NULL);
	}
	UNIT_TRUE("no secret",
	    !srs_forward("a@b.c", NULL, DOMAIN, none, NOW, &error));
	UNIT_TRUE("no secret", g_error_matches(error, FAILURE, FAILURE_CONFIG));
	UNIT_TRUE("form", srs_has_form("srs1-x"));
	UNIT_TRUE("form", !srs_has_form("SRS0x="));
}

/* Every one-character change to what is signed is noticed. */
static void
forged(void)
{
	g_autoptr(GPtrArray) secrets = secret_sample(OLD_SECRET, NULL);
	g_autofree char *address = forward("jane@corp.com", secrets, NOW);
	gsize len = (gsize)(strchr(address, '@') - address);

	for (gsize i = 5; i < len; i++) {
		g_autofree char *changed = g_strdup(address);
		changed[i] = g_ascii_tolower(changed[i]) == 'q' ? 'k' : 'q';
		check(changed, changed, secrets, NOW, SRS_FORGED, NULL);
	}
}

static char *
random_local(GRand *rand)
{
	static const char set[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"
				  "RSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~";
	gint32 len = g_rand_int_range(rand, 1, 24);
	GString *local = g_string_new(NULL);

	for (gint32 i = 0; i < len; i++) {
		gint32 c = g_rand_int_range(rand, 0, sizeof(set) - 1);
		bool dot = i > 0 && i < len - 1 && i % 5 == 4;
		g_string_append_c(local, dot ? '.' : set[c]);
	}
	return g_string_free(local, FALSE);
}

/* A hundred thousand senders come back as they were; none leads anywhere
 * with another secret or after its time. */
static void
random_senders(void)
{
	g_autoptr(GPtrArray) secrets = secret_sample(OLD_SECRET, NULL);
	g_autoptr(GPtrArray) others = secret_sample(NEW_SECRET, NULL);
	GRand *rand = g_rand_new_with_seed(20261124);
	guint wrong = 0, believed = 0;

	for (guint i = 0; i < 100000; i++) {
		gint64 now = NOW + g_rand_int_range(rand, 0, 2000) * DAY;
		g_autofree char *local = random_local(rand);
		g_autofree char *sender = g_strdup_printf(
		    "%s@h%d.example", local, g_rand_int_range(rand, 0, 9999));
		g_autofree char *address =
		    srs_forward(sender, NULL, DOMAIN, secrets, now, NULL);
		g_autofree char *back = NULL;
		bool ours = srs_has_form(local) ||
			    (srs_reverse(address, DOMAIN, secrets,
				 now + i % 22 * DAY, &back) == SRS_SENDER &&
				g_str_equal(back, sender));
		wrong += !ours;
		gint64 later = now + (22 + i % 900) * DAY;
		believed += srs_reverse(address, DOMAIN, secrets, later,
				NULL) == SRS_SENDER;
		believed += srs_reverse(address, DOMAIN, others, now, NULL) ==
			    SRS_SENDER;
	}
	g_rand_free(rand);
	UNIT_NUMBER("did not come back", wrong, 0);
	UNIT_NUMBER("forged or expired, believed", believed, 0);
}

static const UnitCase cases[] = {{"interoperate", interoperate},
    {"round trip", round_trip}, {"case", case_is_free},
    {"alphabets", alphabets}, {"rotation", rotation}, {"tokens", tokens},
    {"chain", chain}, {"our own", our_own}, {"oddities", oddities},
    {"forged", forged}, {"random senders", random_senders}};
UNIT_MAIN("srs", cases)
