/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-gray.h"

G_BEGIN_DECLS

/* Drawn pictures of codes, and what a lens, a hand and a bad light do to them. For tests and
 * benches; everything is the same at every run. */

typedef enum
{
  SCENE_LEVEL_NONE,
  SCENE_LEVEL_L,
  SCENE_LEVEL_M,
  SCENE_LEVEL_Q,
  SCENE_LEVEL_H,
} SceneLevel;

/* How a code lies in the picture. What is 0 takes the value in brackets. */
typedef struct
{
  const char *text;
  gssize len;       /* [strlen] */
  SceneLevel level; /* [M] */
  double x;         /* its middle [the picture's] */
  double y;
  double module_px; /* size of a module [4] */
  double angle;     /* degrees */
  double tilt;      /* perspective: 0.3 is a code seen at a slant */
  double curve;     /* 0: flat; 1: half around a cylinder */
  int quiet;        /* modules of light around it [4], -1 for none */
  guint8 dark;      /* [0] */
  guint8 light;     /* [255] */
} SceneCode;

/** scene_new: Returns: (transfer full): a picture of one grey */
BitketGrayBuffer *scene_new (int width, int height, guint8 luma);
void scene_free (BitketGrayBuffer *scene);
typedef BitketGrayBuffer Scene;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Scene, scene_free)

/** scene_draw_code: Returns: modules a side */
int scene_draw_code (Scene *scene, const SceneCode *code);
/** scene_draw_modules: the same for a code that was encoded elsewhere; @modules as of libqrencode
 */
void scene_draw_modules (Scene *scene, const SceneCode *code, const guint8 *modules, int n_modules);
/** scene_draw_bars: a Code 128 of the digits "1234", not a QR code */
void scene_draw_bars (Scene *scene, int x, int y, int module_px, int height);

void scene_blur (Scene *scene, int radius);
void scene_smear (Scene *scene, int length);
void scene_noise (Scene *scene, int amplitude, guint32 seed);
/** scene_levels: maps 0…255 to low…high, cutting what lies outside */
void scene_levels (Scene *scene, int low, int high);
void scene_shadow (Scene *scene, double darkness);
void scene_glare (Scene *scene, double x, double y, double radius);
void scene_stripes (Scene *scene, double period, int amplitude);
void scene_stain (Scene *scene, int x, int y, int width, int height, guint8 luma);

G_END_DECLS
