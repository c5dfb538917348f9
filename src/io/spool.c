/* SPDX-License-Identifier: MIT */
#include <config.h>

#include "io/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/bounds.h"
#include "core/failure.h"
#include "core/intake.h"
#include "io/file.h"

#define READ_SIZE 65536

struct Spool {
	const char *directory; /* borrowed */
	gsize max;
	gsize len;
	GString *memory; /* owned; NULL once there is a file */
	int fd;          /* -1: none yet */
	char *map;       /* owned; the file, or NULL */
};

Spool *
spool_new(const char *directory, gsize max)
{
	Spool *spool = g_new0(Spool, 1);

	spool->directory = directory;
	spool->max = max;
	spool->memory = g_string_new(NULL);
	spool->fd = -1;
	return spool;
}

void
spool_free(Spool *spool)
{
	if (!spool)
		return;
	if (spool->map)
		munmap(spool->map, spool->len);
	if (spool->fd >= 0)
		close(spool->fd);
	if (spool->memory)
		g_string_free(spool->memory, TRUE);
	g_free(spool);
}

gsize
spool_len(const Spool *spool)
{
	return spool->len;
}

/* O_TMPFILE is not for every file system (overlay, NFS). */
static int
open_unlinked(const char *directory)
{
	int fd =
	    open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
		return fd;
	g_autofree char *name = g_build_filename(directory, "bodyXXXXXX", NULL);
	fd = g_mkstemp_full(name, O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
	if (fd >= 0)
		unlink(name);
	return fd;
}

static bool
write_all(Spool *spool, const char *octets, gsize len, GError **error)
{
	return file_write_all(spool->fd, octets, len) ||
	       file_failed(error, FAILURE_TEMPORARY, "write a message body in",
		   spool->directory);
}

static bool
move_to_file(Spool *spool, GError **error)
{
	spool->fd = open_unlinked(spool->directory);
	if (spool->fd < 0)
		return file_failed(error, FAILURE_TEMPORARY,
		    "make a file for a message body in", spool->directory);
	if (!write_all(spool, spool->memory->str, spool->memory->len, error))
		return false;
	g_string_free(g_steal_pointer(&spool->memory), TRUE);
	return true;
}

bool
spool_append(Spool *spool, const char *octets, gsize len, GError **error)
{
	g_return_val_if_fail(!spool->map, false);
	if (len > spool->max - spool->len)
		return failure_set(error, FAILURE_PERMANENT,
		    "message body over %" G_GSIZE_FORMAT " octets", spool->max);
	if (spool->fd < 0 && spool->len + len > BOUND_BODY_IN_MEMORY &&
	    !move_to_file(spool, error))
		return false;
	if (spool->fd < 0)
		g_string_append_len(spool->memory, octets, (gssize)len);
	else if (!write_all(spool, octets, len, error))
		return false;
	spool->len += len;
	return true;
}

const char *
spool_map(Spool *spool, GError **error)
{
	if (spool->fd < 0)
		return spool->memory->str;
	if (!spool->map) {
		void *map = mmap(
		    NULL, spool->len, PROT_READ, MAP_PRIVATE, spool->fd, 0);
		if (map == MAP_FAILED) {
			file_failed(error, FAILURE_TEMPORARY,
			    "map a message body in", spool->directory);
			return NULL;
		}
		spool->map = map;
	}
	return spool->map;
}

static bool
append_lines(Spool *spool, GString *lines, GError **error)
{
	bool done = spool_append(spool, lines->str, lines->len, error);

	g_string_truncate(lines, 0);
	return done;
}

bool
spool_read_message(Spool *spool, int fd, bool *lf_only, GError **error)
{
	g_autofree char *buffer = g_malloc(READ_SIZE);
	g_autoptr(GString) out = g_string_sized_new(READ_SIZE);
	IntakeLines lines;

	intake_lines_init(&lines);
	for (;;) {
		ssize_t n = read(fd, buffer, READ_SIZE);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return failure_set(error, FAILURE_TEMPORARY,
			    "cannot read the message: %s", g_strerror(errno));
		if (n == 0)
			break;
		intake_lines_feed(&lines, buffer, (gsize)n, out);
		if (!append_lines(spool, out, error))
			return false;
	}
	intake_lines_end(&lines, out);
	*lf_only = lines.seen_lf && !lines.seen_crlf;
	return append_lines(spool, out, error);
}
