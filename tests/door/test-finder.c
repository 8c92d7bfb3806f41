/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "test-finder"

#include <math.h>
#include <string.h>

#include "bitket-finder.h"
#include "bitket-zxing-decoder.h"
#include "scene.h"

#define WIDTH        640
#define HEIGHT       480
#define MAX_PATTERNS 64
#define MAX_CODES    3

static const char text[] = "a ticket of some length, so that the code is not small";

typedef struct
{
  const char *name;
  SceneCode code;
  guint8 background;
} Pose;

static const Pose poses[] = {
  { "plain", { .module_px = 5 }, 220 },
  { "small", { .module_px = 2.5 }, 220 },
  { "large", { .module_px = 11 }, 220 },
  { "aside", { .module_px = 3, .x = 120, .y = 330 }, 220 },
  { "turned", { .module_px = 5, .angle = 20 }, 220 },
  { "turned-more", { .module_px = 5, .angle = 130 }, 220 },
  { "upside-down", { .module_px = 5, .angle = 180 }, 220 },
  { "inverted", { .module_px = 5, .dark = 240, .light = 20 }, 20 },
  { "slanted", { .module_px = 6, .tilt = 0.3 }, 220 },
};

static guint
find_codes (const Scene *scene, BitketFinderCode *codes)
{
  BitketGrayImage image = bitket_gray_buffer_view (scene);
  g_auto (BitketGrayBuffer) contrast = { 0 };
  BitketFinderPattern patterns[MAX_PATTERNS];
  guint n;

  bitket_gray_contrast (&image, WIDTH / 12, 4, &contrast);
  image = bitket_gray_buffer_view (&contrast);
  n = bitket_finder_find (&image, patterns, MAX_PATTERNS);
  g_assert_cmpuint (n, <=, MAX_PATTERNS);
  return bitket_finder_match (patterns, n, codes, MAX_CODES);
}

/* The best fit is the code, and what is made of it reads at once. */
static void
test_pose (gconstpointer data)
{
  const Pose *pose = data;
  g_autoptr (Scene) scene = scene_new (WIDTH, HEIGHT, pose->background);
  g_autoptr (BitketDecoder) decoder = bitket_zxing_decoder_new (BITKET_ZXING_FAST);
  BitketGrayImage image = bitket_gray_buffer_view (scene);
  g_auto (BitketGrayBuffer) upright = { 0 };
  g_autoptr (GPtrArray) found = NULL;
  BitketFinderCode codes[MAX_CODES];
  SceneCode code = pose->code;
  const BitketDecoded *decoded;
  double x, y;
  int n;

  code.text = text;
  n = scene_draw_code (scene, &code);
  g_assert_cmpuint (find_codes (scene, codes), >=, 1);
  g_assert_cmpint (codes[0].tone, ==,
                   pose->background < 128 ? BITKET_FINDER_LIGHT : BITKET_FINDER_DARK);
  g_assert_cmpfloat_with_epsilon (codes[0].n_modules, n, 4.5);
  bitket_finder_map (&codes[0], codes[0].n_modules / 2, codes[0].n_modules / 2, &x, &y);
  g_assert_cmpfloat_with_epsilon (x, code.x > 0 ? code.x : WIDTH / 2, 3 * code.module_px);
  g_assert_cmpfloat_with_epsilon (y, code.y > 0 ? code.y : HEIGHT / 2, 3 * code.module_px);

  bitket_finder_rectify (&codes[0], &image, 1, &upright);
  image = bitket_gray_buffer_view (&upright);
  found = bitket_decoder_decode (decoder, &image, G_MAXINT64);
  g_assert_cmpuint (found->len, ==, 1);
  decoded = g_ptr_array_index (found, 0);
  g_assert_cmpmem (g_bytes_get_data (decoded->bytes, NULL), g_bytes_get_size (decoded->bytes), text,
                   strlen (text));
}

