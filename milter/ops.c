/* SPDX-License-Identifier: MIT */
#include "milter/ops.h"

#include <string.h>

#include "core/apply.h"
#include "core/failure.h"

/* As much as one packet of the protocol holds. */
#define CHUNK 65535

const Ops OPS_LIBMILTER = {
    .addrcpt = smfi_addrcpt,
    .addrcpt_par = smfi_addrcpt_par,
    .delrcpt = smfi_delrcpt,
    .chgfrom = smfi_chgfrom,
    .addheader = smfi_addheader,
    .chgheader = smfi_chgheader,
    .replacebody = smfi_replacebody,
};

typedef struct Application {
	const Ops *ops;
	SMFICTX *ctx;
	const Message *message;
	const EditList *edits;
	bool body_done;
} Application;

/* An MTA takes a message without recipients and drops it silently. */
static bool
leaves_recipient(const Message *message, const EditList *edits)
{
	for (guint i = 0; i < edit_list_count(edits); i++)
		if (edit_list_at(edits, i)->kind == EDIT_RECIPIENT_ADD)
			return true;
	for (guint i = 0; i < message->recipients->len; i++) {
		const Recipient *recipient =
		    g_ptr_array_index(message->recipients, i);
		if (!recipient->alias)
			return true;
	}
	return false;
}

/* Fill packet from reader; 0 at the end. */
static gsize
read_packet(ApplyReader *reader, unsigned char *packet)
{
	gsize filled = 0;

	while (filled < CHUNK) {
		gsize len;
		const char *octets =
		    apply_reader_next(reader, CHUNK - filled, &len);
		if (len == 0)
			break;
		memcpy(packet + filled, octets, len);
		filled += len;
	}
	return filled;
}

static int
replace_body(const Application *application)
{
	g_autofree unsigned char *packet = g_malloc(CHUNK);
	g_autoptr(ApplyReader) reader = apply_reader_new(
	    application->message, application->edits, APPLY_BODY);
	gsize len = read_packet(reader, packet);

	/* Once with nothing empties the body. */
	do {
		if (application->ops->replacebody(
			application->ctx, packet, (int)len) != MI_SUCCESS)
			return MI_FAILURE;
		len = read_packet(reader, packet);
	} while (len > 0);
	return MI_SUCCESS;
}

static int
add_recipient(const Application *application, const Edit *edit)
{
	g_autofree char *path = g_strdup_printf("<%s>", edit->value);

	return edit->parameters
		   ? application->ops->addrcpt_par(
			 application->ctx, path, edit->parameters)
		   : application->ops->addrcpt(application->ctx, path);
}

static int
change_sender(const Application *application, const Edit *edit)
{
	g_autofree char *path = g_strdup_printf("<%s>", edit->value);

	return application->ops->chgfrom(application->ctx, path, NULL);
}

/* All body edits are done with the first of them. */
static int
edit_body_once(Application *application)
{
	if (application->body_done)
		return MI_SUCCESS;
	application->body_done = true;
	return replace_body(application);
}

static int
apply_edit(Application *application, const Edit *edit)
{
	const Ops *ops = application->ops;
	SMFICTX *ctx = application->ctx;

	switch (edit->kind) {
	case EDIT_RECIPIENT_ADD:
		return add_recipient(application, edit);
	case EDIT_SENDER:
		return change_sender(application, edit);
	case EDIT_HEADER_CHANGE:
		return ops->chgheader(
		    ctx, edit->name, (int)edit->nth, edit->value);
	case EDIT_HEADER_REMOVE:
		return ops->chgheader(ctx, edit->name, (int)edit->nth, NULL);
	case EDIT_HEADER_ADD:
		return ops->addheader(ctx, edit->name, edit->value);
	case EDIT_BODY:
		return edit_body_once(application);
	case EDIT_RECIPIENT_REMOVE:
		return ops->delrcpt(ctx, edit->value);
	}
	return MI_FAILURE;
}

bool
ops_apply(const Ops *ops, SMFICTX *ctx, const Message *message,
    const EditList *edits, GError **error)
{
	Application application = {ops, ctx, message, edits, false};

	if (!leaves_recipient(message, edits))
		return failure_set(
		    error, FAILURE_TEMPORARY, "the edits leave no recipient");
	for (guint i = 0; i < edit_list_count(edits); i++)
		if (apply_edit(&application, edit_list_at(edits, i)) !=
		    MI_SUCCESS)
			return failure_set(error, FAILURE_TEMPORARY,
			    "the MTA does not take edit %u of %u", i + 1,
			    edit_list_count(edits));
	return true;
}
