/* SPDX-License-Identifier: MIT */
#include "cli/push_cmd.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/aws_process.h"
#include "cli/cmd.h"
#include "core/bounds.h"
#include "core/failure.h"
#include "io/log.h"
#include "net/table_fetch.h"

static bool
read_document(PushCmd *cmd, const char *path, int *exit_code)
{
	g_autoptr(GString) text = cmd_read_table(path, exit_code);

	if (!text)
		return false;
	cmd->documents = documents_new();
	g_ptr_array_add(
	    cmd->documents, document_new(cmd_input_name(path), DOCUMENT_FILE,
				text->str, (gssize)text->len));
	return true;
}

bool
push_cmd_open(PushCmd *cmd, const char *path, int *exit_code)
{
	g_autoptr(GError) error = NULL;

	log_open("aliasbridge/push", true);
	*exit_code = CMD_CONFIG;
	cmd->config = cmd_read_config();
	if (!cmd->config)
		return false;
	const char *text = cmd->config->settings->source;
	cmd->source = table_source_parse(text ? text : "", &error);
	if (!cmd->source || cmd->source->kind == TABLE_SOURCE_FILE) {
		cmd_error("sync.source must be \"ssm:/NAME\" or "
			  "\"ssm-path:/PREFIX/\" for this");
		return false;
	}
	if (path && !read_document(cmd, path, exit_code))
		return false;
	cmd->client = table_client_new(cmd->config->settings,
	    aws_process_ticker(), aws_process_log(), &error);
	if (cmd->client)
		return true;
	*exit_code = push_cmd_fail(error);
	return false;
}

void
push_cmd_clear(PushCmd *cmd)
{
	g_clear_pointer(&cmd->client, aws_client_free);
	g_clear_pointer(&cmd->source, table_source_free);
	g_clear_pointer(&cmd->documents, g_ptr_array_unref);
	g_clear_pointer(&cmd->config, config_free);
}

Push *
push_cmd_prepare(const PushCmd *cmd, const PushOptions *options, GError **error)
{
	g_autoptr(TableReading) after =
	    table_reading_new(cmd->documents, cmd->config, error);

	if (!after)
		return NULL;
	cmd_print_warnings(after->entries);
	g_autoptr(GPtrArray) remote =
	    table_fetch(cmd->source, cmd->client, true, error);
	if (!remote)
		return NULL;
	return push_new(cmd->config, cmd->source, cmd->client, options,
	    g_steal_pointer(&remote), g_steal_pointer(&after), NULL, error);
}

void
push_cmd_show(const Push *push)
{
	const TableDiff *diff = push->diff;

	for (guint i = 0; i < diff->changes->len; i++) {
		g_autofree char *text =
		    table_change_to_text(diff->changes->pdata[i]);
		puts(text);
	}
	printf("%u added, %u removed, %u altered; %u to write to %s (%s)\n",
	    diff->added, diff->removed, diff->altered,
	    pack_plan_puts(push->plan), push->source->text,
	    aws_client_region(push->client));
	fflush(stdout);
}

void
push_cmd_progress(const char *text)
{
	puts(text);
	fflush(stdout);
}

int
push_cmd_fail(const GError *error)
{
	g_auto(GStrv) lines = g_strsplit(error->message, "\n", -1);

	for (guint i = 0; lines[i]; i++) {
		g_autofree char *shown =
		    failure_mask(lines[i], -1, BOUND_TABLE_TEXT);
		cmd_error("%s", shown);
	}
	return aws_process_exit_code(error);
}

/* *answer: whether to go on. false: nobody can be asked. */
static bool
ask(bool *answer)
{
	char line[16] = "";

	if (!isatty(STDIN_FILENO)) {
		cmd_error("nobody to ask: give --yes to write");
		return false;
	}
	fputs("Write this? [y/N] ", stderr);
	*answer =
	    fgets(line, sizeof line, stdin) && (*line == 'y' || *line == 'Y');
	return true;
}

static bool
is_refused(const Push *push)
{
	int most = push->config->settings->max_shrink;

	if (!table_diff_shrinks(push->diff, most))
		return false;
	cmd_error("%u of %u aliases would go, more than sync.max_shrink "
		  "(%d in 100): every sync would refuse that without "
		  "--force, and so does push",
	    push->diff->removed, push->diff->before, most);
	return true;
}

static int
apply(Push *push)
{
	g_autoptr(GError) error = NULL;

	if (push_apply(push, &error)) {
		printf("done; this state is labelled %s\n", push->label);
		return CMD_OK;
	}
	return push_cmd_fail(error);
}

int
push_cmd_run(Push *push, const PushFlags *flags)
{
	bool go = true;

	push_cmd_show(push);
	if (pack_plan_puts(push->plan) == 0 || flags->dry_run)
		return CMD_OK;
	if (!flags->force && is_refused(push))
		return CMD_NO;
	if (!flags->yes && !ask(&go))
		return CMD_USAGE;
	return go ? apply(push) : CMD_NO;
}
