/* SPDX-License-Identifier: MIT */
#include "io/config.h"

const char CONFIG_DEFAULT_PATH[] = SYSCONFDIR "/aliasbridge/aliasbridge.conf";
