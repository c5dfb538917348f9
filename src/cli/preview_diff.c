/* SPDX-License-Identifier: MIT */
#include "cli/preview_diff.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/masked.h"
#include "core/apply.h"
#include "core/encoded_word.h"
#include "core/failure.h"
#include "core/intake.h"

static bool
write_header(FILE *file, const Header *header)
{
	for (guint i = 0; i < header_count(header); i++) {
		const HeaderField *field = header_at(header, i);
		g_autofree char *decoded =
		    encoded_word_decode(field->value, field->value_len, NULL);
		g_strdelimit(g_strstrip(decoded), "\t", ' ');
		g_autofree char *label = g_strconcat(field->name, ": ", NULL);
		if (!masked_write_line(file, label, decoded, strlen(decoded)))
			return false;
	}
	return fputc('\n', file) != EOF;
}

static bool
write_envelope(FILE *file, const Message *message, const EditList *edits)
{
	g_autofree char *sender = apply_sender(message, edits);
	g_auto(GStrv) recipients = apply_recipients(message, edits);

	if (!masked_write_line(file, "MAIL FROM: ", sender, strlen(sender)))
		return false;
	for (guint i = 0; recipients[i]; i++)
		if (!masked_write_line(file, "RCPT TO: ", recipients[i],
			strlen(recipients[i])))
			return false;
	return fputc('\n', file) != EOF;
}

/* A temporary file with the text; its path, owned by the caller. */
static char *
write_text(const Message *envelope, const EditList *edits,
    const Message *message, GError **error)
{
	g_autofree char *path = NULL;
	GError *cause = NULL;
	int fd = g_file_open_tmp("aliasbridge-XXXXXX", &path, &cause);

	if (fd < 0) {
		failure_wrap(error, FAILURE_TEMPORARY, cause);
		return NULL;
	}
	FILE *file = fdopen(fd, "w");
	bool written =
	    file && write_envelope(file, envelope, edits) &&
	    write_header(file, message->header) &&
	    masked_write_lines(file, message->body, message->body_len);
	if (!file)
		close(fd);
	else if (fclose(file) != 0)
		written = false;
	if (written)
		return g_steal_pointer(&path);
	failure_set(error, FAILURE_TEMPORARY, "cannot write %s: %s", path,
	    g_strerror(errno));
	g_unlink(path);
	return NULL;
}

static bool
run_diff(const char *before, const char *after, GError **error)
{
	const char *arguments[] = {"diff", "-u", "--label", "as received",
	    "--label", "as forwarded", before, after, NULL};
	g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
	GError *cause = NULL;
	int status = 0;

	g_strv_builder_addv(builder, arguments);
	g_auto(GStrv) argv = g_strv_builder_end(builder);
	if (!g_spawn_sync(NULL, argv, NULL,
		G_SPAWN_SEARCH_PATH | G_SPAWN_CHILD_INHERITS_STDIN, NULL, NULL,
		NULL, NULL, &status, &cause))
		return failure_wrap(error, FAILURE_TEMPORARY, cause);
	/* diff(1): 1 is "they differ". */
	if (g_spawn_check_wait_status(status, &cause) ||
	    g_error_matches(cause, G_SPAWN_EXIT_ERROR, 1)) {
		g_clear_error(&cause);
		return true;
	}
	return failure_wrap(error, FAILURE_TEMPORARY, cause);
}

bool
preview_diff(const Message *message, const EditList *edits, GError **error)
{
	g_autoptr(EditList) none = edit_list_new();
	g_autoptr(GString) octets =
	    apply_to_string(message, edits, APPLY_MESSAGE);
	g_autoptr(Message) result = message_new("");

	intake_split(result, octets->str, octets->len);
	fflush(stdout);
	g_autofree char *before = write_text(message, none, message, error);
	g_autofree char *after =
	    before ? write_text(message, edits, result, error) : NULL;
	bool done = after && run_diff(before, after, error);
	if (before)
		g_unlink(before);
	if (after)
		g_unlink(after);
	return done;
}
