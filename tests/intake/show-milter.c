/* SPDX-License-Identifier: MIT */
/*
 * show-milter SOCKET FILE - a milter that writes down what it is shown
 *
 * Each message becomes FILE: "name:value" and NUL for each field, one more
 * NUL, the body. The message itself is discarded.
 */
#include <glib.h>
#include <glib/gstdio.h>
#include <libmilter/mfapi.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char *dump;

static sfsistat
on_negotiate(SMFICTX *ctx, unsigned long actions, unsigned long steps,
    unsigned long other, unsigned long more, unsigned long *want_actions,
    unsigned long *want_steps, unsigned long *want_other,
    unsigned long *want_more)
{
	(void)ctx, (void)actions, (void)other, (void)more;
	*want_actions = 0;
	*want_steps = steps & SMFIP_HDR_LEADSPC;
	*want_other = *want_more = 0;
	return SMFIS_CONTINUE;
}

static GString *
shown(SMFICTX *ctx)
{
	GString *text = smfi_getpriv(ctx);

	if (!text) {
		text = g_string_new(NULL);
		smfi_setpriv(ctx, text);
	}
	return text;
}

static void
forget(SMFICTX *ctx)
{
	GString *text = smfi_getpriv(ctx);

	if (text)
		g_string_free(text, TRUE);
	smfi_setpriv(ctx, NULL);
}

static sfsistat
on_header(SMFICTX *ctx, char *name, char *value)
{
	GString *text = shown(ctx);

	g_string_append_printf(text, "%s:%s", name, value);
	g_string_append_c(text, '\0');
	return SMFIS_CONTINUE;
}

static sfsistat
on_eoh(SMFICTX *ctx)
{
	g_string_append_c(shown(ctx), '\0');
	return SMFIS_CONTINUE;
}

static sfsistat
on_body(SMFICTX *ctx, unsigned char *octets, size_t len)
{
	g_string_append_len(shown(ctx), (const char *)octets, (gssize)len);
	return SMFIS_CONTINUE;
}

static sfsistat
on_eom(SMFICTX *ctx)
{
	GString *text = shown(ctx);
	g_autofree char *beside = g_strconcat(dump, ".new", NULL);
	bool written =
	    g_file_set_contents(beside, text->str, (gssize)text->len, NULL) &&
	    g_rename(beside, dump) == 0;

	forget(ctx);
	return written ? SMFIS_DISCARD : SMFIS_TEMPFAIL;
}

static sfsistat
on_abort(SMFICTX *ctx)
{
	forget(ctx);
	return SMFIS_CONTINUE;
}

int
main(int argc, char **argv)
{
	static char name[] = "show-milter";
	struct smfiDesc milter = {
	    .xxfi_name = name,
	    .xxfi_version = SMFI_VERSION,
	    .xxfi_header = on_header,
	    .xxfi_eoh = on_eoh,
	    .xxfi_body = on_body,
	    .xxfi_eom = on_eom,
	    .xxfi_abort = on_abort,
	    .xxfi_close = on_abort,
	    .xxfi_negotiate = on_negotiate,
	};

	if (argc != 3) {
		fputs("usage: show-milter SOCKET FILE\n", stderr);
		return 64;
	}
	dump = argv[2];
	if (smfi_register(milter) != MI_SUCCESS ||
	    smfi_setconn(argv[1]) != MI_SUCCESS)
		return 1;
	return smfi_main() == MI_SUCCESS ? 0 : 1;
}
