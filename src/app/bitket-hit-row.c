/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

#include "bitket-hit-row.h"

#include <glib/gi18n.h>

#include "bitket-app-resources.h"

struct _BitketHitRow
{
  GtkListBoxRow parent_instance;
  GtkWidget *admit_button;
  BitketHit *hit; /* (owned) */
};

enum
{
  PROP_0,
  PROP_HIT,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (BitketHitRow, bitket_hit_row, GTK_TYPE_LIST_BOX_ROW)

static void
bitket_hit_row_constructed (GObject *object)
{
  BitketHitRow *self = BITKET_HIT_ROW (object);
  g_autofree char *name = NULL;
  g_autofree char *label = NULL;

  G_OBJECT_CLASS (bitket_hit_row_parent_class)->constructed (object);
  if (self->hit == NULL)
    return;
  gtk_actionable_set_action_target (GTK_ACTIONABLE (self->admit_button), "s",
                                    bitket_hit_get_ownership (self->hit));
  g_object_get (self->hit, "name", &name, NULL);
  /* Translators: a visitor's name */
  label = g_strdup_printf (_ ("Let %s in"), name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->admit_button),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

static void
bitket_hit_row_dispose (GObject *object)
{
  g_clear_object (&BITKET_HIT_ROW (object)->hit);
  G_OBJECT_CLASS (bitket_hit_row_parent_class)->dispose (object);
}

static void
bitket_hit_row_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  g_value_set_object (value, BITKET_HIT_ROW (object)->hit);
}

static void
bitket_hit_row_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  g_set_object (&BITKET_HIT_ROW (object)->hit, g_value_get_object (value));
}

static void
bitket_hit_row_class_init (BitketHitRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (BITKET_TYPE_HIT);
  object_class->constructed = bitket_hit_row_constructed;
  object_class->dispose = bitket_hit_row_dispose;
  object_class->get_property = bitket_hit_row_get_property;
  object_class->set_property = bitket_hit_row_set_property;
  properties[PROP_HIT] =
      g_param_spec_object ("hit", NULL, NULL, BITKET_TYPE_HIT,
                           G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               BITKET_RESOURCE_BASE "/ui/bitket-hit-row.ui");
  gtk_widget_class_bind_template_child (widget_class, BitketHitRow, admit_button);
}

static void
bitket_hit_row_init (BitketHitRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
bitket_hit_row_new (BitketHit *hit)
{
  return g_object_new (BITKET_TYPE_HIT_ROW, "hit", hit, NULL);
}
