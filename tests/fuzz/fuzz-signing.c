/* SPDX-License-Identifier: MIT */
#include "bitket-core-error.h"
#include "bitket-signing.h"
#include "fuzz.h"

/* The secret of test-signing.c, whose tokens are in the corpus. */
#define SECRET "not-a-secret: åäö 0123456789"
#define NOW_US G_GINT64_CONSTANT (1512844200000000)

/* What is signed comes back as it was, when a token can carry it. */
static void
check_round_trip (const char *text)
{
  g_autofree char *token = NULL;
  g_autofree char *again = NULL;
  g_autoptr (GError) error = NULL;

  if (!g_utf8_validate (text, -1, NULL))
    return;
  token = bitket_signing_dump (text, BITKET_SIGNING_SALT_RESELL, SECRET, NOW_US);
  again = bitket_signing_load (token, BITKET_SIGNING_SALT_RESELL, SECRET, &error);
  if (again == NULL)
    g_assert_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_SYNTAX);
  else
    g_assert_cmpstr (again, ==, text);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize len)
{
  g_autofree char *text = g_strndup ((const char *) data, len);
  g_autoptr (GError) error = NULL;
  char id[37];

  if (!bitket_access_token_load (text, SECRET, id, &error))
    g_assert_true (error->domain == BITKET_CORE_ERROR);
  check_round_trip (text);
  return 0;
}
