/* SPDX-License-Identifier: MIT */
#include "core/virtual_map.h"

#include <string.h>

#include "core/bounds.h"
#include "core/fold_case.h"

void
virtual_map_start(VirtualMap *map, const char *text, gsize len)
{
	*map = (VirtualMap){text, len, 0, 0};
}

static bool
is_comment(const char *line, gsize len)
{
	gsize i = 0;

	while (i < len && g_ascii_isspace(line[i]))
		i++;
	return i == len || line[i] == '#' || line[i] == '\0';
}

/* One physical line, without its end. */
static bool
next_line(VirtualMap *map, const char **line, gsize *len)
{
	if (map->at >= map->len)
		return false;
	*line = map->text + map->at;
	const char *end = memchr(*line, '\n', map->len - map->at);
	*len = end ? (gsize)(end - *line) : map->len - map->at;
	map->at += *len + (end ? 1 : 0);
	map->line++;
	return true;
}

/* Join the lines of one entry. */
static GString *
logical_line(VirtualMap *map, guint *first)
{
	const char *line;
	gsize len;
	GString *text = NULL;

	for (;;) {
		VirtualMap before = *map;
		if (!next_line(map, &line, &len))
			return text;
		if (is_comment(line, len))
			continue;
		if (text && !g_ascii_isspace(*line)) {
			*map = before;
			return text;
		}
		if (!text) {
			text = g_string_new(NULL);
			*first = map->line;
		}
		g_string_append_len(text, line, (gssize)len);
	}
}

/* Where the key ends: at white space outside quotes. */
static gsize
key_length(const char *text)
{
	bool quoted = false;
	gsize i;

	for (i = 0; text[i] && (quoted || !g_ascii_isspace(text[i])); i++) {
		if (text[i] == '\\' && text[i + 1])
			i++;
		else if (text[i] == '"')
			quoted = !quoted;
	}
	return i;
}

/* --- addresses -----------------------------------------------------------*/

typedef struct List {
	GPtrArray *done;  /* of char *, owned */
	GPtrArray *words; /* of char *, owned; since the last comma: addresses,
			     or the phrase of one in brackets */
	GString *word;    /* owned */
} List;

static void
end_word(List *list)
{
	if (list->word->len > 0)
		g_ptr_array_add(list->words, g_strdup(list->word->str));
	g_string_truncate(list->word, 0);
}

static void
end_item(List *list)
{
	end_word(list);
	for (guint i = 0; i < list->words->len; i++)
		g_ptr_array_add(list->done, g_strdup(list->words->pdata[i]));
	g_ptr_array_set_size(list->words, 0);
}

static const char *
take_quoted(List *list, const char *c)
{
	g_string_append_c(list->word, *c++);
	while (*c && *c != '"') {
		if (*c == '\\' && c[1])
			g_string_append_c(list->word, *c++);
		g_string_append_c(list->word, *c++);
	}
	if (*c)
		g_string_append_c(list->word, *c++);
	return c;
}

static const char *
skip_comment(const char *c)
{
	int depth = 0;

	do {
		if (*c == '\\' && c[1])
			c++;
		else if (*c == '(')
			depth++;
		else if (*c == ')')
			depth--;
		c++;
	} while (*c && depth > 0);
	return c;
}

/* The phrase before it is no address. */
static const char *
take_bracketed(List *list, const char *c)
{
	end_word(list);
	g_ptr_array_set_size(list->words, 0);
	for (c++; *c && *c != '>';)
		if (*c == '"')
			c = take_quoted(list, c);
		else
			g_string_append_c(list->word, *c++);
	end_item(list);
	return *c ? c + 1 : c;
}

static char **
split_addresses(const char *value)
{
	g_autoptr(GPtrArray) done = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GString) word = g_string_new(NULL);
	List list = {done, words, word};

	for (const char *c = value; *c;) {
		if (*c == '"')
			c = take_quoted(&list, c);
		else if (*c == '(')
			c = skip_comment(c);
		else if (*c == '<')
			c = take_bracketed(&list, c);
		else if (*c == ',') {
			end_item(&list);
			c++;
		} else if (g_ascii_isspace(*c)) {
			end_word(&list);
			c++;
		} else
			g_string_append_c(word, *c++);
	}
	end_item(&list);
	g_ptr_array_add(done, NULL);
	return (char **)g_ptr_array_steal(done, NULL);
}

bool
virtual_map_next(VirtualMap *map, VirtualEntry *entry)
{
	guint line = 0;
	g_autoptr(GString) text = logical_line(map, &line);

	*entry = (VirtualEntry){0};
	if (!text)
		return false;
	gsize len = key_length(text->str);
	g_autofree char *key = g_strndup(text->str, len);
	entry->key =
	    g_utf8_validate(key, -1, NULL) ? fold_case(key) : g_strdup(key);
	entry->value = g_strstrip(g_strdup(text->str + len));
	entry->targets = split_addresses(entry->value);
	entry->line = line;
	return true;
}

void
virtual_entry_clear(VirtualEntry *entry)
{
	g_free(entry->key);
	g_free(entry->value);
	g_strfreev(entry->targets);
	*entry = (VirtualEntry){0};
}

void
virtual_map_append(GString *out, const char *key, const char *const *targets)
{
	gsize column = strlen(key);

	g_string_append(out, key);
	for (guint i = 0; targets[i]; i++) {
		gsize len = strlen(targets[i]) + 2;
		bool fold = i > 0 && column + len > BOUND_LINE_PREFERRED;
		g_string_append_printf(out, "%s%s%s", i > 0 ? "," : "",
		    fold ? "\n    " : " ", targets[i]);
		column = fold ? len + 4 : column + len;
	}
	g_string_append_c(out, '\n');
}
