/* SPDX-License-Identifier: MIT */
/*
 * aliasbridge-push(8) - bring a local alias table to SSM
 */
#include "cli/aws_process.h"
#include "cli/cmd.h"
#include "cli/push_cmd.h"

static PushFlags flags = {.wait = -1};
static gboolean secure;
static gboolean advanced;
static char *key_id;

static const GOptionEntry own[] = {
    {"dry-run", 'n', 0, G_OPTION_ARG_NONE, &flags.dry_run,
	"show the difference, write nothing", NULL},
    {"yes", 'y', 0, G_OPTION_ARG_NONE, &flags.yes, "do not ask", NULL},
    {"force", 'f', 0, G_OPTION_ARG_NONE, &flags.force,
	"remove more than sync.max_shrink of the aliases", NULL},
    {"wait", 'w', 0, G_OPTION_ARG_INT, &flags.wait,
	"between copying entries and removing the old ones", "SECONDS"},
    {"secure", 0, 0, G_OPTION_ARG_NONE, &secure,
	"the first parameters are SecureStrings", NULL},
    {"key-id", 0, 0, G_OPTION_ARG_STRING, &key_id,
	"KMS key of these; default: the account's", "KEY"},
    {"advanced", 0, 0, G_OPTION_ARG_NONE, &advanced,
	"ssm:/NAME may take 8 KB (AWS charges for that)", NULL},
    {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
};

static const CmdHelp help = {
    .arguments = "FILE",
    .summary = "Brings a local alias table to SSM Parameter Store.",
    .details =
	"FILE is a JSON alias table, '-' standard input; sync.source says "
	"where it goes. What would change is shown, and asked for. Entries "
	"stay in the parameter they are in where they can; one that must move "
	"is copied first, and removed from its old place when every sync had "
	"time to read the copy: --wait, by default a little over "
	"sync.interval. Every version is labelled: see aliasbridge rollback.",
    .exits = "0 written, or nothing to write, 1 refused, 64 wrong usage or "
	     "nobody to ask, 66 FILE cannot be opened, 75 try again later, 78 "
	     "configuration, keys or permissions are wrong.",
    .example = "aliasbridge push --dry-run aliases.json",
};

static Push *
prepare(const PushCmd *cmd, GError **error)
{
	PushOptions options = {.wait = flags.wait,
	    .secure = secure,
	    .key_id = key_id,
	    .advanced = advanced && cmd->source->kind == TABLE_SOURCE_SSM,
	    .progress = push_cmd_progress};

	return push_cmd_prepare(cmd, &options, error);
}

int
main(int argc, char **argv)
{
	g_auto(PushCmd) cmd = {0};
	g_autoptr(GError) error = NULL;
	int exit_code;

	aws_process_start();
	cmd_start();
	if (!cmd_parse(&argc, &argv, own, &help, 1, 1, &exit_code) ||
	    !push_cmd_open(&cmd, argv[1], &exit_code))
		return exit_code;
	g_autoptr(Push) push = prepare(&cmd, &error);
	return push ? push_cmd_run(push, &flags) : push_cmd_fail(error);
}
