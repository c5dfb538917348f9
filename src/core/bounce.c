/* SPDX-License-Identifier: MIT */
#include "core/bounce.h"
