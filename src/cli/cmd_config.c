/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "cli/cmd.h"

int
cmd_config(int argc, char **argv)
{
	int exit_code;

	if (!cmd_parse(&argc, &argv, NULL, NULL,
		"Prints the effective value of every option, in the syntax "
		"of the configuration file.",
		NULL, 0, 0, &exit_code))
		return exit_code;
	g_autoptr(Config) config = cmd_read_config();
	if (!config)
		return CMD_CONFIG;
	g_autofree char *text = config_to_text(config);
	fputs(text, stdout);
	return CMD_OK;
}
