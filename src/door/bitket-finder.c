/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-door"

#include "bitket-finder.h"

#include <string.h>

/* In a stretched picture an even wall lies at 128; what is not clearly darker counts as light. */
#define DARK_BELOW 116
/* A pattern is 7 modules wide; below 1.2 pixels a module nothing can be read. */
#define MIN_WIDTH 8
/* Every second row is enough: the inner square alone is three modules high. */
#define ROW_STEP 2

static gboolean
is_dark (const BitketGrayImage *image, int x, int y)
{
  return image->data[(gsize) y * image->row_stride + (gsize) x * image->pixel_stride] < DARK_BELOW;
}

/* Each run may be off by three fifths of a module and half a pixel, the middle one by twice that.
 */
static gboolean
is_pattern (const int runs[5])
{
  static const int modules[5] = { 1, 1, 3, 1, 1 };
  int width = runs[0] + runs[1] + runs[2] + runs[3] + runs[4];

  if (width < MIN_WIDTH)
    return FALSE;
  for (int i = 0; i < 5; i++)
    {
      /* All in 70ths of the width: a module is 10, and 35 are half a pixel times 70. */
      int off = ABS (70 * runs[i] - 10 * modules[i] * width);
      int slack = i == 2 ? 12 * width + 70 : 6 * width + 35;

      if (runs[i] == 0 || off > slack)
        return FALSE;
    }
  return TRUE;
}

/* Length of the run of one tone that begins at @y and goes on by @step. */
static int
measure_run (const BitketGrayImage *image, int x, int *y, int step, gboolean tone, int limit)
{
  int n = 0;

  while (*y >= 0 && *y < image->height && n <= limit && is_dark (image, x, *y) == tone)
    {
      *y += step;
      n++;
    }
  return n;
}

/* The same five runs upright, through the middle of those found in a row.
 * Returns: their whole height, 0 when they are not there */
static int
check_upright (const BitketGrayImage *image, int x, int y, int width, double *middle)
{
  gboolean tone = is_dark (image, x, y);
  int above = y - 1, below = y;
  int runs[5], height;

  runs[2] = measure_run (image, x, &above, -1, tone, width);
  runs[1] = measure_run (image, x, &above, -1, !tone, width);
  runs[0] = measure_run (image, x, &above, -1, tone, width);
  runs[2] += measure_run (image, x, &below, 1, tone, width);
  runs[3] = measure_run (image, x, &below, 1, !tone, width);
  runs[4] = measure_run (image, x, &below, 1, tone, width);
  height = runs[0] + runs[1] + runs[2] + runs[3] + runs[4];
  if (!is_pattern (runs) || height > 3 * width || width > 3 * height)
    return 0;
  *middle = (above + below) / 2.0;
  return height;
}

/* Sightings of one pattern in several rows are one pattern. */
static guint
add_pattern (BitketFinderPattern *patterns, guint n, guint max, const BitketFinderPattern *seen)
{
  for (guint i = 0; i < n; i++)
    {
      BitketFinderPattern *known = &patterns[i];
      float reach = 2 * known->module_px;

      if (known->tone != seen->tone || ABS (known->x - seen->x) > reach ||
          ABS (known->y - seen->y) > reach)
        continue;
      known->x += (seen->x - known->x) / (known->n_rows + 1);
      known->y += (seen->y - known->y) / (known->n_rows + 1);
      known->module_px += (seen->module_px - known->module_px) / (known->n_rows + 1);
      known->n_rows++;
      return n;
    }
  if (n < max)
    patterns[n++] = *seen;
  return n;
}

static guint
find_in_row (const BitketGrayImage *image, int y, BitketFinderPattern *patterns, guint n, guint max)
{
  gboolean tone = is_dark (image, 0, y);
  int runs[5] = { 0 };

  for (int x = 0; x <= image->width; x++)
    {
      double middle_x, middle_y;
      int width, height;

      if (x < image->width && is_dark (image, x, y) == tone)
        {
          runs[4]++;
          continue;
        }
      width = runs[0] + runs[1] + runs[2] + runs[3] + runs[4];
      middle_x = x - runs[4] - runs[3] - runs[2] / 2.0;
      height = is_pattern (runs) ? check_upright (image, middle_x, y, width, &middle_y) : 0;
      if (height > 0)
        n = add_pattern (
            patterns, n, max,
            &(BitketFinderPattern) { .x = middle_x,
                                     .y = middle_y,
                                     .module_px = (width + height) / 14.0,
                                     .n_rows = 1,
                                     .tone = tone ? BITKET_FINDER_DARK : BITKET_FINDER_LIGHT });
      memmove (runs, runs + 1, 4 * sizeof *runs);
      runs[4] = 1;
      tone = !tone;
    }
  return n;
}

guint
bitket_finder_find (const BitketGrayImage *image, BitketFinderPattern *patterns, guint max)
{
  guint n = 0;

  for (int y = 0; y < image->height; y += ROW_STEP)
    n = find_in_row (image, y, patterns, n, max);
  return n;
}
