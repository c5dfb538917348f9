/* SPDX-License-Identifier: MIT */
/*
 * sigv4_send METHOD URL REGION SERVICE CONNECT_TO [HEADER...] - one request as
 * net/http sends and signs it, to CONNECT_TO in place of the URL's host. The
 * key is in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
 */
#include <stdio.h>

#include "net/http.h"

int
main(int argc, char **argv)
{
	if (argc < 6)
		return 64;
	g_autoptr(GError) error = NULL;
	g_autoptr(Http) http = http_new((Ticker){NULL, NULL});
	g_autoptr(AwsCredentials) key =
	    aws_credentials_new(g_getenv("AWS_ACCESS_KEY_ID"),
		g_getenv("AWS_SECRET_ACCESS_KEY"), NULL, 0);
	HttpRequest request = {.method = argv[1],
	    .url = argv[2],
	    .region = argv[3],
	    .service = argv[4],
	    .connect_to = argv[5],
	    .headers = (const char *const *)argv + 6,
	    .body = "",
	    .signer = key};
	g_autoptr(HttpAnswer) answer = http_send(http, &request, &error);

	if (!answer) {
		fprintf(stderr, "%s\n", error->message);
		return 1;
	}
	return answer->status == 200 ? 0 : 1;
}
