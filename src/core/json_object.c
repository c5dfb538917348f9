/* SPDX-License-Identifier: MIT */
#include "core/json_object.h"

#include <string.h>

void
json_object_start(JsonObject *object, const char *text, gsize len)
{
	*object = (JsonObject){text, len, 0, false};
}

void
json_member_clear(JsonMember *member)
{
	g_free(member->key);
	g_free(member->why);
	json_decref(member->value);
	*member = (JsonMember){0};
}

void
json_place_move(JsonPlace *place, const char *text, gsize len, gsize offset)
{
	if (offset < place->offset)
		*place = JSON_PLACE_START;
	for (; place->offset < offset && place->offset < len; place->offset++) {
		char c = text[place->offset];
		if (c == '\n') {
			place->line++;
			place->column = 1;
		} else if ((c & 0xc0) != 0x80) {
			place->column++;
		}
	}
}

static void
skip_space(JsonObject *object)
{
	while (object->at < object->len &&
	       memchr(" \t\r\n", object->text[object->at], 4))
		object->at++;
}

static bool
take(JsonObject *object, char c)
{
	skip_space(object);
	if (object->at == object->len || object->text[object->at] != c)
		return false;
	object->at++;
	return true;
}

static JsonNext
broken(JsonMember *member, gsize at, const char *why)
{
	json_member_clear(member);
	member->why = g_strdup(why);
	member->fault_at = at;
	return JSON_BROKEN;
}

/* The offset past the string whose quote is at, or len. */
static gsize
string_end(const JsonObject *object, gsize at)
{
	for (at++; at < object->len; at++) {
		if (object->text[at] == '"')
			return at + 1;
		if (object->text[at] == '\\')
			at++;
	}
	return object->len;
}

/* The offset past the array or object that opens at, or len. Whether the
 * brackets pair is jansson's to say. */
static gsize
nested_end(const JsonObject *object, gsize at)
{
	gsize depth = 0;

	while (at < object->len) {
		char c = object->text[at];
		if (c == '"') {
			at = string_end(object, at);
			continue;
		}
		at++;
		if (c == '[' || c == '{')
			depth++;
		else if ((c == ']' || c == '}') && --depth == 0)
			return at;
	}
	return object->len;
}

static json_t *
load(const JsonObject *object, gsize from, gsize to, JsonMember *member)
{
	json_error_t error;
	json_t *value = json_loadb(object->text + from, to - from,
	    JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &error);

	if (!value) {
		g_free(member->why);
		member->why = g_strdup(error.text);
		member->fault_at = from + (gsize)MAX(error.position, 1) - 1;
	}
	return value;
}

char *
json_string_at(const char *text, gsize len, gsize at)
{
	JsonObject object = {text, len, at, true};
	JsonMember member = {0};
	json_t *string = load(&object, at, string_end(&object, at), &member);
	char *copy = g_strdup(json_string_value(string));

	json_decref(string);
	json_member_clear(&member);
	return copy;
}

static gsize
value_end(const JsonObject *object, gsize at)
{
	char c = object->text[at];

	if (c == '"')
		return string_end(object, at);
	if (c == '[' || c == '{')
		return nested_end(object, at);
	while (at < object->len && !memchr(",]}\" \t\r\n", object->text[at], 8))
		at++;
	return at;
}

/* A closed string of printable ASCII without escapes reads as it stands. */
static bool
is_plain(const char *quoted, gsize len)
{
	if (len < 2 || quoted[len - 1] != '"')
		return false;
	for (gsize i = 1; i + 1 < len; i++)
		if (quoted[i] < ' ' || quoted[i] > '~' || quoted[i] == '\\')
			return false;
	return true;
}

static bool
read_key(JsonObject *object, JsonMember *member)
{
	gsize end = string_end(object, object->at);
	const char *quoted = object->text + object->at;

	member->key_at = object->at;
	if (is_plain(quoted, end - object->at)) {
		member->key = g_strndup(quoted + 1, end - object->at - 2);
	} else {
		json_t *key = load(object, object->at, end, member);
		member->key = g_strdup(json_string_value(key));
		json_decref(key);
	}
	object->at = end;
	return member->key != NULL;
}

/* Which RFC 8259, section 8.1, forbids. Of UTF-8, UTF-16. */
static bool
starts_with_mark(const JsonObject *object)
{
	static const char *const marks[] = {
	    "\xef\xbb\xbf", "\xff\xfe", "\xfe\xff"};

	for (guint i = 0; i < G_N_ELEMENTS(marks); i++)
		if (object->len >= strlen(marks[i]) &&
		    memcmp(object->text, marks[i], strlen(marks[i])) == 0)
			return true;
	return false;
}

/* Past '{' or the ',' between members. */
static JsonNext
to_member(JsonObject *object, JsonMember *member)
{
	bool first = !object->open;

	if (first && !take(object, '{'))
		return broken(member, object->at,
		    starts_with_mark(object)
			? "a byte order mark: save the file as UTF-8 without "
			  "one"
			: "a table is one object: '{' expected");
	object->open = true;
	if (take(object, '}')) {
		skip_space(object);
		return object->at == object->len
			   ? JSON_END
			   : broken(member, object->at,
				 "nothing may follow the table's '}'");
	}
	if (!first && !take(object, ','))
		return broken(member, object->at, "',' or '}' expected");
	skip_space(object);
	if (object->at == object->len || object->text[object->at] != '"')
		return broken(
		    member, object->at, "a key in double quotes expected");
	return JSON_MEMBER;
}

JsonNext
json_object_next(JsonObject *object, JsonMember *member)
{
	*member = (JsonMember){0};
	JsonNext next = to_member(object, member);

	if (next != JSON_MEMBER)
		return next;
	if (!read_key(object, member)) {
		g_autofree char *why = g_strdup(member->why);
		return broken(member, member->fault_at, why);
	}
	if (!take(object, ':'))
		return broken(member, object->at, "':' expected");
	skip_space(object);
	if (object->at == object->len)
		return broken(member, object->at, "a value expected");
	gsize start = object->at;
	object->at = value_end(object, start);
	member->value = load(object, start, object->at, member);
	if (!member->value && object->at == object->len) {
		g_autofree char *why = g_strdup(member->why);
		return broken(member, member->fault_at, why);
	}
	return JSON_MEMBER;
}
