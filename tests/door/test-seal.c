/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

#include <glib/gstdio.h>
#include <string.h>

#include "bitket-door-keys.h"
#include "bitket-door.h"
#include "bitket-seal.h"
#include "bitket-test-support.h"

static void
test_round_trip (void)
{
  static const char *const texts[] = { "", "a", "Åsa Öberg",
                                       "a longer text, over one block of it" };
  BitketSealKey key;

  bitket_seal_key_generate (&key);
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GBytes) sealed = bitket_seal_close (&key, texts[i], strlen (texts[i]));
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) opened = bitket_seal_open (&key, g_bytes_get_data (sealed, NULL),
                                                    g_bytes_get_size (sealed), &error);

      g_assert_no_error (error);
      g_assert_cmpuint (g_bytes_get_size (sealed), ==, strlen (texts[i]) + BITKET_SEAL_OVERHEAD);
      g_assert_cmpmem (g_bytes_get_data (opened, NULL), g_bytes_get_size (opened), texts[i],
                       strlen (texts[i]));
    }
}

/* The same text twice must not look the same. */
static void
test_nonce (void)
{
  BitketSealKey key;
  g_autoptr (GBytes) first = NULL;
  g_autoptr (GBytes) second = NULL;

  bitket_seal_key_generate (&key);
  first = bitket_seal_close (&key, "same", 4);
  second = bitket_seal_close (&key, "same", 4);
  g_assert_false (g_bytes_equal (first, second));
}

/* Every changed byte, every cut, another key: KEY. */
static void
test_tampering (void)
{
  BitketSealKey key, other;
  g_autoptr (GBytes) sealed = NULL;
  gsize len;
  const guint8 *data;

  bitket_seal_key_generate (&key);
  bitket_seal_key_generate (&other);
  sealed = bitket_seal_close (&key, "secret", 6);
  data = g_bytes_get_data (sealed, &len);
  for (gsize i = 0; i < len; i++)
    {
      g_autofree guint8 *changed = g_memdup2 (data, len);
      g_autoptr (GError) error = NULL;
      g_autoptr (GError) cut_error = NULL;

      changed[i] ^= 0x40;
      g_assert_null (bitket_seal_open (&key, changed, len, &error));
      g_assert_error (error, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_KEY);
      g_assert_null (bitket_seal_open (&key, data, i, &cut_error));
      g_assert_error (cut_error, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_KEY);
    }
  g_assert_null (bitket_seal_open (&other, data, len, NULL));
}

static void
test_hex (void)
{
  static const char *const wrong[] = {
    "",
    "00",
    "zz",
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde",
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef00",
    "0123456789abcdef 123456789abcdef0123456789abcdef0123456789abcdef",
  };
  BitketSealKey key, read;
  g_autofree char *hex = NULL;

  bitket_seal_key_generate (&key);
  hex = bitket_seal_key_to_hex (&key);
  g_assert_cmpuint (strlen (hex), ==, 64);
  g_assert_true (bitket_seal_key_from_hex (hex, &read, NULL));
  g_assert_cmpmem (&key, sizeof key, &read, sizeof read);
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (bitket_seal_key_from_hex (wrong[i], &read, &error));
      g_assert_error (error, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_KEY);
    }
}

/* The key file. */

static void
test_key_file (void)
{
  g_autoptr (BitketTestDir) dir = bitket_test_new_dir ();
  g_autofree char *path = g_build_filename (dir, "keys", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketDoorSecrets) secrets = bitket_door_secrets_load (dir, path, NULL, &error);
  g_autoptr (BitketDoorSecrets) read = NULL;
  GStatBuf info;

  g_assert_no_error (error);
  g_assert_false (secrets->has_seal_key);
  bitket_seal_key_generate (&secrets->seal_key);
  secrets->has_seal_key = TRUE;
  secrets->token = g_strdup ("t");
  secrets->door_key = g_strdup ("d");
  secrets->event = g_strdup ("e");
  secrets->name = g_strdup ("Norra dörren");
  secrets->service = g_strdup ("https://bitket.example");
  secrets->slug = g_strdup ("luciafesten");
  g_assert_true (bitket_door_secrets_store (secrets, dir, path, NULL, &error));
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  read = bitket_door_secrets_load (dir, path, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (&read->seal_key, sizeof read->seal_key, &secrets->seal_key,
                   sizeof secrets->seal_key);
  g_assert_cmpstr (read->token, ==, "t");
  g_assert_cmpstr (read->door_key, ==, "d");
  g_assert_cmpstr (read->event, ==, "e");
  g_assert_cmpstr (read->name, ==, "Norra dörren");
  g_assert_cmpstr (read->service, ==, "https://bitket.example");
  g_assert_cmpstr (read->slug, ==, "luciafesten");
}

static void
test_bad_key_files (void)
{
  static const struct
  {
    const char *content;
    int mode;
  } rows[] = {
    { "", 0600 },
    { "not json", 0600 },
    { "[]", 0600 },
    { "{\"seal_key\":7}", 0600 },
    { "{\"seal_key\":\"secret-that-is-no-key\"}", 0600 },
    { "{}", 0644 },
  };
  g_autoptr (BitketTestDir) dir = bitket_test_new_dir ();

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = bitket_test_write_file (dir, "keys", rows[i].content);
      g_autoptr (GError) error = NULL;

      g_assert_cmpint (g_chmod (path, rows[i].mode), ==, 0);
      g_assert_null (bitket_door_secrets_load (dir, path, NULL, &error));
      g_assert_error (error, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_KEY);
      g_assert_null (strstr (error->message, "secret-that"));
      g_assert_cmpint (g_unlink (path), ==, 0);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/door/seal/round-trip", test_round_trip);
  g_test_add_func ("/door/seal/nonce", test_nonce);
  g_test_add_func ("/door/seal/tampering", test_tampering);
  g_test_add_func ("/door/seal/hex", test_hex);
  g_test_add_func ("/door/keys/file", test_key_file);
  g_test_add_func ("/door/keys/bad-files", test_bad_key_files);
  return g_test_run ();
}
