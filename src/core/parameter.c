/* SPDX-License-Identifier: MIT */
#include "core/parameter.h"
