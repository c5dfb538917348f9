/* SPDX-License-Identifier: MIT */
#include "core/delivery_status.h"

#include <string.h>

#include "core/address.h"
#include "core/bounds.h"
#include "core/reply.h"

/* One recipient's fields; all owned, NULL where absent. */
typedef struct Group {
	char *final, *original, *action, *status, *diagnostic;
} Group;

static void
group_clear(Group *group)
{
	g_free(group->final);
	g_free(group->original);
	g_free(group->action);
	g_free(group->status);
	g_free(group->diagnostic);
	memset(group, 0, sizeof(*group));
}

static char **
group_field(Group *group, const char *name)
{
	const struct {
		const char *name;
		char **value;
	} fields[] = {
	    {"Final-Recipient", &group->final},
	    {"Original-Recipient", &group->original},
	    {"Action", &group->action},
	    {"Status", &group->status},
	    {"Diagnostic-Code", &group->diagnostic},
	};

	for (guint i = 0; i < G_N_ELEMENTS(fields); i++)
		if (g_ascii_strcasecmp(name, fields[i].name) == 0)
			return fields[i].value;
	return NULL;
}

char *
delivery_status_code(const char *text)
{
	gsize len = reply_status_length(text);

	if (len == 0 || (text[len] == '.' && g_ascii_isdigit(text[len + 1])))
		return NULL;
	return g_strndup(text, len);
}

/* "smtp; 550-5.1.1 text", "smtp;550 text", "X-LOCAL; 500 (text)": the reply's
 * class ('5'), and what stands behind its code. */
static char
diagnostic_class(const char *diagnostic, const char **behind)
{
	const char *semicolon = strchr(diagnostic, ';');
	const char *code = semicolon ? semicolon + 1 : diagnostic;

	code += strspn(code, " \t");
	if ((*code != '2' && *code != '4' && *code != '5') ||
	    strspn(code, "0123456789") != 3)
		return '\0';
	*behind = code + 3 + strspn(code + 3, " -#");
	return *code;
}

/* A status that says no more than its class gives way to what the remote
 * system said. */
static char *
group_status(const Group *group)
{
	const char *behind = NULL;
	g_autofree char *status =
	    group->status ? delivery_status_code(group->status) : NULL;

	if (status && !g_str_has_suffix(status, ".0.0"))
		return g_steal_pointer(&status);
	if (!group->diagnostic || !diagnostic_class(group->diagnostic, &behind))
		return g_steal_pointer(&status);
	g_autofree char *said = delivery_status_code(behind);
	if (said && (!status || said[0] == status[0]))
		return g_steal_pointer(&said);
	return g_steal_pointer(&status);
}

static ReportOutcome
outcome_of_class(char class)
{
	switch (class) {
	case '5':
		return REPORT_PERMANENT;
	case '4':
		return REPORT_TEMPORARY;
	case '2':
		return REPORT_DELIVERED;
	default:
		return REPORT_UNCLEAR;
	}
}

static ReportOutcome
group_outcome(const Group *group, const char *status)
{
	static const struct {
		const char *action;
		ReportOutcome outcome;
	} actions[] = {
	    {"fail", REPORT_PERMANENT},   /* failed, failure */
	    {"expire", REPORT_PERMANENT}, /* SendGrid: given up */
	    {"delay", REPORT_TEMPORARY},
	    {"deliver", REPORT_DELIVERED},
	    {"relay", REPORT_DELIVERED},
	    {"expand", REPORT_DELIVERED},
	};
	const char *behind;

	for (guint i = 0; group->action && i < G_N_ELEMENTS(actions); i++)
		if (g_ascii_strncasecmp(group->action, actions[i].action,
			strlen(actions[i].action)) == 0)
			return actions[i].outcome;
	if (status)
		return outcome_of_class(status[0]);
	return group->diagnostic ? outcome_of_class(diagnostic_class(
				       group->diagnostic, &behind))
				 : REPORT_UNCLEAR;
}

/* "rfc822; <a@b>" -> "a@b"; what is no address: NULL. */
static char *
recipient_address(const char *value)
{
	if (!value)
		return NULL;
	const char *semicolon = strchr(value, ';');
	g_autofree char *text = g_strdup(semicolon ? semicolon + 1 : value);
	g_strstrip(text);
	g_autoptr(Address) address = address_parse(text, -1, NULL);
	return address ? address_fold(address) : NULL;
}

static guint
badness(ReportOutcome outcome)
{
	switch (outcome) {
	case REPORT_PERMANENT:
		return 3;
	case REPORT_TEMPORARY:
		return 2;
	case REPORT_UNCLEAR:
		return 1;
	case REPORT_DELIVERED:
	default:
		return 0;
	}
}

/* A recipient is over: count it, and keep it if it is the worst so far. */
static void
status_take(DeliveryStatus *all, Group *group)
{
	g_autofree char *status = group_status(group);
	ReportOutcome outcome = group_outcome(group, status);

	if (all->recipients++ == 0 ||
	    badness(outcome) > badness(all->outcome)) {
		char *target = recipient_address(group->final);
		all->outcome = outcome;
		g_free(all->status);
		g_free(all->target);
		all->status = g_steal_pointer(&status);
		all->target =
		    target ? target : recipient_address(group->original);
	}
	group_clear(group);
}

static bool
group_is_recipient(const Group *group)
{
	return group->action || group->status ||
	       ((group->final || group->original) && group->diagnostic);
}

/* A field of the second recipient ends the first, blank line or not. */
static void
status_field(DeliveryStatus *all, Group *group, const char *field)
{
	const char *colon = strchr(field, ':');

	if (!colon)
		return;
	g_autofree char *name = g_strndup(field, (gsize)(colon - field));
	g_strstrip(name);
	char **value = group_field(group, name);
	if (!value)
		return;
	if (*value && group_is_recipient(group)) {
		status_take(all, group);
		value = group_field(group, name);
	}
	g_free(*value);
	*value = g_strstrip(g_strdup(colon + 1));
}

/* The next field with its folds, or a blank line as "". The caller owns it. */
static char *
next_field(const char **text, const char *end)
{
	GString *field = g_string_new(NULL);

	do {
		const char *stop = memchr(*text, '\n', (gsize)(end - *text));
		const char *line_end = stop ? stop : end;
		g_string_append_len(field, *text, (gssize)(line_end - *text));
		*text = stop ? stop + 1 : end;
		while (field->len > 0 && field->str[field->len - 1] == '\r')
			g_string_truncate(field, field->len - 1);
	} while (
	    field->len > 0 && *text < end && (**text == ' ' || **text == '\t'));
	return g_string_free(field, FALSE);
}

DeliveryStatus *
delivery_status_parse(const char *text, gsize len)
{
	DeliveryStatus *all = g_new0(DeliveryStatus, 1);
	const char *end = text + len;
	Group group = {NULL, NULL, NULL, NULL, NULL};

	while (text < end && all->recipients < BOUND_REPORT_RECIPIENTS) {
		g_autofree char *field = next_field(&text, end);
		if (*g_strchug(field) != '\0')
			status_field(all, &group, field);
		else if (group_is_recipient(&group) &&
			 (group.final || group.original))
			status_take(all, &group);
	}
	if (group_is_recipient(&group))
		status_take(all, &group);
	group_clear(&group);
	return all;
}

void
delivery_status_free(DeliveryStatus *status)
{
	if (!status)
		return;
	g_free(status->status);
	g_free(status->target);
	g_free(status);
}
