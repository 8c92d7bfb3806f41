/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

#include "bitket-settings.h"

#define GROUP "start"

static const char *const way_names[] = {
  [BITKET_WAY_NONE] = "none",
  [BITKET_WAY_SAMPLE] = "sample",
  [BITKET_WAY_SERVER] = "server",
  [BITKET_WAY_DOOR] = "door",
};

static char *
dup_path (void)
{
  return g_build_filename (g_get_user_config_dir (), "bitket", "settings.ini", NULL);
}

void
bitket_settings_load (BitketSettings *settings)
{
  g_autofree char *path = dup_path ();
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *way = NULL;

  *settings = (BitketSettings) { BITKET_WAY_NONE, NULL, NULL };
  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL))
    return;
  way = g_key_file_get_string (file, GROUP, "way", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (way_names); i++)
    if (g_strcmp0 (way, way_names[i]) == 0)
      settings->way = (BitketWay) i;
  settings->server = g_key_file_get_string (file, GROUP, "server", NULL);
  settings->email = g_key_file_get_string (file, GROUP, "email", NULL);
}

void
bitket_settings_save (const BitketSettings *settings)
{
  g_autofree char *path = dup_path ();
  g_autofree char *directory = g_path_get_dirname (path);
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) error = NULL;

  g_key_file_set_string (file, GROUP, "way", way_names[settings->way]);
  if (settings->server != NULL)
    g_key_file_set_string (file, GROUP, "server", settings->server);
  if (settings->email != NULL)
    g_key_file_set_string (file, GROUP, "email", settings->email);
  g_mkdir_with_parents (directory, 0700);
  if (!g_key_file_save_to_file (file, path, &error))
    g_warning ("could not save the settings: %s", error->message);
}

void
bitket_settings_clear (BitketSettings *settings)
{
  g_clear_pointer (&settings->server, g_free);
  g_clear_pointer (&settings->email, g_free);
  settings->way = BITKET_WAY_NONE;
}
