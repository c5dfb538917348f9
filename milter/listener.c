/* SPDX-License-Identifier: MIT */
#include "milter/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libmilter/mfapi.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/failure.h"

/* Descriptors are few when the socket has just been opened. */
#define HIGHEST_FD 256

static bool
fail(const char *what, const char *name, GError **error)
{
	g_set_error(error, FAILURE, FAILURE_CONFIG, "cannot %s %s: %s", what,
	    name, g_strerror(errno));
	return false;
}

const char *
listener_path(const char *socket)
{
	static const char *const prefixes[] = {"unix:", "local:"};

	for (guint i = 0; i < G_N_ELEMENTS(prefixes); i++)
		if (g_str_has_prefix(socket, prefixes[i]))
			return socket + strlen(prefixes[i]);
	return *socket == '/' ? socket : NULL;
}

static bool
take_lock(Listener *listener, GError **error)
{
	g_autofree char *name = g_strconcat(listener->path, ".lock", NULL);

	listener->lock = open(
	    name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
	if (listener->lock < 0)
		return fail("open", name, error);
	if (flock(listener->lock, LOCK_EX | LOCK_NB) == 0)
		return true;
	if (errno != EWOULDBLOCK)
		return fail("lock", name, error);
	g_set_error(error, FAILURE, FAILURE_TEMPORARY,
	    "another aliasbridge-milter serves %s", listener->path);
	return false;
}

/* libmilter removes a socket that was left, and nothing else. */
static bool
is_free(const Listener *listener, GError **error)
{
	struct stat st;

	if (lstat(listener->path, &st) < 0 || S_ISSOCK(st.st_mode))
		return true;
	g_set_error(error, FAILURE, FAILURE_CONFIG,
	    "%s is there and is no socket: remove it, or change milter.socket",
	    listener->path);
	return false;
}

static bool
is_taken(const char *socket, GError **error)
{
	g_set_error(error, FAILURE, FAILURE_TEMPORARY,
	    "another program listens on %s: stop it, or change milter.socket",
	    socket);
	return false;
}

static bool
find_group(const char *group, gid_t *gid, GError **error)
{
	errno = 0;
	const struct group *entry = getgrnam(group);

	if (!entry) {
		g_set_error(error, FAILURE, FAILURE_CONFIG,
		    "there is no group %s", group);
		return false;
	}
	*gid = entry->gr_gid;
	return true;
}

/* umask keeps others out until this is done. */
static bool
open_to_group(Listener *listener, const char *group, GError **error)
{
	struct stat st;

	if (group) {
		gid_t gid;
		if (!find_group(group, &gid, error))
			return false;
		if (lchown(listener->path, (uid_t)-1, gid) < 0)
			return fail(
			    "change the group of", listener->path, error);
	}
	if (chmod(listener->path, S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP) < 0)
		return fail("change the mode of", listener->path, error);
	if (lstat(listener->path, &st) < 0)
		return fail("look at", listener->path, error);
	listener->device = st.st_dev;
	listener->inode = st.st_ino;
	return true;
}

static bool
socket_option_is(int fd, int option, int value)
{
	int got = 0;
	socklen_t len = sizeof(got);

	return getsockopt(fd, SOL_SOCKET, option, &got, &len) == 0 &&
	       got == value;
}

static void
set_nodelay(void)
{
	int on = 1;

	for (int fd = STDERR_FILENO + 1; fd < HIGHEST_FD; fd++)
		if (socket_option_is(fd, SO_ACCEPTCONN, 1) &&
		    !socket_option_is(fd, SO_DOMAIN, AF_UNIX))
			setsockopt(
			    fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

bool
listener_open(
    Listener *listener, const char *socket, const char *group, GError **error)
{
	g_autofree char *name = g_strdup(socket);

	*listener =
	    (Listener){.path = g_strdup(listener_path(socket)), .lock = -1};
	if (listener->path &&
	    (!take_lock(listener, error) || !is_free(listener, error)))
		return false;
	errno = 0;
	if (smfi_setconn(name) != MI_SUCCESS ||
	    smfi_opensocket(true) != MI_SUCCESS)
		return errno == EADDRINUSE ? is_taken(socket, error)
					   : fail("listen on", socket, error);
	if (listener->path)
		return open_to_group(listener, group, error);
	set_nodelay();
	return true;
}

void
listener_close(Listener *listener)
{
	struct stat st;

	if (listener->path && lstat(listener->path, &st) == 0 &&
	    st.st_dev == listener->device && st.st_ino == listener->inode)
		unlink(listener->path);
	g_free(listener->path);
	*listener = (Listener){.lock = listener->lock};
}
