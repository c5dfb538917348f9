/* SPDX-License-Identifier: MIT */
#include "core/mime_index.h"

#include <time.h>

#include "core/bounds.h"
#include "unit.h"

#define MIXED "multipart/mixed; boundary=b"

/* want: a part a word: its depth, flags (m multipart, b broken, t trimmed,
 * x unmatched, u unended, e seals, s sealed), the length of its header and of
 * its body. */
static const struct {
	const char *label, *type, *body, *want;
} trees[] = {
    {"no MIME", NULL, "text\r\n", "0:0:6"},
    {"empty", NULL, "", "0:0:0"},
    {"text", "text/plain", "--b\r\n\r\n--b--\r\n", "0:0:14"},
    {"one part", MIXED, "--b\r\n\r\ntext\r\n--b--\r\n", "0m:0:20 1:0:4"},
    {"preamble, epilogue", MIXED,
	"pre\r\n--b\r\nA: 1\r\n\r\ntext\r\n\r\n--b--\r\nepi\r\n",
	"0m:0:38 1:6:6"},
    {"empty parts", MIXED, "--b\r\n\r\n--b\r\n\r\n\r\n--b--\r\n",
	"0m:0:23 1:0:0 1:0:0"},
    {"no end", MIXED, "--b\r\n\r\ntext\r\n", "0m:0:13 1:0:6"},
    {"no start", MIXED, "text\r\n", "0mb:0:6"},
    {"only the end", MIXED, "text\r\n--b--\r\n", "0mb:0:13"},
    {"white space behind", MIXED, "--b \t\r\n\r\nx\r\n--b-- x\r\n",
	"0m:0:21 1:0:1"},
    {"longer lines are not it", MIXED,
	"--bb\r\n--b\r\n\r\n--b x\r\n--b-\r\n--b--\r\n", "0m:0:33 1:0:11"},
    {"end with more in the preamble", MIXED,
	"--b--x\r\n--b\r\n\r\nx\r\n--b--\r\n", "0m:0:25 1:0:1"},
    {"no parameter", "multipart/mixed",
	"-----\r\n--x\r\n\r\na\r\n--x\r\n\r\nb\r\n--x--\r\n",
	"0m:0:34 1:0:1 1:0:1"},
    {"no parameter, no boundary", "multipart/mixed", "a\r\n------\r\n--\r\n",
	"0mb:0:15"},
    {"white space in the parameter", "multipart/mixed; boundary=\"b \"",
	"--b\r\n\r\nx\r\n--b--\r\n", "0mt:0:17 1:0:1"},
    {"nested", MIXED,
	"--b\r\nContent-Type: multipart/x; boundary=c\r\n\r\n"
	"--c\r\n\r\nx\r\n--c--\r\n--b\r\n\r\ny\r\n--b--\r\n",
	"0m:0:80 1m:39:15 2:0:1 1:0:1"},
    {"outer boundary before inner end", MIXED,
	"--b\r\nContent-Type: multipart/x; boundary=c\r\n\r\n"
	"--c\r\n\r\nx\r\n--b\r\n\r\ny\r\n--b--\r\n",
	"0m:0:73 1m:39:8 2:0:1 1:0:1"},
    {"inner like outer", MIXED,
	"--b\r\nContent-Type: multipart/x; boundary=b\r\n\r\n"
	"--b\r\n\r\nx\r\n--b--\r\n",
	"0m:0:63 1mb:39:0 1:0:1"},
    {"inner beginning like outer", MIXED,
	"--b\r\nContent-Type: multipart/x; boundary=bb\r\n\r\n"
	"--bb\r\n\r\nx\r\n--bb--\r\n--b--\r\n",
	"0m:0:73 1m:40:17 2:0:1"},
    {"inner end, then more", MIXED,
	"--b\r\nContent-Type: multipart/x; boundary=c\r\n\r\n"
	"--c\r\n\r\nx\r\n--c--\r\n--c\r\n\r\nx\r\n--b--\r\n",
	"0m:0:80 1m:39:25 2:0:1"},
    {"header to the boundary", MIXED,
	"--b\r\nContent-Type: text/html\r\n--b\r\n\r\nx\r\n--b--\r\n",
	"0m:0:47 1u:25:0 1:0:1"},
    {"header to the end", MIXED, "--b\r\nA: 1\r\n", "0m:0:11 1:6:0"},
    {"no empty line before the first boundary", MIXED,
	"--b\r\nContent-Type: multipart/x; boundary=c\r\n"
	"--c\r\n\r\nx\r\n--c--\r\n--b--\r\n",
	"0m:0:68 1mu:39:15 2:0:1"},
    {"another boundary", MIXED, "--c\r\n\r\nx\r\n--c--\r\n", "0mx:0:17 1:0:1"},
    {"another boundary, nested", MIXED,
	"--b\r\nContent-Type: multipart/x; boundary=c\r\n\r\n"
	"--d\r\n\r\nx\r\n--b\r\n\r\ny\r\n--b--\r\n",
	"0m:0:73 1mx:39:8 2:0:1 1:0:1"},
    {"signed", "multipart/signed; boundary=b",
	"--b\r\n\r\nx\r\n--b\r\nContent-Type: multipart/x; boundary=c\r\n"
	"\r\n--c\r\n\r\ny\r\n--b--\r\n",
	"0me:0:73 1s:0:1 1ms:39:8 2s:0:1"},
    {"embedded", MIXED,
	"--b\r\nContent-Type: message/rfc822\r\n\r\nx\r\n--b--\r\n",
	"0m:0:47 1e:30:1"},
    {"digest", "multipart/digest; boundary=b",
	"--b\r\n\r\nx\r\n--b\r\nContent-Type: text/plain\r\n\r\ny\r\n",
	"0m:0:46 1e:0:1 1:26:3"},
    {"S/MIME", "application/pkcs7-mime", "x\r\n", "0e:0:3"},
    {"lone LF", MIXED, "--b\n\nx\n--b--\n", "0m:0:13 1:0:1"},
    {"value repaired", "multipart/mixed; boundary==b;",
	"--=b\r\n\r\nx\r\n--=b--\r\n", "0m:0:19 1:0:1"},
};

