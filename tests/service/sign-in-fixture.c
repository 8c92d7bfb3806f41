/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

#include "sign-in-fixture.h"

#include <string.h>

BitketTestProvider *
sign_in_begin (Bitketd *bitketd, SignInSetup setup)
{
  BitketTestProvider *provider = bitket_test_provider_start ();
  g_autofree char *directory = setup == SIGN_IN_WITH_DIRECTORY
                                   ? bitket_test_provider_directory_config (provider, bitketd->dir)
                                   : NULL;
  g_autofree char *config = bitket_test_provider_make_config (provider, bitketd->dir, directory);

  bitketd_configure (bitketd, config);
  return provider;
}

Answer *
sign_in_send_code (Bitketd *bitketd, const char *provider, const char *code, const char *verifier)
{
  g_autofree char *member =
      verifier != NULL ? g_strdup_printf (",\"code_verifier\":\"%s\"", verifier) : g_strdup ("");
  g_autofree char *body =
      g_strdup_printf ("{\"provider\":\"%s\",\"code\":\"%s\",\"redirect_uri\":\"%s\"%s}",
                       strcmp (provider, "google") == 0 ? "google-oauth2" : provider, code,
                       BITKET_TEST_REDIRECT_URI, member);

  return bitketd_ask (bitketd, "POST", SIGN_IN, NULL, body);
}

Answer *
sign_in (Bitketd *bitketd, BitketTestProvider *stand_in, const char *provider)
{
  g_autofree char *code = bitket_test_provider_get_code (stand_in, provider, NULL);

  return sign_in_send_code (bitketd, provider, code, NULL);
}

char *
sign_in_look_up (Bitketd *bitketd, const char *sql)
{
  g_autoptr (BitketDb) db = bitketd_open_db (bitketd);
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketStatement) statement = bitket_db_prepare (db, sql, &error);
  char *text = NULL;

  g_assert_no_error (error);
  if (bitket_statement_step (statement, &error))
    text = g_strdup (bitket_statement_get_text (statement, 0));
  g_assert_no_error (error);
  return text;
}

gint64
sign_in_count (Bitketd *bitketd, const char *sql)
{
  g_autofree char *text = sign_in_look_up (bitketd, sql);

  g_assert_nonnull (text);
  return g_ascii_strtoll (text, NULL, 10);
}

void
sign_in_execute (Bitketd *bitketd, const char *sql)
{
  g_autoptr (BitketDb) db = bitketd_open_db (bitketd);
  g_autoptr (GError) error = NULL;

  bitket_db_execute (db, sql, &error);
  g_assert_no_error (error);
}

void
sign_in_assert_union (Bitketd *bitketd, const char *name)
{
  g_autofree char *found = sign_in_look_up (
      bitketd, "SELECT n.name FROM users u JOIN student_unions n ON n.id = u.student_union"
               " WHERE u.email = 'bober042@student.liu.se'");

  g_assert_cmpstr (found, ==, name);
}
