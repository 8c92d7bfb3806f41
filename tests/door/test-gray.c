/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "test-gray"

#include <string.h>

#include "scene.h"

static guint8
at (const BitketGrayBuffer *buffer, int x, int y)
{
  return buffer->data[(gsize) y * buffer->width + x];
}

static void
test_shrink_keeps_the_mean (void)
{
  static const int sizes[][2] = { { 32, 24 }, { 16, 12 }, { 63, 47 }, { 20, 7 }, { 1, 1 } };
  g_autoptr (Scene) scene = scene_new (64, 48, 0);
  BitketGrayImage image = bitket_gray_buffer_view (scene);

  for (int i = 0; i < 64 * 48; i++)
    scene->data[i] = i / 64 * 5;
  for (gsize k = 0; k < G_N_ELEMENTS (sizes); k++)
    {
      g_auto (BitketGrayBuffer) small = { 0 };
      guint64 sum = 0;

      bitket_gray_shrink (&image, sizes[k][0], sizes[k][1], &small);
      g_assert_cmpint (small.width, ==, sizes[k][0]);
      g_assert_cmpint (small.height, ==, sizes[k][1]);
      for (int i = 0; i < small.width * small.height; i++)
        sum += small.data[i];
      g_assert_cmpfloat_with_epsilon ((double) sum / (small.width * small.height), 117.5, 1.0);
    }
}

static void
test_shrink_never_enlarges (void)
{
  g_autoptr (Scene) scene = scene_new (40, 30, 77);
  g_auto (BitketGrayBuffer) same = { 0 };
  BitketGrayImage image = bitket_gray_buffer_view (scene);

  bitket_gray_shrink (&image, 400, 300, &same);
  g_assert_cmpint (same.width, ==, 40);
  g_assert_cmpint (same.height, ==, 30);
  g_assert_cmpmem (same.data, 1200, scene->data, 1200);
  bitket_gray_shrink (&image, 0, -5, &same);
  g_assert_cmpint (same.width, ==, 1);
  g_assert_cmpint (same.height, ==, 1);
  g_assert_cmpint (same.data[0], ==, 77);
}

/* Thin lines fade, they do not vanish. */
static void
test_shrink_averages (void)
{
  g_autoptr (Scene) scene = scene_new (90, 90, 255);
  g_auto (BitketGrayBuffer) small = { 0 };
  BitketGrayImage image = bitket_gray_buffer_view (scene);

  scene_stain (scene, 43, 0, 1, 90, 0);
  bitket_gray_shrink (&image, 30, 30, &small);
  g_assert_cmpint (at (&small, 14, 5), ==, 170);
  g_assert_cmpint (at (&small, 13, 5), ==, 255);
  bitket_gray_shrink (&image, 45, 45, &small);
  g_assert_cmpint (at (&small, 21, 5), ==, 128);
}

static void
test_shrink_reads_strides (void)
{
  guint8 pixels[4 * 100];
  BitketGrayImage image = { pixels, 8, 4, 100, 2 };
  g_auto (BitketGrayBuffer) half = { 0 };
  g_auto (BitketGrayBuffer) other = { 0 };

  memset (pixels, 255, sizeof pixels);
  for (int y = 0; y < 4; y++)
    for (int x = 0; x < 8; x++)
      pixels[y * 100 + x * 2] = 10 * y;
  bitket_gray_shrink (&image, 4, 2, &half);
  g_assert_cmpint (at (&half, 3, 0), ==, 5);
  g_assert_cmpint (at (&half, 0, 1), ==, 25);
  bitket_gray_shrink (&image, 3, 4, &other);
  for (int x = 0; x < 3; x++)
    g_assert_cmpint (at (&other, x, 3), ==, 30);
}

/* An even picture becomes middle grey whatever its brightness and wherever one looks. */
static void
test_contrast_flattens (void)
{
  static const int radii[] = { 1, 5, 40, 1000 };

  for (gsize k = 0; k < G_N_ELEMENTS (radii); k++)
    for (int luma = 0; luma <= 255; luma += 51)
      {
        g_autoptr (Scene) scene = scene_new (37, 23, luma);
        g_auto (BitketGrayBuffer) out = { 0 };
        BitketGrayImage image = bitket_gray_buffer_view (scene);

        bitket_gray_contrast (&image, radii[k], 2, &out);
        for (int i = 0; i < 37 * 23; i++)
          g_assert_cmpint (out.data[i], ==, 128);
      }
}

