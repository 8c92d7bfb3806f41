/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "bitket-core-error.h"
#include "bitket-key-hash.h"

#define KEY_HEX "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define ID      "88a87ad6-32b5-5458-a4a5-f8cd227b10de"

static void
test_vectors (void)
{
  g_autoptr (GError) error = NULL;
  BitketDoorKey key;
  char hash[BITKET_KEY_HASH_SIZE];

  bitket_door_key_from_hex (KEY_HEX, &key, &error);
  g_assert_no_error (error);

  /* Python: hmac.new (bytes (range (32)), TEXT, hashlib.sha256).hexdigest () */
  bitket_key_hash_code (&key, ID, "a1b2c3", hash);
  g_assert_cmpstr (hash, ==, "b57933b3b963c014b3dd36d6854eda0e0c385090755a70f5e09e4fa6e5962847");
  bitket_key_hash_text (&key, "199011290799", hash);
  g_assert_cmpstr (hash, ==, "e3d8b9e7720aaedff0cb9b8da4bea56fb4706c1b0d8bcbc2e22bfdd83f01b834");
  bitket_key_hash_text (&key, ID ":a1b2c3", hash);
  g_assert_cmpstr (hash, ==, "b57933b3b963c014b3dd36d6854eda0e0c385090755a70f5e09e4fa6e5962847");
}

/* GLib's HMAC is another implementation of the same. */
static void
test_same_as_glib (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);

  for (int i = 0; i < 500; i++)
    {
      BitketDoorKey key;
      char hash[BITKET_KEY_HASH_SIZE];
      g_autofree char *text = g_strdup_printf ("%u%u", g_rand_int (rand), g_rand_int (rand));
      g_autofree char *expected = NULL;

      for (gsize j = 0; j < sizeof key.key; j++)
        key.key[j] = (guint8) g_rand_int (rand);
      expected = g_compute_hmac_for_string (G_CHECKSUM_SHA256, key.key, sizeof key.key, text, -1);
      bitket_key_hash_text (&key, text, hash);
      g_assert_cmpstr (hash, ==, expected);
    }
}

static void
test_key_hex (void)
{
  static const char *const bad[] = {
    "",
    "00",
    KEY_HEX "00",
    "g" KEY_HEX,
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1g",
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1",
    "00:02030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
  };
  g_autofree char *upper = g_ascii_strup (KEY_HEX, -1);
  g_autofree char *hex = NULL;
  BitketDoorKey key, again;

  g_assert_true (bitket_door_key_from_hex (upper, &key, NULL));
  hex = bitket_door_key_to_hex (&key);
  g_assert_cmpstr (hex, ==, KEY_HEX);
  g_assert_true (bitket_door_key_from_hex (hex, &again, NULL));
  g_assert_cmpmem (&key, sizeof key, &again, sizeof again);
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (bitket_door_key_from_hex (bad[i], &again, &error));
      g_assert_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_SYNTAX);
      g_assert_null (strstr (error->message, "0001"));
      g_assert_cmpmem (&key, sizeof key, &again, sizeof again);
    }
}

static void
test_clear (void)
{
  static const BitketDoorKey wiped = { { 0 } };
  BitketDoorKey key;

  g_assert_true (bitket_door_key_from_hex (KEY_HEX, &key, NULL));
  bitket_door_key_clear (&key);
  g_assert_cmpmem (&key, sizeof key, &wiped, sizeof wiped);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/key-hash/vectors", test_vectors);
  g_test_add_func ("/core/key-hash/same-as-glib", test_same_as_glib);
  g_test_add_func ("/core/key-hash/key-hex", test_key_hex);
  g_test_add_func ("/core/key-hash/clear", test_clear);
  return g_test_run ();
}
