/* SPDX-License-Identifier: MIT */
#include "io/table_state.h"

#include <jansson.h>
#include <string.h>

#include "core/failure.h"
#include "core/json_text.h"
#include "core/table_format.h"

/* Of state.json; another one is not ours to read. */
#define STATE_FORMAT 1

void
table_state_free(TableState *state)
{
	if (!state)
		return;
	g_free(state->source);
	g_free(state->versions);
	g_free(state->checksum);
	g_free(state);
}

static gint64
number(const json_t *state, const char *name)
{
	return json_integer_value(json_object_get(state, name));
}

static TableState *
from_json(const json_t *json)
{
	TableState *state = g_new0(TableState, 1);
	const json_t *versions = json_object_get(json, "versions");

	state->source =
	    g_strdup(json_string_value(json_object_get(json, "source")));
	state->checksum =
	    g_strdup(json_string_value(json_object_get(json, "checksum")));
	if (json_is_object(versions))
		state->versions = json_text_dup(versions, JSON_COMPACT);
	state->time = number(json, "time");
	state->aliases = number(json, "aliases");
	state->inactive = number(json, "inactive");
	state->targets = number(json, "targets");
	state->domains = number(json, "domains");
	state->octets = number(json, "octets");
	return state;
}

TableState *
table_state_read(const char *directory, GError **error)
{
	g_autofree char *path = g_build_filename(directory, TABLE_STATE, NULL);
	json_error_t why;
	json_t *json = json_load_file(path, 0, &why);

	if (!json || number(json, "format") != STATE_FORMAT) {
		failure_set(error, FAILURE_TEMPORARY, "cannot read %s: %s",
		    path, json ? "its format is another one" : why.text);
		json_decref(json);
		return NULL;
	}
	TableState *state = from_json(json);
	json_decref(json);
	if (state->source && state->checksum)
		return state;
	failure_set(
	    error, FAILURE_TEMPORARY, "cannot read %s: it is incomplete", path);
	table_state_free(state);
	return NULL;
}

static json_t *
to_versions(const TableState *state)
{
	return state->versions
		   ? json_loads(state->versions, JSON_REJECT_DUPLICATES, NULL)
		   : json_null();
}

char *
table_state_to_text(const TableState *state, GError **error)
{
	g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(state->time);
	g_autofree char *written =
	    time ? g_date_time_format(time, "%Y-%m-%dT%H:%M:%SZ") : NULL;
	json_t *json = json_pack(
	    "{s:i, s:s, s:o, s:I, s:s, s:I, s:I, s:I, s:I, s:I, s:s}", "format",
	    STATE_FORMAT, "source", state->source, "versions",
	    to_versions(state), "time", (json_int_t)state->time, "written",
	    written ? written : "", "aliases", (json_int_t)state->aliases,
	    "inactive", (json_int_t)state->inactive, "targets",
	    (json_int_t)state->targets, "domains", (json_int_t)state->domains,
	    "octets", (json_int_t)state->octets, "checksum", state->checksum);

	if (!json) {
		failure_set(error, FAILURE_INPUT,
		    "the table's source or versions are no JSON");
		return NULL;
	}
	g_autofree char *text = json_text_take(json, JSON_INDENT(2));
	return g_strconcat(text, "\n", NULL);
}
