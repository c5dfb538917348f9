/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/check_postfix.h"
#include "cli/check_table.h"
#include "cli/check_user.h"
#include "cli/cmd.h"
#include "io/ses_password.h"

static gboolean with_postfix;
static char *postfix_directory;

/* -c is postconf's here, not --config's. */
static const GOptionEntry own[] = {
    {"postfix", 0, 0, G_OPTION_ARG_NONE, &with_postfix,
	"check the settings of Postfix too", NULL},
    {"postfix-config", 'c', 0, G_OPTION_ARG_FILENAME, &postfix_directory,
	"with --postfix: Postfix's configuration folder", "DIR"},
    {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
};

static const CmdHelp help = {
    .arguments = "[FILE]",
    .summary =
	"Checks the configuration, and the table in use or the one in FILE.",
    .details =
	"FILE is JSON; it may be '-', standard input. Root is also told what "
	"the milter's user, and with --postfix the delivery agent's, cannot "
	"read or write. With --postfix each "
	"setting of Postfix that would lose, leak, loop, bounce or stop mail "
	"or deliver it twice is named, with the line to write instead.",
    .exits = "0 all is well, 1 something is wrong, 64 wrong usage, 66 FILE "
	     "cannot be opened, 75 there is no table or Postfix does not "
	     "answer, 78 wrong configuration.",
    .example = "aliasbridge check --postfix",
};

static void
print_config(const Config *config)
{
	const Policy *policy = config->policy;
	const Settings *settings = config->settings;
	g_autofree char *domains = g_strjoinv(", ", policy->domains);

	printf("configuration: %s\n  domains: %s\n", settings->path, domains);
	if (policy->bounce_address)
		printf("  bounces: %s\n", policy->bounce_address);
	else
		printf("  bounces: signed addresses at %s\n",
		    policy->bounce_domain);
	printf("  relay: %s\n",
	    settings->relay == RELAY_SES ? settings->ses_host : "Postfix");
	if (policy->bounce_address && policy->secrets->len == 0)
		fputs("warning: without secrets senders do not hear of "
		      "bounces, and only the count of Received ends a loop\n",
		    stderr);
}

/* What the agent finds out at its first delivery. */
static bool
check_relay(const Config *config)
{
	const char *roots = config->settings->ses_ca_file;
	g_autoptr(GError) error = NULL;

	if (config->settings->relay != RELAY_SES)
		return true;
	g_auto(SecretText) password = ses_password_read(config, &error);
	if (!password)
		fprintf(stderr, "error: %s\n", error->message);
	if (!roots || access(roots, R_OK) == 0)
		return password != NULL;
	fprintf(stderr, "error: %s: cannot read %s: %s\n",
	    config_place(config, "ses.ca_file"), roots, g_strerror(errno));
	return false;
}

static int
check_file(const Config *config, const char *path, gint64 now)
{
	int exit_code;
	g_autoptr(GString) json = cmd_read_table(path, &exit_code);

	if (!json)
		return exit_code;
	printf("table: %s\n", path);
	return check_table_json(config, path, json->str, json->len, now);
}

/* What is worse stays: refused, then not to be decided, then good. */
static int
worse(int a, int b)
{
	if (a == CMD_NO || b == CMD_NO)
		return CMD_NO;
	return a != CMD_OK ? a : b;
}

int
cmd_check(int argc, char **argv)
{
	int exit_code;

	if (!cmd_parse(&argc, &argv, own, &help, 0, 1, &exit_code))
		return exit_code;
	if (postfix_directory && !with_postfix) {
		cmd_error("-c DIR is Postfix's folder and goes with "
			  "--postfix; our own configuration is --config FILE");
		return CMD_USAGE;
	}
	g_autoptr(Config) config = cmd_read_config();
	if (!config)
		return CMD_CONFIG;
	gint64 now = g_get_real_time() / G_USEC_PER_SEC;
	print_config(config);
	exit_code = argc > 1 ? check_file(config, argv[1], now)
			     : check_table_run(config, now);
	fflush(stdout);
	if (!check_relay(config))
		exit_code = CMD_NO;
	if (config->settings->user &&
	    !check_user(CHECK_USER_MILTER, config->settings->user, config))
		exit_code = CMD_NO;
	if (with_postfix)
		exit_code = worse(
		    exit_code, check_postfix_run(postfix_directory, config));
	return exit_code;
}
