/* SPDX-License-Identifier: MIT */
/*
 * Preloaded: at the FAULT_AT-th change to a file below FAULT_DIR the process
 * is killed (FAULT_KIND=kill; a write is done by half before) or this and all
 * later writes find the disk full (FAULT_KIND=full). FAULT_LOG gets one line
 * a change, so that a test can see how many there are.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int changes;

static int
below(const char *path)
{
	const char *folder = getenv("FAULT_DIR");

	return folder && path && strncmp(path, folder, strlen(folder)) == 0;
}

static int
fd_below(int fd)
{
	char link[64], path[PATH_MAX];
	ssize_t len;

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	len = readlink(link, path, sizeof path - 1);
	if (len < 0)
		return 0;
	path[len] = '\0';
	return below(path);
}

static int
path_below(int fd, const char *path)
{
	return *path == '/' ? below(path) : fd == AT_FDCWD ? 0 : fd_below(fd);
}

/* 0: go on. */
static int
change(
    const char *what, const char *name, int fd, const void *octets, size_t len)
{
	const char *at = getenv("FAULT_AT"), *log = getenv("FAULT_LOG");
	const char *kind = getenv("FAULT_KIND");
	int number = at ? atoi(at) : 0;

	changes++;
	if (log) {
		char line[200];
		int to = (int)syscall(SYS_openat, AT_FDCWD, log,
		    O_WRONLY | O_CREAT | O_APPEND, 0600);
		int size = snprintf(line, sizeof line, "%d %s %s\n", changes,
		    what, name ? name : "");
		if (to >= 0) {
			syscall(SYS_write, to, line, (size_t)size);
			syscall(SYS_close, to);
		}
	}
	if (number == 0 || changes < number)
		return 0;
	if (kind && strcmp(kind, "kill") == 0) {
		if (octets)
			syscall(SYS_write, fd, octets, len / 2);
		kill(getpid(), SIGKILL);
	}
	return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int
full(void)
{
	errno = ENOSPC;
	return -1;
}

ssize_t
write(int fd, const void *octets, size_t len)
{
	if (fd > 2 && fd_below(fd) && change("write", NULL, fd, octets, len))
		return full();
	return REAL(write)(fd, octets, len);
}

int
fsync(int fd)
{
	if (fd_below(fd) && change("fsync", NULL, fd, NULL, 0))
		return full();
	return REAL(fsync)(fd);
}

int
ftruncate(int fd, off_t size)
{
	if (fd_below(fd) && change("ftruncate", NULL, fd, NULL, 0))
		return full();
	return REAL(ftruncate)(fd, size);
}

/* A full disk renames and removes all the same. */
int
rename(const char *from, const char *to)
{
	if (path_below(AT_FDCWD, to))
		change("rename", to, -1, NULL, 0);
	return REAL(rename)(from, to);
}

int
renameat(int from_fd, const char *from, int to_fd, const char *to)
{
	if (path_below(to_fd, to))
		change("rename", to, -1, NULL, 0);
	return REAL(renameat)(from_fd, from, to_fd, to);
}

int
unlinkat(int fd, const char *name, int flags)
{
	if (path_below(fd, name))
		change("unlink", name, -1, NULL, 0);
	return REAL(unlinkat)(fd, name, flags);
}

int
openat(int fd, const char *name, int flags, ...)
{
	mode_t mode = 0;
	va_list arguments;

	va_start(arguments, flags);
	if (flags & O_CREAT)
		mode = va_arg(arguments, mode_t);
	va_end(arguments);
	if (flags & O_CREAT && path_below(fd, name) &&
	    change("create", name, -1, NULL, 0))
		return full();
	return REAL(openat)(fd, name, flags, mode);
}

int
open(const char *name, int flags, ...)
{
	mode_t mode = 0;
	va_list arguments;

	va_start(arguments, flags);
	if (flags & O_CREAT)
		mode = va_arg(arguments, mode_t);
	va_end(arguments);
	if (flags & O_CREAT && path_below(AT_FDCWD, name) &&
	    change("create", name, -1, NULL, 0))
		return full();
	return REAL(open)(name, flags, mode);
}
