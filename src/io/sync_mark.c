/* SPDX-License-Identifier: MIT */
#include "io/sync_mark.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/failure.h"
#include "io/file.h"

#define NAME "synced"
#define LINE 201

int
sync_mark_lock(const char *directory, GError **error)
{
	g_autofree char *path = g_build_filename(directory, NAME, NULL);

	if (g_mkdir_with_parents(directory, 0755) != 0) {
		file_failed(error, FAILURE_TEMPORARY, "use", directory);
		return -1;
	}
	int fd = file_open_shared(path, 0, 0644);
	if (fd < 0) {
		file_failed(error, FAILURE_TEMPORARY, "open", path);
		return -1;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	failure_set(error, FAILURE_TEMPORARY, "%s",
	    errno == EWOULDBLOCK
		? "another sync is running here: stop it first ('systemctl "
		  "stop aliasbridge-sync'), or leave the work to it"
		: g_strerror(errno));
	close(fd);
	return -1;
}

char *
sync_mark_read(int fd)
{
	char line[LINE + 1];
	ssize_t len = pread(fd, line, LINE, 0);

	if (len < 1 || line[len - 1] != '\n')
		return NULL;
	return g_strndup(line, (gsize)len - 1);
}

void
sync_mark_confirm(int fd, const char *line)
{
	g_autofree char *old = sync_mark_read(fd);
	g_autofree char *text = g_strconcat(line, "\n", NULL);
	gsize len = strlen(text);

	if (g_strcmp0(old, line) != 0 &&
	    (ftruncate(fd, 0) < 0 || pwrite(fd, text, len, 0) != (ssize_t)len))
		return;
	futimens(fd, NULL);
}

gint64
sync_mark_time(const char *directory)
{
	g_autofree char *path = g_build_filename(directory, NAME, NULL);
	struct stat status;

	return stat(path, &status) == 0 && status.st_size > 0
		   ? (gint64)status.st_mtime
		   : 0;
}
