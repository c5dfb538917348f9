/* SPDX-License-Identifier: MIT */
#include "core/policy.h"
