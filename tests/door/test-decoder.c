/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "test-decoder"

#include <qrencode.h>
#include <string.h>
#include <zbar.h>

#include "bitket-cascade-decoder.h"
#include "bitket-zbar-decoder.h"
#include "bitket-zxing-decoder.h"
#include "scene.h"

#define WIDTH  640
#define HEIGHT 480

static const char ticket_text[] =
    "{\"ticket\": \"0b7c6ed4-6f3a-4b77-9f1e-2f0f4f0c9a11\", \"v\": 2}";

static BitketDecoder *
new_harder (void)
{
  return bitket_zxing_decoder_new (BITKET_ZXING_HARDER);
}

static BitketDecoder *
new_histogram (void)
{
  return bitket_zxing_decoder_new (BITKET_ZXING_HISTOGRAM);
}

static BitketDecoder *
new_fast (void)
{
  return bitket_zxing_decoder_new (BITKET_ZXING_FAST);
}

static const struct
{
  const char *name;
  BitketDecoder *(*make) (void);
} decoders[] = {
  { "zbar", bitket_zbar_decoder_new },
  { "zxing-fast", new_fast },
  { "zxing-harder", new_harder },
  { "zxing-histogram", new_histogram },
  { "cascade", bitket_cascade_decoder_new },
};

static GPtrArray *
decode (BitketDecoder *decoder, const Scene *scene)
{
  BitketGrayImage image = bitket_gray_buffer_view (scene);

  return bitket_decoder_decode (decoder, &image, G_MAXINT64);
}

static gboolean
is_text (GPtrArray *found, guint i, const void *bytes, gsize len)
{
  const BitketDecoded *decoded = g_ptr_array_index (found, i);
  gsize found_len;
  const guint8 *found_bytes = g_bytes_get_data (decoded->bytes, &found_len);

  return found_len == len && memcmp (found_bytes, bytes, len) == 0;
}

static void
assert_only (GPtrArray *found, const void *bytes, gsize len)
{
  g_assert_cmpuint (found->len, ==, 1);
  g_assert_true (is_text (found, 0, bytes, len));
}

/* What every decoder must read, and what it must leave alone. */
static void
test_plain (gconstpointer data)
{
  const guint i = GPOINTER_TO_UINT (data);
  g_autoptr (BitketDecoder) decoder = decoders[i].make ();
  g_autoptr (Scene) scene = scene_new (WIDTH, HEIGHT, 200);
  g_autoptr (GPtrArray) nothing = decode (decoder, scene);
  g_autoptr (GPtrArray) found = NULL;

  g_assert_cmpuint (nothing->len, ==, 0);
  scene_draw_code (scene, &(SceneCode) { .text = ticket_text, .level = SCENE_LEVEL_H });
  found = decode (decoder, scene);
  assert_only (found, ticket_text, strlen (ticket_text));
}

static void
test_corners (gconstpointer data)
{
  const guint i = GPOINTER_TO_UINT (data);
  g_autoptr (BitketDecoder) decoder = decoders[i].make ();
  g_autoptr (Scene) scene = scene_new (WIDTH, HEIGHT, 200);
  g_autoptr (GPtrArray) found = NULL;
  const BitketDecoded *decoded;
  int n = scene_draw_code (scene, &(SceneCode) { .text = "corner", .x = 200, .y = 300 });
  float left = G_MAXFLOAT, right = 0, top = G_MAXFLOAT, bottom = 0;

  found = decode (decoder, scene);
  assert_only (found, "corner", 6);
  decoded = g_ptr_array_index (found, 0);
  for (int k = 0; k < 8; k += 2)
    {
      left = MIN (left, decoded->corners[k]);
      right = MAX (right, decoded->corners[k]);
      top = MIN (top, decoded->corners[k + 1]);
      bottom = MAX (bottom, decoded->corners[k + 1]);
    }
  g_assert_cmpfloat_with_epsilon (left, 200 - n * 2, 8);
  g_assert_cmpfloat_with_epsilon (right, 200 + n * 2, 8);
  g_assert_cmpfloat_with_epsilon (top, 300 - n * 2, 8);
  g_assert_cmpfloat_with_epsilon (bottom, 300 + n * 2, 8);
}