/* The same as adding up each window by hand. */
static void
test_contrast_is_the_local_mean (void)
{
  const int radius = 3;
  g_autoptr (Scene) scene = scene_new (30, 20, 128);
  g_auto (BitketGrayBuffer) out = { 0 };
  BitketGrayImage image = bitket_gray_buffer_view (scene);

  scene_noise (scene, 60, 7);
  bitket_gray_contrast (&image, radius, 2, &out);
  for (int y = 0; y < 20; y++)
    for (int x = 0; x < 30; x++)
      {
        int sum = 0, n = 0, expected;

        for (int v = MAX (y - radius, 0); v <= MIN (y + radius, 19); v++)
          for (int u = MAX (x - radius, 0); u <= MIN (x + radius, 29); u++, n++)
            sum += at (scene, u, v);
        expected = 128 + 2 * (at (scene, x, y) - sum / n);
        g_assert_cmpint (at (&out, x, y), ==, CLAMP (expected, 0, 255));
      }
}

static void
test_soften (void)
{
  g_autoptr (Scene) scene = scene_new (9, 6, 90);
  guint8 spread[9 * 2 * 6];
  BitketGrayImage strided = { spread, 9, 6, 18, 2 };
  BitketGrayImage image = bitket_gray_buffer_view (scene);
  g_auto (BitketGrayBuffer) soft = { 0 };

  scene_stain (scene, 4, 3, 1, 1, 0);
  scene_stain (scene, 0, 0, 1, 1, 180);
  memset (spread, 255, sizeof spread);
  for (int i = 0; i < 9 * 6; i++)
    spread[2 * i] = scene->data[i];
  for (int round = 0; round < 2; round++)
    {
      bitket_gray_soften (round == 0 ? &image : &strided, &soft);
      g_assert_cmpint (at (&soft, 4, 3), ==, 80);
      g_assert_cmpint (at (&soft, 3, 2), ==, 80);
      g_assert_cmpint (at (&soft, 6, 3), ==, 90);
      g_assert_cmpint (at (&soft, 0, 0), ==, 130);
      g_assert_cmpint (at (&soft, 8, 5), ==, 90);
    }
}

static void
test_invert (void)
{
  g_autoptr (Scene) scene = scene_new (3, 1, 0);

  scene->data[1] = 255;
  scene->data[2] = 100;
  bitket_gray_invert (scene);
  g_assert_cmpint (scene->data[0], ==, 255);
  g_assert_cmpint (scene->data[1], ==, 0);
  g_assert_cmpint (scene->data[2], ==, 155);
}

/* Each single pixel counts, and what lies between the rows does not. */
static void
test_checksum (void)
{
  guint8 pixels[24 * 40] = { 0 };
  BitketGrayImage image = { pixels, 30, 24, 40, 1 };
  BitketGrayImage turned = { pixels, 24, 24, 40, 1 };
  guint64 first = bitket_gray_checksum (&image);

  g_assert_cmpuint (first, !=, bitket_gray_checksum (&turned));
  for (int y = 0; y < 24; y++)
    for (int x = 0; x < 40; x++)
      {
        pixels[y * 40 + x] = 1;
        if (x < 30)
          g_assert_cmpuint (bitket_gray_checksum (&image), !=, first);
        else
          g_assert_cmpuint (bitket_gray_checksum (&image), ==, first);
        pixels[y * 40 + x] = 0;
      }
  g_assert_cmpuint (bitket_gray_checksum (&image), ==, first);
}

static void
test_buffer_is_used_again (void)
{
  g_auto (BitketGrayBuffer) buffer = { 0 };
  guint8 *data;

  bitket_gray_buffer_resize (&buffer, 100, 100);
  data = buffer.data;
  bitket_gray_buffer_resize (&buffer, 10, 20);
  g_assert_true (buffer.data == data);
  g_assert_cmpint (buffer.width, ==, 10);
  g_assert_cmpint (buffer.height, ==, 20);
  bitket_gray_buffer_resize (&buffer, 100, 100);
  g_assert_true (buffer.data == data);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gray/shrink/mean", test_shrink_keeps_the_mean);
  g_test_add_func ("/gray/shrink/never-enlarges", test_shrink_never_enlarges);
  g_test_add_func ("/gray/shrink/averages", test_shrink_averages);
  g_test_add_func ("/gray/shrink/strides", test_shrink_reads_strides);
  g_test_add_func ("/gray/contrast/flattens", test_contrast_flattens);
  g_test_add_func ("/gray/contrast/local-mean", test_contrast_is_the_local_mean);
  g_test_add_func ("/gray/soften", test_soften);
  g_test_add_func ("/gray/invert", test_invert);
  g_test_add_func ("/gray/checksum", test_checksum);
  g_test_add_func ("/gray/buffer", test_buffer_is_used_again);
  return g_test_run ();
}