static void
test_nothing (void)
{
  BitketFinderCode codes[MAX_CODES];
  g_autoptr (Scene) wall = scene_new (WIDTH, HEIGHT, 180);
  g_autoptr (Scene) bars = scene_new (WIDTH, HEIGHT, 255);
  g_autoptr (Scene) sliver = scene_new (WIDTH, 1, 0);

  g_assert_cmpuint (find_codes (wall, codes), ==, 0);
  scene_noise (wall, 3, 5);
  g_assert_cmpuint (find_codes (wall, codes), ==, 0);
  scene_draw_bars (bars, 100, 100, 4, 200);
  g_assert_cmpuint (find_codes (bars, codes), ==, 0);
  g_assert_cmpuint (find_codes (sliver, codes), ==, 0);
}

/* More of everything than there is room for. */
static void
test_crowd (void)
{
  g_autoptr (Scene) scene = scene_new (WIDTH, HEIGHT, 255);
  BitketGrayImage image = bitket_gray_buffer_view (scene);
  BitketFinderPattern patterns[5];
  BitketFinderCode codes[2];

  for (int i = 0; i < 12; i++)
    scene_draw_code (
        scene, &(SceneCode) {
                   .text = "crowd", .module_px = 4, .x = 80 + i % 4 * 150, .y = 80 + i / 4 * 150 });
  g_assert_cmpuint (bitket_finder_find (&image, patterns, G_N_ELEMENTS (patterns)), ==, 5);
  g_assert_cmpuint (bitket_finder_match (patterns, 5, codes, G_N_ELEMENTS (codes)), <=, 2);
  g_assert_cmpuint (bitket_finder_match (patterns, 2, codes, G_N_ELEMENTS (codes)), ==, 0);
  g_assert_cmpuint (bitket_finder_match (patterns, 0, codes, G_N_ELEMENTS (codes)), ==, 0);
}

/* Eyes that cannot belong together. */
static void
test_no_match (void)
{
  static const struct
  {
    float eyes[3][3]; /* x, y, size of a module */
    gboolean is_code;
  } cases[] = {
    { { { 100, 100, 4 }, { 200, 100, 4 }, { 100, 200, 4 } }, TRUE },
    { { { 200, 100, 4 }, { 100, 200, 4 }, { 100, 100, 4 } }, TRUE },
    { { { 100, 100, 4 }, { 200, 100, 4 }, { 300, 100, 4 } }, FALSE }, /* in a line */
    { { { 100, 100, 4 }, { 200, 100, 9 }, { 100, 200, 4 } }, FALSE }, /* of other sizes */
    { { { 100, 100, 4 }, { 120, 100, 4 }, { 100, 120, 4 } }, FALSE }, /* one inside the other */
    { { { 100, 100, 4 }, { 400, 100, 4 }, { 100, 180, 4 } }, FALSE }, /* no square */
    { { { 0, 0, 1.5 }, { 600, 0, 1.5 }, { 0, 600, 1.5 } }, FALSE },   /* no version so large */
    { { { 100, 100, 4 }, { 100, 100, 4 }, { 100, 100, 4 } }, FALSE }, /* all the same */
    { { { 100, 100, 0 }, { 200, 100, 0 }, { 100, 200, 0 } }, FALSE }, /* no size at all */
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      BitketFinderPattern patterns[3];
      BitketFinderCode codes[MAX_CODES];

      for (int k = 0; k < 3; k++)
        patterns[k] = (BitketFinderPattern) { .x = cases[i].eyes[k][0],
                                              .y = cases[i].eyes[k][1],
                                              .module_px = cases[i].eyes[k][2],
                                              .n_rows = 5,
                                              .tone = BITKET_FINDER_DARK };
      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_cmpuint (bitket_finder_match (patterns, 3, codes, MAX_CODES), ==,
                        cases[i].is_code ? 1 : 0);
      patterns[1].tone = BITKET_FINDER_LIGHT;
      g_assert_cmpuint (bitket_finder_match (patterns, 3, codes, MAX_CODES), ==, 0);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (poses); i++)
    {
      g_autofree char *path = g_strdup_printf ("/finder/pose/%s", poses[i].name);

      g_test_add_data_func (path, &poses[i], test_pose);
    }
  g_test_add_func ("/finder/nothing", test_nothing);
  g_test_add_func ("/finder/crowd", test_crowd);
  g_test_add_func ("/finder/no-match", test_no_match);
  return g_test_run ();
}
