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
#include <sys/un.h>
#include <unistd.h>

#include "core/failure.h"
#include "io/file.h"

/* Descriptors are few when the socket has just been opened. */
#define HIGHEST_FD 256

static bool
take_lock(Listener *listener, GError **error)
{
	g_autofree char *name = g_strconcat(listener->path, ".lock", NULL);

	listener->lock = open(
	    name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
	if (listener->lock < 0 && errno == ENOENT)
		return failure_set(error, FAILURE_CONFIG,
		    "there is no folder for the socket %s: create it, or "
		    "change milter.socket",
		    listener->path);
	if (listener->lock < 0)
		return file_failed(error, FAILURE_CONFIG, "open", name);
	if (flock(listener->lock, LOCK_EX | LOCK_NB) == 0)
		return true;
	if (errno != EWOULDBLOCK)
		return file_failed(error, FAILURE_CONFIG, "lock", name);
	return failure_set(error, FAILURE_TEMPORARY,
	    "another aliasbridge-milter serves %s", listener->path);
}

static bool
is_taken(const char *socket, GError **error)
{
	return failure_set(error, FAILURE_TEMPORARY,
	    "another program listens on %s: stop it, or change milter.socket",
	    socket);
}

/* A socket that was left refuses. */
static bool
is_served(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	gsize room = sizeof(address.sun_path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	/* EAGAIN: many wait there already. */
	bool served =
	    fd >= 0 && g_strlcpy(address.sun_path, path, room) < room &&
	    (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 ||
		errno == EAGAIN);
	if (fd >= 0)
		close(fd);
	return served;
}

/* libmilter removes a socket, whosever it is, and nothing else. */
static bool
is_free(const char *path, GError **error)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return true;
	if (S_ISSOCK(st.st_mode))
		return !is_served(path) || is_taken(path, error);
	return failure_set(error, FAILURE_CONFIG,
	    "%s is there and is no socket: remove it, or change milter.socket",
	    path);
}

static bool
cannot_listen(const char *socket, GError **error)
{
	if (errno == EADDRINUSE)
		return is_taken(socket, error);
	if (errno != 0)
		return file_failed(error, FAILURE_CONFIG, "listen on", socket);
	/* libmilter looks names up without errno. */
	return failure_set(error, FAILURE_TEMPORARY,
	    "cannot listen on %s: there is no such host, or it has no address "
	    "of this kind (inet: IPv4, inet6: IPv6)",
	    socket);
}

static bool
find_group(const char *group, gid_t *gid, GError **error)
{
	errno = 0;
	const struct group *entry = getgrnam(group);

	if (!entry)
		return failure_set(error, FAILURE_CONFIG,
		    "there is no group %s: create it, or change "
		    "milter.socket_group",
		    group);
	*gid = entry->gr_gid;
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

/* To know it again. */
static bool
identify(Listener *listener, GError **error)
{
	struct stat st;

	if (lstat(listener->path, &st) < 0)
		return file_failed(
		    error, FAILURE_CONFIG, "look at", listener->path);
	listener->device = st.st_dev;
	listener->inode = st.st_ino;
	return true;
}

bool
listener_open(Listener *listener, const char *socket, GError **error)
{
	g_autofree char *name = g_strdup(socket);

	*listener = (Listener){.lock = -1};
	if (g_str_has_prefix(socket, "unix:"))
		listener->path = g_strdup(socket + strlen("unix:"));
	if (listener->path &&
	    (!take_lock(listener, error) || !is_free(listener->path, error)))
		return false;
	errno = 0;
	if (smfi_setconn(name) != MI_SUCCESS ||
	    smfi_opensocket(true) != MI_SUCCESS)
		return cannot_listen(socket, error);
	if (listener->path)
		return identify(listener, error);
	set_nodelay();
	return true;
}

bool
listener_admit(Listener *listener, const char *group, GError **error)
{
	gid_t gid = (gid_t)-1;

	if (!listener->path)
		return true;
	if (group && !find_group(group, &gid, error))
		return false;
	if (lchown(listener->path, (uid_t)-1, gid) < 0)
		return file_failed(error, FAILURE_CONFIG, "change the group of",
		    listener->path);
	/* umask kept others out until now. */
	if (chmod(listener->path, S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP) < 0)
		return file_failed(error, FAILURE_CONFIG, "change the mode of",
		    listener->path);
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
