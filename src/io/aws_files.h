/* SPDX-License-Identifier: MIT */
/*
 * aws_files.h - access keys and settings from the environment and the two
 * shared AWS files
 *
 * What needs no network of the credential chain: AWS_ACCESS_KEY_ID and its
 * kin; ~/.aws/credentials (or AWS_SHARED_CREDENTIALS_FILE, sections [NAME]);
 * ~/.aws/config (or AWS_CONFIG_FILE, sections [default] and [profile NAME]).
 * Read as the AWS tools read them: '#' and ';' begin a comment line, names of
 * settings are in lower case, indented lines (nested settings) are not looked
 * at, a later setting wins. A file that is not there is an empty one.
 */
#ifndef ALIASBRIDGE_AWS_FILES_H
#define ALIASBRIDGE_AWS_FILES_H

#include <glib.h>
#include <stdbool.h>

#include "core/aws_answer.h"

typedef struct AwsFiles AwsFiles;

/* A variable of the environment, borrowed; NULL where it is not set or is
 * empty. */
const char *aws_environment(const char *name);

/* The keys in the environment, or NULL when there are none. Never with an
 * expiry. Owned by the caller. FAILURE_CONFIG when only half of them is set. */
AwsCredentials *aws_keys_from_environment(GError **error);

/* Read both files. NULL with FAILURE_CONFIG when one is there but cannot be
 * read, is over BOUND_CONFIG_FILE or does not parse; the text names the file
 * and shows nothing of it. Owned by the caller. */
AwsFiles *aws_files_read(GError **error);
void aws_files_free(AwsFiles *files);

/* The profile's name: wanted, else AWS_PROFILE, AWS_DEFAULT_PROFILE,
 * "default". Borrowed. */
const char *aws_files_profile(const char *wanted);

/* A setting of the profile ("region", "role_arn", ...), the credentials file
 * before the other; NULL when it is nowhere or empty. Owned by the caller. */
char *aws_files_get(
    const AwsFiles *files, const char *profile, const char *name);

/* The profile's keys, or NULL when it has none (no error) or half of them
 * (FAILURE_CONFIG). Owned by the caller. */
AwsCredentials *aws_files_keys(
    const AwsFiles *files, const char *profile, GError **error);

/* The files that hold a secret and are not private (io/file.h): of char *,
 * "PATH: others may read ...". Owned by the caller. */
GPtrArray *aws_files_exposed(const AwsFiles *files);

/* AWS_REGION, AWS_DEFAULT_REGION, else the profile's; NULL when none says.
 * files may be NULL. Owned by the caller. */
char *aws_files_region(const AwsFiles *files, const char *profile);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(AwsFiles, aws_files_free)

#endif
