/* SPDX-License-Identifier: MIT */
/*
 * smtp_password_main.c - aliasbridge smtp-password: the SES SMTP password of
 * an IAM access key
 *
 * A program of its own: it alone needs OpenSSL, whose loading costs more than
 * all that aliasbridge(1) does for a message.
 */
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <termios.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "core/bounds.h"
#include "core/failure.h"
#include "core/secret.h"
#include "core/smtp_password.h"
#include "io/aws_files.h"

static char *region_option;
static char *profile_option;
static char *postfix_option;
static gboolean ask_option;
static int port_option = 587;

static const GOptionEntry options[] = {
    {"region", 'r', 0, G_OPTION_ARG_FILENAME, &region_option, "the SES region",
	"REGION"},
    {"profile", 'p', 0, G_OPTION_ARG_FILENAME, &profile_option,
	"the profile in the shared AWS files", "NAME"},
    {"ask", 'a', 0, G_OPTION_ARG_NONE, &ask_option,
	"ask for the key, whatever else there is", NULL},
    {"port", 0, 0, G_OPTION_ARG_INT, &port_option,
	"the port in relayhost (587)", "PORT"},
    {"postfix", 0, 0, G_OPTION_ARG_FILENAME, &postfix_option,
	"write user and password to FILE, for Postfix", "FILE"},
    {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
};

static const CmdHelp help = {
    .summary = "Derives the SES SMTP password from an IAM secret access key.",
    .details = "The secret access key is read from the environment "
	       "(AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY), else from the "
	       "shared AWS files, else asked for without echo. It is never an "
	       "argument, for arguments are seen by all users. Without "
	       "--postfix the password alone goes to standard output; FILE is "
	       "for smtp_sasl_password_maps = texthash:FILE.",
    .exits = "0 printed or written, 64 wrong usage or no region, 75 it cannot "
	     "be written now, 78 there is no key that can have a password.",
    .example = "aliasbridge smtp-password --postfix /etc/postfix/sasl_passwd",
};

/* A line of standard input, without echo where that is a terminal. */
static char *
ask(const char *prompt, bool echo)
{
	struct termios old, quiet;
	bool terminal =
	    isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &old) == 0;
	char line[BOUND_AWS_SECRET + 2];

	if (terminal)
		fprintf(stderr, "%s: ", prompt);
	if (terminal && !echo) {
		quiet = old;
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	}
	bool got = fgets(line, sizeof(line), stdin) != NULL;
	if (terminal && !echo) {
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &old);
		fputc('\n', stderr);
	}
	char *text = got ? g_strdup(g_strstrip(line)) : NULL;
	explicit_bzero(line, sizeof(line));
	return text;
}

static AwsCredentials *
ask_keys(void)
{
	g_autofree char *id = ask("Access key id", true);
	g_auto(SecretText) secret = id ? ask("Secret access key", false) : NULL;

	if (id && *id && secret && *secret)
		return aws_credentials_new(id, secret, NULL, 0);
	cmd_error("no access key id and secret access key were given");
	return NULL;
}

/* NULL: an error was said, or there are none at all and asked is set. */
static AwsCredentials *
find_keys(const AwsFiles *files, const char *profile)
{
	g_autoptr(GError) error = NULL;
	AwsCredentials *keys = NULL;

	if (ask_option)
		return ask_keys();
	/* A profile asked for by name is meant, as with the AWS tools. */
	if (!profile_option)
		keys = aws_keys_from_environment(&error);
	if (!keys && !error)
		keys = aws_files_keys(files, profile, &error);
	if (!keys && !error && profile_option)
		failure_set(&error, FAILURE_CONFIG,
		    "profile %s has no access key of its own", profile);
	if (error)
		cmd_error("%s", error->message);
	return keys || error ? keys : ask_keys();
}

/* STS gives ids that begin with ASIA, and a token beside them. */
static bool
refuse_temporary(const AwsCredentials *keys)
{
	if (!keys->token && !g_str_has_prefix(keys->id, "ASIA"))
		return false;
	cmd_error("these are temporary credentials (of a role or a session), "
		  "and the SES SMTP interface takes none: make an IAM user "
		  "that may ses:SendRawEmail, and an access key for it");
	return true;
}

/* 0600 from the first octet on; there whole, or as it was. */
static bool
write_postfix(const char *path, const char *region, const char *user,
    const char *password)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *host = smtp_password_host(region);
	g_auto(SecretText) line = g_strdup_printf(
	    "[%s]:%d %s:%s\n", host, port_option, user, password);
	bool done = g_file_set_contents_full(path, line, -1,
	    G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
	    &error);

	if (!done)
		cmd_error("%s", error->message);
	return done;
}

static int
put(const AwsCredentials *keys, const char *region)
{
	g_autoptr(GError) error = NULL;
	g_auto(SecretText) password =
	    smtp_password(keys->secret, region, &error);

	if (!password) {
		cmd_error("%s", error->message);
		return g_error_matches(error, FAILURE, FAILURE_INPUT)
			   ? CMD_USAGE
			   : CMD_TEMPORARY;
	}
	if (!postfix_option) {
		puts(password);
		return CMD_OK;
	}
	return write_postfix(postfix_option, region, keys->id, password)
		   ? CMD_OK
		   : CMD_TEMPORARY;
}

int
main(int argc, char **argv)
{
	int exit_code;

	/* No core: it would hold the keys. */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	cmd_start();
	if (!cmd_parse(&argc, &argv, options, &help, 0, 0, &exit_code))
		return exit_code;
	g_autoptr(GError) error = NULL;
	g_autoptr(AwsFiles) files = aws_files_read(&error);
	if (!files) {
		cmd_error("%s", error->message);
		return CMD_CONFIG;
	}
	const char *profile = aws_files_profile(profile_option);
	g_autofree char *region = region_option
				      ? g_strdup(region_option)
				      : aws_files_region(files, profile);
	if (!region) {
		cmd_error("the password is another one in each region: "
			  "give --region, or set AWS_REGION");
		return CMD_USAGE;
	}
	g_autoptr(AwsCredentials) keys = find_keys(files, profile);
	if (!keys || refuse_temporary(keys))
		return CMD_CONFIG;
	return put(keys, region);
}
