/* SPDX-License-Identifier: MIT */
#include "phone-picture.h"

#include <cairo.h>
#include <qrencode.h>

#define WIDTH  1280
#define HEIGHT 720

static void
trace_rounded (cairo_t *cr, double width, double height, double radius)
{
  double x = -width / 2, y = -height / 2;

  cairo_new_path (cr);
  cairo_arc (cr, x + width - radius, y + radius, radius, -G_PI / 2, 0);
  cairo_arc (cr, x + width - radius, y + height - radius, radius, 0, G_PI / 2);
  cairo_arc (cr, x + radius, y + height - radius, radius, G_PI / 2, G_PI);
  cairo_arc (cr, x + radius, y + radius, radius, G_PI, 3 * G_PI / 2);
  cairo_close_path (cr);
}

/* Lights out of focus, behind. */
static void
draw_room (cairo_t *cr)
{
  static const struct
  {
    double x, y, radius, red, green, blue, alpha;
  } lights[] = {
    { 150, 120, 90, 0.95, 0.62, 0.25, 0.32 }, { 330, 60, 60, 0.9, 0.3, 0.35, 0.30 },
    { 1010, 90, 110, 0.35, 0.5, 0.95, 0.28 }, { 1190, 240, 70, 0.95, 0.75, 0.4, 0.30 },
    { 90, 420, 70, 0.5, 0.35, 0.85, 0.25 },   { 1120, 520, 120, 0.85, 0.35, 0.3, 0.18 },
    { 240, 610, 100, 0.3, 0.55, 0.75, 0.18 }, { 820, 40, 50, 0.95, 0.85, 0.6, 0.30 },
  };
  cairo_pattern_t *wall = cairo_pattern_create_linear (0, 0, 0, HEIGHT);

  cairo_pattern_add_color_stop_rgb (wall, 0, 0.15, 0.13, 0.20);
  cairo_pattern_add_color_stop_rgb (wall, 1, 0.05, 0.05, 0.08);
  cairo_set_source (cr, wall);
  cairo_paint (cr);
  cairo_pattern_destroy (wall);
  for (guint i = 0; i < G_N_ELEMENTS (lights); i++)
    {
      cairo_pattern_t *glow =
          cairo_pattern_create_radial (lights[i].x, lights[i].y, lights[i].radius * 0.55,
                                       lights[i].x, lights[i].y, lights[i].radius);

      cairo_pattern_add_color_stop_rgba (glow, 0, lights[i].red, lights[i].green, lights[i].blue,
                                         lights[i].alpha);
      cairo_pattern_add_color_stop_rgba (glow, 1, lights[i].red, lights[i].green, lights[i].blue,
                                         0);
      cairo_set_source (cr, glow);
      cairo_paint (cr);
      cairo_pattern_destroy (glow);
    }
}

/* Fingers on both sides of the phone, which lies at the origin. */
static void
draw_hand (cairo_t *cr)
{
  cairo_set_source_rgb (cr, 0.62, 0.45, 0.37);
  cairo_set_line_cap (cr, CAIRO_LINE_CAP_ROUND);
  cairo_set_line_width (cr, 58);
  for (int i = 0; i < 4; i++)
    {
      cairo_move_to (cr, 150, 20 + i * 66);
      cairo_line_to (cr, 196, 30 + i * 64);
    }
  cairo_stroke (cr);
  cairo_set_line_width (cr, 84);
  cairo_move_to (cr, -150, 330);
  cairo_line_to (cr, -186, 120);
  cairo_stroke (cr);
  cairo_set_line_width (cr, 260);
  cairo_move_to (cr, 0, 360);
  cairo_line_to (cr, 60, 560);
  cairo_stroke (cr);
}

static void
draw_phone (cairo_t *cr)
{
  trace_rounded (cr, 350, 640, 44);
  cairo_set_source_rgb (cr, 0.03, 0.03, 0.035);
  cairo_fill_preserve (cr);
  cairo_set_source_rgb (cr, 0.24, 0.24, 0.26);
  cairo_set_line_width (cr, 4);
  cairo_stroke (cr);
  trace_rounded (cr, 322, 612, 32);
  cairo_set_source_rgb (cr, 0.96, 0.96, 0.97);
  cairo_fill (cr);
}

static void
draw_text (cairo_t *cr, const char *text, double size, double y)
{
  cairo_text_extents_t extents;

  cairo_select_font_face (cr, "Cantarell", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_BOLD);
  cairo_set_font_size (cr, size);
  cairo_text_extents (cr, text, &extents);
  cairo_move_to (cr, -extents.width / 2, y);
  cairo_show_text (cr, text);
}

static void
draw_code (cairo_t *cr, QRcode *code, double size)
{
  double module = size / code->width;

  cairo_set_antialias (cr, CAIRO_ANTIALIAS_DEFAULT);
  for (int y = 0; y < code->width; y++)
    for (int x = 0; x < code->width; x++)
      if (code->data[y * code->width + x] & 1)
        cairo_rectangle (cr, -size / 2 + x * module, -size / 2 + y * module, module + 0.3,
                         module + 0.3);
  cairo_fill (cr);
}

gboolean
phone_picture_write (const char *path, const char *text)
{
  QRcode *code = QRcode_encodeString (text, 0, QR_ECLEVEL_M, QR_MODE_8, 1);
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, WIDTH, HEIGHT);
  cairo_t *cr = cairo_create (surface);
  cairo_status_t status;

  draw_room (cr);
  cairo_translate (cr, WIDTH / 2.0, HEIGHT / 2.0 + 6);
  cairo_rotate (cr, -0.05);
  draw_hand (cr);
  draw_phone (cr);
  cairo_set_source_rgb (cr, 0.08, 0.08, 0.1);
  draw_text (cr, "Luciafesten 2026", 28, -236);
  draw_code (cr, code, 268);
  draw_text (cr, "Banquet + party", 22, 200);
  cairo_set_source_rgb (cr, 0.4, 0.4, 0.45);
  draw_text (cr, "Astrid Lindqvist", 20, 236);
  status = cairo_surface_write_to_png (surface, path);
  cairo_destroy (cr);
  cairo_surface_destroy (surface);
  QRcode_free (code);
  return status == CAIRO_STATUS_SUCCESS;
}
