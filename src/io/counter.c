/* SPDX-License-Identifier: MIT */
#include "io/counter.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/bounds.h"
#include "core/failure.h"
#include "io/file.h"

#define COUNTS BOUNCE_EVENT_COMPLAINT
/* Times that the file may be renamed away while we wait for its lock. */
#define LOCK_TRIES 10

static void
row_free(gpointer data)
{
	CounterRow *row = data;

	g_free(row->alias);
	g_free(row->target);
	g_free(row);
}

static char *
counter_path(const char *directory)
{
	return g_build_filename(directory, COUNTER_FILE, NULL);
}

/* --- lines --- */

/* Without white space, "-" for unknown. */
static char *
to_word(const char *address)
{
	g_autofree char *part = g_strndup(address, BOUND_ADDRESS);

	return *part ? g_uri_escape_bytes(
			   (const guint8 *)part, strlen(part), "@+=!#$&'*/?^")
		     : g_strdup("-");
}

static char *
from_word(const char *word)
{
	if (g_str_equal(word, "-"))
		return g_strdup("");
	GBytes *bytes = g_uri_unescape_bytes(word, -1, NULL, NULL);
	if (!bytes)
		return NULL;
	gsize len;
	const char *octets = g_bytes_get_data(bytes, &len);
	char *text = memchr(octets, '\0', len) ? NULL : g_strndup(octets, len);
	g_bytes_unref(bytes);
	return text;
}

static char *
row_to_line(const CounterRow *row)
{
	GString *line = g_string_new(NULL);
	g_autofree char *alias = to_word(row->alias);
	g_autofree char *target = to_word(row->target);

	g_string_append_printf(line, "%" G_GINT64_FORMAT, row->last);
	for (guint i = 1; i <= COUNTS; i++)
		g_string_append_printf(
		    line, " %" G_GUINT64_FORMAT, row->count[i]);
	g_string_append_printf(line, " %s %s\n", alias, target);
	return g_string_free(line, FALSE);
}

static bool
take_number(const char *word, guint64 *number)
{
	return g_ascii_string_to_unsigned(
	    word, 10, 0, G_MAXINT64, number, NULL);
}

/* NULL where it is no line of ours. */
static CounterRow *
row_from_line(const char *line)
{
	g_auto(GStrv) words = g_strsplit(line, " ", COUNTS + 4);
	guint64 last;

	if (g_strv_length(words) != COUNTS + 3 || !take_number(words[0], &last))
		return NULL;
	CounterRow *row = g_new0(CounterRow, 1);
	bool good = true;
	row->last = (gint64)last;
	for (guint i = 1; i <= COUNTS; i++)
		good = good && take_number(words[i], &row->count[i]);
	row->alias = from_word(words[COUNTS + 1]);
	row->target = from_word(words[COUNTS + 2]);
	if (good && row->alias && row->target)
		return row;
	row_free(row);
	return NULL;
}

/* --- sums --- */

static void
row_add(CounterRow *sum, const CounterRow *row)
{
	for (guint i = 1; i <= COUNTS; i++)
		sum->count[i] += MIN(row->count[i],
		    (guint64)G_MAXINT64 - MIN(sum->count[i], G_MAXINT64));
	sum->last = MAX(sum->last, row->last);
}

static gint
latest_first(gconstpointer a, gconstpointer b)
{
	const CounterRow *const *x = a, *const *y = b;

	if ((*x)->last != (*y)->last)
		return (*x)->last > (*y)->last ? -1 : 1;
	int order = strcmp((*x)->alias, (*y)->alias);
	return order ? order : strcmp((*x)->target, (*y)->target);
}

static GPtrArray *
sum_up(const char *text)
{
	GPtrArray *rows = g_ptr_array_new_with_free_func(row_free);
	g_autoptr(GHashTable) seen =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	/* What stands behind the last line end was cut off. */
	for (guint i = 0; lines[i] && lines[i + 1]; i++) {
		CounterRow *row = row_from_line(lines[i]);
		if (!row)
			continue;
		char *key = g_strdup_printf("%s\n%s", row->alias, row->target);
		CounterRow *sum = g_hash_table_lookup(seen, key);
		if (sum) {
			row_add(sum, row);
			row_free(row);
			g_free(key);
		} else {
			g_hash_table_insert(seen, key, row);
			g_ptr_array_add(rows, row);
		}
	}
	g_ptr_array_sort(rows, latest_first);
	return rows;
}

