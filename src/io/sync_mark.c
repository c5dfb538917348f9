/* SPDX-License-Identifier: MIT */
#include "io/sync_mark.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/failure.h"

#define NAME "synced"

int
sync_mark_lock(const char *directory, GError **error)
{
	g_autofree char *path = g_build_filename(directory, NAME, NULL);
	int fd = -1;

	if (g_mkdir_with_parents(directory, 0755) == 0)
		fd =
		    open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0) {
		g_set_error(error, FAILURE, FAILURE_TEMPORARY,
		    "cannot use %s: %s", directory, g_strerror(errno));
		return -1;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	g_set_error(error, FAILURE, FAILURE_TEMPORARY, "%s",
	    errno == EWOULDBLOCK ? "another sync is running here"
				 : g_strerror(errno));
	close(fd);
	return -1;
}

void
sync_mark_confirm(int fd)
{
	/* A new file has the time of its creation: say so with content. */
	if (futimens(fd, NULL) == 0 && lseek(fd, 0, SEEK_END) == 0 &&
	    write(fd, "\n", 1) != 1)
		return;
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
