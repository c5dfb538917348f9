/* SPDX-License-Identifier: MIT */
#include "io/spool.h"

#include <fcntl.h>
#include <unistd.h>

#include "core/bounds.h"
#include "core/failure.h"
#include "unit.h"

static const struct {
	const char *label;
	gsize chunk, count;
} sizes[] = {
    {"empty", 0, 0},
    {"one octet", 1, 1},
    {"at the bound", BOUND_BODY_IN_MEMORY, 1},
    {"one over, in one piece", BOUND_BODY_IN_MEMORY + 1, 1},
    {"over, in pieces", 65535, 20},
    {"over, by one octet", BOUND_BODY_IN_MEMORY / 2, 3},
};

static char
octet_at(gsize i)
{
	return (char)(i * 31 + i / 251);
}

static bool
fill(Spool *spool, gsize chunk, gsize count, GError **error)
{
	for (gsize i = 0; i < count; i++) {
		g_autofree char *octets = g_malloc(chunk);
		for (gsize k = 0; k < chunk; k++)
			octets[k] = octet_at(i * chunk + k);
		if (!spool_append(spool, octets, chunk, error))
			return false;
	}
	return true;
}

static bool
is_filled(const char *octets, gsize len)
{
	for (gsize i = 0; i < len; i++)
		if (octets[i] != octet_at(i))
			return false;
	return true;
}

static gsize
files_in(const char *directory)
{
	gsize count = 0;
	GDir *dir = g_dir_open(directory, 0, NULL);

	while (g_dir_read_name(dir))
		count++;
	g_dir_close(dir);
	return count;
}

static void
append(void)
{
	g_autofree char *directory = unit_new_folder();

	for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(Spool) spool = spool_new(directory, 8 * 1024 * 1024);
		gsize len = sizes[i].chunk * sizes[i].count;

		UNIT_TRUE(sizes[i].label,
		    fill(spool, sizes[i].chunk, sizes[i].count, &error));
		UNIT_NUMBER(sizes[i].label, spool_len(spool), len);
		const char *octets = spool_map(spool, &error);
		UNIT_TRUE(sizes[i].label, octets && is_filled(octets, len));
		UNIT_TRUE("mapped once", spool_map(spool, &error) == octets);
		UNIT_NUMBER("no file has a name", files_in(directory), 0);
	}
	rmdir(directory);
}

static void
too_much(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Spool) spool = spool_new("/nonexistent", 10);

	UNIT_TRUE("up to max", spool_append(spool, "0123456789", 10, &error));
	UNIT_TRUE("over max", !spool_append(spool, "x", 1, &error));
	UNIT_TRUE(
	    "is permanent", g_error_matches(error, FAILURE, FAILURE_PERMANENT));
	UNIT_NUMBER("length stays", spool_len(spool), 10);
}

static void
no_directory(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Spool) spool = spool_new("/nonexistent", G_MAXSIZE);

	UNIT_TRUE("memory needs none", fill(spool, 1000, 10, &error));
	UNIT_TRUE("a file does", !fill(spool, 100000, 10, &error));
	UNIT_TRUE(
	    "is temporary", g_error_matches(error, FAILURE, FAILURE_TEMPORARY));
}

static const struct {
	const char *octets, *want;
	bool lf_only;
} messages[] = {
    {"A: b\r\n\r\nbody\r\n", "A: b\r\n\r\nbody\r\n", false},
    {"A: b\n\nbody\n", "A: b\r\n\r\nbody\r\n", true},
    {"A: b\r\n\nbody\n", "A: b\r\n\r\nbody\r\n", false},
    {"A: b\n\nno end", "A: b\r\n\r\nno end\r\n", true},
    {"", "", false},
};

/* A descriptor from which octets can be read. */
static int
readable(const char *octets)
{
	g_autofree char *name = NULL;
	int fd = g_file_open_tmp("messageXXXXXX", &name, NULL);

	unlink(name);
	if (write(fd, octets, strlen(octets)) < 0)
		return -1;
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static void
read_message(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(messages); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(Spool) spool = spool_new("/nonexistent", 1000);
		bool lf_only = !messages[i].lf_only;
		int fd = readable(messages[i].octets);

		UNIT_TRUE(messages[i].octets,
		    spool_read_message(spool, fd, &lf_only, &error));
		close(fd);
		g_autofree char *got =
		    g_strndup(spool_map(spool, &error), spool_len(spool));
		UNIT_TEXT(messages[i].octets, got, messages[i].want);
		UNIT_NUMBER("LF only", lf_only, messages[i].lf_only);
	}
}

static void
read_failure(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Spool) spool = spool_new("/nonexistent", 1000);
	bool lf_only;

	UNIT_TRUE("a closed descriptor",
	    !spool_read_message(spool, -1, &lf_only, &error));
	UNIT_TRUE(
	    "is temporary", g_error_matches(error, FAILURE, FAILURE_TEMPORARY));
}

static const UnitCase cases[] = {{"append", append}, {"too_much", too_much},
    {"no_directory", no_directory}, {"read_message", read_message},
    {"read_failure", read_failure}};
UNIT_MAIN("spool", cases)
