/* SPDX-License-Identifier: MIT */
#include "core/transfer_encoding.h"
