/* SPDX-License-Identifier: MIT */
#include "core/from_line.h"
