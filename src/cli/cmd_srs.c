/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "cli/cmd.h"
#include "core/failure.h"
#include "core/srs.h"

static char *alias_option;

static const GOptionEntry options[] = {
    {"alias", 'a', 0, G_OPTION_ARG_FILENAME, &alias_option,
	"the alias that the message is for (forward)", "ADDRESS"},
    {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
};

static const CmdHelp help = {
    .arguments = "forward|reverse ADDRESS",
    .summary = "Signs an envelope sender, or tells what a signed one is.",
    .details = "\"forward\" prints the envelope sender under which a message "
	       "from ADDRESS goes out now (\"\" or \"<>\": a null sender). "
	       "\"reverse\" prints the sender that a signed address leads to, "
	       "or says why there is none.",
    .exits = "0 printed, 1 it leads to no sender, 64 wrong usage, 78 wrong "
	     "configuration.",
    .example = "aliasbridge srs forward jane@corp.example",
};

static int
forward(const Policy *policy, const char *sender, gint64 now)
{
	bool null = strcmp(sender, "<>") == 0;
	g_autoptr(GError) error = NULL;
	g_autofree char *address = srs_forward(null ? "" : sender, alias_option,
	    policy->bounce_domain, policy->secrets, now, &error);

	if (!address) {
		cmd_error("%s", error->message);
		return CMD_CONFIG;
	}
	puts(address);
	return CMD_OK;
}

static int
say_why(SrsKind kind, const char *alias)
{
	g_autofree char *shown = failure_mask(alias, -1, 300);

	switch (kind) {
	case SRS_TOKEN:
		cmd_error("a token, for a sender that did not fit%s%s",
		    *shown ? "; alias: " : "", shown);
		break;
	case SRS_SWALLOW:
		cmd_error("the address of a null sender: what comes to it "
			  "ends%s%s",
		    *shown ? "; alias: " : "", shown);
		break;
	case SRS_FORGED:
		cmd_error("forged: no secret of ours signed it");
		break;
	case SRS_EXPIRED:
		cmd_error("expired: older than %d days", SRS_MAX_AGE);
		break;
	case SRS_NONE:
	case SRS_SENDER:
	default:
		cmd_error("not a signed address at the bounce domain");
		break;
	}
	return CMD_NO;
}

static int
reverse(const Policy *policy, const char *address, gint64 now)
{
	g_autofree char *original = NULL;
	SrsKind kind = srs_reverse(
	    address, policy->bounce_domain, policy->secrets, now, &original);

	if (kind != SRS_SENDER)
		return say_why(kind, original ? original : "");
	puts(original);
	return CMD_OK;
}

int
cmd_srs(int argc, char **argv)
{
	gint64 now = g_get_real_time() / G_USEC_PER_SEC;
	int exit_code;

	if (!cmd_parse(&argc, &argv, options, &help, 2, 2, &exit_code))
		return exit_code;
	bool forwards = strcmp(argv[1], "forward") == 0;
	if (!forwards && strcmp(argv[1], "reverse") != 0) {
		cmd_error("neither forward nor reverse: %s", argv[1]);
		return CMD_USAGE;
	}
	g_autoptr(Config) config = cmd_read_config();
	if (!config)
		return CMD_CONFIG;
	if (!config->policy->bounce_domain) {
		cmd_error("bounce_domain is not set");
		return CMD_CONFIG;
	}
	return forwards ? forward(config->policy, argv[2], now)
			: reverse(config->policy, argv[2], now);
}
