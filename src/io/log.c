/* SPDX-License-Identifier: MIT */
#include "io/log.h"
