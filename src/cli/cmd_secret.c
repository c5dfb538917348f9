/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "core/bounds.h"
#include "core/secret.h"
#include "io/file.h"

/* 192 bits: 32 characters of base64. */
#define SECRET_OCTETS 24

static SecretText
secret_new(void)
{
	guint8 octets[SECRET_OCTETS];

	if (getrandom(octets, sizeof(octets), 0) != sizeof(octets)) {
		cmd_error("no random octets: %s", g_strerror(errno));
		return NULL;
	}
	char *text = g_base64_encode(octets, sizeof(octets));
	explicit_bzero(octets, sizeof(octets));
	return text;
}

static int
cannot(const char *what, const char *path)
{
	cmd_error("cannot %s %s: %s", what, path, g_strerror(errno));
	return CMD_TEMPORARY;
}

/* What is in the file now; "" where there is none. NULL: said why. */
static char *
read_old(const char *path, struct stat *status)
{
	g_autoptr(GError) error = NULL;
	char *text = NULL;

	if (stat(path, status) < 0) {
		memset(status, 0, sizeof(*status));
		status->st_mode = S_IFREG | 0600;
		status->st_uid = geteuid();
		status->st_gid = getegid();
		if (errno == ENOENT)
			return g_strdup("");
		cannot("read", path);
		return NULL;
	}
	if (!S_ISREG(status->st_mode) || status->st_size > BOUND_CONFIG_FILE) {
		cmd_error("%s is no file of secrets", path);
		return NULL;
	}
	if (!g_file_get_contents(path, &text, NULL, &error))
		cmd_error("%s", error->message);
	return text;
}

/* All of it is on the disk before the name is given to it. */
static bool
write_whole(int fd, const char *text, const struct stat *status)
{
	bool same_owner =
	    status->st_uid == geteuid() && status->st_gid == getegid();

	return (same_owner ||
		   fchown(fd, status->st_uid, status->st_gid) == 0) &&
	       fchmod(fd, status->st_mode & 07777) == 0 &&
	       file_write_all(fd, text, strlen(text)) && fsync(fd) == 0;
}

static int
put_in_front(const char *path, const char *secret)
{
	struct stat status;
	g_auto(SecretText) old = read_old(path, &status);

	if (!old)
		return CMD_TEMPORARY;
	g_auto(SecretText) text = g_strconcat(secret, "\n", old, NULL);
	g_autofree char *temporary = g_strconcat(path, ".XXXXXX", NULL);
	int fd = g_mkstemp_full(temporary, O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0)
		return cannot("write", temporary);
	bool written = write_whole(fd, text, &status);
	int saved = errno;
	close(fd);
	if (written && rename(temporary, path) == 0)
		return CMD_OK;
	errno = written ? errno : saved;
	int code = cannot("write", path);
	unlink(temporary);
	return code;
}

static const CmdHelp help = {
    .arguments = "new [FILE]",
    .summary = "Makes a secret for signed addresses and marks.",
    .details =
	"Without FILE the secret goes to standard output. With FILE it becomes "
	"its first line: the first secret signs, all verify. Reload the milter "
	"at once, or it refuses what the delivery agent signs. The lines that "
	"were there stay; remove them when nothing they signed can come back "
	"any more, after 30 days. A new FILE is readable by its owner alone; "
	"one that exists keeps owner and mode. postsrsd reads such files too.",
    .exits = "0 made, 64 wrong usage, 75 FILE cannot be read or written now.",
    .example = "aliasbridge secret new /etc/aliasbridge/secrets",
};

int
cmd_secret(int argc, char **argv)
{
	int exit_code;

	if (!cmd_parse(&argc, &argv, NULL, &help, 1, 2, &exit_code))
		return exit_code;
	if (strcmp(argv[1], "new") != 0) {
		cmd_error("only new is known: %s", argv[1]);
		return CMD_USAGE;
	}
	g_auto(SecretText) secret = secret_new();
	if (!secret)
		return CMD_TEMPORARY;
	if (argc > 2)
		return put_in_front(argv[2], secret);
	puts(secret);
	return CMD_OK;
}
