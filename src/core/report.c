/* SPDX-License-Identifier: MIT */
#include "core/report.h"
