/* SPDX-License-Identifier: MIT */
#include "core/encoded_word.h"
