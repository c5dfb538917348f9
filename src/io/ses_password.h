/* SPDX-License-Identifier: MIT */
/*
 * ses_password.h - the password for SES's SMTP endpoint, out of its file
 */
#ifndef ALIASBRIDGE_SES_PASSWORD_H
#define ALIASBRIDGE_SES_PASSWORD_H

#include "core/secret.h"
#include "io/config.h"

/* The first line of ses.password_file, which must be set. Owned by the caller.
 * NULL with FAILURE_CONFIG, which begins with where the option was set: the
 * file cannot be read, others may read it, it holds no password. */
SecretText ses_password_read(const Config *config, GError **error);

#endif
