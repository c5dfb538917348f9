/* SPDX-License-Identifier: MIT */
/*
 * filename.h - attachment names that SES refuses
 *
 * SES Developer Guide, "Unsupported attachment types": by the name's last
 * extension, whatever the content.
 */
#ifndef ALIASBRIDGE_FILENAME_H
#define ALIASBRIDGE_FILENAME_H

#include <stdbool.h>

/* name: decoded, UTF-8. Case, and blanks, dots and control characters at the
 * end do not count. */
bool filename_is_blocked(const char *name);

/* A name that is not blocked and shows the old one. The caller owns it. */
char *filename_to_safe(const char *name);

#endif