static const struct
{
  const char *name;
  const char *bytes;
  gsize len;
} payloads[] = {
  { "ascii", "A", 1 },
  { "digits", "0123456789012345678901234567890", 31 },
  { "utf-8", "Räksmörgås på Ågatan \xe2\x9c\x93", 29 },
  { "latin-1", "r\xe4ksm\xf6rg\xe5s", 10 },
  { "nul", "before\0after", 12 },
  { "nul-first", "\0\0\1", 3 },
  { "binary", "\xff\xfe\x00\x80\x7f\xc3\x28\xed\xa0\x80", 10 },
  { "shift-jis-like", "\x93\x5f\xe4\xaa", 4 },
  { "bom", "\xef\xbb\xbf{}", 5 },
  { "newline", "a\r\nb\n", 5 },
};

static void
test_bytes (gconstpointer data)
{
  const guint i = GPOINTER_TO_UINT (data);
  g_autoptr (BitketDecoder) decoder = decoders[i].make ();

  for (gsize k = 0; k < G_N_ELEMENTS (payloads); k++)
    {
      g_autoptr (Scene) scene = scene_new (WIDTH, HEIGHT, 255);
      g_autoptr (GPtrArray) found = NULL;

      scene_draw_code (scene, &(SceneCode) { .text = payloads[k].bytes, .len = payloads[k].len });
      g_test_message ("%s", payloads[k].name);
      found = decode (decoder, scene);
      assert_only (found, payloads[k].bytes, payloads[k].len);
    }
}

static void
test_several (gconstpointer data)
{
  const guint i = GPOINTER_TO_UINT (data);
  g_autoptr (BitketDecoder) decoder = decoders[i].make ();
  g_autoptr (Scene) scene = scene_new (WIDTH, HEIGHT, 220);
  g_autoptr (GPtrArray) found = NULL;
  guint n_first = 0, n_second = 0;

  scene_draw_code (scene, &(SceneCode) { .text = "first", .x = 150, .y = 150, .module_px = 5 });
  scene_draw_code (scene, &(SceneCode) { .text = "second", .x = 450, .y = 300, .module_px = 5 });
  found = decode (decoder, scene);
  for (guint k = 0; k < found->len; k++)
    {
      n_first += is_text (found, k, "first", 5);
      n_second += is_text (found, k, "second", 6);
    }
  g_assert_cmpuint (n_first, ==, 1);
  g_assert_cmpuint (n_second, ==, 1);
  g_assert_cmpuint (found->len, ==, 2);
}

/* The bars are a real Code 128, which zbar reads when it is allowed to. */
static void
assert_is_code_128 (const Scene *scene)
{
  zbar_image_scanner_t *scanner = zbar_image_scanner_create ();
  zbar_image_t *image = zbar_image_create ();

  zbar_image_set_format (image, zbar_fourcc ('Y', '8', '0', '0'));
  zbar_image_set_size (image, scene->width, scene->height);
  zbar_image_set_data (image, scene->data, (gulong) scene->width * scene->height, NULL);
  g_assert_cmpint (zbar_scan_image (scanner, image), ==, 1);
  g_assert_cmpint (zbar_symbol_get_type (zbar_image_first_symbol (image)), ==, ZBAR_CODE128);
  zbar_image_destroy (image);
  zbar_image_scanner_destroy (scanner);
}

static void
test_other_symbology (gconstpointer data)
{
  const guint i = GPOINTER_TO_UINT (data);
  g_autoptr (BitketDecoder) decoder = decoders[i].make ();
  g_autoptr (Scene) scene = scene_new (WIDTH, HEIGHT, 255);
  g_autoptr (GPtrArray) found = NULL;

  scene_draw_bars (scene, 200, 150, 3, 120);
  assert_is_code_128 (scene);
  found = decode (decoder, scene);
  g_assert_cmpuint (found->len, ==, 0);
}

