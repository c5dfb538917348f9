/* SPDX-License-Identifier: MIT */
#include "core/table_members.h"

#include <string.h>

#include "core/alias.h"
#include "core/failure.h"
#include "core/json_object.h"
#include "core/json_text.h"

/* Two braces in a row stand in strings only: objects have a quote after. */
static char *
escape_braces(const char *text)
{
	GString *out = g_string_new(NULL);

	for (const char *c = text; *c; c++)
		if (*c == '{' && c > text && c[-1] == '{')
			g_string_append(out, "\\u007b");
		else
			g_string_append_c(out, *c);
	return g_string_free(out, FALSE);
}

static char *
member_text(const JsonMember *member)
{
	g_autofree char *key =
	    json_text_take(json_string(member->key), JSON_COMPACT);
	g_autofree char *value = json_text_dup(member->value, JSON_COMPACT);
	g_autofree char *text = g_strconcat(key, ":", value, NULL);

	return escape_braces(text);
}

bool
table_members_add(
    GHashTable *members, const char *text, gsize len, GError **error)
{
	JsonObject object;
	JsonMember member;
	JsonNext next;

	json_object_start(&object, text, len);
	while ((next = json_object_next(&object, &member)) == JSON_MEMBER) {
		char *key =
		    member.value ? alias_fold_key(member.key, NULL) : NULL;
		if (key && !g_hash_table_contains(members, key))
			g_hash_table_insert(members, key, member_text(&member));
		else
			g_free(key);
		json_member_clear(&member);
	}
	json_member_clear(&member);
	if (next == JSON_END)
		return true;
	return failure_set(error, FAILURE_INPUT, "this is no alias table");
}
