/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bench"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <locale.h>
#include <png.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "bitket-camera.h"
#include "bitket-cascade-decoder.h"
#include "bitket-zbar-decoder.h"
#include "bitket-zxing-decoder.h"
#include "pictures.h"

/* How well and how fast codes are read, as ratios to Z: one pass of zbar, QR codes only, over a
 * frame of 1280×720 without a code. CPU time, so that a busy machine does not count. */

/* A frame has 33 ms on a machine where Z is 24 ms; elsewhere as many Z, so that figures compare. */
#define FRAME_BUDGET_Z (33.0 / 24)
#define N_FILES        12
#define N_RUNS         5

static char *pictures_dir;
static char *zxing_program;
static char *own_program;
static char *read_file;

static const GOptionEntry options[] = {
  { "pictures", 0, 0, G_OPTION_ARG_FILENAME, &pictures_dir, "Photographs and their manifest.tsv",
    "DIR" },
  { "zxing", 0, 0, G_OPTION_ARG_FILENAME, &zxing_program, "Peer program that reads a PNG", "FILE" },
  { "program", 0, 0, G_OPTION_ARG_FILENAME, &own_program, "bitket-door, run as FILE decode PICTURE",
    "FILE" },
  { "read", 0, 0, G_OPTION_ARG_FILENAME, &read_file, "Read one picture and end", "FILE" },
  { NULL },
};

typedef struct
{
  const char *name;
  BitketDecoder *decoder; /* (owned) */
  gint64 budget_us;
  GArray *ms;       /* (owned) (element-type double): where there is a code */
  GArray *empty_ms; /* (owned) (element-type double): where there is none */
  guint n_hits;
  guint n_false;
  GHashTable *category_hits; /* (owned): category → count */
} Reader;

static double
cpu_ms (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

/* Returns: the value below which @share of the values lie; 0 when there are none */
static double
quantile (GArray *values, double share)
{
  if (values->len == 0)
    return 0;
  g_array_sort (values, compare_doubles);
  return g_array_index (values, double, (guint) ((values->len - 1) * share + 0.5));
}

static double
measure_z (void)
{
  g_autoptr (BitketDecoder) decoder = bitket_zbar_decoder_new ();
  g_autoptr (GPtrArray) pictures = pictures_draw_empty ();
  g_autoptr (GArray) ms = g_array_new (FALSE, FALSE, sizeof (double));

  for (guint i = 0; i < pictures->len; i++)
    {
      Picture *picture = g_ptr_array_index (pictures, i);
      BitketGrayImage image = bitket_gray_buffer_view (&picture->frame);

      for (int run = 0; run < N_RUNS; run++)
        {
          double start = cpu_ms ();
          g_autoptr (GPtrArray) found = bitket_decoder_decode (decoder, &image, G_MAXINT64);
          double taken = cpu_ms () - start;

          g_array_append_val (ms, taken);
        }
    }
  return quantile (ms, 0.5);
}

static void
read_picture (Reader *reader, const Picture *picture)
{
  BitketGrayImage image = bitket_gray_buffer_view (&picture->frame);
  gint64 deadline_us =
      reader->budget_us == G_MAXINT64 ? G_MAXINT64 : g_get_monotonic_time () + reader->budget_us;
  double start = cpu_ms ();
  g_autoptr (GPtrArray) found = bitket_decoder_decode (reader->decoder, &image, deadline_us);
  double taken = cpu_ms () - start;
  gboolean is_hit = FALSE;

  for (guint i = 0; i < found->len; i++)
    {
      const BitketDecoded *decoded = g_ptr_array_index (found, i);
      gboolean is_right = picture_has_text (picture, decoded->bytes);

      is_hit = is_hit || is_right;
      /* What nobody has written down cannot be told right or wrong. */
      if (!is_right && (picture->is_negative || picture->texts[0] != NULL))
        {
          reader->n_false++;
          g_print ("%s reads in %s: %.*s\n", reader->name, picture->name,
                   (int) g_bytes_get_size (decoded->bytes),
                   (const char *) g_bytes_get_data (decoded->bytes, NULL));
        }
    }
  if (picture->is_negative)
    g_array_append_val (reader->empty_ms, taken);
  else
    g_array_append_val (reader->ms, taken);
  if (is_hit)
    {
      gpointer before = g_hash_table_lookup (reader->category_hits, picture->category);

      reader->n_hits++;
      g_hash_table_insert (reader->category_hits, picture->category,
                           GUINT_TO_POINTER (GPOINTER_TO_UINT (before) + 1));
    }
}

static Reader *
reader_new (const char *name, BitketDecoder *decoder, gint64 budget_us)
{
  Reader *reader = g_new0 (Reader, 1);

  reader->name = name;
  reader->decoder = decoder;
  reader->budget_us = budget_us;
  reader->ms = g_array_new (FALSE, FALSE, sizeof (double));
  reader->empty_ms = g_array_new (FALSE, FALSE, sizeof (double));
  reader->category_hits = g_hash_table_new (g_str_hash, g_str_equal);
  return reader;
}

static void
reader_free (Reader *reader)
{
  g_object_unref (reader->decoder);
  g_array_unref (reader->ms);
  g_array_unref (reader->empty_ms);
  g_hash_table_unref (reader->category_hits);
  g_free (reader);
}

static void
print_readers (GPtrArray *readers, guint n_codes, double z_ms)
{
  g_print ("\n%-22s %14s %7s %9s %9s %9s %9s\n", "reader", "read", "false", "median/Z", "p90/Z",
           "empty/Z", "median ms");
  for (guint i = 0; i < readers->len; i++)
    {
      Reader *reader = g_ptr_array_index (readers, i);

      g_print ("%-22s %4u/%-4u%4.1f%% %7u %9.2f %9.2f %9.2f %9.1f\n", reader->name, reader->n_hits,
               n_codes, 100.0 * reader->n_hits / n_codes, reader->n_false,
               quantile (reader->ms, 0.5) / z_ms, quantile (reader->ms, 0.9) / z_ms,
               quantile (reader->empty_ms, 0.5) / z_ms, quantile (reader->ms, 0.5));
    }
}

static void
print_categories (GPtrArray *readers, GPtrArray *pictures)
{
  g_autoptr (GHashTable) counts = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GList) names = NULL;

  for (guint i = 0; i < pictures->len; i++)
    {
      Picture *picture = g_ptr_array_index (pictures, i);
      gpointer before = g_hash_table_lookup (counts, picture->category);

      if (!picture->is_negative)
        g_hash_table_insert (counts, picture->category,
                             GUINT_TO_POINTER (GPOINTER_TO_UINT (before) + 1));
    }
  g_print ("\n%-24s %6s", "read, of", "codes");
  for (guint i = 0; i < readers->len; i++)
    g_print (" %16s", ((Reader *) g_ptr_array_index (readers, i))->name);
  g_print ("\n");
  names = g_list_sort (g_hash_table_get_keys (counts), (GCompareFunc) strcmp);
  for (GList *name = names; name != NULL; name = name->next)
    {
      g_print ("%-24s %6u", (char *) name->data,
               GPOINTER_TO_UINT (g_hash_table_lookup (counts, name->data)));
      for (guint i = 0; i < readers->len; i++)
        {
          Reader *reader = g_ptr_array_index (readers, i);

          g_print (" %16u",
                   GPOINTER_TO_UINT (g_hash_table_lookup (reader->category_hits, name->data)));
        }
      g_print ("\n");
    }
}

