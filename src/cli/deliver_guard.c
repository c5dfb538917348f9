/* SPDX-License-Identifier: MIT */
/*
 * aliasbridge-deliver(8) - loads aliasbridge-agent.so, and turns every end
 * that Postfix would take for a refusal into a deferral
 *
 * pipe(8) returns a message to its sender when the command ends with a status
 * it does not know: 1, or the dynamic linker's 127 when a library is gone. So
 * this program needs the C library alone, loads everything else itself, and
 * lets no exit pass that the agent did not mean: it ends with _exit.
 */
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <syslog.h>
#include <unistd.h>

#define AGENT "aliasbridge-agent.so"

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
			if (access(path, R_OK) == 0)
				return path;
		}
	}
	return PKGLIBEXECDIR "/" AGENT;
}

static void
on_stray_exit(void)
{
	_exit(EX_TEMPFAIL);
}

int
main(int argc, char **argv)
{
	char path[PATH_MAX];
	int (*run)(int, char **) = NULL;

	atexit(on_stray_exit);
	/* Now: a symbol that is found missing later ends the process with 127.
	 */
	void *agent = dlopen(agent_path(path), RTLD_NOW);
	if (agent)
		*(void **)&run = dlsym(agent, "deliver_main");
	if (run)
		return run(argc, argv);
	openlog("aliasbridge-deliver", LOG_PID, LOG_MAIL);
	syslog(LOG_ERR, "error: %s", dlerror());
	puts("4.3.0 Mail system problem");
	fflush(stdout);
	return EX_TEMPFAIL;
}
