/* SPDX-License-Identifier: MIT */
#include "core/mark.h"