static void
bench_frames (GPtrArray *pictures)
{
  g_autoptr (GPtrArray) readers = g_ptr_array_new_with_free_func ((GDestroyNotify) reader_free);
  double z_ms = measure_z ();
  guint n_codes = 0;

  g_ptr_array_add (readers, reader_new ("zbar", bitket_zbar_decoder_new (), G_MAXINT64));
  g_ptr_array_add (
      readers, reader_new ("zxing", bitket_zxing_decoder_new (BITKET_ZXING_HARDER), G_MAXINT64));
  g_ptr_array_add (readers, reader_new ("cascade, a frame", bitket_cascade_decoder_new (),
                                        FRAME_BUDGET_Z * z_ms * 1000));
  g_ptr_array_add (readers, reader_new ("cascade", bitket_cascade_decoder_new (), G_MAXINT64));
  for (guint i = 0; i < pictures->len; i++)
    {
      const Picture *picture = g_ptr_array_index (pictures, i);

      n_codes += !picture->is_negative;
      for (guint k = 0; k < readers->len; k++)
        read_picture (g_ptr_array_index (readers, k), picture);
    }
  g_print ("Z = %.1f ms of CPU (zbar, QR only, 1280×720 without a code); %u pictures with a code, "
           "%u without\n",
           z_ms, n_codes, pictures->len - n_codes);
  print_readers (readers, n_codes, z_ms);
  print_categories (readers, pictures);
}

/* Runs a program to its end. Returns: its CPU time in ms, or a negative number when it cannot run
 */
static double
run_program (const char *const *argv, double *wall_ms)
{
  struct rusage before, after;
  gint64 start_us = g_get_monotonic_time ();

  getrusage (RUSAGE_CHILDREN, &before);
  if (!g_spawn_sync (NULL, (char **) argv, NULL,
                     G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
                     NULL, NULL, NULL, NULL, NULL, NULL))
    return -1;
  *wall_ms = (g_get_monotonic_time () - start_us) / 1e3;
  getrusage (RUSAGE_CHILDREN, &after);
  return (after.ru_utime.tv_sec - before.ru_utime.tv_sec +
          (after.ru_stime.tv_sec - before.ru_stime.tv_sec)) *
             1e3 +
         (after.ru_utime.tv_usec - before.ru_utime.tv_usec +
          (after.ru_stime.tv_usec - before.ru_stime.tv_usec)) /
             1e3;
}