static char *
show(const MimeIndex *index)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < mime_index_count(index); i++) {
		const MimePart *part = mime_index_at(index, i);
		g_string_append_printf(out,
		    "%s%u%s%s%s%s%s%s%s:%" G_GSIZE_FORMAT ":%" G_GSIZE_FORMAT,
		    i > 0 ? " " : "", part->depth, part->multipart ? "m" : "",
		    part->broken ? "b" : "", part->trimmed ? "t" : "",
		    part->unmatched ? "x" : "", part->unended ? "u" : "",
		    part->seals ? "e" : "", part->sealed ? "s" : "",
		    part->header.len, part->body.len);
	}
	return g_string_free(out, FALSE);
}

static Header *
header_of(const char *type)
{
	Header *header = header_new();

	if (type)
		header_add(header, "Content-Type", type, strlen(type));
	return header;
}

static void
tree(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(trees); i++) {
		gsize len = strlen(trees[i].body);
		g_autofree char *body = unit_octets(trees[i].body, len);
		g_autoptr(Header) header = header_of(trees[i].type);
		g_autoptr(MimeIndex) index = mime_index_new(header, body, len);
		g_autofree char *got = show(index);
		UNIT_TEXT(trees[i].label, got, trees[i].want);
		UNIT_TRUE("in bounds", !index->over_bounds);
	}
}

static char *
value_text(const char *value, gsize len)
{
	return value ? g_strndup(value, len) : NULL;
}

static void
fields(void)
{
	static const char body[] =
	    "--b\r\nContent-type : text/html;\r\n charset=x\r\nno colon\r\n"
	    "Content-Type: text/plain\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\nx\r\n--b--\r\n";
	g_autoptr(Header) header = header_of(MIXED);
	g_autoptr(MimeIndex) index = mime_index_new(header, body, strlen(body));
	const MimePart *part = mime_index_at(index, 1);
	gsize len;
	Span field;

	const char *value = mime_index_type(index, 0, &len);
	g_autofree char *root = value_text(value, len);
	UNIT_TEXT("the root's type", root, MIXED);
	value = mime_index_type(index, 1, &len);
	g_autofree char *type = value_text(value, len);
	UNIT_TEXT("the first type", type, " text/html;\r\n charset=x");
	value = mime_index_encoding(index, 1, &len);
	g_autofree char *encoding = value_text(value, len);
	UNIT_TEXT("encoding", encoding, " base64");
	UNIT_TRUE("no disposition", !mime_index_disposition(index, 1, &len));

	guint count = 0;
	gsize at = part->header.start;
	while ((at = mime_index_next_field(index, part, at, &field)) > 0)
		count++;
	UNIT_NUMBER("fields", count, 4);
}

