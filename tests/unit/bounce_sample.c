/* SPDX-License-Identifier: MIT */
#include "bounce_sample.h"

#include <stdlib.h>
#include <string.h>

#include "core/intake.h"
#include "core/mark.h"

/* As a forwarded message's header looks when SES has replaced what it
 * replaces. The target is in it, and in a Received field. */
static const char returned[] =
    "Received: from mx.example.com (mx.example.com [192.0.2.1]) by\n"
    " mx.target.example for <" SAMPLE_TARGET ">; Tue, 24 Nov 2026\n"
    "From: \"Bob Smith - bob at sender.example\" <" SAMPLE_ALIAS ">\n"
    "To: " SAMPLE_TARGET "\n"
    "Reply-To: Bob Smith <" SAMPLE_SENDER ">\n"
    "Subject: Our order\n"
    "Date: Tue, 24 Nov 2026 00:57:05 +0000\n"
    "Message-ID: <01020190-000000@eu-west-1.amazonses.com>\n"
    "X-Original-From: Bob Smith <" SAMPLE_SENDER ">\n"
    "X-Original-Message-ID: <m1@sender.example>\n"
    "X-SES-Forwarded-By: " SAMPLE_ALIAS "\n"
    "X-Aliasbridge-Mark: %s";

Policy *
bounce_sample_policy(void)
{
	Policy *policy = policy_new();

	policy_add_secret(policy, "tops3cr3t", 9);
	g_free(policy->bounce_domain);
	policy->bounce_domain = g_strdup("bounce.example");
	g_free(policy->postmaster);
	policy->postmaster = g_strdup("postmaster@example.com");
	return policy;
}

static char *
returned_text(const Policy *policy)
{
	g_autofree char *alias = g_strdup(SAMPLE_ALIAS);
	Mark mark = {alias, 1, SAMPLE_NOW / 86400};
	g_autofree char *text = mark_to_text(&mark, policy->secrets);
	g_autofree char *folded = header_fold(MARK_FIELD, text);
	char *whole = g_strdup_printf(returned, folded + 1);

	return whole;
}

static bool
replace(GString *text, const char *what, const char *with)
{
	return g_string_replace(text, what, with, 0) > 0;
}

static char *
quoted(const char *text, const char *prefix)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	g_autofree char *glue = g_strconcat("\n", prefix, NULL);

	return g_strjoinv(glue, lines);
}

static bool
fill_in(GString *text, const char *srs, const Policy *policy)
{
	g_autofree char *plain = returned_text(policy);
	g_autofree char *angled = quoted(plain, "> ");
	g_autofree char *indented = quoted(plain, "  ");
	g_autofree char *base64 =
	    g_base64_encode((const guchar *)plain, strlen(plain));
	bool marked = false;

	replace(text, "@SRS@", srs);
	marked |= replace(text, "@RETURNED@", plain);
	marked |= replace(text, "@RETURNED> @", angled);
	marked |= replace(text, "@RETURNED  @", indented);
	marked |= replace(text, "@BASE64@", base64);
	return marked;
}

BounceSample *
bounce_sample_new(
    const char *name, const char *text, const char *srs, const Policy *policy)
{
	BounceSample *sample = g_new0(BounceSample, 1);
	g_autoptr(GString) filled = g_string_new(text);
	g_autoptr(GString) lines = g_string_new(NULL);
	IntakeLines state;

	sample->name = g_strdup(name);
	sample->kind = g_strndup(name, strcspn(name, "-."));
	sample->marked = fill_in(filled, srs, policy);
	intake_lines_init(&state);
	intake_lines_feed(&state, filled->str, filled->len, lines);
	intake_lines_end(&state, lines);
	sample->octets = g_malloc(lines->len + 1);
	memcpy(sample->octets, lines->str, lines->len);
	sample->message = message_new("");
	intake_split(sample->message, sample->octets, lines->len);
	return sample;
}

void
bounce_sample_free(BounceSample *sample)
{
	if (!sample)
		return;
	message_free(sample->message);
	g_free(sample->name);
	g_free(sample->kind);
	g_free(sample->octets);
	g_free(sample);
}

static void
free_sample(gpointer sample)
{
	bounce_sample_free(sample);
}

static gint
by_name(gconstpointer a, gconstpointer b)
{
	const BounceSample *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

GPtrArray *
bounce_samples(const char *srs, const Policy *policy)
{
	GPtrArray *samples = g_ptr_array_new_with_free_func(free_sample);
	const char *source = getenv("top_srcdir");
	g_autofree char *folder =
	    g_build_filename(source ? source : ".", "tests", "bounces", NULL);
	GDir *dir = g_dir_open(folder, 0, NULL);

	for (const char *name; dir && (name = g_dir_read_name(dir));) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		g_autofree char *text = NULL;
		if (g_str_has_suffix(name, ".eml") &&
		    g_file_get_contents(path, &text, NULL, NULL))
			g_ptr_array_add(samples,
			    bounce_sample_new(name, text, srs, policy));
	}
	if (dir)
		g_dir_close(dir);
	g_ptr_array_sort(samples, by_name);
	return samples;
}
