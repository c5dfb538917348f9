/* SPDX-License-Identifier: MIT */
/*
 * cmd_preview.c - aliasbridge preview: a message as the milter would leave it
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "cli/masked.h"
#include "cli/preview_diff.h"
#include "cli/trial.h"
#include "core/address_list.h"
#include "core/apply.h"
#include "core/bounds.h"
#include "core/forward_header.h"
#include "core/intake.h"
#include "io/spool.h"

typedef struct PreviewOptions {
	char *to;
	char *from;
	gboolean plan;
	gboolean diff;
	gint64 now;
} PreviewOptions;

/* --- the message --- */

static Spool *
read_message(
    const Settings *settings, const char *path, bool *lf_only, int *exit_code)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Spool) spool = spool_new(settings->spool, BOUND_PREVIEW);
	int fd = cmd_open_input(path);

	*exit_code = CMD_NO_INPUT;
	if (fd < 0)
		return NULL;
	bool read = spool_read_message(spool, fd, lf_only, &error);
	cmd_close_input(fd);
	if (read)
		return g_steal_pointer(&spool);
	cmd_error("%s: %s", cmd_input_name(path), error->message);
	*exit_code = CMD_TEMPORARY;
	return NULL;
}

/* Who would have been given as MAIL FROM: the author, else nobody. */
static void
guess_sender(Message *message)
{
	g_autoptr(GPtrArray) senders =
	    forward_header_senders(message->header, NULL);

	for (guint i = 0; i < senders->len; i++) {
		const Mailbox *mailbox = g_ptr_array_index(senders, i);
		if (!mailbox->addr)
			continue;
		g_free(message->sender);
		message->sender = g_strdup(mailbox->addr);
		return;
	}
}

/* --- what is printed --- */

typedef struct Output {
	bool lf; /* line ends as the file had them */
	bool cr; /* a CR was held back */
} Output;

static void
put(const char *octets, gsize len)
{
	fwrite(octets, 1, len, stdout);
}

static void
put_with_lf(Output *output, const char *octets, gsize len)
{
	const char *end = octets + len;

	while (octets < end) {
		const char *cr = memchr(octets, '\r', (gsize)(end - octets));
		gsize run = (gsize)((cr ? cr : end) - octets);
		if (output->cr && *octets != '\n')
			put("\r", 1);
		output->cr = cr != NULL;
		put(octets, run);
		octets += run + (cr ? 1 : 0);
	}
}

static bool
write_octets(void *context, const char *octets, gsize len, GError **error)
{
	Output *output = context;

	(void)error;
	if (output->lf)
		put_with_lf(output, octets, len);
	else
		put(octets, len);
	return true;
}

static void
print_message(const Message *message, const Plan *plan, bool lf_only)
{
	Output output = {.lf = lf_only};

	apply_message(message, plan->edits, write_octets, &output, NULL);
	if (output.cr)
		put("\r", 1);
}

/* What moves the cursor, or worse, is the message's own. */
static void
show_message(const Message *message, const Plan *plan)
{
	g_autoptr(GString) octets =
	    apply_to_string(message, plan->edits, APPLY_MESSAGE);

	masked_write_lines(stdout, octets->str, octets->len);
}

static void
print_plan(const Plan *plan)
{
	g_autofree char *text = edit_list_to_text(plan->edits);

	fputs(text, stdout);
}

static int
print_diff(const Message *message, const Plan *plan)
{
	g_autoptr(GError) error = NULL;

	if (preview_diff(message, plan->edits, &error))
		return CMD_OK;
	cmd_error("%s", error->message);
	return CMD_TEMPORARY;
}

static int
print_result(const PreviewOptions *options, const Message *message,
    const Plan *plan, bool lf_only)
{
	if (plan->verdict != PLAN_FORWARD) {
		g_autofree char *reply = reply_to_text(plan->reply);
		cmd_error("%s", reply);
		if (plan->verdict == PLAN_REFUSE)
			return CMD_NO;
		cmd_error("%s", plan->why);
		return CMD_TEMPORARY;
	}
	if (options->diff)
		return print_diff(message, plan);
	if (options->plan)
		print_plan(plan);
	else if (isatty(STDOUT_FILENO))
		show_message(message, plan);
	else
		print_message(message, plan, lf_only);
	return CMD_OK;
}

