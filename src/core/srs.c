/* SPDX-License-Identifier: MIT */
#include "core/srs.h"
