/* SPDX-License-Identifier: MIT */
/*
 * aliasbridge-deliver(8) - runs aliasbridge-agent, and turns every end that
 * Postfix would take for a refusal into a deferral
 *
 * pipe(8) returns a message to its sender when the command ends with a status
 * it does not know: 1, or the dynamic linker's 127 when a library is gone. So
 * this needs the C library alone (and is linked statically where that can be,
 * for it starts once a message), and lets only the agent's own codes pass.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#define AGENT "aliasbridge-agent"

/* Beside this program (a build tree, or an installed one). */
static const char *
agent_path(char path[PATH_MAX])
{
	ssize_t len = readlink("/proc/self/exe", path, PATH_MAX - 1);

	if (len > 0) {
		path[len] = '\0';
		char *slash = strrchr(path, '/');
		if (slash &&
		    (size_t)(slash + 1 - path) + sizeof(AGENT) <= PATH_MAX) {
			memcpy(slash + 1, AGENT, sizeof(AGENT));
			if (access(path, X_OK) == 0)
				return path;
		}
	}
	return PKGLIBEXECDIR "/" AGENT;
}

/* In the child of vfork: nothing of the parent's may change. If this program
 * is killed the message is tried again, so the agent must not go on. */
static void
run_agent(const char *path, char **argv, pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() == parent)
		execv(path, argv);
	_exit(EX_TEMPFAIL);
}

static pid_t
start_agent(const char *path, char **argv)
{
	pid_t parent = getpid();
	pid_t child = vfork();

	if (child == 0)
		run_agent(path, argv, parent);
	return child;
}

static int
is_known(int code)
{
	return code == EX_OK || code == EX_NOUSER || code == EX_UNAVAILABLE ||
	       code == EX_TEMPFAIL || code == EX_NOPERM;
}

int
main(int argc, char **argv)
{
	char found[PATH_MAX];
	int status;

	(void)argc;
	signal(SIGCHLD, SIG_DFL);
	pid_t child = start_agent(agent_path(found), argv);
	if (child < 0)
		return EX_TEMPFAIL;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return EX_TEMPFAIL;
	return WIFEXITED(status) && is_known(WEXITSTATUS(status))
		   ? WEXITSTATUS(status)
		   : EX_TEMPFAIL;
}
