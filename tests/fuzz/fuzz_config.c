/* SPDX-License-Identifier: MIT */
/* A configuration that is taken is usable, and prints as one that is taken
 * and prints the same. Errors are lines of text without control characters. */
#include "io/config.h"

#include <stdint.h>
#include <string.h>

#include "core/failure.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* libconfig 1.5 loses the string that it was reading at a syntax error. */
const char *
__lsan_default_suppressions(void)
{
	return "leak:libconfig";
}

static Config *
parse(const char *text, gsize len, GError **error)
{
	return config_parse("/nonexistent/a.conf", text, len, error);
}

static void
check_error(const GError *error)
{
	g_assert(g_error_matches(error, FAILURE, FAILURE_CONFIG));
	g_assert(*error->message);
	for (const char *c = error->message; *c; c++)
		g_assert(*c == '\n' || !g_ascii_iscntrl(*c));
}

static void
check_config(const Config *config)
{
	g_autofree char *once = config_to_text(config);
	const char *option;
	g_autoptr(Config) again = parse(once, strlen(once), NULL);

	g_assert(again);
	g_autofree char *twice = config_to_text(again);
	g_assert(strcmp(once, twice) == 0);
	g_assert(policy_validate(config->policy, &option, NULL));
	for (char **domain = config->policy->domains; *domain; domain++)
		g_assert(g_str_is_ascii(*domain));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	g_autoptr(GError) error = NULL;

	/* These read other files. */
	if (g_strstr_len(text, (gssize)size, "include") ||
	    g_strstr_len(text, (gssize)size, "secrets"))
		return 0;
	g_autoptr(Config) config = parse(text, size, &error);
	g_assert(!config == !!error);
	if (config)
		check_config(config);
	else
		check_error(error);
	return 0;
}
