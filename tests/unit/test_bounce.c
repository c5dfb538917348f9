/* SPDX-License-Identifier: MIT */
#include "core/bounce.h"

#include <stdlib.h>

#include "bounce_sample.h"
#include "core/intake.h"
#include "core/report.h"
#include "core/srs.h"
#include "unit.h"

#define DAY 86400

static char *
signed_address(const char *sender, const Policy *policy)
{
	return srs_forward(sender, SAMPLE_ALIAS, policy->bounce_domain,
	    policy->secrets, SAMPLE_NOW, NULL);
}

static SrsKind
kind_of(const char *address, const Policy *policy)
{
	return srs_reverse(
	    address, policy->bounce_domain, policy->secrets, SAMPLE_NOW, NULL);
}

/* Nothing of the target is in what goes out, and it is sound. */
static void
check_sent(const char *label, const Bounce *bounce, const Policy *policy)
{
	static const char *const hidden[] = {
	    "target", "hidden", "jane", "192.0.2.25", "amazonses"};
	g_autofree char *lower = g_ascii_strdown(bounce->octets, -1);

	UNIT_NUMBER(label, strlen(bounce->octets), bounce->len);
	UNIT_TRUE(label, g_str_is_ascii(bounce->octets));
	UNIT_NUMBER(label, kind_of(bounce->sender, policy), SRS_SWALLOW);
	UNIT_TEXT(label, bounce->recipient, SAMPLE_SENDER);
	for (guint i = 0; i < G_N_ELEMENTS(hidden); i++)
		UNIT_TRUE(label, !strstr(lower, hidden[i]));
	UNIT_TRUE(
	    label, strstr(bounce->octets,
		       "\r\nFinal-Recipient: rfc822; shop@example.com\r\n"));
	UNIT_TRUE(label, strstr(bounce->octets, "\r\nSubject: Our order\r\n"));
	UNIT_TRUE(label, strstr(bounce->octets, "\r\nMessage-ID: <m1@sender"));
}

static void
check_sample(const BounceSample *sample, const char *srs, const Policy *policy)
{
	static const struct {
		const char *kind;
		BounceVerdict verdict;
		BounceEvent event;
	} wants[] = {
	    {"permanent", BOUNCE_SEND, BOUNCE_EVENT_PERMANENT},
	    {"temporary", BOUNCE_SWALLOW, BOUNCE_EVENT_TEMPORARY},
	    {"delivered", BOUNCE_SWALLOW, BOUNCE_EVENT_NONE},
	    {"unclear", BOUNCE_SWALLOW, BOUNCE_EVENT_UNCLEAR},
	    {"complaint", BOUNCE_SEND, BOUNCE_EVENT_COMPLAINT},
	    {"autoreply", BOUNCE_SWALLOW, BOUNCE_EVENT_NONE},
	};
	g_autoptr(Bounce) bounce =
	    bounce_decide(sample->message, srs, policy, SAMPLE_NOW);

	for (guint i = 0; i < G_N_ELEMENTS(wants); i++) {
		if (!g_str_equal(sample->kind, wants[i].kind))
			continue;
		UNIT_NUMBER(sample->name, bounce->verdict, wants[i].verdict);
		UNIT_NUMBER(sample->name, bounce->event, wants[i].event);
	}
	if (g_str_equal(sample->kind, "permanent"))
		check_sent(sample->name, bounce, policy);
	if (g_str_equal(sample->kind, "complaint"))
		UNIT_TEXT(sample->name, bounce->recipient, policy->postmaster);
	UNIT_TRUE(sample->name, bounce->why != NULL);
}

static void
samples(void)
{
	g_autoptr(Policy) policy = bounce_sample_policy();
	g_autofree char *srs = signed_address(SAMPLE_SENDER, policy);
	g_autoptr(GPtrArray) all = bounce_samples(srs, policy);

	UNIT_TRUE("there are samples", all->len > 25);
	for (guint i = 0; i < all->len; i++)
		check_sample(g_ptr_array_index(all, i), srs, policy);
}

/* A bounce to what is no sender ends, whatever it says. */
static void
ends(void)
{
	static const char *const senders[] = {"", "\"no plain one\"@x.example"};
	g_autoptr(Policy) policy = bounce_sample_policy();

	for (guint s = 0; s < G_N_ELEMENTS(senders); s++) {
		g_autofree char *srs = signed_address(senders[s], policy);
		g_autoptr(GPtrArray) all = bounce_samples(srs, policy);
		for (guint i = 0; i < all->len; i++) {
			const BounceSample *sample = g_ptr_array_index(all, i);
			g_autoptr(Bounce) bounce = bounce_decide(
			    sample->message, srs, policy, SAMPLE_NOW);
			bool complaint = g_str_equal(sample->kind, "complaint");
			UNIT_NUMBER(sample->name, bounce->verdict,
			    complaint ? BOUNCE_SEND : BOUNCE_SWALLOW);
			UNIT_TEXT(sample->name, bounce->alias, SAMPLE_ALIAS);
		}
	}
}

