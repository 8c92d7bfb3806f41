/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

#include "bitket-line-layout.h"

/* A line that has no child to take its height from. */
#define EMPTY_LINE_PX 24

struct _BitketLineLayout
{
  GtkLayoutManager parent_instance;
  int min_lines;
  int max_lines;
  int column_spacing;
  int line_spacing;
};

enum
{
  PROP_0,
  PROP_MIN_LINES,
  PROP_MAX_LINES,
  PROP_COLUMN_SPACING,
  PROP_LINE_SPACING,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (BitketLineLayout, bitket_line_layout, GTK_TYPE_LAYOUT_MANAGER)

static int
measure_child (GtkWidget *child, GtkOrientation orientation)
{
  int natural;

  gtk_widget_measure (child, orientation, -1, NULL, &natural, NULL, NULL);
  return natural;
}

static int
measure_line (GtkWidget *widget)
{
  int height = 0;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    height = MAX (height, measure_child (child, GTK_ORIENTATION_VERTICAL));
  return height > 0 ? height : EMPTY_LINE_PX;
}

typedef void (*PlaceFunc) (GtkWidget *child, const GtkAllocation *place, gboolean fits);

static void
place_child (GtkWidget *child, const GtkAllocation *place, gboolean fits)
{
  gtk_widget_set_child_visible (child, fits);
  if (fits)
    gtk_widget_size_allocate (child, place, -1);
}

/* Returns: how many lines there are, within the limits. */
static int
break_lines (BitketLineLayout *self, GtkWidget *widget, int width, PlaceFunc place_func)
{
  GtkAllocation place = { 0, 0, 0, measure_line (widget) };
  int line = 0;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      place.width = MIN (measure_child (child, GTK_ORIENTATION_HORIZONTAL), width);
      if (place.x > 0 && place.x + place.width > width)
        {
          line++;
          place.x = 0;
        }
      place.y = line * (place.height + self->line_spacing);
      if (place_func != NULL)
        place_func (child, &place, line < self->max_lines);
      place.x += place.width + self->column_spacing;
    }
  return CLAMP (place.x > 0 ? line + 1 : 0, self->min_lines, self->max_lines);
}

static int
get_natural_width (BitketLineLayout *self, GtkWidget *widget)
{
  int width = 0;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    width += measure_child (child, GTK_ORIENTATION_HORIZONTAL) + self->column_spacing;
  return MAX (width - self->column_spacing, 0);
}

static GtkSizeRequestMode
bitket_line_layout_get_request_mode (GtkLayoutManager *manager, GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
bitket_line_layout_measure (GtkLayoutManager *manager,
                            GtkWidget *widget,
                            GtkOrientation orientation,
                            int for_size,
                            int *minimum,
                            int *natural,
                            int *minimum_baseline,
                            int *natural_baseline)
{
  BitketLineLayout *self = BITKET_LINE_LAYOUT (manager);
  int n_lines;

  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      *minimum = 0;
      *natural = get_natural_width (self, widget);
      return;
    }
  n_lines = break_lines (self, widget, for_size < 0 ? G_MAXINT / 2 : for_size, NULL);
  *minimum = n_lines * measure_line (widget) + MAX (n_lines - 1, 0) * self->line_spacing;
  *natural = *minimum;
}

static void
bitket_line_layout_allocate (GtkLayoutManager *manager,
                             GtkWidget *widget,
                             int width,
                             int height,
                             int baseline)
{
  break_lines (BITKET_LINE_LAYOUT (manager), widget, width, place_child);
}

static int *
find_field (BitketLineLayout *self, guint prop_id)
{
  int *fields[N_PROPS] = { NULL, &self->min_lines, &self->max_lines, &self->column_spacing,
                           &self->line_spacing };

  return fields[prop_id];
}

static void
bitket_line_layout_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  g_value_set_int (value, *find_field (BITKET_LINE_LAYOUT (object), prop_id));
}

static void
bitket_line_layout_set_property (GObject *object,
                                 guint prop_id,
                                 const GValue *value,
                                 GParamSpec *pspec)
{
  *find_field (BITKET_LINE_LAYOUT (object), prop_id) = g_value_get_int (value);
  gtk_layout_manager_layout_changed (GTK_LAYOUT_MANAGER (object));
}

static void
bitket_line_layout_class_init (BitketLineLayoutClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkLayoutManagerClass *manager_class = GTK_LAYOUT_MANAGER_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = bitket_line_layout_get_property;
  object_class->set_property = bitket_line_layout_set_property;
  manager_class->get_request_mode = bitket_line_layout_get_request_mode;
  manager_class->measure = bitket_line_layout_measure;
  manager_class->allocate = bitket_line_layout_allocate;
  props[PROP_MIN_LINES] = g_param_spec_int ("min-lines", NULL, NULL, 0, 100, 0, flags);
  props[PROP_MAX_LINES] = g_param_spec_int ("max-lines", NULL, NULL, 1, 100, 100, flags);
  props[PROP_COLUMN_SPACING] = g_param_spec_int ("column-spacing", NULL, NULL, 0, 1000, 0, flags);
  props[PROP_LINE_SPACING] = g_param_spec_int ("line-spacing", NULL, NULL, 0, 1000, 0, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
bitket_line_layout_init (BitketLineLayout *self)
{
  self->max_lines = 100;
}
