/* SPDX-License-Identifier: MIT */
#include "cli/check_user.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/failure.h"
#include "core/table_format.h"
#include "io/file.h"

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

/* One call of access(2) that a need comes down to. */
typedef struct Question {
	const Need *need; /* borrowed */
	char *path;       /* owned; the need's, or of a folder on the way */
	int mode;
} Question;

static void
question_clear(gpointer data)
{
	Question *question = data;

	g_free(question->path);
}

static void
add_question(GArray *questions, const Need *need, char *path, int mode)
{
	Question question = {.need = need, .path = path, .mode = mode};

	g_array_append_val(questions, question);
}

static void
add_folders(GArray *questions, const Need *need, const char *path)
{
	for (const char *at = strchr(path + 1, '/'); at;
	     at = strchr(at + 1, '/'))
		add_question(
		    questions, need, g_strndup(path, (gsize)(at - path)), X_OK);
}

/* What blocks comes before what is blocked: where a symbolic link leads to,
 * then the way to the link. */
static void
add_need(GArray *questions, const Need *need)
{
	if (!need->path)
		return;
	g_autofree char *real = realpath(need->path, NULL);
	if (real)
		add_folders(questions, need, real);
	add_folders(questions, need, need->path);
	add_question(questions, need, g_strdup(need->path), need->mode);
}

/* In the child: the errno of each, 0 where the answer is yes. */
static void G_GNUC_NORETURN
answer(CheckUser as, const Account *account, const GArray *questions, int out)
{
	if (!become(as, account))
		_exit(1);
	for (guint i = 0; i < questions->len; i++) {
		const Question *question =
		    &g_array_index(questions, Question, i);
		bool yes = access(question->path, question->mode) == 0;
		int why = yes ? 0 : errno;
		if (!file_write_all(out, &why, sizeof why))
			_exit(1);
	}
	_exit(0);
}

/* Only the kernel knows all there is to rights (ACLs, for one): a child that
 * becomes the user asks it. An int a question, owned by the caller; NULL where
 * it could not. */
static GString *
ask(CheckUser as, const Account *account, const GArray *questions)
{
	int ends[2];
	gsize len = questions->len * sizeof(int);

	if (pipe(ends) != 0)
		return NULL;
	pid_t child = fork();
	if (child == 0)
		answer(as, account, questions, ends[1]);
	close(ends[1]);
	g_autoptr(GString) got = file_read_fd(ends[0], len);
	close(ends[0]);
	bool good = child > 0 && waitpid(child, NULL, 0) == child && got &&
		    got->len == len;
	return good ? g_steal_pointer(&got) : NULL;
}

/* The command that gives the account's group such rights, without taking a
 * folder from another that uses it. Owned by the caller. */
static char *
remedy(const Account *account, const Question *question)
{
	bool folder = question->mode == X_OK;
	const char *path = question->path;
	const char *rights = folder ? "x" : question->mode & W_OK ? "rwx" : "r";
	struct stat is;
	bool known = stat(path, &is) == 0;

	if (known && is.st_gid == account->gid)
		return g_strdup_printf("chmod g+%s %s", rights, path);
	if (known && folder && is.st_mode & S_IXGRP)
		return g_strdup_printf("chmod o+x %s", path);
	return g_strdup_printf(
	    "chgrp %s %s; chmod g+%s %s", account->group, path, rights, path);
}

static void
show(const Account *account, const Question *question, int why)
{
	const Need *need = question->need;
	g_autofree char *put = remedy(account, question);
	g_autofree char *blocked =
	    question->mode == X_OK
		? g_strdup_printf("%s is not searchable for user %s",
		      question->path, account->name)
		: g_strdup(g_strerror(why));

	fprintf(stderr, "error: user %s cannot %s %s: %s\n    put: %s\n",
	    account->name, need->verb, need->path, blocked, put);
}

/* Of each need, the first thing in its way; a folder that is in the way of
 * several, once. What is missing is said elsewhere. */
static bool
show_all(const Account *account, const GArray *questions, const int *whys)
{
	g_autoptr(GHashTable) shown = g_hash_table_new(g_str_hash, g_str_equal);
	const Need *unmet = NULL;

	for (guint i = 0; i < questions->len; i++) {
		const Question *question =
		    &g_array_index(questions, Question, i);
		if (whys[i] == 0 || whys[i] == ENOENT ||
		    question->need == unmet)
			continue;
		unmet = question->need;
		if (question->mode != X_OK ||
		    g_hash_table_add(shown, question->path))
			show(account, question, whys[i]);
	}
	return unmet == NULL;
}

static bool
check_needs(
    CheckUser as, const Account *account, const Need *needs, guint count)
{
	g_autoptr(GArray) questions =
	    g_array_new(FALSE, FALSE, sizeof(Question));

	g_array_set_clear_func(questions, question_clear);
	for (guint i = 0; i < count; i++)
		add_need(questions, &needs[i]);
	g_autoptr(GString) whys = ask(as, account, questions);
	return !whys || show_all(account, questions,
			    (const int *)(const void *)whys->str);
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
	Account account = {0};
	bool good = true;

	if (!account_find(&account, user)) {
		g_autofree char *shown = failure_mask(user, -1, 100);
		fprintf(stderr, "error: there is no user %s\n", shown);
		return false;
	}
	if (geteuid() == 0)
		good = check_needs(as, &account, needs, G_N_ELEMENTS(needs));
	account_clear(&account);
	return good;
}
