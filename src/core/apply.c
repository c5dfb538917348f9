/* SPDX-License-Identifier: MIT */
#include "core/apply.h"
