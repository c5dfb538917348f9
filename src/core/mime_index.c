/* SPDX-License-Identifier: MIT */
#include "core/mime_index.h"

#include <string.h>

#include "core/bounds.h"

/* A multipart whose boundary lines are being looked for. */
typedef struct Level {
	guint part;
	guint child;    /* its part that is open; 0: none */
	char *boundary; /* owned; with "--" before it; NULL: not known yet */
	gsize len;
	gsize like; /* offset behind the first line's start that would be a
		       boundary if there were no parameter; 0: none yet */
} Level;

typedef enum Mode {
	MODE_HEADER,   /* in the newest part's header */
	MODE_BODY,     /* in a leaf, or before a first or behind a last
			  boundary */
	MODE_PREAMBLE, /* before the first boundary of the innermost level */
	MODE_DONE,
} Mode;

typedef struct Scanner {
	MimeIndex *index;
	GArray *levels; /* of Level, outermost first */
	Mode mode;
	guint measured; /* the part whose lines are being measured */
	gsize again;    /* octets that were read again */
	bool looked;    /* for a boundary of its own in this header */
	bool blank;     /* the last line was one of the header, and all white
			   space */
} Scanner;

typedef struct Line {
	gsize start;
	gsize len;  /* without its line end */
	gsize next; /* offset of the next line */
} Line;

typedef enum Match { MATCH_NONE, MATCH_DELIMITER, MATCH_CLOSE } Match;

static MimePart *
part_at(const MimeIndex *index, guint i)
{
	return &g_array_index(index->parts, MimePart, i);
}

static Level *
level_at(const Scanner *scanner, guint i)
{
	return &g_array_index(scanner->levels, Level, i);
}

static void
level_clear(gpointer data)
{
	g_free(((Level *)data)->boundary);
}

static Line
line_at(const MimeIndex *index, gsize at)
{
	const char *start = index->body + at;
	const char *lf = memchr(start, '\n', index->body_len - at);
	Line line = {.start = at};

	line.len = lf ? (gsize)(lf - start) : index->body_len - at;
	line.next = at + line.len + (lf ? 1 : 0);
	if (lf && line.len > 0 && start[line.len - 1] == '\r')
		line.len--;
	return line;
}

/* --- fields --- */

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

gsize
mime_index_next_field(
    const MimeIndex *index, const MimePart *part, gsize at, Span *field)
{
	gsize end = part->header.start + part->header.len;

	if (at >= end)
		return 0;
	field->start = at;
	at = line_at(index, at).next;
	while (at < end && is_blank(index->body[at]))
		at = line_at(index, at).next;
	field->len = MIN(at, end) - field->start;
	return field->start + field->len;
}

/* What Java's String.trim() takes away. */
static bool
is_padding(char c)
{
	return (guchar)c <= ' ';
}

bool
mime_index_is_named(const MimeIndex *index, const Span *field, const char *name)
{
	const char *at = index->body + field->start;
	const char *end = at + field->len;
	gsize len = strlen(name);

	while (at < end && is_padding(*at))
		at++;
	if ((gsize)(end - at) < len || g_ascii_strncasecmp(at, name, len) != 0)
		return false;
	for (at += len; at < end && is_padding(*at);)
		at++;
	return at < end && *at == ':';
}

bool
mime_index_is_bare(const MimeIndex *index, const Span *field, const char *name)
{
	const char *at = index->body + field->start;
	const char *end = at + field->len;

	while (at < end && is_padding(*at))
		at++;
	while (end > at && is_padding(end[-1]))
		end--;
	return (gsize)(end - at) == strlen(name) &&
	       g_ascii_strncasecmp(at, name, strlen(name)) == 0;
}

const char *
mime_index_value(const MimeIndex *index, const Span *field, gsize *len)
{
	const char *start = index->body + field->start;
	const char *end = start + field->len;
	const char *colon =
	    field->len > 0 ? memchr(start, ':', field->len) : NULL;

	*len = 0;
	if (!colon)
		return NULL;
	if (end > colon + 1 && end[-1] == '\n')
		end--;
	if (end > colon + 1 && end[-1] == '\r')
		end--;
	*len = (gsize)(end - (colon + 1));
	return colon + 1;
}