/* One part of a text that was cut in several is not reported, and does no harm. */
static void
test_structured_append (gconstpointer data)
{
  const guint i = GPOINTER_TO_UINT (data);
  g_autoptr (BitketDecoder) decoder = decoders[i].make ();
  g_autofree char *text = g_strnfill (60, 'x');
  QRcode_List *parts = QRcode_encodeStringStructured (text, 2, QR_ECLEVEL_L, QR_MODE_8, 1);

  g_assert_cmpint (QRcode_List_size (parts), >=, 2);
  for (int round = 0; round < 3; round++)
    for (QRcode_List *part = parts; part != NULL; part = part->next)
      {
        g_autoptr (Scene) scene = scene_new (WIDTH, HEIGHT, 255);
        g_autoptr (GPtrArray) found = NULL;

        scene_draw_modules (scene, &(SceneCode) { .module_px = 6 }, part->code->data,
                            part->code->width);
        found = decode (decoder, scene);
        g_assert_cmpuint (found->len, ==, 0);
      }
  QRcode_List_free (parts);
}

/* The same picture with gaps between rows and between pixels. */
static void
test_strides (gconstpointer data)
{
  static const struct
  {
    int pixel_stride;
    int padding;
  } cases[] = { { 1, 1 }, { 1, 64 }, { 2, 0 }, { 2, 7 }, { 3, 5 }, { 4, 0 } };
  const guint i = GPOINTER_TO_UINT (data);
  g_autoptr (BitketDecoder) decoder = decoders[i].make ();
  g_autoptr (Scene) scene = scene_new (WIDTH, HEIGHT, 200);

  scene_draw_code (scene, &(SceneCode) { .text = ticket_text });
  for (gsize k = 0; k < G_N_ELEMENTS (cases); k++)
    {
      int stride = WIDTH * cases[k].pixel_stride + cases[k].padding;
      /* Exactly as long as needed: reading past the last pixel is found out by ASan. */
      gsize len = (gsize) stride * (HEIGHT - 1) + (WIDTH - 1) * cases[k].pixel_stride + 1;
      g_autofree guint8 *spread = g_malloc (len);
      BitketGrayImage image = { spread, WIDTH, HEIGHT, stride, cases[k].pixel_stride };
      g_autoptr (GPtrArray) found = NULL;

      for (gsize b = 0; b < len; b++)
        spread[b] = b * 31;
      for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
          spread[(gsize) y * stride + x * cases[k].pixel_stride] = scene->data[y * WIDTH + x];
      found = bitket_decoder_decode (decoder, &image, G_MAXINT64);
      assert_only (found, ticket_text, strlen (ticket_text));
    }
}

/* Sizes that no camera has. The data is never read where the size makes no sense. */
static void
test_hostile_sizes (gconstpointer data)
{
  static const guint8 pixels[64 * 64] = { 0 };
  static const BitketGrayImage images[] = {
    { NULL, 640, 480, 640, 1 },
    { pixels, 0, 0, 0, 1 },
    { pixels, 1, 1, 1, 1 },
    { pixels, 20, 20, 20, 1 },
    { pixels, 21, 21, 21, 1 },
    { pixels, 64, 64, 64, 1 },
    { pixels, -64, 64, 64, 1 },
    { pixels, 64, -64, 64, 1 },
    { pixels, 64, 64, 63, 1 },
    { pixels, 64, 64, -64, 1 },
    { pixels, 64, 64, 64, 0 },
    { pixels, 64, 64, 64, -1 },
    { pixels, 64, 64, 64, 2 },
    { pixels, 64, 64, G_MAXINT, 1 },
    { pixels, 64, 64, 64, G_MAXINT },
    { pixels, G_MAXINT, G_MAXINT, G_MAXINT, 1 },
    { pixels, G_MAXINT, 21, G_MAXINT, G_MAXINT },
    { pixels, 21, G_MAXINT, 21, 1 },
  };
  const guint i = GPOINTER_TO_UINT (data);
  g_autoptr (BitketDecoder) decoder = decoders[i].make ();

  for (gsize k = 0; k < G_N_ELEMENTS (images); k++)
    {
      g_autoptr (GPtrArray) found = bitket_decoder_decode (decoder, &images[k], G_MAXINT64);

      g_assert_nonnull (found);
      g_assert_cmpuint (found->len, ==, 0);
    }
}

