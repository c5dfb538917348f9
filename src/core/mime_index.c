/* SPDX-License-Identifier: MIT */
#include "core/mime_index.h"
