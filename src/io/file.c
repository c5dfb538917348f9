/* SPDX-License-Identifier: MIT */
#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* At once, of what is no regular file, or grows. */
#define CHUNK ((gsize)16 * 1024)

/* Of the whole file, so that no part of a secret is left behind in memory that
 * was outgrown; the octet more meets the end. */
static gsize
first_size(int fd, gsize max)
{
	struct stat about;

	return fstat(fd, &about) == 0 && S_ISREG(about.st_mode)
		   ? MIN((gsize)about.st_size, max) + 1
		   : CHUNK;
}

/* Append up to size octets; what read(2) says. */
static ssize_t
read_some(int fd, GString *text, gsize size)
{
	gsize len = text->len;
	ssize_t got;

	g_string_set_size(text, len + size);
	do
		got = read(fd, text->str + len, size);
	while (got < 0 && errno == EINTR);
	g_string_set_size(text, len + (gsize)MAX(got, 0));
	return got;
}

GString *
file_read_fd(int fd, gsize max)
{
	gsize size = first_size(fd, max);
	GString *text = g_string_sized_new(size);
	ssize_t got;

	while ((got = read_some(fd, text, size)) > 0 && text->len <= max)
		size = (gsize)got < size ? size - (gsize)got : CHUNK;
	if (got == 0)
		return text;
	int why = got < 0 ? errno : EFBIG;
	secret_string_free(text);
	errno = why;
	return NULL;
}

static int
open_to_read(const char *path)
{
	return open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
}

GString *
file_read(const char *path, gsize max)
{
	int fd = open_to_read(path);

	if (fd < 0)
		return NULL;
	GString *text = file_read_fd(fd, max);
	int why = errno;
	close(fd);
	errno = why;
	return text;
}

/* Where that fails the file is still good for us. */
static void
give_to_owner(int fd, const char *path)
{
	g_autofree char *folder = g_path_get_dirname(path);
	struct stat about;

	if (stat(folder, &about) != 0 ||
	    fchown(fd, about.st_uid, about.st_gid) != 0)
		errno = 0;
}

int
file_open_shared(const char *path, int flags, mode_t mode)
{
	flags |= O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW;
	int fd = open(path, flags | O_EXCL, mode);

	if (fd < 0 && errno == EEXIST)
		return open(path, flags, mode);
	if (fd >= 0 && geteuid() == 0)
		give_to_owner(fd, path);
	return fd;
}

bool
file_write_all(int fd, const void *octets, gsize len)
{
	const char *next = octets;

	while (len > 0) {
		ssize_t done = write(fd, next, len);
		if (done < 0 && errno != EINTR)
			return false;
		if (done > 0) {
			next += done;
			len -= (gsize)done;
		}
	}
	return true;
}

bool
file_failed(
    GError **error, FailureCode code, const char *what, const char *path)
{
	return failure_set(
	    error, code, "cannot %s %s: %s", what, path, g_strerror(errno));
}

bool
file_mode_is_private(mode_t mode)
{
	return (mode & (S_IWGRP | S_IRWXO)) == 0;
}

static bool
check_private(int fd, const char *path, GError **error)
{
	struct stat about;

	if (fstat(fd, &about) != 0)
		return file_failed(error, FAILURE_CONFIG, "read", path);
	if (!S_ISREG(about.st_mode))
		return failure_set(error, FAILURE_CONFIG,
		    "cannot read %s: it is no file", path);
	if (file_mode_is_private(about.st_mode))
		return true;
	return failure_set(error, FAILURE_CONFIG,
	    "others may read or change %s (mode %04o): chmod 0640 %s", path,
	    about.st_mode & 07777, path);
}

SecretString *
file_read_private(
    const char *path, gsize max, const char *maker, GError **error)
{
	int fd = open_to_read(path);
	GString *text = NULL;

	if (fd < 0 && errno == ENOENT)
		failure_set(error, FAILURE_CONFIG,
		    "cannot read %s: %s; '%s' makes one", path,
		    g_strerror(errno), maker);
	else if (fd < 0)
		file_failed(error, FAILURE_CONFIG, "read", path);
	else if (check_private(fd, path, error) &&
		 !(text = file_read_fd(fd, max)))
		file_failed(error, FAILURE_CONFIG, "read", path);
	if (fd >= 0)
		close(fd);
	return text;
}
