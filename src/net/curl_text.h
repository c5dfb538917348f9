/* SPDX-License-Identifier: MIT */
/*
 * curl_text.h - text of which libcurl keeps a copy, or says that it could not
 *
 * Out of memory it would go on without: with fewer recipients, or to another
 * server.
 */
#ifndef ALIASBRIDGE_CURL_TEXT_H
#define ALIASBRIDGE_CURL_TEXT_H

#include <curl/curl.h>
#include <stdbool.h>

/* Set an option to text, or to NULL. False: libcurl could not copy it. */
bool curl_text_set(CURL *curl, CURLoption option, const char *text);
/* Append text. False: it could not be copied, and the list is as it was. */
bool curl_text_append(struct curl_slist **list, const char *text);

#endif
