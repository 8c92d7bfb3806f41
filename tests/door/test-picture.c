/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "test-picture"

#include <glib/gstdio.h>
#include <png.h>
#include <string.h>

#include "bitket-camera.h"
#include "bitket-cascade-decoder.h"
#include "scene.h"

/* A directory for pictures. */
typedef struct
{
  char *dir;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->dir = g_dir_make_tmp ("bitket-picture-XXXXXX", NULL);
  g_assert_nonnull (fixture->dir);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->dir, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (fixture->dir, name, NULL);

      g_assert_cmpint (g_remove (path), ==, 0);
    }
  g_assert_cmpint (g_rmdir (fixture->dir), ==, 0);
  g_free (fixture->dir);
}

static void
write_png (const char *path, guint32 format, int width, int height, const void *pixels)
{
  png_image image = {
    .version = PNG_IMAGE_VERSION, .width = width, .height = height, .format = format
  };

  g_assert_true (png_image_write_to_file (&image, path, 0, pixels, 0, NULL));
}

/* Returns: (transfer full): path of a picture that shows @text, or nothing */
static char *
draw (Fixture *fixture, const char *name, const char *text)
{
  g_autoptr (Scene) scene = scene_new (320, 240, 210);
  g_autofree char *draft = g_build_filename (fixture->dir, "draft", NULL);
  char *path = g_build_filename (fixture->dir, name, NULL);

  if (text != NULL)
    scene_draw_code (scene, &(SceneCode) { .text = text });
  write_png (draft, PNG_FORMAT_GRAY, 320, 240, scene->data);
  g_assert_cmpint (g_rename (draft, path), ==, 0);
  return path;
}

static char *
write_garbage (Fixture *fixture, const char *name)
{
  char *path = g_build_filename (fixture->dir, name, NULL);

  g_assert_true (g_file_set_contents (path, "this is not a picture at all", -1, NULL));
  return path;
}

static void
assert_file_reads (const char *path, const char *text)
{
  g_autoptr (BitketDecoder) decoder = bitket_cascade_decoder_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) found = bitket_camera_decode_file (path, decoder, &error);
  const BitketDecoded *decoded;

  g_assert_no_error (error);
  g_assert_cmpuint (found->len, ==, text != NULL ? 1 : 0);
  if (text == NULL)
    return;
  decoded = g_ptr_array_index (found, 0);
  g_assert_cmpmem (g_bytes_get_data (decoded->bytes, NULL), g_bytes_get_size (decoded->bytes), text,
                   strlen (text));
}

static void
test_file (Fixture *fixture, gconstpointer data)
{
  g_autofree char *full = draw (fixture, "a ticket, with \"quotes\" ! and = å.png", "in a file");
  g_autofree char *empty = draw (fixture, "empty.png", NULL);

  assert_file_reads (full, "in a file");
  assert_file_reads (empty, NULL);
}

/* A code in black on nothing, as design programs export it: nothing is white paper. */
static void
test_transparent_file (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Scene) scene = scene_new (300, 300, 255);
  g_autofree guint8 *rgba = g_malloc0 (300 * 300 * 4);
  g_autofree char *path = g_build_filename (fixture->dir, "transparent.png", NULL);

  scene_draw_code (scene, &(SceneCode) { .text = "on nothing" });
  for (int i = 0; i < 300 * 300; i++)
    rgba[4 * i + 3] = 255 - scene->data[i];
  write_png (path, PNG_FORMAT_RGBA, 300, 300, rgba);
  assert_file_reads (path, "on nothing");
}

/* A picture of many megapixels, filled by its code. */
static void
test_large_file (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Scene) scene = scene_new (3000, 2250, 230);
  g_autofree char *path = g_build_filename (fixture->dir, "large.png", NULL);

  scene_draw_code (scene, &(SceneCode) { .text = "large", .module_px = 70, .angle = 8 });
  write_png (path, PNG_FORMAT_GRAY, 3000, 2250, scene->data);
  assert_file_reads (path, "large");
}

static void
test_bad_files (Fixture *fixture, gconstpointer data)
{
  g_autofree char *garbage = write_garbage (fixture, "garbage.png");
  g_autofree char *empty = g_build_filename (fixture->dir, "empty.png", NULL);
  g_autofree char *cut = draw (fixture, "cut.png", "cut");
  g_autofree char *content = NULL;
  g_autoptr (BitketDecoder) decoder = bitket_cascade_decoder_new ();
  const struct
  {
    const char *path;
    BitketCameraError code;
  } cases[] = {
    { "/nowhere/at/all.png", BITKET_CAMERA_ERROR_MISSING },
    { "", BITKET_CAMERA_ERROR_MISSING },
    { fixture->dir, BITKET_CAMERA_ERROR_MISSING },
    { garbage, BITKET_CAMERA_ERROR_FAILED },
    { empty, BITKET_CAMERA_ERROR_FAILED },
    { cut, BITKET_CAMERA_ERROR_FAILED },
  };

  g_assert_true (g_file_set_contents (empty, "", 0, NULL));
  g_assert_true (g_file_get_contents (cut, &content, NULL, NULL));
  g_assert_true (g_file_set_contents (cut, content, 60, NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_test_message ("\"%s\"", cases[i].path);
      g_assert_null (bitket_camera_decode_file (cases[i].path, decoder, &error));
      g_assert_error (error, BITKET_CAMERA_ERROR, (int) cases[i].code);
      g_assert_nonnull (strstr (error->message, cases[i].path));
    }
}

#define add(path, func) g_test_add ("/picture/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  add ("plain", test_file);
  add ("transparent", test_transparent_file);
  add ("large", test_large_file);
  add ("bad", test_bad_files);
  return g_test_run ();
}
