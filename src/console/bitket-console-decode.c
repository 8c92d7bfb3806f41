/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-console"

#include <stdio.h>

#include "bitket-camera.h"
#include "bitket-cascade-decoder.h"
#include "bitket-console-print.h"
#include "bitket-console.h"

/* A code's text may be any bytes: what would break the line is written as an escape. */
static void
print_text (const char *path, GBytes *bytes)
{
  gsize len;
  const guint8 *text = g_bytes_get_data (bytes, &len);

  fputs (path, stdout);
  fputc ('\t', stdout);
  for (gsize i = 0; i < len; i++)
    if (text[i] < 0x20 || text[i] == 0x7f)
      fprintf (stdout, "\\x%02x", text[i]);
    else
      fputc (text[i], stdout);
  fputc ('\n', stdout);
}

/* Returns whether there was a code in the picture. */
static gboolean
decode_picture (const char *path, BitketDecoder *decoder)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) found = bitket_camera_decode_file (path, decoder, &error);

  if (found == NULL)
    {
      bitket_console_print_warning ("%s: %s", path, error->message);
      return FALSE;
    }
  for (guint i = 0; i < found->len; i++)
    print_text (path, ((BitketDecoded *) g_ptr_array_index (found, i))->bytes);
  fflush (stdout);
  return found->len > 0;
}

/** bitket_console_decode: needs no state and no door. Returns: the exit status, 1 when one of the
 * pictures had no code */
int
bitket_console_decode (const char *const *paths)
{
  g_autoptr (BitketDecoder) decoder = bitket_cascade_decoder_new ();
  int status = 0;

  for (guint i = 0; paths[i] != NULL; i++)
    if (!decode_picture (paths[i], decoder))
      status = 1;
  return status;
}
