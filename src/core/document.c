/* SPDX-License-Identifier: MIT */
#include "core/document.h"

#include <string.h>

Document *
document_new(const char *name, DocumentType type, const char *text, gssize len)
{
	Document *document = g_new0(Document, 1);

	document->name = g_strdup(name);
	document->type = type;
	document->len = len < 0 ? strlen(text) : (gsize)len;
	document->text = g_malloc(document->len + 1);
	memcpy(document->text, text, document->len);
	document->text[document->len] = '\0';
	return document;
}

void
document_free(Document *document)
{
	if (!document)
		return;
	g_free(document->name);
	g_free(document->text);
	g_strfreev(document->labels);
	g_free(document->key_id);
	g_free(document);
}

GPtrArray *
documents_new(void)
{
	return g_ptr_array_new_with_free_func((GDestroyNotify)document_free);
}

const Document *
documents_find(const GPtrArray *documents, const char *name)
{
	for (guint i = 0; i < documents->len; i++) {
		const Document *document = documents->pdata[i];
		if (strcmp(document->name, name) == 0)
			return document;
	}
	return NULL;
}

gint
documents_compare(gconstpointer a, gconstpointer b)
{
	const Document *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}
