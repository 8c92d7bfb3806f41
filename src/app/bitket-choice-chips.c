/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

#include "bitket-choice-chips.h"

#include "bitket-line-layout.h"

#define MAX_LINES 3

struct _BitketChoiceChips
{
  GtkWidget parent_instance;
  char **choices; /* (owned) (nullable) */
};

enum
{
  PROP_0,
  PROP_CHOICES,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (BitketChoiceChips, bitket_choice_chips, GTK_TYPE_WIDGET)

static void
remove_chips (BitketChoiceChips *self)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
}

static void
show_choices (BitketChoiceChips *self)
{
  gboolean has_choices = self->choices != NULL && self->choices[0] != NULL;

  remove_chips (self);
  for (guint i = 0; has_choices && self->choices[i] != NULL; i++)
    {
      GtkWidget *label = gtk_label_new (self->choices[i]);

      gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
      gtk_widget_add_css_class (label, "choice");
      gtk_widget_set_parent (label, GTK_WIDGET (self));
    }
  gtk_widget_set_visible (GTK_WIDGET (self), has_choices);
}

static void
bitket_choice_chips_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  g_value_set_boxed (value, BITKET_CHOICE_CHIPS (object)->choices);
}

static void
bitket_choice_chips_set_property (GObject *object,
                                  guint prop_id,
                                  const GValue *value,
                                  GParamSpec *pspec)
{
  BitketChoiceChips *self = BITKET_CHOICE_CHIPS (object);

  g_strfreev (self->choices);
  self->choices = g_value_dup_boxed (value);
  show_choices (self);
}

static void
bitket_choice_chips_dispose (GObject *object)
{
  remove_chips (BITKET_CHOICE_CHIPS (object));
  G_OBJECT_CLASS (bitket_choice_chips_parent_class)->dispose (object);
}

static void
bitket_choice_chips_finalize (GObject *object)
{
  g_strfreev (BITKET_CHOICE_CHIPS (object)->choices);
  G_OBJECT_CLASS (bitket_choice_chips_parent_class)->finalize (object);
}

static void
bitket_choice_chips_class_init (BitketChoiceChipsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = bitket_choice_chips_get_property;
  object_class->set_property = bitket_choice_chips_set_property;
  object_class->dispose = bitket_choice_chips_dispose;
  object_class->finalize = bitket_choice_chips_finalize;
  props[PROP_CHOICES] = g_param_spec_boxed ("choices", NULL, NULL, G_TYPE_STRV,
                                            G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);
  gtk_widget_class_set_css_name (widget_class, "choicechips");
  gtk_widget_class_set_layout_manager_type (widget_class, BITKET_TYPE_LINE_LAYOUT);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
bitket_choice_chips_init (BitketChoiceChips *self)
{
  g_object_set (gtk_widget_get_layout_manager (GTK_WIDGET (self)), "max-lines", MAX_LINES,
                "column-spacing", 10, "line-spacing", 8, NULL);
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}
