/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "scene"

#include "scene.h"

#include <math.h>
#include <qrencode.h>
#include <string.h>

/* Samples a pixel and direction: edges come out soft, as a lens draws them. */
#define N_SAMPLES 3

BitketGrayBuffer *
scene_new (int width, int height, guint8 luma)
{
  Scene *scene = g_new0 (Scene, 1);

  bitket_gray_buffer_resize (scene, width, height);
  memset (scene->data, luma, (gsize) width * height);
  return scene;
}

void
scene_free (BitketGrayBuffer *scene)
{
  bitket_gray_buffer_clear (scene);
  g_free (scene);
}

/* Undoes slant, curve and turn: from the picture to modules, the code's middle at 0, 0. */
static gboolean
to_modules (const SceneCode *code, double half, double x, double y, double *u, double *v)
{
  double reach = half * code->module_px;
  double angle = code->angle * G_PI / 180;
  double a = x / reach;
  double b = y / reach;

  if (1 - code->tilt * b <= 0.05)
    return FALSE;
  b /= 1 - code->tilt * b;
  a *= 1 + code->tilt * b;
  if (code->curve > 0)
    {
      double bend = 1 / code->curve;

      if (fabs (a / bend) >= 0.98)
        return FALSE;
      a = bend * asin (a / bend);
    }
  *u = (a * cos (angle) + b * sin (angle)) * half;
  *v = (b * cos (angle) - a * sin (angle)) * half;
  return TRUE;
}

/* Returns: luma at a point of the code, or -1 beside it */
static int
sample (const SceneCode *code, const guint8 *modules, int n, int quiet, double x, double y)
{
  double half = n / 2.0 + quiet;
  double u, v;
  int column, row;

  if (!to_modules (code, half, x, y, &u, &v) || fabs (u) >= half || fabs (v) >= half)
    return -1;
  column = floor (u + n / 2.0);
  row = floor (v + n / 2.0);
  if (column < 0 || row < 0 || column >= n || row >= n)
    return code->light;
  return modules[row * n + column] & 1 ? code->dark : code->light;
}

static void
draw_pixel (Scene *scene, const SceneCode *code, const guint8 *modules, int n, int px, int py)
{
  guint8 *pixel = scene->data + (gsize) py * scene->width + px;
  int quiet = code->quiet == 0 ? 4 : MAX (code->quiet, 0);
  int sum = 0;

  for (int i = 0; i < N_SAMPLES * N_SAMPLES; i++)
    {
      double dx = (i % N_SAMPLES + 0.5) / N_SAMPLES;
      double dy = (i / N_SAMPLES + 0.5) / N_SAMPLES;
      int luma = sample (code, modules, n, quiet, px + dx - code->x, py + dy - code->y);

      sum += luma < 0 ? *pixel : luma;
    }
  *pixel = sum / (N_SAMPLES * N_SAMPLES);
}

void
scene_draw_modules (Scene *scene, const SceneCode *code, const guint8 *modules, int n_modules)
{
  SceneCode full = *code;
  double reach;

  if (full.module_px == 0)
    full.module_px = 4;
  if (full.x == 0 && full.y == 0)
    {
      full.x = scene->width / 2.0;
      full.y = scene->height / 2.0;
    }
  if (full.dark == 0 && full.light == 0)
    full.light = 255;
  reach = (n_modules + 10) * full.module_px * (1 + 2 * fabs (full.tilt));
  for (int y = MAX (0, full.y - reach); y < MIN (scene->height, full.y + reach); y++)
    for (int x = MAX (0, full.x - reach); x < MIN (scene->width, full.x + reach); x++)
      draw_pixel (scene, &full, modules, n_modules, x, y);
}

int
scene_draw_code (Scene *scene, const SceneCode *code)
{
  static const QRecLevel levels[] = { QR_ECLEVEL_M, QR_ECLEVEL_L, QR_ECLEVEL_M, QR_ECLEVEL_Q,
                                      QR_ECLEVEL_H };
  int len = code->len > 0 ? (int) code->len : (int) strlen (code->text);
  QRcode *qr = QRcode_encodeData (len, (const guint8 *) code->text, 0, levels[code->level]);
  int width;

  g_assert_nonnull (qr);
  width = qr->width;
  scene_draw_modules (scene, code, qr->data, width);
  QRcode_free (qr);
  return width;
}