/* The same pictures for all: the frames, as PNG. */
static char *
write_frames (GPtrArray *pictures, GPtrArray *paths)
{
  g_autofree char *dir = g_dir_make_tmp ("bitket-bench-XXXXXX", NULL);
  guint step = MAX (pictures->len / N_FILES, 1);

  for (guint i = 0; dir != NULL && i < pictures->len && paths->len < N_FILES; i += step)
    {
      const Picture *picture = g_ptr_array_index (pictures, i);
      g_autofree char *path = g_strdup_printf ("%s/%u.png", dir, i);
      png_image image = { .version = PNG_IMAGE_VERSION,
                          .width = picture->frame.width,
                          .height = picture->frame.height,
                          .format = PNG_FORMAT_GRAY };

      if (png_image_write_to_file (&image, path, 0, picture->frame.data, 0, NULL))
        g_ptr_array_add (paths, g_steal_pointer (&path));
    }
  return g_steal_pointer (&dir);
}

static double
bench_program (const char *name,
               const char *const *argv,
               guint n_args,
               GPtrArray *paths,
               double own)
{
  g_autoptr (GArray) cpu = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (GArray) wall = g_array_new (FALSE, FALSE, sizeof (double));
  const char *full[6] = { NULL };
  double median;

  memcpy (full, argv, n_args * sizeof *argv);
  for (guint i = 0; i < paths->len; i++)
    for (int run = 0; run < N_RUNS; run++)
      {
        double wall_ms, taken;

        full[n_args] = g_ptr_array_index (paths, i);
        taken = run_program (full, &wall_ms);
        if (taken < 0)
          {
            g_print ("%-22s %9s\n", name, "missing");
            return 0;
          }
        g_array_append_val (cpu, taken);
        g_array_append_val (wall, wall_ms);
      }
  median = quantile (cpu, 0.5);
  g_print ("%-22s %9.1f %9.1f %9.2f\n", name, median, quantile (wall, 0.5),
           own > 0 ? own / median : 1.0);
  return median;
}

static void
bench_programs (GPtrArray *pictures, const char *self)
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *dir = write_frames (pictures, paths);
  const char *const own[] = { own_program != NULL ? own_program : self,
                              own_program != NULL ? "decode" : "--read" };
  const char *const zbar[] = { "zbarimg", "-q", "-Sdisable", "-Sqrcode.enable" };
  g_autofree char *dirname = g_path_get_dirname (self);
  g_autofree char *peer = g_build_filename (dirname, "peer-zxing", NULL);
  const char *const zxing[] = { zxing_program != NULL ? zxing_program : peer };
  double own_ms;

  g_print ("\nPicture to text, a process for each of %u PNG files, median of %d runs\n\n",
           paths->len, N_RUNS);
  g_print ("%-22s %9s %9s %9s\n", "program", "CPU ms", "wall ms", "ours/it");
  own_ms =
      bench_program (own_program != NULL ? "bitket-door decode" : "this reader", own, 2, paths, 0);
  bench_program ("zbarimg", zbar, 4, paths, own_ms);
  bench_program ("ZXing's reader", zxing, 1, paths, own_ms);
  for (guint i = 0; i < paths->len; i++)
    g_remove (g_ptr_array_index (paths, i));
  g_rmdir (dir);
}

static int
read_one (const char *path)
{
  g_autoptr (BitketDecoder) decoder = bitket_cascade_decoder_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) found = bitket_camera_decode_file (path, decoder, &error);

  if (found == NULL)
    {
      g_printerr ("%s\n", error->message);
      return 2;
    }
  for (guint i = 0; i < found->len; i++)
    {
      const BitketDecoded *decoded = g_ptr_array_index (found, i);

      g_print ("%.*s\n", (int) g_bytes_get_size (decoded->bytes),
               (const char *) g_bytes_get_data (decoded->bytes, NULL));
    }
  return found->len > 0 ? 0 : 1;
}

int
main (int argc, char *argv[])
{
  g_autoptr (GOptionContext) context = g_option_context_new ("- how well codes are read");
  g_autoptr (GPtrArray) pictures = NULL;
  g_autoptr (GError) error = NULL;

  setlocale (LC_ALL, "");
  g_option_context_add_main_entries (context, options, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      g_printerr ("%s\n", error->message);
      return 2;
    }
  if (read_file != NULL)
    return read_one (read_file);
  pictures = pictures_dir != NULL ? pictures_load (pictures_dir, &error) : pictures_draw ();
  if (pictures == NULL)
    {
      g_printerr ("%s\n", error->message);
      return 2;
    }
  bench_frames (pictures);
  bench_programs (pictures, argv[0]);
  return 0;
}
