/* SPDX-License-Identifier: MIT */
#include "core/header.h"
