/* SPDX-License-Identifier: MIT */
#include "core/auth_results.h"
