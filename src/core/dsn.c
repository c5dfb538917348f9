/* SPDX-License-Identifier: MIT */
#include "core/dsn.h"
