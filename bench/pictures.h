/* SPDX-License-Identifier: MIT */
#pragma once

#include "scene.h"

G_BEGIN_DECLS

/* Pictures to be read: drawn here, or photographs from a directory with a manifest. */

typedef struct
{
  char *name;             /* (owned): file name or kind and level */
  char *category;         /* (owned) */
  char *path;             /* (owned) (nullable): where the file is */
  GStrv texts;            /* (owned): what may be read, empty when not known */
  gboolean is_negative;   /* holds no code at all */
  BitketGrayBuffer frame; /* at most 1280 pixels a side, as a camera would give it */
} Picture;

void picture_free (Picture *picture);

/**
 * pictures_load:
 * @dir: holds manifest.tsv: path, expected text, category, tier ("negative": no code), JSON array
 * of all texts that count as right
 *
 * Returns: (transfer full) (element-type Picture)
 */
GPtrArray *pictures_load (const char *dir, GError **error);
/** pictures_draw: 19 kinds of damage at five levels, two of each, and ten pictures without a code
 */
GPtrArray *pictures_draw (void);
/** pictures_draw_empty: the ten without a code alone */
GPtrArray *pictures_draw_empty (void);
/** picture_has_text: whether @bytes are one of the texts, in UTF-8, Latin-1 or Shift-JIS */
gboolean picture_has_text (const Picture *picture, GBytes *bytes);

G_END_DECLS
