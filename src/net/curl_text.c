/* SPDX-License-Identifier: MIT */
#include "net/curl_text.h"

bool
curl_text_set(CURL *curl, CURLoption option, const char *text)
{
	return curl_easy_setopt(curl, option, text) == CURLE_OK;
}

bool
curl_text_append(struct curl_slist **list, const char *text)
{
	struct curl_slist *longer = curl_slist_append(*list, text);

	if (longer)
		*list = longer;
	return longer != NULL;
}
