/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-fuzz"

/* Runs a fuzz target without libFuzzer: over its corpus, then over a fixed number of mutations of
 * it, drawn from a fixed seed so that a run can be repeated. Where it crashed is said on the
 * standard error. Usage: fuzz-NAME CORPUS_DIR [N_MUTATIONS] */

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"

#define DEFAULT_N_MUTATIONS 4000
#define MAX_INPUT_LEN       65536
#define MAX_EDITS           8
#define SEED                20261122

static GPtrArray *corpus; /* (owned) (element-type GBytes) */
static const guint8 *current;
static gsize current_len;

/* Only what may be called in a signal handler: the input goes out in hexadecimal. */
static void
report_crash (int signum)
{
  static const char digits[] = "0123456789abcdef";
  static const char head[] = "\nfuzz: crashed on this input (hexadecimal): ";
  static char line[2 * MAX_INPUT_LEN + 1];
  gsize n = 0;

  for (gsize i = 0; i < current_len && i < MAX_INPUT_LEN; i++)
    {
      line[n++] = digits[current[i] >> 4];
      line[n++] = digits[current[i] & 15];
    }
  line[n++] = '\n';
  if (write (STDERR_FILENO, head, sizeof head - 1) < 0 || write (STDERR_FILENO, line, n) < 0)
    _exit (128 + signum);
  signal (signum, SIG_DFL);
  raise (signum);
}

static void
run_one (gconstpointer data, gsize len)
{
  /* Exactly as long as the input, for the address sanitizer. */
  g_autofree guint8 *copy = g_memdup2 (data, len);
  guint8 empty = 0;

  current = copy != NULL ? copy : &empty;
  current_len = len;
  LLVMFuzzerTestOneInput (current, len);
  current_len = 0;
}

static void
test_corpus (void)
{
  run_one ("", 0);
  for (guint i = 0; i < corpus->len; i++)
    {
      gsize len;
      gconstpointer data = g_bytes_get_data (corpus->pdata[i], &len);

      run_one (data, len);
    }
}

static void
insert_token (GRand *rand, GByteArray *input, guint at)
{
  /* What parsers stumble over: ends, nesting, numbers at their limits, odd UTF-8. */
  static const char *const tokens[] = {
    "{",    "}",          "[",        "]",           "\"",           ":",
    ",",    "null",       "true",     "-0",          "1e999",        "9223372036854775808",
    "\\u0", "\\ud800",    "\xc3",     "\xc3\xa5",    "\xff",         "\xef\xbb\xbf",
    "\n",   "0000000000", "=",        "..",          "%s",           "-",
    "\t",   "\\",         "[[[[[[[[", "{\"a\":{\"a", "\xed\xa0\x80", "\xf4\x90\x80\x80",
  };
  const char *token = tokens[g_rand_int_range (rand, 0, G_N_ELEMENTS (tokens))];
  g_autofree guint8 *rest = g_memdup2 (input->data + at, input->len - at);
  guint rest_len = input->len - at;

  g_byte_array_set_size (input, at);
  g_byte_array_append (input, (const guint8 *) token, strlen (token));
  if (rest_len > 0)
    g_byte_array_append (input, rest, rest_len);
}

static void
splice (GRand *rand, GByteArray *input, guint at)
{
  GBytes *other = corpus->pdata[g_rand_int_range (rand, 0, corpus->len)];
  gsize len;
  const guint8 *data = g_bytes_get_data (other, &len);
  gsize from = len > 0 ? (gsize) g_rand_int_range (rand, 0, len) : 0;

  g_byte_array_set_size (input, at);
  if (len > from)
    g_byte_array_append (input, data + from, len - from);
}

static void
mutate (GRand *rand, GByteArray *input)
{
  guint at = input->len > 0 ? (guint) g_rand_int_range (rand, 0, input->len) : 0;
  guint n_left = input->len - at;

  switch (g_rand_int_range (rand, 0, 6))
    {
    case 0: /* a bit turned */
      if (n_left > 0)
        input->data[at] ^= 1u << g_rand_int_range (rand, 0, 8);
      break;
    case 1: /* another byte */
      if (n_left > 0)
        input->data[at] = g_rand_int_range (rand, 0, 256);
      break;
    case 2: /* cut off */
      g_byte_array_set_size (input, at);
      break;
    case 3: /* a piece gone */
      if (n_left > 0)
        g_byte_array_remove_range (input, at, g_rand_int_range (rand, 1, n_left + 1));
      break;
    case 4:
      insert_token (rand, input, at);
      break;
    default:
      splice (rand, input, at);
      break;
    }
}

static void
test_mutations (gconstpointer data)
{
  guint n_mutations = GPOINTER_TO_UINT (data);
  GRand *rand = g_rand_new_with_seed (SEED);

  g_assert_cmpuint (corpus->len, >, 0);
  for (guint i = 0; i < n_mutations; i++)
    {
      GBytes *seed = corpus->pdata[g_rand_int_range (rand, 0, corpus->len)];
      g_autoptr (GByteArray) input = g_byte_array_new ();
      guint n_edits = g_rand_int_range (rand, 1, MAX_EDITS + 1);
      gsize len;
      gconstpointer bytes = g_bytes_get_data (seed, &len);

      g_byte_array_append (input, bytes, len);
      while (n_edits-- > 0)
        mutate (rand, input);
      run_one (input->data, MIN (input->len, MAX_INPUT_LEN));
    }
  g_rand_free (rand);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static void
load_corpus (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = g_dir_open (path, 0, &error);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  g_assert_no_error (error);
  while ((name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);

  corpus = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  for (guint i = 0; i < names->len; i++)
    {
      g_autofree char *file = g_build_filename (path, names->pdata[i], NULL);
      char *text = NULL;
      gsize len = 0;

      g_file_get_contents (file, &text, &len, &error);
      g_assert_no_error (error);
      g_ptr_array_add (corpus, g_bytes_new_take (text, len));
    }
}

int
main (int argc, char **argv)
{
  static const int signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
  guint64 n_mutations = DEFAULT_N_MUTATIONS;
  g_autofree char *name = NULL;
  g_autofree char *corpus_path = NULL;
  g_autofree char *mutations_path = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  if (argc < 2 || argc > 3 ||
      (argc == 3 && !g_ascii_string_to_unsigned (argv[2], 10, 0, G_MAXUINT, &n_mutations, NULL)))
    {
      g_printerr ("usage: %s CORPUS_DIR [N_MUTATIONS]\n", argv[0]);
      return 2;
    }
  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    signal (signals[i], report_crash);

  load_corpus (argv[1]);
  name = g_path_get_basename (argv[0]);
  corpus_path = g_strdup_printf ("/%s/corpus", name);
  mutations_path = g_strdup_printf ("/%s/mutations", name);
  g_test_add_func (corpus_path, test_corpus);
  g_test_add_data_func (mutations_path, GUINT_TO_POINTER (n_mutations), test_mutations);
  status = g_test_run ();
  g_clear_pointer (&corpus, g_ptr_array_unref);
  return status;
}
