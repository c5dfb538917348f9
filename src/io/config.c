/* SPDX-License-Identifier: MIT */
#include "io/config.h"

#include "core/failure.h"

const char CONFIG_DEFAULT_PATH[] = SYSCONFDIR "/aliasbridge/aliasbridge.conf";

Config *
config_read(const char *path, GError **error)
{
	g_set_error(error, FAILURE, FAILURE_CONFIG, "%s: cannot read", path);
	return NULL;
}
