/* SPDX-License-Identifier: MIT */
/*
 * aliasbridge import - another program's table, as JSON
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cli/cmd.h"
#include "cli/exchange_format.h"
#include "cli/table_columns.h"
#include "core/bounds.h"
#include "core/csv.h"
#include "core/failure.h"
#include "core/json_text.h"
#include "core/virtual_map.h"
#include "io/table_reading.h"

static char *format_name;
static char *origin;

static const GOptionEntry own[] = {
    {"format", 'f', 0, G_OPTION_ARG_STRING, &format_name,
	"json, virtual (Postfix) or csv (RFC 4180)", "FORMAT"},
    {"origin", 'o', 0, G_OPTION_ARG_STRING, &origin,
	"append to targets without domain (myorigin)", "DOMAIN"},
    {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
};

static const CmdHelp help = {
    .arguments = "FILE",
    .summary =
	"Prints another program's alias table as JSON, for build and push.",
    .details = "FILE may be '-', standard input. Without --format its name "
	       "tells, else it is virtual. The first line of csv names the "
	       "columns: key, targets, enabled, reject, senders, expires, "
	       "from_name, subject_prefix, comment.",
    .exits =
	"0 printed, 1 the table is refused, 64 wrong usage, 66 FILE cannot be "
	"opened, 75 it cannot be read now, 78 wrong configuration.",
    .example = "aliasbridge import --format virtual /etc/postfix/virtual > "
	       "aliases.json",
};

/* A table being put together. */
typedef struct Import {
	const Config *config; /* borrowed */
	const char *path;     /* borrowed */
	GString *json;        /* owned; what is printed */
	GString *checked;     /* owned; the same, each entry in its own line */
	guint line;           /* the last of checked, from 1 */
	GHashTable *keys;     /* of char *, owned */
	guint faults;         /* said already */
} Import;

static void
note(const Import *import, guint line, const char *key, const char *what)
{
	g_autofree char *shown = failure_mask(key, -1, 100);

	fprintf(stderr, "warning: %s:%u: %s: %s\n", import->path, line, shown,
	    what);
}

static void
fault(Import *import, guint line, const char *what)
{
	fprintf(stderr, "%s:%u: %s\n", import->path, line, what);
	import->faults++;
}

/* Takes value. line: where it stands in the file. */
static void
add_member(Import *import, guint line, const char *key, json_t *value)
{
	g_autofree char *k = json_text_take(json_string(key), 0);
	g_autofree char *v = json_text_take(value, 0);
	bool first = import->json->len == 1;

	if (!k || !v)
		return;
	g_string_append_printf(
	    import->json, "%s%s: %s", first ? "" : ",\n ", k, v);
	g_string_append(import->checked, first ? "" : ",");
	for (; import->line < line; import->line++)
		g_string_append_c(import->checked, '\n');
	g_string_append_printf(import->checked, "%s: %s", k, v);
}

/* --- virtual -------------------------------------------------------------*/

/* Why a target cannot be kept, or NULL. */
static const char *
why_left_out(const char *target, const char *key)
{
	if (g_ascii_strcasecmp(target, key) == 0)
		return "a copy kept under its own address: not possible here, "
		       "left out";
	if (*target == '|' || *target == '/' || *target == ':')
		return "commands, files and includes are for aliases(5): left "
		       "out";
	if (*target == '@')
		return "a target that is a domain only: not possible here, "
		       "left out";
	return NULL;
}

static void
lacks_domain(Import *import, const VirtualEntry *entry, const char *target)
{
	g_autofree char *key = failure_mask(entry->key, -1, 100);
	g_autofree char *shown = failure_mask(target, -1, 100);
	g_autofree char *what = g_strdup_printf(
	    "%s: target \"%s\" has no domain: say which by --origin DOMAIN",
	    key, shown);

	fault(import, entry->line, what);
}

/* The targets that can be kept, as JSON; the others are told. */
static json_t *
targets_of(Import *import, const VirtualEntry *entry)
{
	json_t *targets = json_array();
	bool has_origin = origin && *origin;

	for (guint i = 0; entry->targets[i]; i++) {
		const char *target = entry->targets[i];
		bool is_bare = !strchr(target, '@');
		g_autofree char *whole =
		    is_bare && has_origin
			? g_strconcat(target, "@", origin, NULL)
			: g_strdup(target);
		const char *why = why_left_out(target, entry->key);
		if (!why)
			why = why_left_out(whole, entry->key);
		if (why) {
			note(import, entry->line, entry->key, why);
			continue;
		}
		if (is_bare && !has_origin)
			lacks_domain(import, entry, target);
		json_array_append_new(targets, json_string(whole));
	}
	return targets;
}

/* "example.com anything" only says that the domain is virtual. */
static bool
is_domain_line(const Import *import, const VirtualEntry *entry)
{
	char *const *domains = import->config->policy->domains;

	return !strchr(entry->key, '@') &&
	       (g_strv_contains((const char *const *)domains, entry->key) ||
		   (strchr(entry->key, '.') && !strchr(entry->value, '@')));
}