void
scene_draw_bars (Scene *scene, int x, int y, int module_px, int height)
{
  /* Start C, 12, 34, the check digit 82 and stop, as widths of bars and gaps. */
  static const char widths[] = "211232"
                               "112232"
                               "131123"
                               "121241"
                               "2331112";
  gboolean is_bar = TRUE;

  for (gsize i = 0; i < strlen (widths); i++, is_bar = !is_bar)
    {
      int width = (widths[i] - '0') * module_px;

      if (is_bar)
        scene_stain (scene, x, y, width, height, 0);
      x += width;
    }
}

/* One pass of a running mean over a line of @n pixels, @step bytes from each to the next. */
static void
blur_line (guint8 *line, int n, gsize step, int radius)
{
  g_autofree guint8 *copy = g_malloc (n);

  for (int i = 0; i < n; i++)
    copy[i] = line[i * step];
  for (int i = 0; i < n; i++)
    {
      int sum = 0;

      for (int k = i - radius; k <= i + radius; k++)
        sum += copy[CLAMP (k, 0, n - 1)];
      line[i * step] = sum / (2 * radius + 1);
    }
}

void
scene_smear (Scene *scene, int length)
{
  for (int y = 0; y < scene->height; y++)
    blur_line (scene->data + (gsize) y * scene->width, scene->width, 1, length / 2);
}

/* Two passes of a mean each way come close to a lens out of focus. */
void
scene_blur (Scene *scene, int radius)
{
  for (int pass = 0; pass < 2; pass++)
    {
      scene_smear (scene, 2 * radius);
      for (int x = 0; x < scene->width; x++)
        blur_line (scene->data + x, scene->height, scene->width, radius);
    }
}

static void
add (guint8 *pixel, int value)
{
  *pixel = CLAMP (*pixel + value, 0, 255);
}

void
scene_noise (Scene *scene, int amplitude, guint32 seed)
{
  gsize size = (gsize) scene->width * scene->height;
  guint32 state = seed * 2654435761u + 1;

  for (gsize i = 0; i < size; i++)
    {
      int sum = 0;

      /* The sum of four even distributions is round enough for a sensor's noise. */
      for (int k = 0; k < 4; k++)
        {
          state = state * 1664525u + 1013904223u;
          sum += (int) (state >> 16) % (2 * amplitude + 1) - amplitude;
        }
      add (&scene->data[i], sum / 2);
    }
}

void
scene_levels (Scene *scene, int low, int high)
{
  gsize size = (gsize) scene->width * scene->height;

  for (gsize i = 0; i < size; i++)
    {
      int value = low + scene->data[i] * (high - low) / 255;

      scene->data[i] = CLAMP (value, 0, 255);
    }
}

/* The edge of a shadow runs slantwise through the middle. */
void
scene_shadow (Scene *scene, double darkness)
{
  for (int y = 0; y < scene->height; y++)
    for (int x = 0; x < scene->width; x++)
      {
        guint8 *pixel = scene->data + (gsize) y * scene->width + x;
        double side = (x - scene->width / 2.0) + (y - scene->height / 2.0) * 0.5;

        *pixel *= 1 - darkness / (1 + exp (-side / 8));
      }
}

void
scene_glare (Scene *scene, double x, double y, double radius)
{
  for (int row = 0; row < scene->height; row++)
    for (int column = 0; column < scene->width; column++)
      {
        double dx = (column - x) / radius;
        double dy = (row - y) / radius;

        add (scene->data + (gsize) row * scene->width + column, 400 * exp (-(dx * dx + dy * dy)));
      }
}

void
scene_stripes (Scene *scene, double period, int amplitude)
{
  for (int y = 0; y < scene->height; y++)
    for (int x = 0; x < scene->width; x++)
      add (scene->data + (gsize) y * scene->width + x,
           amplitude * sin (2 * G_PI * (x * 0.3 + y) / period));
}

void
scene_stain (Scene *scene, int x, int y, int width, int height, guint8 luma)
{
  for (int row = MAX (y, 0); row < MIN (y + height, scene->height); row++)
    for (int column = MAX (x, 0); column < MIN (x + width, scene->width); column++)
      scene->data[(gsize) row * scene->width + column] = luma;
}
