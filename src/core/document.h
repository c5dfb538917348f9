/* SPDX-License-Identifier: MIT */
/*
 * document.h - one JSON document of the alias table, where it was read
 *
 * A table is one document (a file, one parameter) or many (a path of
 * parameters). The text is as it was stored; nothing here looks into it.
 */
#ifndef ALIASBRIDGE_DOCUMENT_H
#define ALIASBRIDGE_DOCUMENT_H

#include <glib.h>
#include <stdbool.h>

typedef enum DocumentType {
	DOCUMENT_FILE,
	DOCUMENT_STRING,        /* a parameter of type String */
	DOCUMENT_SECURE_STRING, /* ... SecureString, decrypted */
	DOCUMENT_OTHER,         /* StringList, or a type not known here */
} DocumentType;

typedef struct Document {
	char *name; /* owned; path or parameter name, never NULL */
	DocumentType type;
	char *text;      /* owned; as stored; a NUL follows */
	gsize len;       /* of text */
	gint64 version;  /* of the parameter, from 1; 0: a file */
	double modified; /* seconds since the epoch, AWS's clock; 0: unknown */
	char **labels;   /* owned; of this version, or NULL */
	char *key_id;    /* owned; the KMS key, or NULL: not told */
	bool advanced;   /* tier, where told (history) */
} Document;

/* A copy of the two; text of len octets (-1: NUL-terminated). */
Document *document_new(
    const char *name, DocumentType type, const char *text, gssize len);
void document_free(Document *document);

/* An array that frees its documents. */
GPtrArray *documents_new(void);

/* The one of that name, borrowed, or NULL. */
const Document *documents_find(const GPtrArray *documents, const char *name);

/* Order by name; for g_ptr_array_sort. */
gint documents_compare(gconstpointer a, gconstpointer b);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Document, document_free)

#endif
