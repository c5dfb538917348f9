/* SPDX-License-Identifier: MIT */
#include "io/table_build.h"