/* Nobody writes more than this; a file that has it is not ours. */
static GString *
read_rows(int fd, const char *path, GError **error)
{
	GString *text = lseek(fd, 0, SEEK_SET) == 0
			    ? file_read_fd(fd, 2 * BOUND_COUNTER_FILE)
			    : NULL;

	if (!text)
		file_failed(error, FAILURE_TEMPORARY, "read", path);
	return text;
}

/* --- the file --- */

static bool
is_still_there(int fd, const char *path)
{
	struct stat ours, theirs;

	return fstat(fd, &ours) == 0 && stat(path, &theirs) == 0 &&
	       ours.st_ino == theirs.st_ino && ours.st_dev == theirs.st_dev;
}

/* The file, locked; -1 with errno. */
static int
open_locked(const char *path)
{
	for (int i = 0; i < LOCK_TRIES; i++) {
		int fd = file_open_shared(path, O_APPEND, 0640);
		if (fd < 0)
			return -1;
		if (flock(fd, LOCK_EX) == 0 && is_still_there(fd, path))
			return fd;
		close(fd);
	}
	errno = EAGAIN;
	return -1;
}

static bool
append(int fd, const char *line)
{
	struct stat status;
	char last = '\n';

	if (fstat(fd, &status) < 0)
		return false;
	/* Close a line that somebody could not finish. */
	if (status.st_size > 0 &&
	    pread(fd, &last, 1, status.st_size - 1) == 1 && last != '\n' &&
	    !file_write_all(fd, "\n", 1))
		return false;
	return file_write_all(fd, line, strlen(line));
}

/* Half the bound, so that it is long before this is done again. */
static bool
write_summed(int fd, const char *path, GError **error)
{
	g_autoptr(GString) text = read_rows(fd, path, error);
	g_autoptr(GString) out = g_string_new(NULL);

	if (!text)
		return false;
	g_autoptr(GPtrArray) rows = sum_up(text->str);
	for (guint i = 0; i < rows->len; i++) {
		g_autofree char *line = row_to_line(g_ptr_array_index(rows, i));
		if (out->len + strlen(line) > BOUND_COUNTER_FILE / 2)
			break;
		g_string_append(out, line);
	}
	GError *cause = NULL;
	return g_file_set_contents_full(path, out->str, (gssize)out->len,
		   G_FILE_SET_CONTENTS_CONSISTENT, 0640, &cause) ||
	       failure_wrap(error, FAILURE_TEMPORARY, cause);
}

bool
counter_add(const char *directory, BounceEvent event, const char *alias,
    const char *target, gint64 now, GError **error)
{
	if (event == BOUNCE_EVENT_NONE)
		return true;
	g_autofree char *path = counter_path(directory);
	g_autofree char *a = g_strdup(alias ? alias : "");
	g_autofree char *t = g_strdup(target ? target : "");
	CounterRow row = {a, t, {0}, now};
	row.count[event] = 1;
	g_autofree char *line = row_to_line(&row);
	int fd = open_locked(path);
	if (fd < 0)
		return file_failed(error, FAILURE_TEMPORARY, "open", path);
	bool done = append(fd, line) ||
		    file_failed(error, FAILURE_TEMPORARY, "write", path);
	struct stat status;
	if (done && fstat(fd, &status) == 0 &&
	    status.st_size > BOUND_COUNTER_FILE)
		done = write_summed(fd, path, error);
	close(fd);
	return done;
}

GPtrArray *
counter_read(const char *directory, GError **error)
{
	g_autofree char *path = counter_path(directory);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 && errno == ENOENT)
		return g_ptr_array_new_with_free_func(row_free);
	if (fd < 0) {
		file_failed(error, FAILURE_TEMPORARY, "open", path);
		return NULL;
	}
	g_autoptr(GString) text = read_rows(fd, path, error);
	close(fd);
	return text ? sum_up(text->str) : NULL;
}