static const char *
field_value(const MimeIndex *index, guint i, const Span *field,
    const char *name, gsize *len)
{
	if (i > 0)
		return mime_index_value(index, field, len);
	const HeaderField *root = header_get_filled(index->header, name);
	*len = root ? root->value_len : 0;
	return root ? root->value : NULL;
}

const char *
mime_index_type(const MimeIndex *index, guint i, gsize *len)
{
	return field_value(
	    index, i, &part_at(index, i)->type, "Content-Type", len);
}

const char *
mime_index_disposition(const MimeIndex *index, guint i, gsize *len)
{
	return field_value(index, i, &part_at(index, i)->disposition,
	    "Content-Disposition", len);
}

const char *
mime_index_encoding(const MimeIndex *index, guint i, gsize *len)
{
	return field_value(index, i, &part_at(index, i)->encoding,
	    "Content-Transfer-Encoding", len);
}

static bool
is_blank_field(const MimeIndex *index, const Span *field)
{
	gsize len;
	const char *value = mime_index_value(index, field, &len);

	while (len > 0 && is_padding(value[len - 1]))
		len--;
	return len == 0;
}

static void
keep_first(const MimeIndex *index, Span *found, const Span *field)
{
	if (found->len == 0 ||
	    (is_blank_field(index, found) && !is_blank_field(index, field)))
		*found = *field;
}

static void
find_fields(MimeIndex *index, MimePart *part)
{
	const struct {
		const char *name;
		Span *found;
	} wanted[] = {
	    {"Content-Type", &part->type},
	    {"Content-Disposition", &part->disposition},
	    {"Content-Transfer-Encoding", &part->encoding},
	};
	Span field;
	gsize at = part->header.start;

	while ((at = mime_index_next_field(index, part, at, &field)) > 0)
		for (guint i = 0; i < G_N_ELEMENTS(wanted); i++)
			if (mime_index_is_named(index, &field, wanted[i].name))
				keep_first(index, wanted[i].found, &field);
}

/* --- what a part is --- */

static bool
type_seals(const char *type)
{
	static const char *const sealing[] = {"multipart/signed",
	    "multipart/encrypted", "application/pkcs7-mime",
	    "application/x-pkcs7-mime"};

	for (guint i = 0; i < G_N_ELEMENTS(sealing); i++)
		if (strcmp(type, sealing[i]) == 0)
			return true;
	return g_str_has_prefix(type, "message/");
}

static ContentValue *
part_content_type(const MimeIndex *index, guint i)
{
	gsize len;
	const char *value = mime_index_type(index, i, &len);

	return value ? content_value_parse(CONTENT_TYPE, value, len, NULL)
		     : NULL;
}

/* RFC 2046 5.1.5: a part of a digest is a message unless it says other. */
static bool
is_in_digest(const MimeIndex *index, guint i)
{
	return i > 0 && part_at(index, part_at(index, i)->parent)->digest;
}

/* JavaMail keeps the last of several, others the first: a repaired value has
 * only the first. */
const char *
mime_index_boundary(const MimeIndex *index, guint i, const ContentValue *type)
{
	gsize len;
	const char *value = mime_index_type(index, i, &len);
	const char *boundary = content_value_get(type, "boundary");

	if (!content_value_is_strict(CONTENT_TYPE, value, len))
		return boundary;
	for (guint k = 0; k < type->parameters->len; k++) {
		const Parameter *parameter =
		    g_ptr_array_index(type->parameters, k);
		if (strcmp(parameter->name, "boundary") == 0)
			boundary = parameter->value;
	}
	return boundary;
}

/* "--" and the boundary without white space at its end, or NULL. */
static char *
delimiter_of(
    const MimeIndex *index, guint i, const ContentValue *type, bool *trimmed)
{
	const char *boundary = mime_index_boundary(index, i, type);

	*trimmed = false;
	if (!boundary)
		return NULL;
	gsize len = strlen(boundary);
	while (len > 0 && is_blank(boundary[len - 1])) {
		len--;
		*trimmed = true;
	}
	return g_strdup_printf("--%.*s", (int)len, boundary);
}

