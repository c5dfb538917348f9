/* SPDX-License-Identifier: MIT */
#include "core/transfer_encoding.h"

#include <gmime/gmime.h>

#include "core/header.h"

/* Columns of a base64 line, and where a quoted-printable one is broken: an
 * escape and the soft break's "=" still fit into 76. */
#define BASE64_COLUMNS 76
#define QUOTED_COLUMNS 72

/* Input is taken in slices, so that no buffer is larger than a few of them. */
#define SLICE (16 * 1024)

struct TransferEncoder {
	TransferTransform transform;
	GMimeEncoding gmime; /* for the two that encode */
	guint column;        /* for the two that wrap */
	guint escape;        /* octets left of an "=XX" */
};

TransferEncoder *
transfer_encoder_new(TransferTransform transform)
{
	TransferEncoder *encoder = g_new0(TransferEncoder, 1);

	encoder->transform = transform;
	if (transform == TRANSFORM_BASE64)
		g_mime_encoding_init_encode(
		    &encoder->gmime, GMIME_CONTENT_ENCODING_BASE64);
	else if (transform == TRANSFORM_QUOTED_PRINTABLE)
		g_mime_encoding_init_encode(
		    &encoder->gmime, GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
	return encoder;
}

void
transfer_encoder_free(TransferEncoder *encoder)
{
	g_free(encoder);
}

/* GMime ends its lines in LF. */
static void
encode(TransferEncoder *encoder, const char *octets, gsize len, GString *out)
{
	while (len > 0) {
		gsize slice = MIN(len, SLICE);
		g_autofree char *buffer =
		    g_malloc(g_mime_encoding_outlen(&encoder->gmime, slice));
		gsize size = g_mime_encoding_step(
		    &encoder->gmime, octets, slice, buffer);
		header_append_crlf(out, buffer, size);
		octets += slice;
		len -= slice;
	}
}

static void
wrap_base64(
    TransferEncoder *encoder, const char *octets, gsize len, GString *out)
{
	for (gsize i = 0; i < len; i++) {
		if (octets[i] == '\r' || octets[i] == '\n')
			continue;
		if (encoder->column == BASE64_COLUMNS) {
			g_string_append(out, "\r\n");
			encoder->column = 0;
		}
		g_string_append_c(out, octets[i]);
		encoder->column++;
	}
}

static void
wrap_quoted(
    TransferEncoder *encoder, const char *octets, gsize len, GString *out)
{
	for (gsize i = 0; i < len; i++) {
		if (encoder->column >= QUOTED_COLUMNS && encoder->escape == 0 &&
		    octets[i] != '\n') {
			g_string_append(out, "=\r\n");
			encoder->column = 0;
		}
		if (octets[i] == '=')
			encoder->escape = 3;
		if (encoder->escape > 0)
			encoder->escape--;
		g_string_append_c(out, octets[i]);
		encoder->column = octets[i] == '\n' ? 0 : encoder->column + 1;
	}
}

void
transfer_encoder_feed(
    TransferEncoder *encoder, const char *octets, gsize len, GString *out)
{
	switch (encoder->transform) {
	case TRANSFORM_BASE64:
	case TRANSFORM_QUOTED_PRINTABLE:
		encode(encoder, octets, len, out);
		break;
	case TRANSFORM_WRAP_BASE64:
		wrap_base64(encoder, octets, len, out);
		break;
	case TRANSFORM_WRAP_QUOTED_PRINTABLE:
		wrap_quoted(encoder, octets, len, out);
		break;
	case TRANSFORM_NONE:
	default:
		g_string_append_len(out, octets, (gssize)len);
		break;
	}
}

void
transfer_encoder_end(TransferEncoder *encoder, GString *out)
{
	char buffer[256];

	if (encoder->transform != TRANSFORM_BASE64 &&
	    encoder->transform != TRANSFORM_QUOTED_PRINTABLE)
		return;
	gsize size = g_mime_encoding_flush(&encoder->gmime, "", 0, buffer);
	header_append_crlf(out, buffer, size);
}

void
transfer_encode(
    TransferTransform transform, const char *octets, gsize len, GString *out)
{
	g_autoptr(TransferEncoder) encoder = transfer_encoder_new(transform);

	transfer_encoder_feed(encoder, octets, len, out);
	transfer_encoder_end(encoder, out);
}

gsize
transfer_encoded_size(
    TransferTransform transform, const char *octets, gsize len)
{
	g_autoptr(TransferEncoder) encoder = transfer_encoder_new(transform);
	g_autoptr(GString) out = g_string_new(NULL);
	gsize size = 0;

	while (len > 0) {
		gsize slice = MIN(len, SLICE);
		g_string_truncate(out, 0);
		transfer_encoder_feed(encoder, octets, slice, out);
		size += out->len;
		octets += slice;
		len -= slice;
	}
	g_string_truncate(out, 0);
	transfer_encoder_end(encoder, out);
	return size + out->len;
}
