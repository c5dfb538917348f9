/* SPDX-License-Identifier: MIT */
/*
 * aliasbridge-push(8), diff - what a push would change
 */
#include "cli/aws_process.h"
#include "cli/cmd.h"
#include "cli/push_cmd.h"

/* 1 is "a difference" here. */
static int
fail(const GError *error)
{
	int code = push_cmd_fail(error);

	return code == CMD_NO ? CMD_TEMPORARY : code;
}

static const CmdHelp help = {
    .arguments = "FILE",
    .summary = "Compares a local alias table with the one in SSM.",
    .details =
	"FILE is a JSON alias table, '-' standard input. Lines begin with '+' "
	"(the push would add this alias), '-' (remove) or '~' (alter).",
    .exits = "0 no difference, 1 a difference, 64 wrong usage, 66 FILE cannot "
	     "be opened, 75 try again later, 78 configuration, keys or "
	     "permissions are wrong.",
    .example = "aliasbridge diff aliases.json",
};

int
main(int argc, char **argv)
{
	g_auto(PushCmd) cmd = {0};
	g_autoptr(GError) error = NULL;
	PushOptions options = {.wait = 0, .advanced = true};
	int exit_code;

	aws_process_start();
	cmd_start();
	if (!cmd_parse(&argc, &argv, NULL, &help, 1, 1, &exit_code) ||
	    !push_cmd_open(&cmd, argv[1], &exit_code))
		return exit_code;
	g_autoptr(Push) push = push_cmd_prepare(&cmd, &options, &error);
	if (!push)
		return fail(error);
	push_cmd_show(push);
	return push->diff->changes->len > 0 ? CMD_NO : CMD_OK;
}
