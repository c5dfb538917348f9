/* SPDX-License-Identifier: MIT */
/*
 * table_format.h - the names of the cache's files, and the keys in entries.cdb
 *
 * Keys are those of the table, values alias_to_record's. Beside them stand
 * keys that no address can be, for they start with a control character: the
 * sentinel, without which a file is not taken for a table (one of zeros reads
 * as an empty cdb), and one for each handled domain.
 */
#ifndef ALIASBRIDGE_TABLE_FORMAT_H
#define ALIASBRIDGE_TABLE_FORMAT_H

#define TABLE_ENTRIES "entries.cdb"
#define TABLE_ALIASES "aliases.cdb"
#define TABLE_DOMAINS "domains.cdb"
#define TABLE_JSON "aliases.json"
#define TABLE_STATE "state.json"

/* The value is the checksum of what the table was made from. */
#define TABLE_SENTINEL "\001aliasbridge 1"
/* In the cdbs that Postfix reads and `postmap -s` lists. */
#define TABLE_POSTFIX_SENTINEL "aliasbridge:table"
/* Before a handled domain; the value is the domain. */
#define TABLE_DOMAIN_PREFIX "\002"

#endif
