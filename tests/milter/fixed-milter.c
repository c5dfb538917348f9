/* SPDX-License-Identifier: MIT */
/*
 * fixed-milter SOCKET [PLAN] - what a milter costs that does not think
 *
 * Asks for the same events as aliasbridge-milter and makes the edits that
 * stand in the file PLAN (as `aliasbridge preview --plan` prints them) to each
 * message, whatever it is; without PLAN, none. A measure for benchmarks.
 */
#include <glib.h>
#include <libmilter/mfapi.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>

#include "milter/ops.h"
#include "tests/unit/edit_read.h"

#define ACTIONS                                                                \
	(SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_CHGBODY | SMFIF_CHGFROM |       \
	    SMFIF_ADDRCPT | SMFIF_ADDRCPT_PAR | SMFIF_DELRCPT)
#define STEPS                                                                  \
	(SMFIP_NOCONNECT | SMFIP_NOHELO | SMFIP_NOUNKNOWN | SMFIP_NR_MAIL |    \
	    SMFIP_NR_HDR | SMFIP_NR_EOH | SMFIP_NR_BODY | SMFIP_HDR_LEADSPC)

static EditList *plan;   /* owned */
static Message *nothing; /* owned */

static sfsistat
on_negotiate(SMFICTX *ctx, unsigned long f0, unsigned long f1, unsigned long f2,
    unsigned long f3, unsigned long *pf0, unsigned long *pf1,
    unsigned long *pf2, unsigned long *pf3)
{
	(void)ctx, (void)f0, (void)f1, (void)f2, (void)f3;
	*pf0 = ACTIONS;
	*pf1 = STEPS;
	*pf2 = *pf3 = 0;
	return SMFIS_CONTINUE;
}

static sfsistat
on_path(SMFICTX *ctx, char **arguments)
{
	(void)ctx, (void)arguments;
	return SMFIS_CONTINUE;
}

static sfsistat
on_mail(SMFICTX *ctx, char **arguments)
{
	(void)ctx, (void)arguments;
	return SMFIS_NOREPLY;
}

static sfsistat
on_data(SMFICTX *ctx)
{
	(void)ctx;
	return SMFIS_CONTINUE;
}

static sfsistat
on_header(SMFICTX *ctx, char *name, char *value)
{
	(void)ctx, (void)name, (void)value;
	return SMFIS_NOREPLY;
}

static sfsistat
on_end_of_header(SMFICTX *ctx)
{
	(void)ctx;
	return SMFIS_NOREPLY;
}

static sfsistat
on_body(SMFICTX *ctx, unsigned char *octets, size_t len)
{
	(void)ctx, (void)octets, (void)len;
	return SMFIS_NOREPLY;
}

static sfsistat
on_end_of_message(SMFICTX *ctx)
{
	g_autoptr(GError) error = NULL;

	if (edit_list_count(plan) > 0 &&
	    !ops_apply(&OPS_LIBMILTER, ctx, nothing, plan, &error)) {
		fprintf(stderr, "fixed-milter: %s\n", error->message);
		return SMFIS_TEMPFAIL;
	}
	return SMFIS_ACCEPT;
}

static bool
read_plan(const char *path, GError **error)
{
	g_autofree char *text = NULL;

	if (path && !g_file_get_contents(path, &text, NULL, error))
		return false;
	plan = text ? edit_read(text, error) : edit_list_new();
	return plan != NULL;
}

int
main(int argc, char **argv)
{
	static char name[] = "fixed";
	g_autoptr(GError) error = NULL;
	struct smfiDesc description = {
	    .xxfi_name = name,
	    .xxfi_version = SMFI_VERSION,
	    .xxfi_flags = ACTIONS,
	    .xxfi_negotiate = on_negotiate,
	    .xxfi_envfrom = on_mail,
	    .xxfi_envrcpt = on_path,
	    .xxfi_data = on_data,
	    .xxfi_header = on_header,
	    .xxfi_eoh = on_end_of_header,
	    .xxfi_body = on_body,
	    .xxfi_eom = on_end_of_message,
	};

	if (argc < 2 || argc > 3) {
		fprintf(stderr, "usage: fixed-milter SOCKET [PLAN]\n");
		return 64;
	}
	if (!read_plan(argc == 3 ? argv[2] : NULL, &error)) {
		fprintf(stderr, "fixed-milter: %s\n", error->message);
		return 66;
	}
	nothing = message_new("");
	umask(0);
	if (smfi_register(description) != MI_SUCCESS ||
	    smfi_setconn(argv[1]) != MI_SUCCESS ||
	    smfi_opensocket(true) != MI_SUCCESS) {
		fprintf(stderr, "fixed-milter: cannot listen on %s\n", argv[1]);
		return 75;
	}
	return smfi_main();
}
