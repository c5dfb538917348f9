/* SPDX-License-Identifier: MIT */
#include "core/address_list.h"
