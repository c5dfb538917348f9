/* SPDX-License-Identifier: MIT */
#include "core/message.h"
