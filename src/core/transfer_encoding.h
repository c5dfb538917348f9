/* SPDX-License-Identifier: MIT */
/*
 * transfer_encoding.h - body octets into another transfer encoding, streamed
 *
 * For leaf parts whose lines are too long for SMTP. Whatever the encoder is
 * fed, its lines end in CRLF and are at most 76 octets; decoding the result
 * gives the octets that the part decoded to before.
 */
#ifndef ALIASBRIDGE_TRANSFER_ENCODING_H
#define ALIASBRIDGE_TRANSFER_ENCODING_H

#include <glib.h>
#include <stdbool.h>

typedef enum TransferTransform {
	TRANSFORM_NONE,
	TRANSFORM_BASE64,           /* 7bit, 8bit, binary -> base64 */
	TRANSFORM_QUOTED_PRINTABLE, /* 7bit, 8bit, binary -> QP; CRLF of the
				       input are line breaks */
	TRANSFORM_WRAP_BASE64,      /* base64 -> base64 in short lines */
	TRANSFORM_WRAP_QUOTED_PRINTABLE, /* QP -> QP with soft breaks */
} TransferTransform;

typedef struct TransferEncoder TransferEncoder;

TransferEncoder *transfer_encoder_new(TransferTransform transform);
void transfer_encoder_free(TransferEncoder *encoder);

/* Append what len octets become to out; state is kept between calls, which
 * may cut the input anywhere. Memory stays bounded by len. */
void transfer_encoder_feed(
    TransferEncoder *encoder, const char *octets, gsize len, GString *out);
/* Append what is left. */
void transfer_encoder_end(TransferEncoder *encoder, GString *out);

/* Append what the whole of it becomes. */
void transfer_encode(
    TransferTransform transform, const char *octets, gsize len, GString *out);

/* How many octets the whole of it becomes; memory stays bounded. */
gsize transfer_encoded_size(
    TransferTransform transform, const char *octets, gsize len);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(TransferEncoder, transfer_encoder_free)

#endif
