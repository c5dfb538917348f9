/* SPDX-License-Identifier: MIT */
/*
 * agent_shim.c - kills the delivery agent at a step taken by chance; preloaded
 * by test_faults.py
 *
 *   SHIM_LOG     a file that gets a line an event: EVENT SENDER RECIPIENT
 *   SHIM_CHANCE  how many in a thousand are killed
 *
 * Events: "replied" (the final 250 was seen), "killed-STEP", "end-CODE" (it
 * ended so). What goes over the wire is seen in send and SSL_write.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static const char *const steps[] = {"start", "read", "connect", "mail", "rcpt",
    "data", "body", "dot", "replied", "exit"};

static int is_agent;
static const char *chosen = "";
static char sender[400] = "?", recipient[400] = "?";
static int in_data, sent_dot;

static unsigned
chance(unsigned below)
{
	unsigned number = 0;

	if (getrandom(&number, sizeof(number), 0) < 0)
		return 0;
	return number % below;
}

static void
note(const char *event)
{
	char line[1000];
	int len = snprintf(
	    line, sizeof(line), "%s %s %s\n", event, sender, recipient);
	int fd = open(getenv("SHIM_LOG"), O_WRONLY | O_APPEND | O_CLOEXEC);

	if (fd < 0 || write(fd, line, (size_t)len) < 0)
		abort();
	close(fd);
}

static void
step(const char *name)
{
	char event[40];

	if (!is_agent || strcmp(chosen, name) != 0)
		return;
	snprintf(event, sizeof(event), "killed-%s", name);
	note(event);
	kill(getpid(), SIGKILL);
}

static void
read_arguments(void)
{
	static char all[4000];
	int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t len = read(fd, all, sizeof(all) - 1);
	const char *before = "";

	close(fd);
	for (const char *at = all; at < all + len; at += strlen(at) + 1) {
		if (strcmp(before, "--sender") == 0)
			snprintf(sender, sizeof(sender), "%s", at);
		if (strcmp(before, "--recipient") == 0)
			snprintf(recipient, sizeof(recipient), "%s", at);
		before = at;
	}
}

__attribute__((constructor)) static void
begin(void)
{
	char path[4000];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);
	unsigned thousandth = (unsigned)atoi(getenv("SHIM_CHANCE"));

	path[len > 0 ? len : 0] = '\0';
	is_agent = strstr(path, "/aliasbridge-deliver") != NULL;
	if (!is_agent)
		return;
	read_arguments();
	if (chance(1000) < thousandth)
		chosen = steps[chance(sizeof(steps) / sizeof(*steps))];
	step("start");
}

void
_exit(int code)
{
	char event[40];

	step("exit");
	snprintf(event, sizeof(event), "end-%d", code);
	if (is_agent)
		note(event);
	syscall(SYS_exit_group, code);
	abort();
}

ssize_t
read(int fd, void *buffer, size_t size)
{
	static ssize_t (*real)(int, void *, size_t);

	if (!real)
		real =
		    (ssize_t(*)(int, void *, size_t))dlsym(RTLD_NEXT, "read");
	if (fd == STDIN_FILENO)
		step("read");
	return real(fd, buffer, size);
}

int
connect(int fd, const struct sockaddr *address, socklen_t len)
{
	static int (*real)(int, const struct sockaddr *, socklen_t);

	if (!real)
		real = (int (*)(int, const struct sockaddr *, socklen_t))dlsym(
		    RTLD_NEXT, "connect");
	step("connect");
	return real(fd, address, len);
}

static int
begins(const char *octets, size_t len, const char *with)
{
	return len >= strlen(with) && memcmp(octets, with, strlen(with)) == 0;
}

static void
going_out(const char *octets, size_t len)
{
	if (begins(octets, len, "MAIL FROM:"))
		step("mail");
	else if (begins(octets, len, "RCPT TO:"))
		step("rcpt");
	else if (begins(octets, len, "DATA\r\n"))
		step("data");
	else if (in_data && !sent_dot)
		step("body");
}

static void
went_out(const char *octets, size_t len)
{
	if (begins(octets, len, "DATA\r\n"))
		in_data = 1;
	else if (in_data && !sent_dot &&
		 ((len == 3 && memcmp(octets, ".\r\n", 3) == 0) ||
		     (len >= 5 &&
			 memcmp(octets + len - 5, "\r\n.\r\n", 5) == 0))) {
		sent_dot = 1;
		step("dot");
	}
}

static void
came_in(const char *octets, ssize_t len)
{
	if (!sent_dot || len < 3 || !begins(octets, (size_t)len, "250"))
		return;
	sent_dot = in_data = 0;
	note("replied");
	step("replied");
}

ssize_t
send(int fd, const void *buffer, size_t len, int flags)
{
	static ssize_t (*real)(int, const void *, size_t, int);

	if (!real)
		real = (ssize_t(*)(int, const void *, size_t, int))dlsym(
		    RTLD_NEXT, "send");
	going_out(buffer, len);
	ssize_t sent = real(fd, buffer, len, flags);
	if (sent == (ssize_t)len)
		went_out(buffer, len);
	return sent;
}

ssize_t
recv(int fd, void *buffer, size_t size, int flags)
{
	static ssize_t (*real)(int, void *, size_t, int);

	if (!real)
		real = (ssize_t(*)(int, void *, size_t, int))dlsym(
		    RTLD_NEXT, "recv");
	ssize_t len = real(fd, buffer, size, flags);
	came_in(buffer, len);
	return len;
}

/* libssl was loaded after us, and for libcurl alone. */
static void *
in_libssl(const char *name)
{
	void *library = dlopen("libssl.so.3", RTLD_LAZY | RTLD_NOLOAD);
	void *found = library ? dlsym(library, name) : NULL;

	if (!found)
		abort();
	return found;
}

int
SSL_write(void *ssl, const void *buffer, int len)
{
	static int (*real)(void *, const void *, int);

	if (!real)
		real =
		    (int (*)(void *, const void *, int))in_libssl("SSL_write");
	going_out(buffer, (size_t)len);
	int sent = real(ssl, buffer, len);
	if (sent == len)
		went_out(buffer, (size_t)len);
	return sent;
}

int
SSL_read(void *ssl, void *buffer, int size)
{
	static int (*real)(void *, void *, int);

	if (!real)
		real = (int (*)(void *, void *, int))in_libssl("SSL_read");
	int len = real(ssl, buffer, size);
	came_in(buffer, len);
	return len;
}