/* What we send comes back from the sender's system: it ends there. */
static void
no_answer_to_ours(void)
{
	g_autoptr(Policy) policy = bounce_sample_policy();
	g_autofree char *srs = signed_address(SAMPLE_SENDER, policy);
	g_autoptr(GPtrArray) all = bounce_samples(srs, policy);

	for (guint i = 0; i < all->len; i++) {
		const BounceSample *sample = g_ptr_array_index(all, i);
		g_autoptr(Bounce) first =
		    bounce_decide(sample->message, srs, policy, SAMPLE_NOW);
		if (first->verdict != BOUNCE_SEND)
			continue;
		g_autoptr(Message) back = message_new("");
		intake_split(back, first->octets, first->len);
		g_autoptr(Bounce) second =
		    bounce_decide(back, first->sender, policy, SAMPLE_NOW);
		UNIT_NUMBER(sample->name, second->verdict, BOUNCE_SWALLOW);
		/* Ours is a report that our own reader understands. */
		g_autoptr(Report) report =
		    report_read(back, policy->secrets, SAMPLE_NOW);
		if (first->event == BOUNCE_EVENT_PERMANENT) {
			UNIT_NUMBER(
			    sample->name, report->outcome, REPORT_PERMANENT);
			UNIT_TEXT(sample->name, report->target, SAMPLE_ALIAS);
		}
	}
}

static const struct {
	const char *recipient; /* NULL: a signed one */
	gint64 later;
	BounceVerdict verdict;
	const char *reply;
} refusals[] = {
    {NULL, 0, BOUNCE_SWALLOW, NULL},
    {NULL, 22 * DAY, BOUNCE_REFUSE,
	"550 5.1.1 This bounce address has expired"},
    {"SRS0=aaaa=AA=corp.com=jane@bounce.example", 0, BOUNCE_REFUSE,
	"550 5.7.1 This bounce address was not signed here"},
    {"shop@bounce.example", 0, BOUNCE_NONE, NULL},
    {"SRS0=aaaa=AA=corp.com=jane@example.com", 0, BOUNCE_NONE, NULL},
    {"", 0, BOUNCE_NONE, NULL},
};

static void
refused(void)
{
	g_autoptr(Policy) policy = bounce_sample_policy();
	g_autofree char *srs = signed_address(SAMPLE_SENDER, policy);
	g_autoptr(Message) message = message_new("");
	message_set_body(message, "", 0);

	for (guint i = 0; i < G_N_ELEMENTS(refusals); i++) {
		const char *recipient =
		    refusals[i].recipient ? refusals[i].recipient : srs;
		gint64 now = SAMPLE_NOW + refusals[i].later;
		g_autoptr(Bounce) bounce =
		    bounce_decide(message, recipient, policy, now);
		g_autoptr(Reply) reply = NULL;
		UNIT_TRUE(recipient,
		    bounce_is_signed(recipient, policy, now, &reply) ==
			(bounce->verdict != BOUNCE_NONE));
		g_autofree char *text = reply ? reply_to_text(reply) : NULL;
		UNIT_NUMBER(recipient, bounce->verdict, refusals[i].verdict);
		UNIT_TEXT(recipient, text, refusals[i].reply);
		UNIT_TRUE(recipient, !bounce->reply == !reply);
	}
	g_clear_pointer(&policy->bounce_domain, g_free);
	g_autoptr(Reply) reply = NULL;
	UNIT_TRUE("no bounce domain",
	    !bounce_is_signed(srs, policy, SAMPLE_NOW, &reply) && !reply);
}

static void
no_postmaster(void)
{
	g_autoptr(Policy) policy = bounce_sample_policy();
	g_clear_pointer(&policy->postmaster, g_free);
	g_autofree char *srs = signed_address(SAMPLE_SENDER, policy);
	BounceSample *sample = bounce_sample_new("complaint",
	    "Content-Type: message/feedback-report\n\nFeedback-Type: abuse\n",
	    srs, policy);
	g_autoptr(Bounce) bounce =
	    bounce_decide(sample->message, srs, policy, SAMPLE_NOW);

	UNIT_NUMBER("verdict", bounce->verdict, BOUNCE_SWALLOW);
	UNIT_NUMBER("event", bounce->event, BOUNCE_EVENT_COMPLAINT);
	UNIT_TEXT("alias", bounce->alias, NULL);
	bounce_sample_free(sample);
}

