/* SPDX-License-Identifier: MIT */
#include "io/table_files.h"

#include <cdb.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/failure.h"
#include "core/table_format.h"

const TableFile table_files[TABLE_FILES] = {
    {TABLE_ENTRIES, TABLE_SENTINEL, table_records_entries},
    {TABLE_ALIASES, TABLE_POSTFIX_SENTINEL, table_records_aliases},
    {TABLE_DOMAINS, TABLE_POSTFIX_SENTINEL, table_records_domains},
    {TABLE_JSON, NULL, NULL},
};

/* A TableRecord, looking into a struct cdb. */
static bool
holds(void *context, const char *key, const char *value)
{
	struct cdb *cdb = context;

	if (cdb_find(cdb, key, (unsigned)strlen(key)) <= 0 ||
	    cdb_datalen(cdb) != strlen(value))
		return false;
	const char *octets = cdb_getdata(cdb);
	return octets && memcmp(octets, value, strlen(value)) == 0;
}

bool
table_file_is_whole(
    int fd, const TableFile *file, const char *checksum, gsize count)
{
	struct cdb cdb;
	unsigned at;
	gsize found = 0;

	errno = 0;
	if (cdb_init(&cdb, fd) != 0)
		return false;
	bool whole = holds(&cdb, file->sentinel, checksum);
	cdb_seqinit(&at, &cdb);
	while (whole && count > 0 && cdb_seqnext(&at, &cdb) > 0)
		found++;
	cdb_free(&cdb);
	return whole && (count == 0 || found == count);
}

static bool
has_records(int fd, const TableFile *file, const TableContent *content)
{
	struct cdb cdb;

	if (cdb_init(&cdb, fd) != 0)
		return false;
	bool has = file->records(content, holds, &cdb);
	cdb_free(&cdb);
	return has;
}

static bool
is_good(int fd, const TableFile *file, const char *checksum,
    const TableContent *content)
{
	return table_file_is_whole(fd, file, checksum, 0) &&
	       (!content || has_records(fd, file, content));
}

const char *
table_files_find_bad(
    int directory, const char *checksum, const TableContent *content)
{
	for (guint i = 0; i < TABLE_FILES; i++) {
		const TableFile *file = &table_files[i];
		if (!file->records)
			continue;
		int fd = openat(directory, file->name, O_RDONLY | O_CLOEXEC);
		bool good = fd >= 0 && is_good(fd, file, checksum, content);
		if (fd >= 0)
			close(fd);
		if (!good)
			return file->name;
	}
	return NULL;
}

bool
table_files_check(const char *directory, const char *checksum,
    const TableContent *content, GError **error)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const char *name = fd >= 0 ? table_files_find_bad(fd, checksum, content)
				   : TABLE_ENTRIES;

	if (fd >= 0)
		close(fd);
	if (!name)
		return true;
	return failure_set(error, FAILURE_TEMPORARY,
	    "%s/%s is missing, damaged or of another table", directory, name);
}