/* Part i's header is known: what is it, and how does the scan go on? */
static void
begin_body(Scanner *scanner, guint i)
{
	MimeIndex *index = scanner->index;
	MimePart *part = part_at(index, i);
	g_autoptr(ContentValue) type = part_content_type(index, i);

	scanner->mode = MODE_BODY;
	scanner->measured = i;
	part->seals = type ? type_seals(type->value) : is_in_digest(index, i);
	if (!type || !content_value_has_type(type, "multipart"))
		return;
	part->multipart = part->broken = true;
	part->digest = strcmp(type->value, "multipart/digest") == 0;
	part->report = strcmp(type->value, "multipart/report") == 0;
	Level level = {.part = i};
	level.boundary = delimiter_of(index, i, type, &part->trimmed);
	level.len = level.boundary ? strlen(level.boundary) : 0;
	if (part->depth >= BOUND_MIME_DEPTH ||
	    level.len > BOUND_BOUNDARY + strlen("--")) {
		g_free(level.boundary);
		index->over_bounds = true;
		scanner->mode = MODE_DONE;
		return;
	}
	g_array_append_val(scanner->levels, level);
	scanner->mode = MODE_PREAMBLE;
}

/* --- boundaries --- */

static gsize
without_blanks(const char *text, gsize len)
{
	while (len > 0 && is_blank(text[len - 1]))
		len--;
	return len;
}

/* A line within a part: anything may stand behind the last "--". */
static Match
match_inner(const Level *level, const char *text, gsize len)
{
	/* The last octet first: boundaries differ at their ends. */
	if (len < level->len ||
	    text[level->len - 1] != level->boundary[level->len - 1] ||
	    memcmp(text, level->boundary, level->len) != 0)
		return MATCH_NONE;
	text += level->len;
	len -= level->len;
	if (len >= 2 && text[0] == '-' && text[1] == '-')
		return MATCH_CLOSE;
	return without_blanks(text, len) == 0 ? MATCH_DELIMITER : MATCH_NONE;
}

/* Without a boundary parameter the first line like one is it, but a line of
 * dashes alone is a rule in the text. */
static bool
is_like_boundary(const char *text, gsize len)
{
	gsize dashes = 0;

	while (dashes < len && text[dashes] == '-')
		dashes++;
	return len > 2 && (len <= 4 || dashes < len) &&
	       len <= BOUND_BOUNDARY + strlen("--");
}

/* A line before the first boundary. */
static Match
match_first(Level *level, const char *text, const Line *line)
{
	gsize len = without_blanks(text, line->len);

	if (!level->boundary) {
		if (!is_like_boundary(text, len))
			return MATCH_NONE;
		level->boundary = g_strndup(text, len);
		level->len = len;
		return MATCH_DELIMITER;
	}
	Match match = match_inner(level, text, line->len);
	if (match == MATCH_CLOSE && len != level->len + strlen("--"))
		match = MATCH_NONE;
	if (match == MATCH_NONE && level->like == 0 &&
	    is_like_boundary(text, len))
		level->like = line->start + 1;
	return match;
}

/* Which level's boundary is the line? */
static Match
match_line(Scanner *scanner, const Line *line, guint *level)
{
	const char *text = scanner->index->body + line->start;

	if (line->len < 2 || text[0] != '-' || text[1] != '-')
		return MATCH_NONE;
	for (guint i = 0; i < scanner->levels->len; i++) {
		bool first = scanner->mode == MODE_PREAMBLE &&
			     i + 1 == scanner->levels->len;
		Match match =
		    first ? match_first(level_at(scanner, i), text, line)
			  : match_inner(level_at(scanner, i), text, line->len);
		if (match != MATCH_NONE) {
			*level = i;
			return match;
		}
	}
	return MATCH_NONE;
}

