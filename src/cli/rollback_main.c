/* SPDX-License-Identifier: MIT */
/*
 * aliasbridge-push(8), rollback - return SSM's alias table to an earlier one
 */
#include <stdio.h>

#include "cli/aws_process.h"
#include "cli/cmd.h"
#include "cli/push_cmd.h"
#include "core/table_members.h"
#include "net/push_label.h"
#include "net/table_fetch.h"

static PushFlags flags = {.wait = -1};
static char *label;

static const GOptionEntry own[] = {
    {"to", 't', 0, G_OPTION_ARG_STRING, &label,
	"to what this push left (LABEL-before: found)", "LABEL"},
    {"dry-run", 'n', 0, G_OPTION_ARG_NONE, &flags.dry_run,
	"show the difference, write nothing", NULL},
    {"yes", 'y', 0, G_OPTION_ARG_NONE, &flags.yes, "do not ask", NULL},
    {"force", 'f', 0, G_OPTION_ARG_NONE, &flags.force,
	"remove more than sync.max_shrink of the aliases", NULL},
    {"wait", 'w', 0, G_OPTION_ARG_INT, &flags.wait, "as for push", "SECONDS"},
    {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
};

static const CmdHelp help = {
    .summary = "Returns the alias table in SSM to an earlier state.",
    .details = "Without --to: to the state before the newest push. The earlier "
	       "table is written as a push would write it, so that no reader "
	       "misses an address; it becomes the newest version and can be "
	       "rolled back in turn. SSM keeps 100 versions of a parameter.",
    .exits = "0 written, or nothing to write, 1 refused, 64 wrong usage or "
	     "nobody to ask, 75 try again later, 78 configuration, keys or "
	     "permissions are wrong.",
    .example = "aliasbridge rollback --dry-run",
};

/* Which parameter held each key then: there it goes back. */
static GHashTable *
hints_of(const GPtrArray *documents)
{
	GHashTable *hints =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);

	for (guint i = 0; i < documents->len; i++) {
		const Document *document = documents->pdata[i];
		g_autoptr(GHashTable) members = g_hash_table_new_full(
		    g_str_hash, g_str_equal, g_free, g_free);
		GHashTableIter iter;
		gpointer key;
		if (!table_members_add(
			members, document->text, document->len, NULL))
			continue;
		g_hash_table_iter_init(&iter, members);
		while (g_hash_table_iter_next(&iter, &key, NULL))
			g_hash_table_insert(
			    hints, g_strdup(key), g_strdup(document->name));
	}
	return hints;
}

static Push *
prepare(const PushCmd *cmd, GError **error)
{
	PushOptions options = {.wait = flags.wait,
	    .advanced = false,
	    .progress = push_cmd_progress};
	g_autofree char *used = NULL;
	g_autoptr(GPtrArray) remote =
	    table_fetch(cmd->source, cmd->client, false, error);
	g_autoptr(GPtrArray) then = remote ? push_label_documents(cmd->client,
						 remote, label, &used, error)
					   : NULL;
	g_autoptr(TableReading) after =
	    then ? table_reading_new(then, cmd->config, error) : NULL;

	if (!after)
		return NULL;
	printf("back to %s\n", used);
	g_autoptr(GHashTable) hints = hints_of(then);
	return push_new(cmd->config, cmd->source, cmd->client, &options,
	    g_steal_pointer(&remote), g_steal_pointer(&after), hints, error);
}

int
main(int argc, char **argv)
{
	g_auto(PushCmd) cmd = {0};
	g_autoptr(GError) error = NULL;
	int exit_code;

	aws_process_start();
	cmd_start();
	if (!cmd_parse(&argc, &argv, own, &help, 0, 0, &exit_code) ||
	    !push_cmd_open(&cmd, NULL, &exit_code))
		return exit_code;
	g_autoptr(Push) push = prepare(&cmd, &error);
	return push ? push_cmd_run(push, &flags) : push_cmd_fail(error);
}
