/* SPDX-License-Identifier: MIT */
#include "core/address.h"
