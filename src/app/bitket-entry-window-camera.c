/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

#include "bitket-entry-window-private.h"

#include "bitket-camera-source.h"

/* Unplugged and plugged in again: it comes back by itself. */
#define CAMERA_RETRY_MS 2000

static gboolean
retry_cb (gpointer user_data)
{
  BitketEntryWindow *self = user_data;

  self->camera_source = 0;
  bitket_entry_window_start_camera (self);
  return G_SOURCE_REMOVE;
}

static void
scanned_cb (BitketCamera *camera, GBytes *text, gpointer user_data)
{
  bitket_entry_window_scan (user_data, text, BITKET_SCAN_SOURCE_CAMERA);
}

static void
failed_cb (BitketCamera *camera, const GError *error, gpointer user_data)
{
  BitketEntryWindow *self = user_data;

  bitket_entry_window_stop_camera (self);
  bitket_entry_window_set_camera_error (self, error);
  self->camera_source = g_timeout_add (CAMERA_RETRY_MS, retry_cb, self);
}

static void
preview_cb (BitketCamera *camera,
            GBytes *pixels,
            int width,
            int height,
            int stride,
            gpointer user_data)
{
  BitketEntryWindow *self = user_data;

  if (*self->camera_error.title != '\0')
    bitket_entry_window_set_camera_error (self, NULL);
}

void
bitket_entry_window_start_camera (BitketEntryWindow *self)
{
  g_autoptr (GError) error = NULL;

  bitket_entry_window_stop_camera (self);
  self->camera = bitket_camera_source_new_camera ();
  g_signal_connect (self->camera, "scanned", G_CALLBACK (scanned_cb), self);
  g_signal_connect (self->camera, "failed", G_CALLBACK (failed_cb), self);
  g_signal_connect (self->camera, "preview", G_CALLBACK (preview_cb), self);
  bitket_camera_view_set_camera (self->camera_view, self->camera);
  if (!bitket_camera_start (self->camera, &error))
    failed_cb (self->camera, error, self);
}

void
bitket_entry_window_stop_camera (BitketEntryWindow *self)
{
  g_autoptr (BitketCamera) camera = g_steal_pointer (&self->camera);

  g_clear_handle_id (&self->camera_source, g_source_remove);
  if (camera == NULL)
    return;
  g_signal_handlers_disconnect_by_data (camera, self);
  if (self->camera_view != NULL)
    bitket_camera_view_set_camera (self->camera_view, NULL);
  bitket_camera_stop (camera);
}
