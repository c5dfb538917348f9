/* SPDX-License-Identifier: MIT */
/*
 * Replay files through a fuzzer where libFuzzer is not linked: those named,
 * or, with no arguments, tests/fuzz/corpus/NAME/ for the program fuzz_NAME.
 * The source tree is $top_srcdir, else the current folder. Exit status: 0
 * every file ran, 1 there was none or one could not be read; a broken
 * invariant aborts.
 */
#include <glib.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static gboolean
replay(const char *path)
{
	g_autofree char *content = NULL;
	g_autoptr(GError) error = NULL;
	gsize len = 0;

	if (!g_file_get_contents(path, &content, &len, &error)) {
		fprintf(stderr, "%s\n", error->message);
		return FALSE;
	}
	/* Exactly as many octets as there are, for the address sanitizer. */
	g_autofree uint8_t *data = g_malloc(len > 0 ? len : 1);
	memcpy(data, content, len);
	fprintf(stderr, "%s\n", path);
	LLVMFuzzerTestOneInput(data, len);
	return TRUE;
}

static guint
replay_folder(const char *folder, gboolean *good)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GDir) dir = g_dir_open(folder, 0, &error);
	guint count = 0;

	if (!dir) {
		fprintf(stderr, "%s\n", error->message);
		return 0;
	}
	for (const char *name; (name = g_dir_read_name(dir)); count++) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		*good = replay(path) && *good;
	}
	return count;
}

static char *
own_corpus(const char *program)
{
	g_autofree char *base = g_path_get_basename(program);
	const char *top = g_getenv("top_srcdir");
	const char *name = strstr(base, "fuzz_");

	return g_build_filename(top ? top : ".", "tests", "fuzz", "corpus",
	    name ? name + strlen("fuzz_") : base, NULL);
}

int
main(int argc, char **argv)
{
	gboolean good = TRUE;
	guint count = 0;

	for (int i = 1; i < argc; i++, count++)
		good = replay(argv[i]) && good;
	if (argc == 1) {
		g_autofree char *folder = own_corpus(argv[0]);
		count = replay_folder(folder, &good);
	}
	good = good && count > 0;
	printf("%u inputs: %d passed, %d failed\n", count, good, !good);
	return good ? 0 : 1;
}
