/* SPDX-License-Identifier: MIT */
/*
 * json_object.h - walk the members of one big JSON object
 *
 * jansson alone would hold a whole table in memory at once, keep one of two
 * equal keys and forget where each stood. Here the outermost object is walked
 * member by member, with positions; keys and values are jansson's to read.
 * Together they take exactly the texts that jansson takes (RFC 8259), but for
 * duplicate keys, which are the caller's to judge.
 */
#ifndef ALIASBRIDGE_JSON_OBJECT_H
#define ALIASBRIDGE_JSON_OBJECT_H

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

typedef struct JsonObject {
	const char *text; /* borrowed */
	gsize len;
	gsize at;  /* the first octet that was not read */
	bool open; /* the brace was read */
} JsonObject;

typedef struct JsonMember {
	char *key;      /* owned */
	gsize key_at;   /* offset of the key's quote */
	json_t *value;  /* owned; NULL: it does not parse */
	char *why;      /* owned; then what is wrong with it, */
	gsize fault_at; /* and where */
} JsonMember;

typedef enum JsonNext {
	JSON_MEMBER, /* member is filled; clear it */
	JSON_END,    /* the object and the text are over */
	JSON_BROKEN, /* no way to go on: why and fault_at are filled */
} JsonNext;

void json_object_start(JsonObject *object, const char *text, gsize len);

/* The next member. One whose value does not parse (or holds a key twice) but
 * ends where it should is a member all the same. */
JsonNext json_object_next(JsonObject *object, JsonMember *member);
void json_member_clear(JsonMember *member);

/* The string whose quote is at, or NULL. Owned by the caller. */
char *json_string_at(const char *text, gsize len, gsize at);

/* A place in a text for people: line and column from 1, the column in
 * characters. Start with JSON_PLACE_START; moving on is linear. */
typedef struct JsonPlace {
	gsize offset;
	guint line, column;
} JsonPlace;
#define JSON_PLACE_START ((JsonPlace){0, 1, 1})

/* Move to offset (from the start of the text where it lies behind). */
void json_place_move(
    JsonPlace *place, const char *text, gsize len, gsize offset);

#endif
