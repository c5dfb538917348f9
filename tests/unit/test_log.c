/* SPDX-License-Identifier: MIT */
#include "io/log.h"

#include <fcntl.h>
#include <unistd.h>

#include "core/bounds.h"
#include "unit.h"

/* What log_line writes to stderr, without "test[PID]: ". Owned by caller. */
static char *
logged(LogLevel level, const char *queue_id, const char *text)
{
	g_autofree char *name = NULL;
	g_autofree char *line = NULL;
	int fd = g_file_open_tmp("logXXXXXX", &name, NULL);
	int saved = dup(STDERR_FILENO);

	dup2(fd, STDERR_FILENO);
	log_line(level, queue_id, "%s", text);
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(fd);
	g_file_get_contents(name, &line, NULL, NULL);
	unlink(name);
	g_autofree char *prefix = g_strdup_printf("test[%d]: ", (int)getpid());
	return g_strdup(
	    g_str_has_prefix(line, prefix) ? line + strlen(prefix) : line);
}

static const struct {
	LogLevel level;
	const char *queue_id, *text, *want;
} lines[] = {
    {LOG_LEVEL_INFO, "4Bx1", "to=2", "4Bx1: to=2\n"},
    {LOG_LEVEL_INFO, NULL, "to=2", "to=2\n"},
    {LOG_LEVEL_WARNING, "4Bx1", "odd", "warning: 4Bx1: odd\n"},
    {LOG_LEVEL_ERROR, NULL, "bad", "error: bad\n"},
    {LOG_LEVEL_DEBUG, NULL, "quiet", ""},
    {LOG_LEVEL_INFO, NULL, "a\r\nb\tc\x7f\xff", "a??b?c??\n"},
    {LOG_LEVEL_INFO, NULL, "caf\xc3\xa9", "caf\xc3\xa9\n"},
    {LOG_LEVEL_INFO, "a\nb", "c", "a?b: c\n"},
};

static void
line(void)
{
	log_open("test", true);
	for (guint i = 0; i < G_N_ELEMENTS(lines); i++) {
		g_autofree char *got =
		    logged(lines[i].level, lines[i].queue_id, lines[i].text);
		UNIT_TEXT(lines[i].text, got, lines[i].want);
	}
}

static void
verbose(void)
{
	log_open("test", true);
	log_set_verbose(true);
	g_autofree char *got = logged(LOG_LEVEL_DEBUG, NULL, "shown");
	log_set_verbose(false);
	UNIT_TEXT("debug line when verbose", got, "shown\n");
}

static void
bound(void)
{
	g_autofree char *text = g_strnfill(BOUND_LOG_LINE + 100, 'x');

	log_open("test", true);
	g_autofree char *got = logged(LOG_LEVEL_INFO, NULL, text);
	UNIT_NUMBER("cut", strlen(got), BOUND_LOG_LINE + strlen("...\n"));
}

static const UnitCase cases[] = {
    {"line", line}, {"verbose", verbose}, {"bound", bound}};
UNIT_MAIN("log", cases)
