/* SPDX-License-Identifier: MIT */
/*
 * bounds.h - every maximum, in one place
 *
 * Whatever comes from outside has a bound, and the bound is here. Sizes are
 * octets unless a name says otherwise.
 */
#ifndef ALIASBRIDGE_BOUNDS_H
#define ALIASBRIDGE_BOUNDS_H

/* An addr-spec: RFC 5321 4.5.3.1.3 allows a path of 256 with its brackets. */
#define BOUND_ADDRESS 254
/* RFC 5321 4.5.3.1.1 and 4.5.3.1.2. */
#define BOUND_LOCAL_PART 64
#define BOUND_DOMAIN 253

/* A header field at which Postfix cuts (cleanup with milters active). */
#define BOUND_HEADER_FIELD 60000
/* It cuts at a fold behind this: a field this long may have been cut. */
#define BOUND_HEADER_CUT (BOUND_HEADER_FIELD / 10 * 9)
/* Postfix's line_length_limit: it reads lines in pieces of this size. */
#define BOUND_POSTFIX_LINE 2048
/* A value that we write: Postfix takes the field whole, and it goes through
 * the milter protocol, whose packets hold 65535 octets. */
#define BOUND_HEADER_VALUE 59000
/* A piece of a value that is kept aside, line ends as LF: Gmail refuses a field
 * over 32 KB, but for To, Cc and References. */
#define BOUND_HEADER_PIECE 31000
/* What stays of a text that cannot stay whole: Gmail refuses longer subjects,
 * and nobody reads on. */
#define BOUND_HEADER_BEGINNING 998
/* All header fields of one message together, and how many. */
#define BOUND_HEADER_TOTAL (1024 * 1024)
#define BOUND_HEADER_COUNT 2000
/* Physical lines: RFC 5322 2.1.1, without CRLF. */
#define BOUND_LINE 998
#define BOUND_LINE_PREFERRED 78
/* A word of a header value, beyond which it is encoded to be split. */
#define BOUND_HEADER_WORD 900
/* An encoded-word: RFC 2047 2. */
#define BOUND_ENCODED_WORD 75
/* A charset's name; in an encoded-word, with "*language" after it. */
#define BOUND_CHARSET 64
/* A display name that we write, in characters. */
#define BOUND_DISPLAY_NAME 64

/* MIME: beyond any of these the message is refused, never half edited. */
#define BOUND_MIME_DEPTH 60
#define BOUND_MIME_PARTS 10000
#define BOUND_BOUNDARY 1000
#define BOUND_BODY_EDITS 40000
/* Header fields that name attachments which were renamed or removed. */
#define BOUND_ATTACHMENT_NOTES 100
/* How often a body may be read again, for boundaries that were not met. */
#define BOUND_MIME_AGAIN 4
/* What they put in place of what was there, kept in memory. */
#define BOUND_BODY_EDIT_TEXT (4 * 1024 * 1024)
#define BOUND_PARAMETERS 200
/* Octets of a media type ("type/subtype", RFC 6838 4.2: 127 each) or of a
 * parameter's name. */
#define BOUND_MEDIA_TYPE 255

/* Addresses in To and Cc together that SES takes (aws.md: Recipients). */
#define BOUND_SES_RECIPIENTS 50
/* Mailboxes read from one address header field. */
#define BOUND_MAILBOXES 2000
/* What SES takes: 40 MB, of which we leave room for what relays add. */
#define BOUND_SES_MESSAGE (40 * 1000 * 1000)
/* What a message may have where SES does not matter: no limit of ours. */
#define BOUND_MESSAGE (1024 * 1024 * 1024)

/* Body octets kept in memory before they go to an unlinked file. */
#define BOUND_BODY_IN_MEMORY (256 * 1024)

/* A message file that preview reads: what no relay takes is shown as such. */
#define BOUND_PREVIEW (256 * 1024 * 1024)

/* Recipients of one transaction that a plan looks at. */
#define BOUND_RECIPIENTS 1000
/* Aliases of one transaction for which the milter plans before it leaves the
 * message to the delivery agent. */
#define BOUND_JUDGED 20
/* Targets of one alias. */
#define BOUND_TARGETS 1000
/* Alias to alias resolution. */
#define BOUND_ALIAS_DEPTH 10
/* Forwarding hops of our own, and Received fields of all. */
#define BOUND_HOPS 10
#define BOUND_RECEIVED 50

/* A reply text to an SMTP client (libmilter takes 980). */
#define BOUND_REPLY 480
/* A line of the log (Postfix's msg_vstream cuts at 2048). */
#define BOUND_LOG_LINE 2000

/* Octets of a bounce that are read, and recipients that one may name. */
#define BOUND_REPORT (2 * 1024 * 1024)
#define BOUND_REPORT_RECIPIENTS 1000
/* Colons in one field of a bounce. */
#define BOUND_REPORT_COLONS 1000
/* Octets of a bounce in words that are searched for the words. */
#define BOUND_BOUNCE_TEXT (64 * 1024)
/* Lines of a bounce that are searched for addresses. */
#define BOUND_REPORT_LINES 20000
/* Addresses in a bounce that are kept from going out. */
#define BOUND_REPORT_ADDRESSES 1000

/* One alias table. */
#define BOUND_TABLE_JSON (256 * 1024 * 1024)
#define BOUND_TABLE_KEY 320
#define BOUND_TABLE_TEXT 1000
/* Errors and warnings shown of one table; the rest are counted. */
#define BOUND_TABLE_ERRORS 50
/* Records of one cdb: mailbox keys are written out for each domain. */
#define BOUND_TABLE_RECORDS (20 * 1000 * 1000)
/* Distinct mailboxes that one alias leads to, aliases followed. */
#define BOUND_TABLE_MAILBOXES 1000
/* SSM: a parameter's name (model), what one value holds in the two tiers, and
 * what is read of one (the limit may count characters). */
#define BOUND_SSM_NAME 1011
#define BOUND_SSM_STANDARD 4096
#define BOUND_SSM_ADVANCED 8192
#define BOUND_SSM_VALUE (4 * BOUND_SSM_ADVANCED)
/* An answer of AWS: ten values, each octet escaped, and what is around. */
#define BOUND_AWS_ANSWER (4 * 1024 * 1024)
/* Pages of one listing: 100,000 advanced parameters, ten a page, and as many
 * empty pages. */
#define BOUND_AWS_PAGES 20000
/* What AWS says in an error, as shown; a token, key or identifier. */
#define BOUND_AWS_MESSAGE 500
#define BOUND_AWS_TOKEN 16384
/* The file that counts bounces, before it is summed up. */
#define BOUND_COUNTER_FILE (1024 * 1024)
/* A configuration or secret file. */
#define BOUND_CONFIG_FILE (1024 * 1024)

/* AWS: an IAM secret access key (40 today), a region's name. */
#define BOUND_AWS_SECRET 1024
#define BOUND_AWS_REGION 40

#endif
