/* SPDX-License-Identifier: MIT */
#include "core/transfer_encoding.h"

#include <gmime/gmime.h>

#include "unit.h"

/* The octets, fed step at a time; owned by the caller. */
static GString *
encoded(TransferTransform transform, const char *octets, gsize len, gsize step)
{
	g_autoptr(TransferEncoder) encoder = transfer_encoder_new(transform);
	GString *out = g_string_new(NULL);

	for (gsize i = 0; i < len; i += step) {
		gsize size = MIN(step, len - i);
		g_autofree char *piece = unit_octets(octets + i, size);
		transfer_encoder_feed(encoder, piece, size, out);
	}
	transfer_encoder_end(encoder, out);
	return out;
}

static GString *
decoded(GMimeContentEncoding encoding, const char *octets, gsize len)
{
	GMimeEncoding decoder;
	g_mime_encoding_init_decode(&decoder, encoding);
	g_autofree char *buffer =
	    g_malloc(g_mime_encoding_outlen(&decoder, len) + 1);
	gsize size = g_mime_encoding_step(&decoder, octets, len, buffer);
	size += g_mime_encoding_flush(&decoder, "", 0, buffer + size);
	return g_string_new_len(buffer, (gssize)size);
}

static gsize
longest_line(const char *octets, gsize len)
{
	gsize longest = 0, line = 0;

	for (gsize i = 0; i < len; i++) {
		line = octets[i] == '\n' ? 0 : line + 1;
		longest = MAX(longest, octets[i] == '\r' ? line - 1 : line);
	}
	return longest;
}

/* Hostile to encoders: long lines, escapes at every column, blanks at line
 * ends, octets of all values. */
static GString *
sample(bool text)
{
	GString *out =
	    g_string_new("plain line\r\nblank at the end \r\n\t\r\n");

	for (int i = 0; i < 3000; i++)
		g_string_append_printf(out, "w%d ", i);
	g_string_append(out, "\r\n");
	for (int i = 0; i < 2000; i++)
		g_string_append_c(out, (char)(text ? 0xe9 : i % 256));
	return out;
}

static const struct {
	const char *label;
	TransferTransform transform;
	GMimeContentEncoding encoding;
	bool text;
} encodings[] = {
    {"base64", TRANSFORM_BASE64, GMIME_CONTENT_ENCODING_BASE64, false},
    {"quoted-printable", TRANSFORM_QUOTED_PRINTABLE,
	GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE, true},
};

/* GMime's decoder gives LF as it stands: compare with CRLF kept. */
static void
encodes(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(encodings); i++) {
		g_autoptr(GString) in = sample(encodings[i].text);
		g_autoptr(GString) want =
		    encoded(encodings[i].transform, in->str, in->len, in->len);
		for (gsize step = 1; step < 200; step += 7) {
			g_autoptr(GString) got = encoded(
			    encodings[i].transform, in->str, in->len, step);
			UNIT_TRUE("cut anywhere", g_string_equal(got, want));
		}
		g_autoptr(GString) back =
		    decoded(encodings[i].encoding, want->str, want->len);
		UNIT_TRUE(encodings[i].label, g_string_equal(back, in));
		UNIT_TRUE(
		    "short lines", longest_line(want->str, want->len) <= 76);
		UNIT_NUMBER("size",
		    transfer_encoded_size(
			encodings[i].transform, in->str, in->len),
		    want->len);
	}
}

static void
wraps(void)
{
	static const struct {
		TransferTransform encode, wrap;
		GMimeContentEncoding encoding;
	} rows[] = {
	    {TRANSFORM_BASE64, TRANSFORM_WRAP_BASE64,
		GMIME_CONTENT_ENCODING_BASE64},
	    {TRANSFORM_QUOTED_PRINTABLE, TRANSFORM_WRAP_QUOTED_PRINTABLE,
		GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE},
	};

	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GString) in = sample(true);
		g_autoptr(GString) lines =
		    encoded(rows[i].encode, in->str, in->len, in->len);
		/* Undo the soft breaks, as careless software does. */
		g_string_replace(lines,
		    rows[i].encode == TRANSFORM_BASE64 ? "\r\n" : "=\r\n", "",
		    0);
		for (gsize step = 1; step < 2000; step += 333) {
			g_autoptr(GString) out =
			    encoded(rows[i].wrap, lines->str, lines->len, step);
			g_autoptr(GString) back =
			    decoded(rows[i].encoding, out->str, out->len);
			UNIT_TRUE("same octets", g_string_equal(back, in));
			UNIT_TRUE("short lines",
			    longest_line(out->str, out->len) <= 76);
			UNIT_NUMBER("size",
			    transfer_encoded_size(
				rows[i].wrap, lines->str, lines->len),
			    out->len);
		}
	}
}

static const UnitCase cases[] = {{"encodes", encodes}, {"wraps", wraps}};
UNIT_MAIN("transfer_encoding", cases)
