/* SPDX-License-Identifier: MIT */
#include "core/alias.h"
