/* SPDX-License-Identifier: MIT */
#include "io/spool.h"
