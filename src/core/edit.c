/* SPDX-License-Identifier: MIT */
#include "core/edit.h"