/* A picture of noise holds no text, however it is looked at. */
static void
test_noise_only (gconstpointer data)
{
  const guint i = GPOINTER_TO_UINT (data);
  g_autoptr (BitketDecoder) decoder = decoders[i].make ();

  for (guint32 seed = 1; seed <= 8; seed++)
    {
      g_autoptr (Scene) scene = scene_new (200 + 17 * seed, 180, 128);
      g_autoptr (GPtrArray) found = NULL;

      scene_noise (scene, 20 * seed, seed);
      found = decode (decoder, scene);
      g_assert_cmpuint (found->len, ==, 0);
    }
}

/* A scanner is made anew after a hit: a thousand hits later it still reads. */
static void
test_many_hits (void)
{
  g_autoptr (BitketDecoder) decoder = bitket_zbar_decoder_new ();
  g_autoptr (Scene) scene = scene_new (120, 120, 255);

  scene_draw_code (scene, &(SceneCode) { .text = "again", .module_px = 3 });
  for (int round = 0; round < 1000; round++)
    {
      g_autoptr (GPtrArray) found = decode (decoder, scene);

      assert_only (found, "again", 5);
    }
}

/* Damage that the cascade must see through; the stages alone need not. */
typedef struct
{
  const char *name;
  SceneCode code;
  guint8 background;
  int blur;
  int smear;
  int noise;
  int low;
  int high;
  double shadow;
  int stain;
} Damage;

static const Damage damages[] = {
  { .name = "dark-paper", .background = 40 },
  { .name = "inverted", .background = 0, .code = { .dark = 255, .light = 1 } },
  { .name = "inverted-dim", .background = 30, .code = { .dark = 140, .light = 30 } },
  { .name = "turned-90", .background = 220, .code = { .angle = 90 } },
  { .name = "turned-180", .background = 220, .code = { .angle = 180 } },
  { .name = "turned-270", .background = 220, .code = { .angle = 270 } },
  { .name = "turned-3", .background = 220, .code = { .angle = 3 } },
  { .name = "turned-12", .background = 220, .code = { .angle = 12 } },
  { .name = "turned-30", .background = 220, .code = { .angle = 30 } },
  { .name = "turned-45", .background = 220, .code = { .angle = 45 } },
  { .name = "slanted", .background = 220, .code = { .tilt = 0.25 } },
  { .name = "curved", .background = 220, .code = { .curve = 0.5 } },
  { .name = "blurred", .background = 220, .blur = 1 },
  { .name = "smeared", .background = 220, .smear = 4 },
  { .name = "noisy", .background = 220, .noise = 30 },
  { .name = "faint", .background = 220, .low = 110, .high = 150 },
  { .name = "under-exposed", .background = 220, .low = 0, .high = 40 },
  { .name = "over-exposed", .background = 220, .low = 170, .high = 300 },
  { .name = "shadow", .background = 220, .shadow = 0.7 },
  { .name = "stained", .background = 220, .stain = 24, .code = { .level = SCENE_LEVEL_H } },
  { .name = "small", .background = 220, .code = { .module_px = 2 } },
  { .name = "close", .background = 220, .code = { .module_px = 11 } },
  { .name = "tight", .background = 220, .code = { .quiet = 1 } },
};