/* The header ends at offset end and the body begins at start. */
static void
end_header(Scanner *scanner, gsize end, gsize start)
{
	guint newest = scanner->index->parts->len - 1;
	MimePart *part = part_at(scanner->index, newest);

	part->header.len = end - part->header.start;
	part->body.start = start;
	find_fields(scanner->index, part);
	begin_body(scanner, newest);
}

/* The open parts of level and those inside it end before the line at offset
 * at. */
static void
end_parts(Scanner *scanner, guint level, gsize at)
{
	const MimeIndex *index = scanner->index;

	if (scanner->mode == MODE_HEADER) {
		MimePart *newest = part_at(index, index->parts->len - 1);
		newest->unended =
		    at > newest->header.start && at < index->body_len;
		end_header(scanner, at, at);
	}
	gsize end = at;
	if (at < index->body_len && end > 0 && index->body[end - 1] == '\n')
		end--;
	if (end < at && end > 0 && index->body[end - 1] == '\r')
		end--;
	for (guint i = level; i < scanner->levels->len; i++) {
		guint child = level_at(scanner, i)->child;
		MimePart *part = part_at(index, child);
		if (child > 0 && end > part->body.start)
			part->body.len = end - part->body.start;
	}
}

static void
begin_part(Scanner *scanner, guint level, const Line *line)
{
	MimeIndex *index = scanner->index;
	guint parent = level_at(scanner, level)->part;
	const MimePart *container = part_at(index, parent);
	MimePart part = {
	    .parent = parent,
	    .depth = container->depth + 1,
	    .delimiter = {line->start, line->next - line->start},
	    .header = {line->next, 0},
	    .sealed = container->sealed || container->seals,
	};

	if (index->parts->len >= BOUND_MIME_PARTS) {
		index->over_bounds = true;
		scanner->mode = MODE_DONE;
		return;
	}
	level_at(scanner, level)->child = index->parts->len;
	g_array_append_val(index->parts, part);
	scanner->mode = MODE_HEADER;
	scanner->looked = scanner->blank = false;
}

static void
take_boundary(Scanner *scanner, guint level, Match match, const Line *line)
{
	end_parts(scanner, level, line->start);
	guint container = level_at(scanner, level)->part;
	MimePart *part = part_at(scanner->index, container);
	if (match == MATCH_DELIMITER) {
		g_array_set_size(scanner->levels, level + 1);
		part->broken = false;
		begin_part(scanner, level, line);
		return;
	}
	g_array_set_size(scanner->levels, level);
	part->close = (Span){line->start, line->next - line->start};
	scanner->measured = container;
	scanner->mode = MODE_BODY;
}

/* A line with "--" in a header: if it is the boundary that this very header
 * gives, the empty line before it is missing. Looked for once a header, so
 * that the scan stays linear. */
static bool
header_meets_boundary(Scanner *scanner, const Line *line)
{
	MimeIndex *index = scanner->index;
	guint newest = index->parts->len - 1;
	MimePart *part = part_at(index, newest);
	const char *text = index->body + line->start;
	bool trimmed;

	if (scanner->mode != MODE_HEADER || scanner->looked || line->len < 2 ||
	    text[0] != '-' || text[1] != '-')
		return false;
	scanner->looked = true;
	part->header.len = line->start - part->header.start;
	find_fields(index, part);
	g_autoptr(ContentValue) type = part_content_type(index, newest);
	g_autofree char *boundary =
	    type && content_value_has_type(type, "multipart")
		? delimiter_of(index, newest, type, &trimmed)
		: NULL;
	if (!boundary || strlen(boundary) != without_blanks(text, line->len) ||
	    memcmp(text, boundary, strlen(boundary)) != 0)
		return false;
	end_header(scanner, line->start, line->start);
	part_at(index, newest)->unended = true;
	return true;
}

/* The innermost multipart ends and its first boundary was not met, but a line
 * like one was: it is read again as if it had no boundary parameter. at is
 * where it ends, *next where it is read from. */
