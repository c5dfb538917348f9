/* SPDX-License-Identifier: MIT */
/*
 * aliasbridge-agent.so - one message to one alias, or null-sender mail to SES
 *
 * What aliasbridge-deliver(8) loads. Whatever is not known to be final ends
 * with 75, so that Postfix keeps the message and tries again.
 */
#include "cli/deliver.h"

#include <gmime/gmime.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sysexits.h>
#include <unistd.h>

#include "cli/deliver_relay.h"
#include "config.h"
#include "core/apply.h"
#include "core/bounce.h"
#include "core/bounds.h"
#include "core/failure.h"
#include "core/intake.h"
#include "core/null_sender.h"
#include "core/plan.h"
#include "io/counter.h"
#include "io/log.h"
#include "io/spool.h"
#include "io/table.h"

/* Left for the relay's last words before the deadline. */
#define GRACE 5

static char *sender_option;
static char *recipient_option;
static char *original_option;
static char *queue_id_option;
static char *config_option;
static gboolean null_option;
static gboolean stderr_option;
static gboolean help_option;
static gboolean version_option;

static const GOptionEntry options[] = {
    {"sender", 0, 0, G_OPTION_ARG_FILENAME, &sender_option,
	"the envelope sender; empty: null", "ADDRESS"},
    {"recipient", 0, 0, G_OPTION_ARG_FILENAME, &recipient_option,
	"the alias; an outside one with --null-sender", "ADDRESS"},
    {"original-recipient", 0, 0, G_OPTION_ARG_FILENAME, &original_option,
	"before Postfix rewrote it, for the log", "ADDRESS"},
    {"queue-id", 0, 0, G_OPTION_ARG_FILENAME, &queue_id_option,
	"Postfix's queue id, for the log", "ID"},
    {"null-sender", 0, 0, G_OPTION_ARG_NONE, &null_option,
	"give null-sender mail a sender that SES takes", NULL},
    {"config", 'c', 0, G_OPTION_ARG_FILENAME, &config_option,
	"read FILE, not the default configuration", "FILE"},
    {"stderr", 0, 0, G_OPTION_ARG_NONE, &stderr_option,
	"log to standard error, not to syslog", NULL},
    {"help", 'h', 0, G_OPTION_ARG_NONE, &help_option, "print this help (alone)",
	NULL},
    {"version", 0, 0, G_OPTION_ARG_NONE, &version_option,
	"print the version (alone)", NULL},
    {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
};

static const char details[] =
    "pipe(8) of Postfix runs it; by hand it tries an alias. With a status\n"
    "other than 0 standard output says why.\n"
    "\n"
    "Exit status: 0 handed on, 67 no such alias, 69 refused, 77 refused by\n"
    "a policy, 75 all else: Postfix tries again.\n"
    "\n"
    "Example:\n"
    "  aliasbridge deliver --sender jane@example.net \\\n"
    "      --recipient shop@example.com < message.eml";

/* One delivery. */
typedef struct Delivery {
	Config *config;    /* owned */
	Spool *spool;      /* owned */
	Message *message;  /* owned; borrows from spool */
	bool header_alone; /* not even the line after it */
	gint64 now;        /* seconds since the epoch */
	gint64 until;      /* monotonic microseconds: the deadline */
} Delivery;

/* --- the end --- */

/* What the deadline ends with: EX_OK once the message is handed over. */
static volatile sig_atomic_t end_code = EX_TEMPFAIL;

static void
on_deadline(int number)
{
	static const char text[] = "4.3.0 The delivery took too long\n";

	(void)number;
	if (end_code == EX_TEMPFAIL &&
	    write(STDOUT_FILENO, text, sizeof(text) - 1) < 0)
		_exit(EX_TEMPFAIL);
	_exit(end_code);
}

static int
exit_code(const Reply *reply)
{
	if (reply->code < 400)
		return EX_OK;
	if (reply->code < 500)
		return EX_TEMPFAIL;
	if (g_str_has_prefix(reply->status, "5.1."))
		return EX_NOUSER;
	return g_str_has_prefix(reply->status, "5.7.") ? EX_NOPERM
						       : EX_UNAVAILABLE;
}

/* Postfix takes "D.S.N text" for status and text of its own report. */
static int
end_with(const Reply *reply)
{
	if (reply->code >= 400) {
		printf("%s %s\n", reply->status, reply->text);
		fflush(stdout);
	}
	return exit_code(reply);
}

static int
end_for_now(const char *status, const char *text)
{
	g_autoptr(Reply) reply = reply_new(451, status, text);

	return end_with(reply);
}

static int
end_unconfigured(const GError *error)
{
	log_error(queue_id_option, "", error);
	return end_for_now("4.3.5", "Mail system configuration error");
}

/* --- handing on --- */

typedef struct Octets {
	const char *at; /* borrowed */
	gsize left;
} Octets;

static const char *
next_octets(void *context, gsize max, gsize *len)
{
	Octets *octets = context;
	const char *at = octets->at;

	*len = MIN(max, octets->left);
	octets->at += *len;
	octets->left -= *len;
	return at;
}

typedef struct Edited {
	ApplyReader *reader; /* borrowed */
	gsize left;          /* no more octets than these */
} Edited;

static const char *
next_edited(void *context, gsize max, gsize *len)
{
	Edited *edited = context;

	*len = 0;
	if (edited->left == 0)
		return "";
	const char *octets =
	    apply_reader_next(edited->reader, MIN(max, edited->left), len);
	edited->left -= *len;
	return octets;
}

/* A header alone, without the line that would end it, leaves so: Postfix
 * sends it so after the milter. */
static gsize
edited_size(const Delivery *delivery, const EditList *edits)
{
	gsize size = apply_size(delivery->message, edits);

	return delivery->header_alone ? size - strlen("\r\n") : size;
}

static void
log_answer(const Relay *relay, const SmtpResult *result, const char *what,
    bool trouble)
{
	g_autofree char *id =
	    relay->mode == RELAY_SES ? relay_ses_id(result->reply) : NULL;
	g_autofree char *reply = reply_to_text(result->reply);

	log_line(trouble ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO, queue_id_option,
	    "%s relay=%s:%d%s%s reply=\"%s\"", what, relay->server.host,
	    relay->server.port, id ? " ses_id=" : "", id ? id : "", reply);
}

/* what: the beginning of the log line. */
static int
hand_on(const Delivery *delivery, const SmtpMail *mail, const char *what)
{
	g_autoptr(GError) error = NULL;
	gint64 left =
	    (delivery->until - g_get_monotonic_time()) / G_USEC_PER_SEC;
	bool trouble = false;
	g_autoptr(Relay) relay =
	    relay_new(delivery->config, MAX((int)left - GRACE, 1), &error);

	if (!relay)
		return end_unconfigured(error);
	g_autoptr(SmtpClient) client = smtp_client_new(&relay->server, &error);
	if (!client)
		return end_unconfigured(error);
	g_autoptr(SmtpResult) result = smtp_client_send(client, mail);
	if (result->reply->code == 250)
		end_code = EX_OK;
	g_autoptr(Reply) verdict = relay_verdict(relay->mode, result, &trouble);
	log_answer(relay, result, what, trouble);
	return end_with(verdict);
}

static int
hand_on_edited(
    const Delivery *delivery, const EditList *edits, const char *what)
{
	const Message *message = delivery->message;
	g_autoptr(ApplyReader) reader =
	    apply_reader_new(message, edits, APPLY_MESSAGE);
	g_autofree char *sender = apply_sender(message, edits);
	g_auto(GStrv) recipients = apply_recipients(message, edits);
	gsize size = edited_size(delivery, edits);
	Edited edited = {reader, size};
	SmtpMail mail = {.sender = sender,
	    .recipients = (const char *const *)recipients,
	    .size = size,
	    .source = next_edited,
	    .context = &edited};

	if (delivery->config->settings->relay == RELAY_SES &&
	    g_strv_length(recipients) > BOUND_SES_RECIPIENTS) {
		g_autoptr(GError) error = g_error_new(FAILURE, FAILURE_CONFIG,
		    "%s: SES takes at most %d targets", what,
		    BOUND_SES_RECIPIENTS);
		return end_unconfigured(error);
	}
	return hand_on(delivery, &mail, what);
}

static int
hand_on_bounce(const Delivery *delivery, const Bounce *bounce)
{
	const char *recipients[] = {bounce->recipient, NULL};
	Octets octets = {bounce->octets, bounce->len};
	SmtpMail mail = {.sender = bounce->sender,
	    .recipients = recipients,
	    .size = bounce->len,
	    .source = next_octets,
	    .context = &octets};

	return hand_on(delivery, &mail, "report sent:");
}

/* --- deciding --- */

static int
end_refused(const Plan *plan)
{
	g_autofree char *reply = reply_to_text(plan->reply);

	log_line(LOG_LEVEL_INFO, queue_id_option,
	    "to=<%s> from=<%s> verdict=%s reply=\"%s\"", recipient_option,
	    sender_option, plan->verdict == PLAN_REFUSE ? "refuse" : "defer",
	    reply);
	return end_with(plan->reply);
}

static int
carry_out(const Delivery *delivery, const Plan *plan)
{
	const char *original = original_option ? original_option : "";

	if (plan->verdict != PLAN_FORWARD)
		return end_refused(plan);
	g_autofree char *what = g_strdup_printf(
	    "to=<%s>%s%s%s from=<%s> verdict=%s size=%" G_GSIZE_FORMAT "%s%s%s",
	    recipient_option, *original ? " orig_to=<" : "", original,
	    *original ? ">" : "", sender_option,
	    null_option ? "null-sender" : "forward", plan->size,
	    *plan->why ? " (" : "", plan->why, *plan->why ? ")" : "");
	return hand_on_edited(delivery, plan->edits, what);
}

static int
end_unknown(const Policy *policy, const Address *recipient)
{
	g_autofree char *shown = recipient ? address_to_text(recipient) : NULL;
	g_autoptr(Reply) reply = reply_copy(policy->unknown);

	log_line(LOG_LEVEL_INFO, queue_id_option,
	    "to=<%s> from=<%s> verdict=unknown", shown ? shown : "?",
	    sender_option);
	end_with(reply);
	return exit_code(reply) == EX_TEMPFAIL ? EX_TEMPFAIL : EX_NOUSER;
}

static int
forward_to(
    const Delivery *delivery, const Address *recipient, const TableMatch *match)
{
	PlanAlias alias = {.addressed = recipient,
	    .entry = match->alias,
	    .targets = (const char *const *)match->targets};
	g_autoptr(Plan) plan = plan_forward(
	    delivery->message, &alias, delivery->config->policy, delivery->now);

	return carry_out(delivery, plan);
}

static int
deliver_to_alias(const Delivery *delivery)
{
	const Policy *policy = delivery->config->policy;
	g_autoptr(GError) error = NULL;
	TableMatch match = {0};
	g_autoptr(Address) recipient =
	    address_parse(recipient_option, -1, NULL);

	if (!recipient)
		return end_unknown(policy, NULL);
	g_autoptr(Table) table = table_open(delivery->config->settings->table);
	switch (table_lookup(table, recipient, policy->delimiters,
	    delivery->now, &match, &error)) {
	case TABLE_FOUND:
		break;
	case TABLE_ABSENT:
		return end_unknown(policy, recipient);
	case TABLE_FAILED:
		log_line(
		    LOG_LEVEL_ERROR, queue_id_option, "%s", error->message);
		return end_for_now(
		    "4.3.0", "The table of aliases cannot be read now");
	}
	int code = forward_to(delivery, recipient, &match);
	table_match_clear(&match);
	return code;
}

/* A count that cannot be written keeps no mail back. */
static void
count_bounce(const Delivery *delivery, const Bounce *bounce)
{
	g_autoptr(GError) error = NULL;

	log_line(LOG_LEVEL_INFO, queue_id_option,
	    "bounce event=%s alias=<%s> target=<%s> (%s)",
	    bounce_event_to_text(bounce->event),
	    bounce->alias ? bounce->alias : "",
	    bounce->target ? bounce->target : "", bounce->why);
	if (!counter_add(delivery->config->settings->table, bounce->event,
		bounce->alias, bounce->target, delivery->now, &error))
		log_line(
		    LOG_LEVEL_WARNING, queue_id_option, "%s", error->message);
}

/* What is tried again is counted when it is done. */
static int
end_bounce(const Delivery *delivery, const Bounce *bounce)
{
	int code = EX_OK;

	if (bounce->verdict == BOUNCE_SEND)
		code = hand_on_bounce(delivery, bounce);
	else if (bounce->verdict == BOUNCE_REFUSE)
		code = end_with(bounce->reply);
	if (code != EX_TEMPFAIL)
		count_bounce(delivery, bounce);
	return code;
}

static int
deliver(const Delivery *delivery)
{
	g_autoptr(Bounce) bounce = bounce_decide(delivery->message,
	    recipient_option, delivery->config->policy, delivery->now);

	return bounce->verdict == BOUNCE_NONE ? deliver_to_alias(delivery)
					      : end_bounce(delivery, bounce);
}

static int
deliver_null_sender(const Delivery *delivery)
{
	g_autoptr(Plan) plan = null_sender_plan(
	    delivery->message, delivery->config->policy, delivery->now);

	return carry_out(delivery, plan);
}

/* --- reading --- */

static int
end_unread(const GError *error)
{
	g_autoptr(Reply) reply = NULL;

	log_line(LOG_LEVEL_ERROR, queue_id_option, "%s", error->message);
	if (g_error_matches(error, FAILURE, FAILURE_PERMANENT))
		reply = reply_new(
		    552, "5.3.4", "The message is too big to be forwarded");
	else
		reply = reply_new(452, "4.3.1", "Insufficient system storage");
	return end_with(reply);
}

static bool
read_message(Delivery *delivery, GError **error)
{
	const Settings *settings = delivery->config->settings;
	gsize max = delivery->config->policy->message_size + BOUND_HEADER_TOTAL;
	bool lf_only;

	delivery->spool = spool_new(settings->spool, max);
	if (!spool_read_message(delivery->spool, STDIN_FILENO, &lf_only, error))
		return false;
	const char *octets = spool_map(delivery->spool, error);
	if (!octets)
		return false;
	delivery->message = message_new(sender_option);
	message_add_recipient(
	    delivery->message, recipient_option, NULL, !null_option);
	gsize len = spool_len(delivery->spool);
	intake_split(delivery->message, octets, len);
	delivery->header_alone =
	    delivery->message->body_len == 0 &&
	    (len < 4 || memcmp(octets + len - 4, "\r\n\r\n", 4) != 0);
	return true;
}

static void
delivery_clear(Delivery *delivery)
{
	message_free(delivery->message);
	spool_free(delivery->spool);
	config_free(delivery->config);
}

/* Below the transport's time limit, which would bounce. */
static void
set_deadline(Delivery *delivery, int seconds)
{
	delivery->until =
	    g_get_monotonic_time() + (gint64)seconds * G_USEC_PER_SEC;
	alarm((unsigned)seconds);
}

static int
run(Delivery *delivery)
{
	g_autoptr(GError) error = NULL;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGALRM, on_deadline);
	set_deadline(delivery, 60);
	delivery->now = g_get_real_time() / G_USEC_PER_SEC;
	delivery->config = config_load(
	    config_option ? config_option : CONFIG_DEFAULT_PATH, &error);
	if (!delivery->config)
		return end_unconfigured(error);
	set_deadline(delivery, delivery->config->settings->deadline);
	g_mime_init();
	smtp_client_start(delivery->config->settings->relay == RELAY_SES);
	if (!read_message(delivery, &error))
		return end_unread(error);
	return null_option ? deliver_null_sender(delivery) : deliver(delivery);
}

