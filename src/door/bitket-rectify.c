/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-door"

#include <math.h>
#include <string.h>

#include "bitket-finder.h"

/* Patterns that were seen in one row only are mostly noise, and more than these are a crowd. */
#define MIN_ROWS     2
#define MAX_PATTERNS 16
/* From the middle of an eye to the edge of the code, in modules, and the margin around a code. */
#define EYE   3.5
#define QUIET 4
/* Versions 1 to 40 have 21 to 177 modules; measured, they may be a little off. */
#define MIN_MODULES 18
#define MAX_MODULES 185
#define PX_A_MODULE 5
/* Below this a difference in size between the eyes is chance, not perspective. */
#define MIN_SLANT 1.12

typedef const BitketFinderPattern *Eyes[3];

/* The corner between the two short sides comes first, then the others clockwise. */
static void
order_eyes (Eyes eyes)
{
  double longest = 0;
  int corner = 0;
  const BitketFinderPattern *a, *b, *c;

  for (int i = 0; i < 3; i++)
    {
      double side = hypot (eyes[(i + 1) % 3]->x - eyes[(i + 2) % 3]->x,
                           eyes[(i + 1) % 3]->y - eyes[(i + 2) % 3]->y);

      if (side > longest)
        {
          longest = side;
          corner = i;
        }
    }
  a = eyes[corner];
  b = eyes[(corner + 1) % 3];
  c = eyes[(corner + 2) % 3];
  if ((b->x - a->x) * (c->y - a->y) - (b->y - a->y) * (c->x - a->x) < 0)
    {
      const BitketFinderPattern *swap = b;

      b = c;
      c = swap;
    }
  eyes[0] = a;
  eyes[1] = b;
  eyes[2] = c;
}

/* The size of a module tells how far away it is: for a plane in perspective it falls with the power
 * 3/2 of the third homogeneous coordinate. */
static void
lift (const BitketFinderPattern *eye, double module_px, gboolean is_slanted, double point[3])
{
  point[2] = is_slanted ? pow (eye->module_px / module_px, -2.0 / 3) : 1;
  point[0] = eye->x * point[2];
  point[1] = eye->y * point[2];
}

static void
place_code (BitketFinderCode *code, Eyes eyes, gboolean is_slanted)
{
  double corner[3], right[3], below[3];
  double n = code->n_modules - 2 * EYE;

  lift (eyes[0], eyes[0]->module_px, is_slanted, corner);
  lift (eyes[1], eyes[0]->module_px, is_slanted, right);
  lift (eyes[2], eyes[0]->module_px, is_slanted, below);
  for (int i = 0; i < 3; i++)
    {
      code->across[i] = (right[i] - corner[i]) / n;
      code->down[i] = (below[i] - corner[i]) / n;
      code->origin[i] = corner[i] - EYE * (code->across[i] + code->down[i]);
    }
}

/* How much of an eye was not seen, 0 to 1: its inner square alone is three modules high, and every
 * second row is looked at. */
static double
measure_lack (const BitketFinderPattern *eye)
{
  return MAX (0, 1 - eye->n_rows / (1.5 * eye->module_px));
}

/* Returns: whether the three can be the eyes of one code */
static gboolean
match_eyes (Eyes eyes, BitketFinderCode *code)
{
  double smallest = MIN (MIN (eyes[0]->module_px, eyes[1]->module_px), eyes[2]->module_px);
  double largest = MAX (MAX (eyes[0]->module_px, eyes[1]->module_px), eyes[2]->module_px);
  double mean = (eyes[0]->module_px + eyes[1]->module_px + eyes[2]->module_px) / 3.0;
  double ax, ay, bx, by, a, b, slant;

  if (eyes[0]->tone != eyes[1]->tone || eyes[0]->tone != eyes[2]->tone || largest > 2.2 * smallest)
    return FALSE;
  order_eyes (eyes);
  ax = eyes[1]->x - eyes[0]->x;
  ay = eyes[1]->y - eyes[0]->y;
  bx = eyes[2]->x - eyes[0]->x;
  by = eyes[2]->y - eyes[0]->y;
  a = hypot (ax, ay);
  b = hypot (bx, by);
  if (MIN (a, b) < 10 * smallest || MAX (a, b) > 2.2 * MIN (a, b))
    return FALSE;
  slant = fabs (ax * bx + ay * by) / (a * b);
  /* A row crosses a turned eye on a longer way than an upright one. */
  mean *= MAX (fabs (ax), fabs (ay)) / a;
  code->n_modules = (a + b) / 2 / mean + 2 * EYE;
  if (slant > 0.6 || code->n_modules < MIN_MODULES || code->n_modules > MAX_MODULES)
    return FALSE;
  code->tone = eyes[0]->tone;
  /* A difference in size may well be perspective, so it weighs little. */
  code->misfit = slant + fabs (a - b) / MAX (a, b) + 0.3 * (largest - smallest) / largest +
                 0.5 * (measure_lack (eyes[0]) + measure_lack (eyes[1]) + measure_lack (eyes[2]));
  place_code (code, eyes, largest > MIN_SLANT * smallest);
  return TRUE;
}

