/* SPDX-License-Identifier: MIT */
/*
 * parameter.h - Content-Type and Content-Disposition values
 *
 * As with address lists: would a strict parser (JavaMail's ContentType,
 * ContentDisposition, ParameterList) take the value as it stands; and if not,
 * what does a forgiving reader see, and how is that written legally.
 */
#ifndef ALIASBRIDGE_PARAMETER_H
#define ALIASBRIDGE_PARAMETER_H

#include <glib.h>
#include <stdbool.h>

typedef struct Parameter {
	char *name;  /* owned; lower case, without RFC 2231 marks */
	char *value; /* owned; decoded UTF-8 */
} Parameter;

typedef struct ContentValue {
	char *value;		/* owned; "text/plain", "attachment": lower case */
	GPtrArray *parameters; /* of Parameter, owned; in order */
} ContentValue;

typedef enum ContentKind {
	CONTENT_TYPE,
	CONTENT_DISPOSITION,
} ContentKind;

bool content_value_is_strict(ContentKind kind, const char *value, gsize len);

/* Forgiving: always a result. A type that cannot be read is
 * application/octet-stream, or text/plain when value is empty; a disposition
 * that cannot is attachment. RFC 2231 (charsets, continuations) and, though
 * forbidden, RFC 2047 are decoded. At most BOUND_PARAMETERS parameters. */
ContentValue *content_value_parse(
    ContentKind kind, const char *value, gsize len, const char *charset);
void content_value_free(ContentValue *content);

/* The parameter's value, borrowed, or NULL. name in lower case. */
const char *content_value_get(const ContentValue *content, const char *name);
void content_value_set(
    ContentValue *content, const char *name, const char *value);

/* As a strict parser takes it: tokens or quoted strings, RFC 2231 with UTF-8
 * and continuations where the value is not ASCII or over-long. No folds, but
 * a space after each ';' for header_fold. The caller owns it. */
char *content_value_to_text(const ContentValue *content);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ContentValue, content_value_free)

#endif