static Scene *
draw_damaged (const Damage *damage)
{
  g_autoptr (Scene) scene = scene_new (WIDTH, HEIGHT, damage->background);
  SceneCode code = damage->code;

  code.text = ticket_text;
  scene_draw_code (scene, &code);
  if (damage->stain > 0)
    scene_stain (scene, WIDTH / 2, HEIGHT / 2, damage->stain, damage->stain, 128);
  if (damage->high > 0)
    scene_levels (scene, damage->low, damage->high);
  if (damage->shadow > 0)
    scene_shadow (scene, damage->shadow);
  if (damage->blur > 0)
    scene_blur (scene, damage->blur);
  if (damage->smear > 0)
    scene_smear (scene, damage->smear);
  if (damage->noise > 0)
    scene_noise (scene, damage->noise, 1);
  return g_steal_pointer (&scene);
}

static void
test_damaged (gconstpointer data)
{
  const Damage *damage = data;
  g_autoptr (BitketDecoder) decoder = bitket_cascade_decoder_new ();
  g_autoptr (Scene) scene = draw_damaged (damage);
  g_autoptr (GPtrArray) found = decode (decoder, scene);

  assert_only (found, ticket_text, strlen (ticket_text));
}

static void
test_deadline (void)
{
  g_autoptr (BitketDecoder) decoder = bitket_cascade_decoder_new ();
  g_autoptr (Scene) scene = scene_new (WIDTH, HEIGHT, 255);
  BitketGrayImage image = bitket_gray_buffer_view (scene);
  g_autoptr (GPtrArray) late = NULL;
  g_autoptr (GPtrArray) in_time = NULL;

  scene_draw_code (scene, &(SceneCode) { .text = ticket_text });
  late = bitket_decoder_decode (decoder, &image, 0);
  g_assert_cmpuint (late->len, ==, 0);
  in_time = bitket_decoder_decode (decoder, &image, G_MAXINT64);
  assert_only (in_time, ticket_text, strlen (ticket_text));
}

/* Frames of other sizes, one after the other, through the same buffers. */
static void
test_changing_sizes (void)
{
  static const int sizes[][2] = { { 1280, 720 }, { 160, 120 },   { 320, 240 }, { 720, 1280 },
                                  { 21, 2000 },  { 2000, 1500 }, { 641, 479 } };
  g_autoptr (BitketDecoder) decoder = bitket_cascade_decoder_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (Scene) scene = scene_new (sizes[i][0], sizes[i][1], 60);
      gboolean is_roomy = MIN (sizes[i][0], sizes[i][1]) > 50;
      g_autoptr (GPtrArray) found = NULL;

      /* White on black, so that no stage but the last reads it. */
      if (is_roomy)
        scene_draw_code (scene, &(SceneCode) { .text = "x",
                                               .module_px = MIN (sizes[i][0], sizes[i][1]) / 40.0,
                                               .dark = 250,
                                               .light = 20 });
      found = decode (decoder, scene);
      g_assert_cmpuint (found->len, ==, is_roomy ? 1 : 0);
    }
}

static void
add_for_each_decoder (const char *name, GTestDataFunc func)
{
  for (guint i = 0; i < G_N_ELEMENTS (decoders); i++)
    {
      g_autofree char *path = g_strdup_printf ("/decoder/%s/%s", decoders[i].name, name);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), func);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  add_for_each_decoder ("plain", test_plain);
  add_for_each_decoder ("corners", test_corners);
  add_for_each_decoder ("bytes", test_bytes);
  add_for_each_decoder ("several", test_several);
  add_for_each_decoder ("other-symbology", test_other_symbology);
  add_for_each_decoder ("structured-append", test_structured_append);
  add_for_each_decoder ("strides", test_strides);
  add_for_each_decoder ("hostile-sizes", test_hostile_sizes);
  add_for_each_decoder ("noise-only", test_noise_only);
  g_test_add_func ("/decoder/zbar/many-hits", test_many_hits);
  for (gsize i = 0; i < G_N_ELEMENTS (damages); i++)
    {
      g_autofree char *path = g_strdup_printf ("/decoder/cascade/damage/%s", damages[i].name);

      g_test_add_data_func (path, &damages[i], test_damaged);
    }
  g_test_add_func ("/decoder/cascade/deadline", test_deadline);
  g_test_add_func ("/decoder/cascade/changing-sizes", test_changing_sizes);
  return g_test_run ();
}
