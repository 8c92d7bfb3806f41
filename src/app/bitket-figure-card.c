/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

#include "bitket-figure-card.h"

enum
{
  PROP_0,
  PROP_TITLE,
  PROP_FIGURE,
  PROP_NOTE,
  N_PROPS
};

struct _BitketFigureCard
{
  GtkWidget parent_instance;
  GtkWidget *box;
  char *texts[N_PROPS]; /* (owned) (nullable) by property id */
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (BitketFigureCard, bitket_figure_card, GTK_TYPE_WIDGET)

static void
update_accessible (BitketFigureCard *self)
{
  g_autofree char *text =
      g_strdup_printf ("%s: %s %s", self->texts[PROP_TITLE] ? self->texts[PROP_TITLE] : "",
                       self->texts[PROP_FIGURE] ? self->texts[PROP_FIGURE] : "",
                       self->texts[PROP_NOTE] ? self->texts[PROP_NOTE] : "");

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}

static void
bitket_figure_card_dispose (GObject *object)
{
  BitketFigureCard *self = BITKET_FIGURE_CARD (object);

  g_clear_pointer (&self->box, gtk_widget_unparent);
  G_OBJECT_CLASS (bitket_figure_card_parent_class)->dispose (object);
}

static void
bitket_figure_card_finalize (GObject *object)
{
  BitketFigureCard *self = BITKET_FIGURE_CARD (object);

  for (guint i = 0; i < N_PROPS; i++)
    g_free (self->texts[i]);
  G_OBJECT_CLASS (bitket_figure_card_parent_class)->finalize (object);
}

static void
bitket_figure_card_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  g_value_set_string (value, BITKET_FIGURE_CARD (object)->texts[prop_id]);
}

static void
bitket_figure_card_set_property (GObject *object,
                                 guint prop_id,
                                 const GValue *value,
                                 GParamSpec *pspec)
{
  BitketFigureCard *self = BITKET_FIGURE_CARD (object);

  if (g_strcmp0 (self->texts[prop_id], g_value_get_string (value)) == 0)
    return;
  g_free (self->texts[prop_id]);
  self->texts[prop_id] = g_value_dup_string (value);
  update_accessible (self);
  g_object_notify_by_pspec (object, pspec);
}

static void
bitket_figure_card_class_init (BitketFigureCardClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->dispose = bitket_figure_card_dispose;
  object_class->finalize = bitket_figure_card_finalize;
  object_class->get_property = bitket_figure_card_get_property;
  object_class->set_property = bitket_figure_card_set_property;
  properties[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, NULL, flags);
  properties[PROP_FIGURE] = g_param_spec_string ("figure", NULL, NULL, NULL, flags);
  properties[PROP_NOTE] = g_param_spec_string ("note", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/se/bitket/Bitket/ui/bitket-figure-card.ui");
  gtk_widget_class_bind_template_child (widget_class, BitketFigureCard, box);
}

static void
bitket_figure_card_init (BitketFigureCard *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