static bool
read_again(Scanner *scanner, gsize at, gsize *next)
{
	MimeIndex *index = scanner->index;

	if (scanner->mode != MODE_PREAMBLE)
		return false;
	Level *level = level_at(scanner, scanner->levels->len - 1);
	if (!level->boundary || level->like == 0)
		return false;
	g_clear_pointer(&level->boundary, g_free);
	MimePart *part = part_at(index, level->part);
	part->unmatched = true;
	part->trimmed = false;
	part->longest = 0;
	*next = level->like - 1;
	scanner->again += at - *next;
	/* They may stand in each other. */
	if (scanner->again > BOUND_MIME_AGAIN * index->body_len) {
		index->over_bounds = true;
		scanner->mode = MODE_DONE;
	}
	return true;
}

/* printable ASCII, then a colon */
static bool
is_field(const char *text, gsize len)
{
	gsize name = 0;

	while (name < len && text[name] > ' ' && text[name] < 0x7f &&
	       text[name] != ':')
		name++;
	gsize colon = name;
	while (colon < len && is_blank(text[colon]))
		colon++;
	return name > 0 && colon < len && text[colon] == ':';
}

/* In a header: what is no field behind a line of white space is the body, the
 * empty line having been filled. JavaMail reads on to the next empty one. */
static bool
begins_text(const Scanner *scanner, const Line *line)
{
	const MimeIndex *index = scanner->index;
	const char *text = index->body + line->start;

	return scanner->blank && line->len > 0 && !is_blank(*text) &&
	       !part_at(index, index->parts->len - 1)->sealed &&
	       !is_field(text, line->len);
}

static void
scan_header_line(Scanner *scanner, const Line *line)
{
	const char *text = scanner->index->body + line->start;

	if (line->len == 0) {
		end_header(scanner, line->start, line->next);
	} else if (begins_text(scanner, line)) {
		end_header(scanner, line->start, line->start);
		MimePart *part = part_at(scanner->index, scanner->measured);
		part->unended = true;
		part->longest = line->len;
	}
	scanner->blank = line->len > 0 && without_blanks(text, line->len) == 0;
}

/* Returns the offset of the line to look at next. */
static gsize
scan_line(Scanner *scanner, const Line *line)
{
	guint level = 0;
	gsize next;
	Match match = match_line(scanner, line, &level);

	if (match == MATCH_NONE && header_meets_boundary(scanner, line))
		match = match_line(scanner, line, &level);
	if (scanner->mode == MODE_DONE)
		return line->next;
	if (match != MATCH_NONE && level + 1 < scanner->levels->len &&
	    read_again(scanner, line->start, &next))
		return next;
	if (match != MATCH_NONE) {
		take_boundary(scanner, level, match, line);
	} else if (scanner->mode != MODE_HEADER) {
		MimePart *part = part_at(scanner->index, scanner->measured);
		part->longest = MAX(part->longest, line->len);
	} else {
		scan_header_line(scanner, line);
	}
	return line->next;
}

MimeIndex *
mime_index_new(const Header *header, const char *body, gsize len)
{
	MimeIndex *index = g_new0(MimeIndex, 1);
	Scanner scanner = {.index = index};
	MimePart root = {.body = {0, len}};

	index->header = header;
	index->body = body;
	index->body_len = len;
	index->parts = g_array_new(FALSE, FALSE, sizeof(MimePart));
	g_array_append_val(index->parts, root);
	scanner.levels = g_array_new(FALSE, FALSE, sizeof(Level));
	g_array_set_clear_func(scanner.levels, level_clear);
	begin_body(&scanner, 0);
	gsize at = 0;
	do {
		while (at < len && scanner.mode != MODE_DONE) {
			Line line = line_at(index, at);
			at = scan_line(&scanner, &line);
		}
	} while (read_again(&scanner, len, &at));
	if (scanner.mode != MODE_DONE)
		end_parts(&scanner, 0, len);
	g_array_unref(scanner.levels);
	return index;
}

void
mime_index_free(MimeIndex *index)
{
	if (!index)
		return;
	g_array_unref(index->parts);
	g_free(index);
}

const MimePart *
mime_index_at(const MimeIndex *index, guint i)
{
	return part_at(index, i);
}

guint
mime_index_count(const MimeIndex *index)
{
	return index->parts->len;
}
