/* SPDX-License-Identifier: MIT */
#include "io/notify.h"

#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void
notify_send(const char *state)
{
	const char *path = g_getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	gsize len = path ? strlen(path) : 0;

	if (len < 2 || len >= sizeof address.sun_path || !strchr("/@", path[0]))
		return;
	memcpy(address.sun_path, path, len);
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	/* A manager that does not listen is no reason to stop. */
	if (sendto(fd, state, strlen(state), MSG_NOSIGNAL,
		(const struct sockaddr *)&address,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) < 0)
		g_debug("no service manager at NOTIFY_SOCKET");
	close(fd);
}

gint64
notify_watchdog_interval(void)
{
	const char *time = g_getenv("WATCHDOG_USEC");
	const char *pid = g_getenv("WATCHDOG_PID");
	guint64 microseconds = 0, process = 0;

	if (!time || !g_ascii_string_to_unsigned(
			 time, 10, 1, G_MAXINT64, &microseconds, NULL))
		return 0;
	if (pid && (!g_ascii_string_to_unsigned(
			pid, 10, 1, G_MAXINT32, &process, NULL) ||
		       (pid_t)process != getpid()))
		return 0;
	return (gint64)(microseconds / 2);
}
