/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-gray.h"

G_BEGIN_DECLS

/* Finder patterns, the three eyes of a QR code: in any straight line through the middle of one,
 * dark and light take turns as 1 : 1 : 3 : 1 : 1 (ISO/IEC 18004, 6.3.3). */

typedef enum
{
  BITKET_FINDER_NONE,
  BITKET_FINDER_DARK,  /* dark on light */
  BITKET_FINDER_LIGHT, /* light on dark */
} BitketFinderTone;

typedef struct
{
  float x; /* its middle */
  float y;
  float module_px; /* size of a module */
  int n_rows;      /* rows in which it was seen */
  BitketFinderTone tone;
} BitketFinderPattern;

/**
 * bitket_finder_find:
 * @image: stretched around its local mean by bitket_gray_contrast(): dark is below 128
 * @patterns: (out caller-allocates): room for @max
 *
 * Returns: how many were found; what only looks like one is among them
 */
guint bitket_finder_find (const BitketGrayImage *image, BitketFinderPattern *patterns, guint max);

/* Where a code may lie: what its three eyes tell. Homogeneous coordinates: a point of the code is
 * origin + across · u + down · v, its first two parts divided by the third; u and v are modules. */
typedef struct
{
  double origin[3];
  double across[3];
  double down[3];
  double n_modules; /* a side, as measured: not rounded */
  BitketFinderTone tone;
  double misfit; /* how far the eyes are from a square: 0 is best */
} BitketFinderCode;

/**
 * bitket_finder_match:
 * @codes: (out caller-allocates): room for @max, the best fit first
 *
 * Puts patterns together that can be the three eyes of one code: of about the same size, at the
 * corners of about a square. Returns: how many there are
 */
guint bitket_finder_match (const BitketFinderPattern *patterns,
                           guint n_patterns,
                           BitketFinderCode *codes,
                           guint max);
/** bitket_finder_map: where the module @u, @v of a code lies in the picture */
void bitket_finder_map (const BitketFinderCode *code, double u, double v, double *x, double *y);
/**
 * bitket_finder_rectify:
 * @image: the picture in which to look, @scale times as large as that of the patterns
 *
 * Draws the code upright, black on white, with its margin, five pixels a module.
 */
void bitket_finder_rectify (const BitketFinderCode *code,
                            const BitketGrayImage *image,
                            double scale,
                            BitketGrayBuffer *out);

G_END_DECLS