static void
longest(void)
{
	static const char body[] =
	    "12\r\n--b\r\n\r\n12345\r\n123\r\n--b\r\n\r\n"
	    "1\r\n--b--\r\n1234\r\n";
	g_autoptr(Header) header = header_of(MIXED);
	g_autoptr(MimeIndex) index = mime_index_new(header, body, strlen(body));

	UNIT_NUMBER("around", mime_index_at(index, 0)->longest, 4);
	UNIT_NUMBER("first", mime_index_at(index, 1)->longest, 5);
	UNIT_NUMBER("second", mime_index_at(index, 2)->longest, 1);
}

static void
bounds(void)
{
	g_autoptr(GString) body = g_string_new(NULL);
	g_autoptr(Header) header = header_of(MIXED);

	for (guint i = 0; i < BOUND_MIME_PARTS + 10; i++)
		g_string_append(body, "--b\r\n\r\n");
	g_autoptr(MimeIndex) wide =
	    mime_index_new(header, body->str, body->len);
	UNIT_TRUE("too many parts", wide->over_bounds);
	UNIT_NUMBER("parts", mime_index_count(wide), BOUND_MIME_PARTS);

	for (guint depth = BOUND_MIME_DEPTH; depth <= BOUND_MIME_DEPTH + 1;
	     depth++) {
		g_string_assign(body, "--b\r\n");
		for (guint i = 1; i < depth; i++)
			g_string_append_printf(body,
			    "Content-Type: multipart/x; boundary=b%u\r\n\r\n"
			    "--b%u\r\n",
			    i, i);
		g_string_append(body, "\r\nx\r\n");
		g_autoptr(MimeIndex) deep =
		    mime_index_new(header, body->str, body->len);
		UNIT_TRUE(
		    "depth", deep->over_bounds == (depth > BOUND_MIME_DEPTH));
	}

	g_autofree char *name = g_strnfill(BOUND_BOUNDARY + 1, 'x');
	g_autofree char *type =
	    g_strconcat("multipart/mixed; boundary=", name, NULL);
	g_autoptr(Header) long_header = header_of(type);
	g_autoptr(MimeIndex) index =
	    mime_index_new(long_header, body->str, body->len);
	UNIT_TRUE("long boundary", index->over_bounds);
	mime_index_free(NULL);
}

/* Multiparts in each other, the boundary of none met, so that each has what is
 * in it read again. */
static MimeIndex *
unmatched_index(const Header *header, GString *body, guint depth, guint lines)
{
	g_string_assign(body, "--like\r\n");
	for (guint i = 1; i < depth; i++)
		g_string_append_printf(body,
		    "Content-Type: multipart/x; boundary=b%u\r\n\r\n"
		    "--like%u\r\n",
		    i, i);
	g_string_append(body, "\r\n");
	for (guint i = 0; i < lines; i++)
		g_string_append(body, "--\r\n");
	return mime_index_new(header, body->str, body->len);
}

static void
read_again(void)
{
	g_autoptr(GString) body = g_string_new(NULL);
	g_autoptr(Header) header = header_of(MIXED);
	g_autoptr(MimeIndex) some = unmatched_index(header, body, 4, 1000);
	UNIT_TRUE("a few", !some->over_bounds);
	UNIT_NUMBER("their parts", mime_index_count(some), 5);
	clock_t began = clock();
	g_autoptr(MimeIndex) many =
	    unmatched_index(header, body, BOUND_MIME_DEPTH, 1000 * 1000);
	UNIT_TRUE("too many", many->over_bounds);
	UNIT_TRUE("quick", clock() - began < 2 * CLOCKS_PER_SEC);
}

static const UnitCase cases[] = {{"tree", tree}, {"fields", fields},
    {"longest", longest}, {"bounds", bounds}, {"read_again", read_again}};
UNIT_MAIN("mime_index", cases)
