/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

/* What buttons, menu and keys can do. */

#include "bitket-entry-window.h"

#include <glib/gi18n.h>

#include "bitket-camera-list.h"
#include "bitket-entry-window-private.h"

static void
cameras_changed_cb (BitketEntryWindow *self)
{
  GListModel *cameras = bitket_camera_pane_get_cameras (self->camera_pane);
  guint n_cameras = g_list_model_get_n_items (cameras);

  g_menu_remove_all (self->camera_menu);
  for (guint i = 0; i < n_cameras; i++)
    {
      g_autoptr (BitketCameraItem) camera = g_list_model_get_item (cameras, i);
      g_autoptr (GMenuItem) item = g_menu_item_new (bitket_camera_item_get_name (camera), NULL);

      g_menu_item_set_action_and_target (item, "entry.camera", "s",
                                         bitket_camera_item_get_source (camera));
      g_menu_append_item (self->camera_menu, item);
    }
  /* Translators: to read codes without a camera, by other readers */
  g_menu_append (self->camera_menu, _ ("No Camera"), "entry.camera('')");
}

static void
undo (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  bitket_entry_window_undo (BITKET_ENTRY_WINDOW (widget));
}

static void
focus_search (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  gtk_widget_grab_focus (GTK_WIDGET (BITKET_ENTRY_WINDOW (widget)->search_entry));
}

static void
clear_search (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  bitket_entry_window_clear_search (BITKET_ENTRY_WINDOW (widget));
}

static void
admit (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  bitket_entry_window_admit (BITKET_ENTRY_WINDOW (widget), g_variant_get_string (parameter, NULL),
                             NULL);
}

static void
force (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  bitket_entry_window_ask_force (BITKET_ENTRY_WINDOW (widget),
                                 g_variant_get_string (parameter, NULL));
}

static void
open_menu (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  gtk_menu_button_popup (BITKET_ENTRY_WINDOW (widget)->menu_button);
}

static void
toggle_fullscreen (GtkWidget *widget, const char *action_name, GVariant *parameter)
{
  if (gtk_window_is_fullscreen (GTK_WINDOW (widget)))
    gtk_window_unfullscreen (GTK_WINDOW (widget));
  else
    gtk_window_fullscreen (GTK_WINDOW (widget));
}

void
bitket_entry_window_install_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "entry.undo", NULL, undo);
  gtk_widget_class_install_action (widget_class, "entry.search", NULL, focus_search);
  gtk_widget_class_install_action (widget_class, "entry.clear-search", NULL, clear_search);
  gtk_widget_class_install_action (widget_class, "entry.admit", "s", admit);
  gtk_widget_class_install_action (widget_class, "entry.force", "s", force);
  gtk_widget_class_install_action (widget_class, "entry.menu", NULL, open_menu);
  gtk_widget_class_install_action (widget_class, "entry.choose-camera", NULL, open_menu);
  gtk_widget_class_install_action (widget_class, "entry.fullscreen", NULL, toggle_fullscreen);
  gtk_widget_class_install_property_action (widget_class, "entry.muted", "muted");
  gtk_widget_class_install_property_action (widget_class, "entry.mirrored", "mirrored");
  gtk_widget_class_install_property_action (widget_class, "entry.camera", "camera");
}

void
bitket_entry_window_fill_menu (BitketEntryWindow *self)
{
  g_signal_connect_object (bitket_camera_pane_get_cameras (self->camera_pane), "items-changed",
                           G_CALLBACK (cameras_changed_cb), self, G_CONNECT_SWAPPED);
  cameras_changed_cb (self);
}
