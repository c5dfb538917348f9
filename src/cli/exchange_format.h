/* SPDX-License-Identifier: MIT */
/*
 * exchange_format.h - in what other programs keep alias tables
 */
#ifndef ALIASBRIDGE_EXCHANGE_FORMAT_H
#define ALIASBRIDGE_EXCHANGE_FORMAT_H

#include <stdbool.h>

typedef enum ExchangeFormat {
	EXCHANGE_JSON,    /* aliasbridge-table(5) */
	EXCHANGE_VIRTUAL, /* Postfix's virtual(5) */
	EXCHANGE_CSV,     /* RFC 4180; table_columns.h */
} ExchangeFormat;

/* The argument of --format. False: it is none, and that was said. */
bool exchange_format_parse(const char *name, ExchangeFormat *format);

#endif