static void
add_virtual(Import *import, const VirtualEntry *entry)
{
	if (is_domain_line(import, entry))
		return;
	if (*entry->value == '\0') {
		note(import, entry->line, entry->key,
		    "expected: key, white space, value");
		return;
	}
	if (g_str_has_suffix(entry->key, ":"))
		note(import, entry->line, entry->key,
		    "the key ends in ':' (is this an aliases(5) file?)");
	if (!g_hash_table_add(import->keys, g_strdup(entry->key))) {
		note(import, entry->line, entry->key,
		    "the key is there twice: the first counts");
		return;
	}
	if (!strchr(entry->key, '@') &&
	    g_strv_length(import->config->policy->domains) > 1)
		note(import, entry->line, entry->key,
		    "without a domain it is an alias on every handled domain");
	json_t *targets = targets_of(import, entry);
	if (json_array_size(targets) > 0) {
		add_member(import, entry->line, entry->key, targets);
		return;
	}
	json_decref(targets);
	note(import, entry->line, entry->key, "nothing is left: left out");
}

static void
read_virtual(Import *import, const char *text, gsize len)
{
	VirtualMap map;
	VirtualEntry entry;

	virtual_map_start(&map, text, len);
	while (virtual_map_next(&map, &entry)) {
		add_virtual(import, &entry);
		virtual_entry_clear(&entry);
	}
}

/* --- csv -----------------------------------------------------------------*/

static void
add_row(Import *import, char *const *header, char *const *fields, guint number)
{
	g_autoptr(GError) error = NULL;
	const char *key;

	/* An empty line. */
	if (!*fields[0] && !fields[1])
		return;
	json_t *entry = table_columns_read(header, fields, &key, &error);
	if (entry)
		add_member(import, number, key, entry);
	else
		fault(import, number, error->message);
}

static void
read_csv(Import *import, const char *text, gsize len)
{
	g_autoptr(GError) error = NULL;
	gsize at = 0;
	guint number = 1;
	g_auto(GStrv) header = csv_next(text, len, &at, &error);

	if (header && !table_columns_check(header, &error)) {
		fault(import, number, error->message);
		return;
	}
	while (header && !error) {
		g_auto(GStrv) fields = csv_next(text, len, &at, &error);
		if (!fields)
			break;
		add_row(import, header, fields, ++number);
	}
	if (error)
		fault(import, number + 1, error->message);
}

/* --- the whole -----------------------------------------------------------*/

/* By the name's end. */
static ExchangeFormat
format_of(const char *path)
{
	if (g_str_has_suffix(path, ".json"))
		return EXCHANGE_JSON;
	return g_str_has_suffix(path, ".csv") ? EXCHANGE_CSV : EXCHANGE_VIRTUAL;
}

static void
take_whole(GString *out, const char *text, gsize len)
{
	g_string_truncate(out, 0);
	g_string_append_len(out, text, (gssize)len);
}

static void
convert(Import *import, ExchangeFormat format, const char *text, gsize len)
{
	if (format == EXCHANGE_JSON) {
		take_whole(import->json, text, len);
		take_whole(import->checked, text, len);
		return;
	}
	if (format == EXCHANGE_CSV)
		read_csv(import, text, len);
	else
		read_virtual(import, text, len);
	g_string_append(import->json, "}\n");
	g_string_append(import->checked, "}\n");
}

/* The errors of the table are told as build tells them. */
static int
print_valid(const Import *import)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) documents = documents_new();

	g_ptr_array_add(
	    documents, document_new(import->path, DOCUMENT_FILE,
			   import->checked->str, (gssize)import->checked->len));
	g_autoptr(TableReading) reading =
	    table_reading_new(documents, import->config, &error);
	if (!reading) {
		fprintf(stderr, "%s\n", error->message);
		cmd_error("the table is refused; nothing was printed");
		return CMD_NO;
	}
	cmd_print_warnings(reading->entries);
	fwrite(import->json->str, 1, import->json->len, stdout);
	return CMD_OK;
}

static int
run(const Config *config, const char *path, ExchangeFormat format)
{
	int exit_code;
	g_autoptr(GString) text = cmd_read_table(path, &exit_code);
	g_autoptr(GString) json = g_string_new("{");
	g_autoptr(GString) checked = g_string_new("{");
	g_autoptr(GHashTable) keys =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	Import import = {.config = config,
	    .path = path,
	    .json = json,
	    .checked = checked,
	    .line = 1,
	    .keys = keys};

	if (!text)
		return exit_code;
	convert(&import, format, text->str, text->len);
	if (import.faults > 0) {
		cmd_error("the table is refused; nothing was printed");
		return CMD_NO;
	}
	return print_valid(&import);
}

int
cmd_import(int argc, char **argv)
{
	ExchangeFormat format;
	int exit_code;

	if (!cmd_parse(&argc, &argv, own, &help, 1, 1, &exit_code))
		return exit_code;
	if (!format_name)
		format = format_of(argv[1]);
	else if (!exchange_format_parse(format_name, &format))
		return CMD_USAGE;
	g_autoptr(Config) config = cmd_read_config();
	return config ? run(config, argv[1], format) : CMD_CONFIG;
}
