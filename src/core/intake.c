/* SPDX-License-Identifier: MIT */
#include "core/intake.h"
