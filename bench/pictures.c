/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bench"

#include "pictures.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "bitket-picture.h"

#define FRAME_WIDTH  1280
#define FRAME_HEIGHT 720
#define N_LEVELS     5
#define N_OF_EACH    2
#define N_EMPTY      10

void
picture_free (Picture *picture)
{
  g_free (picture->name);
  g_free (picture->category);
  g_free (picture->path);
  g_strfreev (picture->texts);
  bitket_gray_buffer_clear (&picture->frame);
  g_free (picture);
}

static GStrv
parse_texts (const char *json)
{
  g_autoptr (JsonNode) root = json_from_string (json, NULL);
  g_autoptr (GStrvBuilder) texts = g_strv_builder_new ();

  if (root != NULL && JSON_NODE_HOLDS_ARRAY (root))
    {
      JsonArray *array = json_node_get_array (root);

      for (guint i = 0; i < json_array_get_length (array); i++)
        g_strv_builder_add (texts, json_array_get_string_element (array, i));
    }
  return g_strv_builder_end (texts);
}

static gboolean
load_frame (Picture *picture, GError **error)
{
  g_auto (BitketGrayBuffer) whole = { 0 };
  BitketGrayImage image;
  int longer;

  if (!bitket_picture_load (picture->path, &whole, error))
    return FALSE;
  image = bitket_gray_buffer_view (&whole);
  longer = MAX (MAX (image.width, image.height), FRAME_WIDTH);
  bitket_gray_shrink (&image, image.width * FRAME_WIDTH / longer,
                      image.height * FRAME_WIDTH / longer, &picture->frame);
  return TRUE;
}

GPtrArray *
pictures_load (const char *dir, GError **error)
{
  g_autoptr (GPtrArray) pictures = g_ptr_array_new_with_free_func ((GDestroyNotify) picture_free);
  g_autofree char *path = g_build_filename (dir, "manifest.tsv", NULL);
  g_autofree char *manifest = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents (path, &manifest, NULL, error))
    return NULL;
  lines = g_strsplit (manifest, "\n", -1);
  for (guint i = 1; lines[i] != NULL && *lines[i] != '\0'; i++)
    {
      g_auto (GStrv) cells = g_strsplit (lines[i], "\t", -1);
      Picture *picture;

      if (g_strv_length (cells) < 5)
        continue;
      picture = g_new0 (Picture, 1);
      g_ptr_array_add (pictures, picture);
      picture->name = g_strdup (cells[0]);
      picture->category = g_strdup (cells[2]);
      picture->path = g_build_filename (dir, cells[0], NULL);
      picture->texts = parse_texts (cells[4]);
      picture->is_negative = strcmp (cells[3], "negative") == 0;
      if (!load_frame (picture, error))
        return NULL;
    }
  return g_steal_pointer (&pictures);
}

/* What is done to the code before it is drawn, and to the picture after; @s runs from 0.2 to 1. */
typedef struct
{
  const char *name;
  void (*pose) (SceneCode *code, double s);
  void (*damage) (Scene *scene, double s, guint32 seed);
} Kind;

static void
pose_small (SceneCode *code, double s)
{
  code->module_px = 5.2 - 3.6 * s;
}

static void
pose_close (SceneCode *code, double s)
{
  code->module_px = 9 + 7 * s;
}

static void
pose_turned (SceneCode *code, double s)
{
  code->angle = 45 * s;
}

static void
pose_tilted (SceneCode *code, double s)
{
  code->tilt = 0.6 * s;
}

static void
pose_curved (SceneCode *code, double s)
{
  code->curve = 0.85 * s;
}

static void
pose_inverted (SceneCode *code, double s)
{
  code->dark = 250;
  code->light = 10;
  code->angle = 20 * s;
}

static void
pose_tight (SceneCode *code, double s)
{
  code->quiet = s > 0.7 ? -1 : 4 - 5 * s;
}

static void
damage_blur (Scene *scene, double s, guint32 seed)
{
  scene_blur (scene, 5 * s);
}

static void
damage_smear (Scene *scene, double s, guint32 seed)
{
  scene_smear (scene, 16 * s);
}

static void
damage_noise (Scene *scene, double s, guint32 seed)
{
  scene_noise (scene, 110 * s, seed);
}

static void
damage_faint (Scene *scene, double s, guint32 seed)
{
  scene_levels (scene, 128 - 60 * (1.05 - s), 128 + 60 * (1.05 - s));
  scene_noise (scene, 4, seed);
}

static void
damage_dark (Scene *scene, double s, guint32 seed)
{
  scene_levels (scene, 0, 90 - 80 * s);
  scene_noise (scene, 3, seed);
}

static void
damage_bright (Scene *scene, double s, guint32 seed)
{
  scene_levels (scene, 120 + 110 * s, 330);
  scene_noise (scene, 4, seed);
}

static void
damage_shadow (Scene *scene, double s, guint32 seed)
{
  scene_shadow (scene, 0.95 * s);
  scene_noise (scene, 4, seed);
}

static void
damage_glare (Scene *scene, double s, guint32 seed)
{
  scene_glare (scene, FRAME_WIDTH / 2.0 + 20 * (seed % 5), FRAME_HEIGHT / 2.0, 150 * s);
}

static void
damage_stripes (Scene *scene, double s, guint32 seed)
{
  scene_stripes (scene, 7 + seed % 5, 110 * s);
}

static void
damage_stain (Scene *scene, double s, guint32 seed)
{
  int size = 130 * s;

  scene_stain (scene, FRAME_WIDTH / 2 - size / 2 + (int) (seed % 7) * 8,
               FRAME_HEIGHT / 2 - size / 2, size, size, 90);
}

