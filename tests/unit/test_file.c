/* SPDX-License-Identifier: MIT */
#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

#define MOST 100000

/* So many octets, no two neighbours alike. */
static char *
sample(gsize len)
{
	char *octets = g_malloc(len + 1);

	for (gsize i = 0; i < len; i++)
		octets[i] = (char)(i % 251);
	octets[len] = '\0';
	return octets;
}

static bool
is_sample(const GString *text, gsize len)
{
	g_autofree char *want = sample(len);

	return text && text->len == len && memcmp(text->str, want, len) == 0 &&
	       text->str[len] == '\0';
}

static void
read_files(void)
{
	static const gsize sizes[] = {
	    0, 1, 16383, 16384, 16385, MOST - 1, MOST, MOST + 1, 3 * MOST};
	g_autofree char *folder = unit_new_folder();
	g_autofree char *path = g_build_filename(folder, "file", NULL);

	for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
		g_autofree char *label =
		    g_strdup_printf("%" G_GSIZE_FORMAT " octets", sizes[i]);
		g_autofree char *octets = sample(sizes[i]);
		g_file_set_contents(path, octets, (gssize)sizes[i], NULL);
		errno = 0;
		g_autoptr(GString) text = file_read(path, MOST);
		if (sizes[i] <= MOST)
			UNIT_TRUE(label, is_sample(text, sizes[i]));
		else
			UNIT_TRUE(label, !text && errno == EFBIG);
	}
	UNIT_TRUE("a folder", !file_read(folder, MOST) && errno == EISDIR);
	g_unlink(path);
	UNIT_TRUE("none", !file_read(path, MOST) && errno == ENOENT);
	g_rmdir(folder);
}

static void
on_alarm(int number)
{
	(void)number;
}

/* Reads and writes are interrupted, again and again. */
static void
disturb(void)
{
	struct sigaction action = {.sa_handler = on_alarm};
	struct itimerval often = {{0, 500}, {0, 500}};

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
}

static void
leave_alone(void)
{
	static const struct itimerval never = {{0, 0}, {0, 0}};

	setitimer(ITIMER_REAL, &never, NULL);
}

#define PIECE 4000

static void
write_slowly(int fd, const char *octets, gsize len)
{
	for (gsize at = 0; at < len; at += PIECE) {
		g_usleep(1500);
		if (!file_write_all(fd, octets + at, MIN(PIECE, len - at)))
			_exit(1);
	}
	_exit(0);
}

static void
read_slowly(int fd, const char *octets, gsize len)
{
	char got[PIECE];
	gsize at = 0;

	for (ssize_t n; (n = read(fd, got, sizeof got)) > 0; at += (gsize)n) {
		g_usleep(1500);
		if (at + (gsize)n > len || memcmp(octets + at, got, (gsize)n))
			_exit(1);
	}
	_exit(at == len ? 0 : 1);
}

/* A pipe to a child that is slow at the other end, which is ends[1 - mine];
 * what it found is its exit status. */
static pid_t
pipe_to(int *ends, int mine, void (*slowly)(int, const char *, gsize),
    const char *octets, gsize len)
{
	UNIT_TRUE("pipe", pipe(ends) == 0);
	pid_t pid = fork();
	if (pid == 0) {
		close(ends[mine]);
		slowly(ends[1 - mine], octets, len);
	}
	close(ends[1 - mine]);
	return pid;
}

static void
check_child(pid_t pid)
{
	int status = -1;

	waitpid(pid, &status, 0);
	UNIT_NUMBER("the other end", status, 0);
}

static void
read_pipe(void)
{
	static const gsize sizes[] = {0, 1, MOST, MOST + 1};

	for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
		g_autofree char *octets = sample(sizes[i]);
		int ends[2];
		pid_t pid = pipe_to(ends, 0, write_slowly, octets, sizes[i]);
		disturb();
		g_autoptr(GString) text = file_read_fd(ends[0], MOST);
		int why = errno;
		leave_alone();
		close(ends[0]);
		if (sizes[i] <= MOST)
			UNIT_TRUE("all of it", is_sample(text, sizes[i]));
		else
			UNIT_TRUE("too much", !text && why == EFBIG);
		check_child(pid);
	}
}

