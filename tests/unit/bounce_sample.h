/* SPDX-License-Identifier: MIT */
/*
 * bounce_sample.h - the bounces of tests/bounces, made out to us
 *
 * A sample's name begins with what it is ("permanent-qmail"). In it stand for
 * what changes from run to run:
 *
 *   @SRS@        the signed address that the bounce came to
 *   @RETURNED@   the header of the message that came back, marked;
 *                "@RETURNED> @" with "> " before each line
 *   @BASE64@     the same, encoded
 *
 * The target is jane.hidden@target.example; its systems are below
 * target.example.
 */
#ifndef ALIASBRIDGE_BOUNCE_SAMPLE_H
#define ALIASBRIDGE_BOUNCE_SAMPLE_H

#include <glib.h>

#include "core/message.h"
#include "core/policy.h"

/* 2026-11-24 12:00:00 UTC */
#define SAMPLE_NOW G_GINT64_CONSTANT(1795521600)
#define SAMPLE_ALIAS "shop@example.com"
#define SAMPLE_SENDER "bob@sender.example"
#define SAMPLE_TARGET "jane.hidden@target.example"

typedef struct BounceSample {
	char *name;       /* owned */
	char *kind;       /* owned; the name's first word */
	char *octets;     /* owned */
	bool marked;      /* a header that bears our mark is in it */
	Message *message; /* owned; null sender; borrows from octets */
} BounceSample;

/* Bounce domain bounce.example, a secret, postmaster@example.com. Owned by
 * the caller. */
Policy *bounce_sample_policy(void);

/* All samples in order of their names: of BounceSample, owned by the caller.
 * srs: the address to make them out to. */
GPtrArray *bounce_samples(const char *srs, const Policy *policy);

/* One message, made out the same way. The caller owns it. */
BounceSample *bounce_sample_new(
    const char *name, const char *text, const char *srs, const Policy *policy);
void bounce_sample_free(BounceSample *sample);

#endif