static void
damage_hand (Scene *scene, double s, guint32 seed)
{
  scene_smear (scene, 8 * s);
  scene_noise (scene, 40 * s, seed);
  scene_levels (scene, 20, 160);
}

static const Kind kinds[] = {
  { "plain", NULL, NULL },
  { "small", pose_small, NULL },
  { "close", pose_close, NULL },
  { "turned", pose_turned, NULL },
  { "tilted", pose_tilted, NULL },
  { "curved", pose_curved, NULL },
  { "inverted", pose_inverted, NULL },
  { "tight", pose_tight, NULL },
  { "blur", NULL, damage_blur },
  { "smear", NULL, damage_smear },
  { "noise", NULL, damage_noise },
  { "faint", NULL, damage_faint },
  { "dark", NULL, damage_dark },
  { "bright", NULL, damage_bright },
  { "shadow", NULL, damage_shadow },
  { "glare", NULL, damage_glare },
  { "stripes", NULL, damage_stripes },
  { "stain", NULL, damage_stain },
  { "hand", pose_turned, damage_hand },
};

/* A picture without a code still has edges, and boxes inside boxes. */
static Scene *
draw_room (guint32 seed)
{
  Scene *scene = scene_new (FRAME_WIDTH, FRAME_HEIGHT, 170);
  guint32 state = seed;

  for (int i = 0; i < 40; i++)
    {
      int box[5];

      for (int k = 0; k < 5; k++)
        {
          state = state * 1664525u + 1013904223u;
          box[k] = state >> 16;
        }
      scene_stain (scene, box[0] % FRAME_WIDTH, box[1] % FRAME_HEIGHT, 10 + box[2] % 200,
                   10 + box[3] % 200, box[4] % 256);
    }
  scene_noise (scene, 5, seed);
  return scene;
}

static Picture *
draw_picture (const Kind *kind, int level, guint32 seed)
{
  double s = (double) level / N_LEVELS;
  g_autoptr (Scene) scene = draw_room (seed + 1000);
  g_autofree char *text = g_strdup_printf ("{\"ticket\":\"%08x-0000-4000-8000-%012x\",\"v\":1}",
                                           seed * 2654435761u, seed * 40503u);
  SceneCode code = { .text = text,
                     .level = SCENE_LEVEL_H,
                     .module_px = 5,
                     .angle = (int) (seed % 9) - 4,
                     .x = FRAME_WIDTH / 2.0 + (int) (seed % 31) - 15,
                     .y = FRAME_HEIGHT / 2.0 + (int) (seed % 17) - 8 };
  Picture *picture = g_new0 (Picture, 1);

  if (kind->pose != NULL)
    kind->pose (&code, s);
  scene_draw_code (scene, &code);
  if (kind->damage != NULL)
    kind->damage (scene, s, seed);
  else
    scene_noise (scene, 4, seed);
  picture->name = g_strdup_printf ("%s-%d-%u", kind->name, level, seed);
  picture->category = g_strdup (kind->name);
  picture->texts = g_strdupv ((char *[]) { text, NULL });
  picture->frame = *scene;
  *scene = (BitketGrayBuffer) { 0 };
  return picture;
}

static Picture *
draw_empty (guint32 seed)
{
  g_autoptr (Scene) scene = draw_room (seed);
  Picture *picture = g_new0 (Picture, 1);

  picture->name = g_strdup_printf ("empty-%u", seed);
  picture->category = g_strdup ("empty");
  picture->texts = g_new0 (char *, 1);
  picture->is_negative = TRUE;
  picture->frame = *scene;
  *scene = (BitketGrayBuffer) { 0 };
  return picture;
}

GPtrArray *
pictures_draw_empty (void)
{
  GPtrArray *pictures = g_ptr_array_new_with_free_func ((GDestroyNotify) picture_free);

  for (int i = 0; i < N_EMPTY; i++)
    g_ptr_array_add (pictures, draw_empty (1 + i));
  return pictures;
}

GPtrArray *
pictures_draw (void)
{
  GPtrArray *pictures = pictures_draw_empty ();
  guint32 seed = 1;

  for (gsize k = 0; k < G_N_ELEMENTS (kinds); k++)
    for (int level = 1; level <= N_LEVELS; level++)
      for (int i = 0; i < N_OF_EACH; i++)
        g_ptr_array_add (pictures, draw_picture (&kinds[k], level, seed++));
  return pictures;
}

/* Line ends and outer blanks differ between the lists that the texts come from. */
static char *
normalize (const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, "\r", -1);

  return g_strstrip (g_strjoinv (NULL, parts));
}

static gboolean
is_text_in (const Picture *picture, const char *bytes, gsize len, const char *charset)
{
  g_autofree char *text = g_convert (bytes, len, "UTF-8", charset, NULL, NULL, NULL);
  g_autofree char *seen = text != NULL ? normalize (text) : NULL;

  if (seen == NULL)
    return FALSE;
  for (guint i = 0; picture->texts[i] != NULL; i++)
    {
      g_autofree char *right = normalize (picture->texts[i]);

      if (strcmp (seen, right) == 0)
        return TRUE;
    }
  return FALSE;
}

gboolean
picture_has_text (const Picture *picture, GBytes *bytes)
{
  gsize len;
  const char *data = g_bytes_get_data (bytes, &len);

  return is_text_in (picture, data, len, "UTF-8") ||
         is_text_in (picture, data, len, "ISO-8859-1") ||
         is_text_in (picture, data, len, "SHIFT_JIS") || is_text_in (picture, data, len, "GB18030");
}
