/* SPDX-License-Identifier: MIT */
/*
 * parameter.h - Content-Type and Content-Disposition values
 *
 * As with address lists: would a strict parser take the value as it stands;
 * and if not, what does a forgiving reader see, and how is that written
 * legally. RFC 2045 5.1, RFC 2183 2, RFC 2231.
 */
#ifndef ALIASBRIDGE_PARAMETER_H
#define ALIASBRIDGE_PARAMETER_H

#include <glib.h>
#include <stdbool.h>

typedef struct Parameter {
	char *name;    /* owned; lower case, without RFC 2231 marks */
	char *value;   /* owned; decoded UTF-8; of a boundary: the octets */
	bool extended; /* came by RFC 2231: may stand beside a plain one of
			  the same name, that older readers take */
} Parameter;

typedef struct ContentValue {
	char *value; /* owned; "text/plain", "attachment": lower case */
	GPtrArray *parameters; /* of Parameter, owned; in order */
} ContentValue;

typedef enum ContentKind {
	CONTENT_TYPE,
	CONTENT_DISPOSITION,
} ContentKind;

/* Would JavaMail's ContentType or ContentDisposition take this value? Folds
 * may be LF or CRLF. 8-bit octets pass where JavaMail lets them pass, in
 * quoted strings: they are another rule's matter. */
bool content_value_is_strict(ContentKind kind, const char *value, gsize len);

/* What is meant: as a strict parser reads the value if it takes it, else as a
 * forgiving one does. Never NULL. A type that cannot be read is text/plain
 * (RFC 2045 5.2), a disposition that cannot, attachment, but inline where
 * there are no parameters either. RFC 2231 (charsets,
 * continuations) and, though forbidden, RFC 2047 in names are decoded; other
 * 8-bit octets are read by charset, that may be NULL, as by
 * charset_to_utf8. At most BOUND_PARAMETERS parameters of the first
 * BOUND_HEADER_FIELD octets. Owned by the caller. */
ContentValue *content_value_parse(
    ContentKind kind, const char *value, gsize len, const char *charset);
void content_value_free(ContentValue *content);

/* The parameter's value, borrowed, or NULL: the extended one if there are
 * two. name in lower case. */
const char *content_value_get(const ContentValue *content, const char *name);
/* Replaces all of that name, at the place of the first; value NULL removes. */
void content_value_set(
    ContentValue *content, const char *name, const char *value);

/* Is it "type/" and anything? */
bool content_value_has_type(const ContentValue *content, const char *type);

/* As a strict parser takes it: tokens or quoted strings, RFC 2231 with UTF-8
 * and continuations where the value is not printable ASCII or is over-long.
 * No folds, but a space after each ';'. 7-bit whatever was read, but for the
 * boundary, which is written as it is. The caller owns it. */
char *content_value_to_text(const ContentValue *content);
/* The same as a field's value: a space before, and folds as LF only between
 * parameters, for a fold inside a quoted string becomes part of it for some
 * readers. name is the field's. */
char *content_value_to_header(const ContentValue *content, const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ContentValue, content_value_free)

#endif