static guint
insert_code (BitketFinderCode *codes, guint n, guint max, const BitketFinderCode *code)
{
  guint at = 0;

  while (at < n && codes[at].misfit <= code->misfit)
    at++;
  if (at == max)
    return n;
  n = MIN (n + 1, max);
  memmove (codes + at + 1, codes + at, (n - at - 1) * sizeof *codes);
  codes[at] = *code;
  return n;
}

guint
bitket_finder_match (const BitketFinderPattern *patterns,
                     guint n_patterns,
                     BitketFinderCode *codes,
                     guint max)
{
  const BitketFinderPattern *eyes[MAX_PATTERNS];
  guint n_eyes = 0, n = 0;

  for (guint i = 0; i < n_patterns && n_eyes < MAX_PATTERNS; i++)
    if (patterns[i].n_rows >= MIN_ROWS)
      eyes[n_eyes++] = &patterns[i];
  for (guint i = 0; i < n_eyes; i++)
    for (guint j = i + 1; j < n_eyes; j++)
      for (guint k = j + 1; k < n_eyes; k++)
        {
          Eyes three = { eyes[i], eyes[j], eyes[k] };
          BitketFinderCode code;

          if (match_eyes (three, &code))
            n = insert_code (codes, n, max, &code);
        }
  return n;
}

void
bitket_finder_map (const BitketFinderCode *code, double u, double v, double *x, double *y)
{
  double w = code->origin[2] + code->across[2] * u + code->down[2] * v;

  /* Behind the eye of the camera there is nothing to see. */
  w = MAX (w, 0.01);
  *x = (code->origin[0] + code->across[0] * u + code->down[0] * v) / w;
  *y = (code->origin[1] + code->across[1] * u + code->down[1] * v) / w;
}

/* Between four pixels; beyond the picture its edge goes on. */
static guint8
sample (const BitketGrayImage *image, double x, double y)
{
  int fx, fy, left, top;
  gsize right, below;
  const guint8 *p;

  x = CLAMP (x - 0.5, 0, image->width - 1);
  y = CLAMP (y - 0.5, 0, image->height - 1);
  left = x;
  top = y;
  fx = (x - left) * 256;
  fy = (y - top) * 256;
  p = image->data + (gsize) top * image->row_stride + (gsize) left * image->pixel_stride;
  right = left + 1 < image->width ? image->pixel_stride : 0;
  below = top + 1 < image->height ? image->row_stride : 0;
  return ((p[0] * (256 - fx) + p[right] * fx) * (256 - fy) +
          (p[below] * (256 - fx) + p[below + right] * fx) * fy) >>
         16;
}

void
bitket_finder_rectify (const BitketFinderCode *code,
                       const BitketGrayImage *image,
                       double scale,
                       BitketGrayBuffer *out)
{
  int side = (code->n_modules + 2 * QUIET) * PX_A_MODULE;

  bitket_gray_buffer_resize (out, side, side);
  for (int row = 0; row < side; row++)
    for (int column = 0; column < side; column++)
      {
        double x, y;

        bitket_finder_map (code, (column + 0.5) / PX_A_MODULE - QUIET,
                           (row + 0.5) / PX_A_MODULE - QUIET, &x, &y);
        out->data[(gsize) row * side + column] = sample (image, x * scale, y * scale);
      }
  if (code->tone == BITKET_FINDER_LIGHT)
    bitket_gray_invert (out);
}
