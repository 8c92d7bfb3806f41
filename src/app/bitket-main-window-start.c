/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

#include "bitket-main-window-private.h"

#include <glib/gi18n.h>

#include "bitket-entry-window.h"

static void
progress_cb (BitketSampleService *sample, GParamSpec *pspec, gpointer user_data)
{
  g_autofree char *progress = NULL;

  g_object_get (sample, "progress", &progress, NULL);
  bitket_main_window_set_progress (user_data, progress);
}

/* The service went away by itself while its events are shown. */
static void
ended_cb (BitketSampleService *sample, gpointer user_data)
{
  g_autoptr (GError) error =
      g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "the service on this computer ended");

  bitket_main_window_show_failure (user_data, BITKET_TRIED_SAMPLE, error,
                                   bitket_main_window_start_sample);
}

/* --door: the entry mode of the first event, as soon as the list is there. */
static void
events_state_cb (BitketEventList *events, GParamSpec *pspec, gpointer user_data)
{
  BitketMainWindow *self = user_data;

  if (self->start != BITKET_START_SAMPLE_DOOR ||
      bitket_browse_page_get_overview (self->browse_page) == NULL)
    return;
  self->start = BITKET_START_USUAL;
  bitket_main_window_open_door (self);
}

static void
started_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BitketMainWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketSession) session =
      bitket_sample_service_start_finish (BITKET_SAMPLE_SERVICE (source), result, &error);

  if (session == NULL)
    {
      bitket_main_window_show_failure (self, BITKET_TRIED_SAMPLE, error,
                                       bitket_main_window_start_sample);
      return;
    }
  self->settings.way = BITKET_WAY_SAMPLE;
  bitket_settings_save (&self->settings);
  bitket_main_window_set_session (self, session);
  if (self->start == BITKET_START_SAMPLE_DOOR)
    g_signal_connect_object (bitket_browse_page_get_events (self->browse_page), "notify::state",
                             G_CALLBACK (events_state_cb), self, G_CONNECT_AFTER);
}

void
bitket_main_window_start_sample (BitketMainWindow *self)
{
  if (self->sample == NULL)
    {
      g_autofree char *directory =
          g_build_filename (g_get_user_data_dir (), "bitket", "sample", NULL);

      self->sample = bitket_sample_service_new (directory);
      g_signal_connect_object (self->sample, "notify::progress", G_CALLBACK (progress_cb), self, 0);
      g_signal_connect_object (self->sample, "ended", G_CALLBACK (ended_cb), self, 0);
    }
  bitket_sample_service_start_async (self->sample,
                                     bitket_main_window_show_busy (self, _ ("Starting…")),
                                     started_cb, g_object_ref (self));
}

static void
show_entry_window (BitketMainWindow *self, BitketDoor *door)
{
  BitketEntryWindow *window =
      bitket_entry_window_new (gtk_window_get_application (GTK_WINDOW (self)), door);

  gtk_window_present (GTK_WINDOW (window));
}

static void
door_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BitketMainWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketDoor) door = bitket_door_opener_open_finish (result, &error);

  if (door == NULL)
    {
      bitket_main_window_show_failure (self, BITKET_TRIED_DOOR, error,
                                       bitket_main_window_open_door);
      return;
    }
  bitket_main_window_show_page (self, "browse");
  show_entry_window (self, door);
}

void
bitket_main_window_open_door (BitketMainWindow *self)
{
  BitketOverview *overview = bitket_browse_page_get_overview (self->browse_page);
  g_autofree char *directory = NULL;

  if (overview == NULL || self->session == NULL)
    return;
  if (self->settings.way == BITKET_WAY_SAMPLE && self->sample != NULL)
    directory = g_strdup (bitket_sample_service_get_directory (self->sample));
  bitket_door_opener_open_async (self->session, bitket_overview_get_item (overview), directory,
                                 bitket_main_window_show_busy (self, _ ("Opening the door…")),
                                 door_cb, g_object_ref (self));
}

static void
paired_door_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BitketMainWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketDoor) door = bitket_door_opener_open_finish (result, &error);

  if (door == NULL)
    {
      bitket_main_window_show_failure (self, BITKET_TRIED_DOOR, error,
                                       bitket_main_window_open_paired_door);
      return;
    }
  bitket_main_window_show_page (self, "welcome");
  show_entry_window (self, door);
}

void
bitket_main_window_open_paired_door (BitketMainWindow *self)
{
  bitket_door_opener_open_paired_async (
      self->settings.server, bitket_main_window_show_busy (self, _ ("Opening the door…")),
      paired_door_cb, g_object_ref (self));
}
