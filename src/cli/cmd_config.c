/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "cli/cmd.h"

static const CmdHelp help = {
    .summary = "Prints the configuration in effect.",
    .details =
	"Every option with its value, set or not, in the syntax of the file.",
    .exits = "0 printed, 64 wrong usage, 78 wrong configuration.",
    .example = "aliasbridge config --config new.conf",
};

int
cmd_config(int argc, char **argv)
{
	int exit_code;

	if (!cmd_parse(&argc, &argv, NULL, &help, 0, 0, &exit_code))
		return exit_code;
	g_autoptr(Config) config = cmd_read_config();
	if (!config)
		return CMD_CONFIG;
	g_autofree char *text = config_to_text(config);
	fputs(text, stdout);
	return CMD_OK;
}
