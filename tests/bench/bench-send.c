/* SPDX-License-Identifier: MIT */
/* bench-send - read a message from standard input and send it by libcurl, no
 * more: the floor that contrib/bench holds deliver against.
 *
 *   bench-send URL SENDER RECIPIENT < MESSAGE */
#include <curl/curl.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>

typedef struct Source {
	GByteArray *octets;
	gsize done;
} Source;

static size_t
read_octets(char *buffer, size_t size, size_t count, void *context)
{
	Source *source = context;
	gsize len = MIN(size * count, source->octets->len - source->done);

	memcpy(buffer, source->octets->data + source->done, len);
	source->done += len;
	return len;
}

static void
read_stdin(GByteArray *octets)
{
	guint8 buffer[65536];

	for (size_t len; (len = fread(buffer, 1, sizeof(buffer), stdin)) > 0;)
		g_byte_array_append(octets, buffer, (guint)len);
}

int
main(int argc, char **argv)
{
	Source source = {g_byte_array_new(), 0};

	if (argc != 4)
		return 64;
	read_stdin(source.octets);
	CURL *curl = curl_easy_init();
	struct curl_slist *recipients = curl_slist_append(NULL, argv[3]);
	curl_easy_setopt(curl, CURLOPT_URL, argv[1]);
	curl_easy_setopt(curl, CURLOPT_MAIL_FROM, argv[2]);
	curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients);
	curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(curl, CURLOPT_READFUNCTION, read_octets);
	curl_easy_setopt(curl, CURLOPT_READDATA, &source);
	CURLcode code = curl_easy_perform(curl);
	if (code != CURLE_OK)
		fprintf(stderr, "bench-send: %s\n", curl_easy_strerror(code));
	curl_slist_free_all(recipients);
	curl_easy_cleanup(curl);
	g_byte_array_unref(source.octets);
	return code != CURLE_OK;
}