/* Without the clean-up of forty libraries. */
static void G_GNUC_NORETURN
leave(int code)
{
	fflush(NULL);
	_exit(code);
}

static void G_GNUC_NORETURN
answer_person(GOptionContext *context)
{
	setlocale(LC_CTYPE, "");
	g_autofree char *help = g_option_context_get_help(context, TRUE, NULL);
	fputs(version_option ? PACKAGE_STRING "\n" : help, stdout);
	leave(fflush(stdout) == 0 ? EX_OK : EX_TEMPFAIL);
}

/* Beside anything else --help is a wrong command line: the message would be
 * gone with its 0. */
static bool
parse_options(int argc, char **argv, GError **error)
{
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	bool alone = argc == 2;

	g_set_prgname("aliasbridge deliver");
	g_option_context_set_summary(
	    context, "Forwards the message on standard input.");
	g_option_context_set_description(context, details);
	g_option_context_set_help_enabled(context, FALSE);
	g_option_context_add_main_entries(context, options, NULL);
	if (!g_option_context_parse(context, &argc, &argv, error))
		return false;
	bool person = help_option || version_option;
	if (person && alone)
		answer_person(context);
	if (argc == 1 && sender_option && recipient_option && !person)
		return true;
	return failure_set(error, FAILURE_CONFIG,
	    "needs --sender and one --recipient, and nothing else");
}

int
deliver_main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	Delivery delivery = {0};

	/* No core: it would hold the message, the secrets, a password. */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	bool parsed = parse_options(argc, argv, &error);
	log_open(
	    "aliasbridge-deliver", stderr_option || isatty(STDERR_FILENO) == 1);
	if (!parsed)
		leave(end_unconfigured(error));
	int code = run(&delivery);
	delivery_clear(&delivery);
	leave(code);
}