/* --- the command --- */

static int
preview_message(const PreviewOptions *options, const Config *config,
    Message *message, bool lf_only)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Trial) trial = trial_run(config, options->to, message,
	    options->now ? options->now : g_get_real_time() / G_USEC_PER_SEC,
	    &error);
	if (!trial) {
		cmd_error("--to %s: %s", options->to, error->message);
		return CMD_USAGE;
	}
	if (!trial->plan) {
		cmd_error("--to %s: it is an envelope sender of ours, no "
			  "alias: mail to it is not rewritten",
		    trial->address);
		return CMD_USAGE;
	}
	return print_result(options, message, trial->plan, lf_only);
}

static int
preview(const PreviewOptions *options, const char *path)
{
	g_autoptr(GError) error = NULL;
	bool lf_only = false;
	int exit_code;
	g_autoptr(Config) config = cmd_read_config();

	if (!config)
		return CMD_CONFIG;
	if (!trial_sender_is_valid(options->from, &error)) {
		cmd_error("--from %s: %s", options->from, error->message);
		return CMD_USAGE;
	}
	g_autoptr(Spool) spool =
	    read_message(config->settings, path, &lf_only, &exit_code);
	if (!spool)
		return exit_code;
	const char *octets = spool_map(spool, &error);
	if (!octets) {
		cmd_error("%s", error->message);
		return CMD_TEMPORARY;
	}
	g_autoptr(Message) message =
	    message_new(options->from ? options->from : "");
	intake_split(message, octets, spool_len(spool));
	if (!options->from)
		guess_sender(message);
	return preview_message(options, config, message, lf_only);
}

static bool
options_fit(const PreviewOptions *options)
{
	if (!options->to)
		cmd_error("--to ALIAS is missing; see 'aliasbridge preview "
			  "--help'");
	else if (options->plan && options->diff)
		cmd_error("--plan and --diff exclude each other");
	else
		return true;
	return false;
}

static const CmdHelp help = {
    .arguments = "[FILE|-]",
    .summary = "Prints a message as the milter would leave it.",
    .details = "Reads the message from FILE, or from standard input. The SMTP "
	       "reply to one that would be refused is on standard error.",
    .exits = "0 rewritten, 1 refused, 64 wrong usage, 66 FILE cannot be "
	     "opened, 75 it cannot be decided now, 78 wrong configuration.",
    .example = "aliasbridge preview --to shop@example.com --diff message.eml",
};

int
cmd_preview(int argc, char **argv)
{
	PreviewOptions options = {0};
	const GOptionEntry entries[] = {
	    {"to", 't', 0, G_OPTION_ARG_STRING, &options.to,
		"the alias, as RCPT TO gives it", "ALIAS"},
	    {"from", 'f', 0, G_OPTION_ARG_STRING, &options.from,
		"the reverse-path (the author); '' is null", "SENDER"},
	    {"plan", 'p', 0, G_OPTION_ARG_NONE, &options.plan,
		"print the edits as text", NULL},
	    {"diff", 'd', 0, G_OPTION_ARG_NONE, &options.diff,
		"print a unified diff, header fields decoded", NULL},
	    {"now", 0, 0, G_OPTION_ARG_INT64, &options.now,
		"decide as at SECONDS since 1970", "SECONDS"},
	    {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
	};
	int exit_code;

	if (!cmd_parse(&argc, &argv, entries, &help, 0, 1, &exit_code))
		return exit_code;
	exit_code = options_fit(&options)
			? preview(&options, argc > 1 ? argv[1] : "-")
			: CMD_USAGE;
	g_free(options.to);
	g_free(options.from);
	return exit_code;
}
