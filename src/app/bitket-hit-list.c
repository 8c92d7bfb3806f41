/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

#include "bitket-hit-list.h"

#include <glib/gi18n.h>

#include "bitket-hit-row.h"

struct _BitketHitList
{
  AdwBin parent_instance;
  GtkLabel *title_label;
  GtkStack *stack;
  GtkListBox *list_box;
  GtkAdjustment *adjustment;
  guint n_hits;
};

G_DEFINE_FINAL_TYPE (BitketHitList, bitket_hit_list, ADW_TYPE_BIN)

static void
bitket_hit_list_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), BITKET_TYPE_HIT_LIST);
  G_OBJECT_CLASS (bitket_hit_list_parent_class)->dispose (object);
}

static void
bitket_hit_list_class_init (BitketHitListClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = bitket_hit_list_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/se/bitket/Bitket/ui/bitket-hit-list.ui");
  gtk_widget_class_bind_template_child (widget_class, BitketHitList, title_label);
  gtk_widget_class_bind_template_child (widget_class, BitketHitList, stack);
  gtk_widget_class_bind_template_child (widget_class, BitketHitList, list_box);
  gtk_widget_class_bind_template_child (widget_class, BitketHitList, adjustment);
}

static void
bitket_hit_list_init (BitketHitList *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
bitket_hit_list_show (BitketHitList *self, const char *query, GPtrArray *hits, gint64 now_us)
{
  g_autofree char *title = NULL;
  GtkListBoxRow *row;

  g_return_if_fail (BITKET_IS_HIT_LIST (self));

  self->n_hits = hits->len;
  while ((row = gtk_list_box_get_row_at_index (self->list_box, 0)) != NULL)
    gtk_list_box_remove (self->list_box, GTK_WIDGET (row));
  for (guint i = 0; i < hits->len; i++)
    gtk_list_box_append (self->list_box, bitket_hit_row_new (g_ptr_array_index (hits, i), now_us));
  /* Translators: how many tickets a search found, and what was searched for */
  title = g_strdup_printf (ngettext ("%u ticket for “%s”", "%u tickets for “%s”", hits->len),
                           hits->len, query);
  gtk_label_set_label (self->title_label, title);
  gtk_stack_set_visible_child_name (self->stack, hits->len > 0 ? "hits" : "none");
  gtk_adjustment_set_value (self->adjustment, 0);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
}

guint
bitket_hit_list_get_n_hits (BitketHitList *self)
{
  g_return_val_if_fail (BITKET_IS_HIT_LIST (self), 0);

  return self->n_hits;
}
