/* SPDX-License-Identifier: MIT */
#include "secret_sample.h"

#include <string.h>

#include "core/secret.h"

GPtrArray *
secret_sample(const char *first, const char *second)
{
	GPtrArray *secrets = secrets_new();

	secrets_add(secrets, first, strlen(first));
	if (second)
		secrets_add(secrets, second, strlen(second));
	return secrets;
}
