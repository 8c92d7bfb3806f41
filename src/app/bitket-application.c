/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

#include "bitket-application.h"

#include <glib/gi18n.h>
#include <stdio.h>

#include "bitket-app-resources.h"
#include "bitket-build.h"
#include "bitket-main-window.h"

struct _BitketApplication
{
  AdwApplication parent_instance;
  BitketStart start; /* what the command line asked for */
  gboolean is_measured;
};

G_DEFINE_FINAL_TYPE (BitketApplication, bitket_application, ADW_TYPE_APPLICATION)

static void
about_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  adw_show_about_window (gtk_application_get_active_window (user_data), "application-name",
                         "Bitket", "application-icon", BITKET_APPLICATION_ID, "version",
                         BITKET_VERSION, "developer-name",
                         /* Translators: stands as the developer in the about window */
                         _ ("The Bitket contributors"), "comments",
                         _ ("Tickets for student events, from the first sale to the last visitor "
                            "at the door."),
                         "license-type", GTK_LICENSE_MIT_X11,
                         /* Translators: your name, a line each */
                         "translator-credits", _ ("translator-credits"), NULL);
}

static void
quit_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  GtkApplication *application = user_data;
  GList *windows = g_list_copy (gtk_application_get_windows (application));

  /* Each may have something to finish, so they are closed and not just dropped. */
  for (GList *l = windows; l != NULL; l = l->next)
    gtk_window_close (l->data);
  g_list_free (windows);
}

static void
first_frame_cb (GdkFrameClock *clock, gpointer user_data)
{
  g_application_quit (user_data);
}

/* For measuring how long a start takes. */
static void
mapped_cb (GtkWidget *window, gpointer user_data)
{
  g_signal_connect_object (gtk_widget_get_frame_clock (window), "after-paint",
                           G_CALLBACK (first_frame_cb), user_data, 0);
}

static void
bitket_application_activate (GApplication *application)
{
  BitketApplication *self = BITKET_APPLICATION (application);
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (self));

  if (window == NULL)
    {
      window = GTK_WINDOW (bitket_main_window_new (GTK_APPLICATION (self)));
      if (self->is_measured)
        g_signal_connect_object (window, "map", G_CALLBACK (mapped_cb), self, G_CONNECT_AFTER);
      bitket_main_window_begin (BITKET_MAIN_WINDOW (window), self->start);
    }
  gtk_window_present (window);
}

static int
bitket_application_handle_local_options (GApplication *application, GVariantDict *options)
{
  BitketApplication *self = BITKET_APPLICATION (application);

  if (g_variant_dict_contains (options, "version"))
    {
      fputs ("bitket " BITKET_VERSION "\n", stdout);
      return 0;
    }
  self->is_measured = g_variant_dict_contains (options, "exit-at-first-frame");
  if (g_variant_dict_contains (options, "door"))
    self->start = BITKET_START_SAMPLE_DOOR;
  else if (g_variant_dict_contains (options, "sample"))
    self->start = BITKET_START_SAMPLE;
  return -1;
}

static void
bitket_application_startup (GApplication *application)
{
  static const GActionEntry entries[] = {
    { .name = "about", .activate = about_action },
    { .name = "quit", .activate = quit_action },
  };
  static const struct
  {
    const char *action;
    const char *accelerators[3];
  } shortcuts[] = {
    { "app.quit", { "<Control>q", NULL } },
    { "window.close", { "<Control>w", NULL } },
    { "win.show-help-overlay", { "<Control>question", NULL } },
    { "win.open-door", { "<Control>d", NULL } },
    { "browse.reload", { "F5", "<Control>r", NULL } },
    { "browse.search", { "<Control>f", NULL } },
  };

  G_APPLICATION_CLASS (bitket_application_parent_class)->startup (application);
  g_action_map_add_action_entries (G_ACTION_MAP (application), entries, G_N_ELEMENTS (entries),
                                   application);
  for (guint i = 0; i < G_N_ELEMENTS (shortcuts); i++)
    gtk_application_set_accels_for_action (GTK_APPLICATION (application), shortcuts[i].action,
                                           shortcuts[i].accelerators);
}

static void
bitket_application_class_init (BitketApplicationClass *klass)
{
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

  application_class->activate = bitket_application_activate;
  application_class->startup = bitket_application_startup;
  application_class->handle_local_options = bitket_application_handle_local_options;
}

static void
bitket_application_init (BitketApplication *self)
{
  static const GOptionEntry options[] = {
    { "sample", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Open the sample event"), NULL },
    { "door", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Open the sample event’s door"), NULL },
    { "exit-at-first-frame", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, NULL, NULL, NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Print the version"), NULL },
    { NULL },
  };

  g_application_add_main_option_entries (G_APPLICATION (self), options);
}

BitketApplication *
bitket_application_new (void)
{
  bitket_app_resources_load ();
  return g_object_new (BITKET_TYPE_APPLICATION, "application-id", BITKET_APPLICATION_ID,
                       "resource-base-path", BITKET_RESOURCE_BASE, "flags",
                       G_APPLICATION_NON_UNIQUE, NULL);
}