/* ALIASBRIDGE_CORPUS: a folder of messages. A mark is put behind each header
 * inside, as if it had come back to us; no report that results names one of
 * the addresses in it. */
static void
plant(GString *text, const char *mark)
{
	for (char *c = strstr(text->str, "\nTo:"); c;) {
		gsize at = (gsize)(c - text->str) + 1;
		g_string_insert(text, (gssize)at, mark);
		c = strstr(text->str + at + strlen(mark) + 1, "\nTo:");
	}
}

/* Neither the address nor, unless it is one of ours, the domain. */
static void
check_hidden(const Bounce *bounce)
{
	g_autofree char *lower = g_ascii_strdown(bounce->octets, -1);
	const char *target = bounce->target ? bounce->target : "no@target";
	const char *domain = strchr(target, '@') + 1;

	UNIT_TRUE(target, !strstr(lower, target));
	UNIT_TRUE(target, g_str_has_suffix(SAMPLE_ALIAS, domain) ||
			      g_str_has_suffix(SAMPLE_SENDER, domain) ||
			      !strstr(lower, domain));
}

static guint
check_planted(
    char *text, const char *mark, const char *srs, const Policy *policy)
{
	g_autoptr(GString) planted = g_string_new(text);
	guint told = 0;

	plant(planted, mark);
	BounceSample *sample =
	    bounce_sample_new("corpus", planted->str, srs, policy);
	g_autoptr(Bounce) bounce =
	    bounce_decide(sample->message, srs, policy, SAMPLE_NOW);
	if (bounce->event == BOUNCE_EVENT_PERMANENT &&
	    bounce->verdict == BOUNCE_SEND) {
		check_hidden(bounce);
		told = 1;
	}
	bounce_sample_free(sample);
	return told;
}

static guint
read_corpus(
    const char *folder, const char *mark, const char *srs, const Policy *policy)
{
	GDir *dir = g_dir_open(folder, 0, NULL);
	guint told = 0;

	for (const char *name; dir && (name = g_dir_read_name(dir));) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		g_autofree char *text = NULL;
		if (g_file_test(path, G_FILE_TEST_IS_DIR))
			told += read_corpus(path, mark, srs, policy);
		else if (g_file_get_contents(path, &text, NULL, NULL))
			told += check_planted(text, mark, srs, policy);
	}
	if (dir)
		g_dir_close(dir);
	return told;
}

static void
corpus(void)
{
	const char *folder = getenv("ALIASBRIDGE_CORPUS");
	g_autoptr(Policy) policy = bounce_sample_policy();
	g_autofree char *srs = signed_address(SAMPLE_SENDER, policy);
	BounceSample *sample =
	    bounce_sample_new("mark", "@RETURNED@\n\n", srs, policy);
	const char *mark = strstr(sample->octets, "X-Aliasbridge-Mark:");

	g_autoptr(GString) field =
	    g_string_new_len(mark, strstr(mark, "\r\n\r\n") + 2 - mark);
	g_string_replace(field, "\r\n", "\n", 0);
	if (folder)
		UNIT_TRUE("some were told",
		    read_corpus(folder, field->str, srs, policy) > 0);
	bounce_sample_free(sample);
}

/* Mail to bounce_address ends here: a catch-all that took it would send it
 * round and round. */
static void
fixed_address(void)
{
	static const char *const recipients[] = {
	    "bounces@example.com", "<BOUNCES+x@example.com>"};
	g_autoptr(Policy) policy = bounce_sample_policy();
	g_autoptr(Message) message = message_new("jane@corp.com");

	policy->bounce_address = g_strdup("bounces@example.com");
	g_free(policy->delimiters);
	policy->delimiters = g_strdup("+");
	message_set_body(message, "hello\r\n", 7);
	for (guint i = 0; i < G_N_ELEMENTS(recipients); i++) {
		g_autoptr(Bounce) bounce =
		    bounce_decide(message, recipients[i], policy, SAMPLE_NOW);
		UNIT_NUMBER(recipients[i], bounce->verdict, BOUNCE_SWALLOW);
		UNIT_NUMBER(recipients[i], bounce->event, BOUNCE_EVENT_NONE);
	}
	g_autoptr(Bounce) other =
	    bounce_decide(message, "bouncesx@example.com", policy, SAMPLE_NOW);
	UNIT_NUMBER("another", other->verdict, BOUNCE_NONE);
}

static const UnitCase cases[] = {{"samples", samples}, {"ends", ends},
    {"no answer to ours", no_answer_to_ours}, {"refused", refused},
    {"fixed address", fixed_address}, {"no postmaster", no_postmaster},
    {"corpus", corpus}};
UNIT_MAIN("bounce", cases)
