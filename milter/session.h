/* SPDX-License-Identifier: MIT */
/*
 * session.h - the milter's callbacks: what happens at each SMTP command
 *
 *   MAIL   begin a transaction with the current snapshot
 *   RCPT   judge the recipient; refuse, defer or continue
 *   DATA   no alias among the recipients: accept, no content is sent
 *   EOM    plan, then edit, log one line, answer
 *
 * A session's callbacks run on different threads, never two at once; its only
 * state is the transaction, NULL between messages.
 */
#ifndef ALIASBRIDGE_SESSION_H
#define ALIASBRIDGE_SESSION_H

#include <glib.h>
#include <stdbool.h>

/* Register the callbacks. body: ask for message bodies, for the life of the
 * process. There must be a current snapshot before smfi_main. False when
 * libmilter does not take it. */
bool session_register(bool body);

/* Were bodies asked for? */
bool session_reads_bodies(void);

/* After smfi_main has returned: wait until no message is being answered, at
 * most so many seconds. False when one still is. */
bool session_drain(unsigned seconds);

#endif
