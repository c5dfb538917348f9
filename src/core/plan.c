/* SPDX-License-Identifier: MIT */
#include "core/plan.h"
