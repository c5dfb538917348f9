/* SPDX-License-Identifier: MIT */
#include "cli/check_user.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/failure.h"
#include "core/table_format.h"

/* Something that the user must be able to do. */
typedef struct Need {
	const char *path; /* borrowed; NULL: nothing is needed */
	int mode;         /* R_OK, W_OK | X_OK */
	const char *verb;
} Need;

/* Who that is. */
typedef struct Account {
	char *name; /* owned */
	uid_t uid;
	gid_t gid;
	char *group; /* owned; its name, or number */
} Account;

static bool
account_find(Account *account, const char *user)
{
	g_auto(GStrv) parts = g_strsplit(user, ":", 2);
	const struct passwd *entry = getpwnam(parts[0]);
	const struct group *group = parts[1] ? getgrnam(parts[1]) : NULL;

	if (!entry || (parts[1] && !group))
		return false;
	account->name = g_strdup(parts[0]);
	account->uid = entry->pw_uid;
	account->gid = group ? group->gr_gid : entry->pw_gid;
	if (!group)
		group = getgrgid(account->gid);
	account->group = group ? g_strdup(group->gr_name)
			       : g_strdup_printf("%u", (unsigned)account->gid);
	return true;
}

static void
account_clear(Account *account)
{
	g_free(account->name);
	g_free(account->group);
}

/* As each is started: pipe(8) leaves its user one group (set_ugid of Postfix),
 * the milter keeps all that its user has. */
static bool
become(CheckUser as, const Account *account)
{
	int grouped = as == CHECK_USER_AGENT
			  ? setgroups(1, &account->gid)
			  : initgroups(account->name, account->gid);

	return grouped == 0 && setgid(account->gid) == 0 &&
	       setuid(account->uid) == 0;
}

/* In the child: the errno of each need, 0 where it is met. */
static void G_GNUC_NORETURN
try_all(CheckUser as, const Account *account, const Need *needs, guint count,
    int out)
{
	if (!become(as, account))
		_exit(1);
	for (guint i = 0; i < count; i++) {
		bool met =
		    !needs[i].path || access(needs[i].path, needs[i].mode) == 0;
		int why = met ? 0 : errno;
		if (write(out, &why, sizeof why) != sizeof why)
			_exit(1);
	}
	_exit(0);
}

/* Only the kernel knows all there is to rights (folders above, ACLs): a child
 * that becomes the user asks it. False: it could not. */
static bool
ask(CheckUser as, const Account *account, const Need *needs, guint count,
    int *whys)
{
	int ends[2];

	if (pipe(ends) != 0)
		return false;
	pid_t child = fork();
	if (child == 0)
		try_all(as, account, needs, count, ends[1]);
	close(ends[1]);
	gsize len = count * sizeof *whys;
	/* Less than a pipe takes at once. */
	bool good = child > 0 && waitpid(child, NULL, 0) == child &&
		    read(ends[0], whys, len) == (ssize_t)len;
	close(ends[0]);
	return good;
}

static bool
show(const Account *account, const Need *need, int why)
{
	/* What is missing is said elsewhere. */
	if (why == 0 || why == ENOENT)
		return true;
	fprintf(stderr,
	    "error: user %s cannot %s %s: %s\n"
	    "    put: chgrp %s %s; chmod g+%s %s (and g+x for the folders "
	    "above it)\n",
	    account->name, need->verb, need->path, g_strerror(why),
	    account->group, need->path, need->mode & W_OK ? "rwx" : "r",
	    need->path);
	return false;
}

bool
check_user(CheckUser as, const char *user, const Config *config)
{
	const Settings *settings = config->settings;
	bool agent = as == CHECK_USER_AGENT;
	g_autofree char *table =
	    g_build_filename(settings->table, TABLE_ENTRIES, NULL);
	const Need needs[] = {
	    {settings->path, R_OK, "read"},
	    {settings->secrets_file, R_OK, "read"},
	    {table, R_OK, "read"},
	    {settings->spool, W_OK | X_OK, "write in"},
	    {agent ? settings->table : NULL, W_OK | X_OK, "write in"},
	    {agent && settings->relay == RELAY_SES ? settings->ses_password_file
						   : NULL,
		R_OK, "read"},
	};
	int whys[G_N_ELEMENTS(needs)];
	Account account = {0};
	bool good = true;

	if (!account_find(&account, user)) {
		g_autofree char *shown = failure_mask(user, -1, 100);
		fprintf(stderr, "error: there is no user %s\n", shown);
		return false;
	}
	if (geteuid() == 0 &&
	    ask(as, &account, needs, G_N_ELEMENTS(needs), whys))
		for (guint i = 0; i < G_N_ELEMENTS(needs); i++)
			good &= show(&account, &needs[i], whys[i]);
	account_clear(&account);
	return good;
}