static void
write_pipe(void)
{
	g_autofree char *octets = sample(3 * MOST);
	int ends[2];
	pid_t pid = pipe_to(ends, 1, read_slowly, octets, 3 * MOST);

	disturb();
	UNIT_TRUE("written", file_write_all(ends[1], octets, 3 * MOST));
	leave_alone();
	close(ends[1]);
	check_child(pid);
}

static void
write_fails(void)
{
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	UNIT_TRUE("full", !file_write_all(fd, "x", 1) && errno == ENOSPC);
	UNIT_TRUE("nothing", file_write_all(fd, "", 0));
	close(fd);
}

/* Another user's folder; root alone can give one away. */
#define ANOTHER 54321

static void
open_shared(void)
{
	g_autofree char *folder = unit_new_folder();
	g_autofree char *path = g_build_filename(folder, "shared", NULL);
	uid_t owner = geteuid() == 0 ? ANOTHER : geteuid();
	struct stat about = {0};

	UNIT_TRUE("folder", chown(folder, owner, (gid_t)-1) == 0);
	int fd = file_open_shared(path, 0, 0600);
	UNIT_TRUE("made", fstat(fd, &about) == 0);
	UNIT_NUMBER("owner", about.st_uid, owner);
	UNIT_NUMBER("mode", about.st_mode & 0777, 0600);
	close(fd);
	UNIT_TRUE("mine", chown(path, geteuid(), (gid_t)-1) == 0);
	fd = file_open_shared(path, 0, 0600);
	UNIT_TRUE("there already", fstat(fd, &about) == 0);
	UNIT_NUMBER("stays whose it is", about.st_uid, geteuid());
	close(fd);
	g_unlink(path);
	UNIT_TRUE("link", symlink("/dev/null", path) == 0);
	UNIT_TRUE("link", file_open_shared(path, 0, 0600) < 0);
	UNIT_NUMBER("is not followed", errno, ELOOP);
	unit_remove_folder(folder);
}

static const struct {
	mode_t mode;
	bool is_private;
} modes[] = {{0600, true}, {0400, true}, {0640, true}, {0440, true},
    {0700, true}, {0750, true}, {0660, false}, {0620, false}, {0604, false},
    {0602, false}, {0601, false}, {0644, false}, {0777, false}};

static void private(void)
{
	g_autofree char *folder = unit_new_folder();
	g_autofree char *path = g_build_filename(folder, "secret", NULL);

	UNIT_TRUE("file", g_file_set_contents(path, "s3cret", -1, NULL));
	for (guint i = 0; i < G_N_ELEMENTS(modes); i++) {
		g_autofree char *label =
		    g_strdup_printf("%04o", (unsigned)modes[i].mode);
		g_autofree char *want = g_strdup_printf(
		    "others may read or change %s (mode %s): chmod 0640 %s",
		    path, label, path);
		g_autoptr(GError) error = NULL;
		chmod(path, modes[i].mode);
		g_autoptr(SecretString) text =
		    file_read_private(path, MOST, "make", &error);
		UNIT_TEXT(label, text ? text->str : error->message,
		    modes[i].is_private ? "s3cret" : want);
		UNIT_TRUE(label,
		    text || g_error_matches(error, FAILURE, FAILURE_CONFIG));
	}
	chmod(path, 0600);
	g_autoptr(GError) big = NULL;
	UNIT_TRUE("over the bound", !file_read_private(path, 3, "make", &big));
	UNIT_TRUE("said", g_str_has_suffix(big->message, "File too large"));
	g_unlink(path);
	g_autoptr(GError) none = NULL;
	UNIT_TRUE("none", !file_read_private(path, MOST, "make", &none));
	UNIT_TRUE(
	    "said", g_str_has_suffix(none->message, "; 'make' makes one"));
	g_autoptr(GError) other = NULL;
	chmod(folder, 0750);
	UNIT_TRUE("folder", !file_read_private(folder, MOST, "make", &other));
	UNIT_TRUE("said", g_str_has_suffix(other->message, ": it is no file"));
	g_rmdir(folder);
}

static const UnitCase cases[] = {{"read_files", read_files},
    {"read_pipe", read_pipe}, {"write_pipe", write_pipe},
    {"write_fails", write_fails}, {"open_shared", open_shared},
    {"private", private}};
UNIT_MAIN("file", cases)
