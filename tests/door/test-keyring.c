/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

/* A door's secrets in a real Secret Service: a bus and a gnome-keyring-daemon of the test's own.
 * The three states follow one another in one test, because a process has but one session bus. */

#include <libsecret/secret.h>

#include "bitket-door-keys.h"
#include "bitket-door.h"
#include "bitket-test-support.h"

#define BUS_CONFIG                                                                                 \
  "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\" "            \
  "\"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">"                               \
  "<busconfig><type>session</type><listen>unix:tmpdir=%s</listen><policy context=\"default\">"     \
  "<allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/>"                  \
  "<allow own=\"*\"/></policy></busconfig>"

static BitketTestProcess *
start_bus (const char *dir)
{
  g_autofree char *config = g_strdup_printf (BUS_CONFIG, dir);
  g_autofree char *path = bitket_test_write_file (dir, "bus.conf", config);
  g_autofree char *option = g_strconcat ("--config-file=", path, NULL);
  const char *argv[] = { "dbus-daemon", option, "--nofork", "--print-address=1", NULL };
  BitketTestProcess *bus = bitket_test_process_spawn (argv, NULL);
  g_autofree char *rest = bitket_test_process_wait_for_line (bus, "unix:", 30);
  g_autofree char *address = g_strconcat ("unix:", rest, NULL);

  g_assert_true (g_setenv ("DBUS_SESSION_BUS_ADDRESS", address, TRUE));
  return bus;
}

/* The one connection of this process, held so that nobody gets another, which would end the process
 * with its bus. */
static GDBusConnection *
hold_connection (void)
{
  GDBusConnection *connection = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, NULL);

  g_assert_nonnull (connection);
  g_dbus_connection_set_exit_on_close (connection, FALSE);
  return connection;
}

static void
appeared_cb (GDBusConnection *connection, const char *name, const char *owner, gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
}

static BitketTestProcess *
start_keyring (void)
{
  const char *argv[] = { "gnome-keyring-daemon", "--unlock", "--foreground", "--components=secrets",
                         NULL };
  BitketTestProcess *keyring = bitket_test_process_spawn (argv, NULL);
  gboolean has_appeared = FALSE;
  guint watch =
      g_bus_watch_name (G_BUS_TYPE_SESSION, "org.freedesktop.secrets",
                        G_BUS_NAME_WATCHER_FLAGS_NONE, appeared_cb, NULL, &has_appeared, NULL);

  /* The password, and its end. */
  bitket_test_process_send_line (keyring, "test");
  bitket_test_process_close_input (keyring);
  bitket_test_wait_for_flag (&has_appeared);
  g_bus_unwatch_name (watch);
  return keyring;
}

static void
lock_keyring (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SecretService) service = secret_service_get_sync (SECRET_SERVICE_NONE, NULL, &error);
  g_autoptr (SecretCollection) collection = NULL;
  GList *list;

  g_assert_no_error (error);
  collection = secret_collection_for_alias_sync (service, SECRET_COLLECTION_DEFAULT,
                                                 SECRET_COLLECTION_NONE, NULL, &error);
  g_assert_no_error (error);
  list = g_list_append (NULL, collection);
  g_assert_cmpint (secret_service_lock_sync (service, list, NULL, NULL, &error), ==, 1);
  g_assert_no_error (error);
  g_list_free (list);
}

static void
check_missing (const char *state_dir)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (bitket_door_secrets_load (state_dir, NULL, NULL, &error));
  g_assert_error (error, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_KEYRING);
}

static void
check_round_trip (const char *state_dir, const char *token)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketDoorSecrets) secrets = g_new0 (BitketDoorSecrets, 1);
  g_autoptr (BitketDoorSecrets) read = NULL;

  bitket_seal_key_generate (&secrets->seal_key);
  secrets->has_seal_key = TRUE;
  secrets->token = g_strdup (token);
  secrets->service = g_strdup_printf ("https://%s.example", token);
  g_assert_true (bitket_door_secrets_store (secrets, state_dir, NULL, NULL, &error));
  g_assert_no_error (error);
  read = bitket_door_secrets_load (state_dir, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (read->token, ==, token);
  g_assert_cmpmem (&read->seal_key, sizeof read->seal_key, &secrets->seal_key,
                   sizeof secrets->seal_key);
}

static void
check_locked (const char *state_dir)
{
  g_autoptr (GError) load_error = NULL;
  g_autoptr (GError) store_error = NULL;
  const BitketDoorSecrets secrets = { .has_seal_key = TRUE };

  g_assert_null (bitket_door_secrets_load (state_dir, NULL, NULL, &load_error));
  g_assert_error (load_error, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_KEYRING);
  g_assert_false (bitket_door_secrets_store (&secrets, state_dir, NULL, NULL, &store_error));
  g_assert_error (store_error, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_KEYRING);
}

static void
test_keyring (void)
{
  g_autoptr (BitketTestDir) dir = bitket_test_new_dir ();
  g_autoptr (GDBusConnection) connection = NULL;
  g_autoptr (BitketTestProcess) bus = NULL;
  g_autoptr (BitketTestProcess) keyring = NULL;
  g_autoptr (BitketDoorSecrets) nothing = NULL;
  g_autoptr (GError) error = NULL;

  g_setenv ("XDG_DATA_HOME", dir, TRUE);
  g_setenv ("XDG_RUNTIME_DIR", dir, TRUE);
  bus = start_bus (dir);
  connection = hold_connection ();
  check_missing ("/state/north");
  keyring = start_keyring ();
  nothing = bitket_door_secrets_load ("/state/north", NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_false (nothing->has_seal_key);
  /* A second server takes the first one's place; another directory is another door. */
  check_round_trip ("/state/north", "first");
  check_round_trip ("/state/north", "second");
  check_round_trip ("/state/south", "third");
  lock_keyring ();
  check_locked ("/state/north");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/door/keyring/missing-used-locked", test_keyring);
  return g_test_run ();
}
