/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "bitket-jws.h"
#include "bitket-service-error.h"
#include "fuzz.h"

#define NOW_US G_GINT64_CONSTANT (1700000000000000)

/* A token of anybody: nothing that is made up verifies, and every claim may be anything. */
static void
read_token (const char *text, BitketKeySet *keys)
{
  g_auto (BitketJws) jws = { 0 };
  g_autoptr (GError) error = NULL;

  if (!bitket_jws_parse (text, &jws, &error))
    {
      g_assert_true (
          g_error_matches (error, BITKET_SERVICE_ERROR, BITKET_SERVICE_ERROR_CREDENTIALS));
      g_assert_null (jws.claims);
      return;
    }
  g_assert_no_error (error);
  g_assert_true (JSON_NODE_HOLDS_OBJECT (jws.claims));
  g_assert_true (bitket_jws_check_claims (&jws, "issuer", "audience", NOW_US, &error) ==
                 (error == NULL));
  g_clear_error (&error);
  g_assert_true (bitket_jws_check_claims (&jws, NULL, NULL, NOW_US, &error) == (error == NULL));
  if (keys == NULL)
    return;
  g_clear_error (&error);
  bitket_key_set_knows (keys, &jws);
  g_assert_true (bitket_key_set_verify (keys, &jws, &error) == (error == NULL));
}

/* The input as a key set, as a certificate and as a token; a line of "." parts the two. */
int
LLVMFuzzerTestOneInput (const guint8 *data, gsize len)
{
  const char *text = (const char *) data;
  const char *mark = len == 0 ? NULL : g_strstr_len (text, (gssize) len, "\n.\n");
  gsize keys_len = mark == NULL ? len : (gsize) (mark - text);
  g_autofree char *keys_text = g_strndup (len == 0 ? "" : text, keys_len);
  g_autofree char *token =
      mark == NULL ? g_strdup (keys_text) : g_strndup (mark + 3, len - keys_len - 3);
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketKeySet) keys =
      bitket_key_set_new_from_jwks (keys_text, strlen (keys_text), &error);
  g_autoptr (BitketKeySet) certificate =
      bitket_key_set_new_from_certificate (keys_text, strlen (keys_text), NULL);

  g_assert_true ((keys == NULL) == (error != NULL));
  read_token (token, keys != NULL ? keys : certificate);
  return 0;
}
