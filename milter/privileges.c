/* SPDX-License-Identifier: MIT */
#include "milter/privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/failure.h"

static bool
fail(const char *user, const char *why, GError **error)
{
	return failure_set(
	    error, FAILURE_CONFIG, "cannot become user %s: %s", user, why);
}

static bool
become(const char *user, GError **error)
{
	const struct passwd *entry = getpwnam(user);

	if (!entry)
		return fail(user,
		    "there is none of this name; create it, or "
		    "change milter.user",
		    error);
	if (geteuid() == entry->pw_uid)
		return true;
	if (initgroups(user, entry->pw_gid) < 0 || setgid(entry->pw_gid) < 0 ||
	    setuid(entry->pw_uid) < 0)
		return fail(user, g_strerror(errno), error);
	if (setuid(0) == 0)
		return fail(user, "the way back to root is open", error);
	return true;
}

bool
privileges_drop(const char *user, GError **error)
{
	if (user && !become(user, error))
		return false;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return failure_set(error, FAILURE_CONFIG,
		    "cannot set no_new_privs: %s", g_strerror(errno));
	return true;
}

void
privileges_raise_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}
