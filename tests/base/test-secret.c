/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* memmem() */

#include "bitket-secret.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

typedef struct
{
  char *directory; /* (owned) */
  char *file;      /* (owned): inside it, not there yet */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->directory = g_dir_make_tmp ("bitket-secret-XXXXXX", NULL);
  g_assert_nonnull (fixture->directory);
  fixture->file = g_build_filename (fixture->directory, "secret", NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_unlink (fixture->file);
  g_assert_cmpint (g_rmdir (fixture->directory), ==, 0);
  g_free (fixture->directory);
  g_free (fixture->file);
}

static void
write_file (Fixture *fixture, const char *content, gssize len, int mode)
{
  g_autoptr (GError) error = NULL;

  g_file_set_contents (fixture->file, content, len, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_chmod (fixture->file, mode), ==, 0);
}

static void
test_content (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *content;
    gssize len;
    const char *expected; /* (nullable): refused */
  } cases[] = {
    { "hemligt", -1, "hemligt" },
    { "hemligt\n", -1, "hemligt" },
    { "hemligt\r\n", -1, "hemligt" },
    { "hemligt\n\n", -1, "hemligt\n" },
    { "hemligt\r", -1, "hemligt\r" },
    { " med blanksteg \n", -1, " med blanksteg " },
    { "två\nrader", -1, "två\nrader" },
    { "", -1, NULL },
    { "\n", -1, NULL },
    { "\r\n", -1, NULL },
    { "a\0b", 3, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (BitketSecretString) secret = NULL;

      write_file (fixture, cases[i].content, cases[i].len, 0600);
      secret = bitket_secret_load (fixture->file, NULL, &error);
      g_assert_cmpstr (secret, ==, cases[i].expected);
      if (cases[i].expected != NULL)
        g_assert_no_error (error);
      else
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
    }
}

static void
test_size (Fixture *fixture, gconstpointer data)
{
  g_autofree char *big = g_strnfill (64 * 1024 + 1, 'x');
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketSecretString) secret = NULL;

  write_file (fixture, big, 64 * 1024 + 1, 0600);
  g_assert_null (bitket_secret_load (fixture->file, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_clear_error (&error);

  write_file (fixture, big, 64 * 1024, 0600);
  secret = bitket_secret_load (fixture->file, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (strlen (secret), ==, 64 * 1024);
}

static void
test_modes (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    int mode;
    gboolean is_allowed;
  } cases[] = {
    { 0600, TRUE },  { 0400, TRUE },  { 0640, FALSE }, { 0604, FALSE },  { 0644, FALSE },
    { 0700, FALSE }, { 0660, FALSE }, { 0620, FALSE }, { 04600, FALSE }, { 0666, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (BitketSecretString) secret = NULL;

      write_file (fixture, "hemligt", -1, cases[i].mode);
      secret = bitket_secret_load (fixture->file, NULL, &error);
      if (cases[i].is_allowed)
        {
          g_assert_no_error (error);
          g_assert_cmpstr (secret, ==, "hemligt");
          continue;
        }
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED);
      g_assert_null (secret);
      g_assert_nonnull (strstr (error->message, fixture->file));
      g_assert_null (strstr (error->message, "hemligt"));
    }
}

/* What systemd hands to a service: found by its name, and read although its mode shows the mask of
 * an access control list. */
static void
test_credentials (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *dir; /* (nullable): the fixture's */
    const char *file;
    int mode;
    const char *expected; /* (nullable): refused */
  } cases[] = {
    { NULL, "secret", 0440, "hemligt" },  { NULL, "secret", 0400, "hemligt" },
    { NULL, "secret", 0640, NULL },       { NULL, "secret", 0444, NULL },
    { NULL, "other", 0440, NULL },        { "/nonexistent", "secret", 0440, NULL },
    { "relative", "secret", 0440, NULL }, { "", "secret", 0440, NULL },
    { NULL, "/nonexistent", 0440, NULL }, { NULL, "./secret", 0440, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (BitketSecretString) secret = NULL;
      const char *dir = cases[i].dir != NULL ? cases[i].dir : fixture->directory;

      g_setenv ("CREDENTIALS_DIRECTORY", dir, TRUE);
      write_file (fixture, "hemligt", -1, cases[i].mode);
      secret = bitket_secret_load (cases[i].file, NULL, &error);
      g_assert_cmpstr (secret, ==, cases[i].expected);
      g_assert_true ((error == NULL) == (secret != NULL));
    }
  /* The whole path of a credential is one, too; anywhere else the mode is refused. */
  g_setenv ("CREDENTIALS_DIRECTORY", fixture->directory, TRUE);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (BitketSecretString) secret = NULL;

      write_file (fixture, "hemligt", -1, 0440);
      secret = bitket_secret_load (fixture->file, NULL, NULL);
      g_assert_true ((secret != NULL) == (i == 0));
      g_unsetenv ("CREDENTIALS_DIRECTORY");
    }
}

static void
test_no_file (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (bitket_secret_load (fixture->file, "BITKET_TEST_SECRET", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, fixture->file));
  g_clear_error (&error);

  g_assert_null (bitket_secret_load (fixture->directory, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE);
  g_clear_error (&error);

  g_assert_null (bitket_secret_load (NULL, NULL, &error));
  g_assert_no_error (error);
}

/* A named pipe nobody writes to must not make the program wait. */
static void
test_pipe (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (mkfifo (fixture->file, 0600), ==, 0);
  g_assert_null (bitket_secret_load (fixture->file, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE);
}

static void
test_variable (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketSecretString) secret = NULL;

  g_setenv ("BITKET_TEST_SECRET", "hemligt\n", TRUE);
  secret = bitket_secret_load (NULL, "BITKET_TEST_SECRET", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (secret, ==, "hemligt\n");
  g_assert_null (g_getenv ("BITKET_TEST_SECRET"));

  g_assert_null (bitket_secret_load (NULL, "BITKET_TEST_SECRET", &error));
  g_assert_no_error (error);

  g_setenv ("BITKET_TEST_SECRET", "", TRUE);
  g_assert_null (bitket_secret_load (NULL, "BITKET_TEST_SECRET", &error));
  g_assert_no_error (error);
  g_assert_null (g_getenv ("BITKET_TEST_SECRET"));
}

static gboolean
is_in_environ_file (const char *text)
{
  g_autofree char *content = NULL;
  gsize len = 0;

  g_assert_true (g_file_get_contents ("/proc/self/environ", &content, &len, NULL));
  return memmem (content, len, text, strlen (text)) != NULL;
}

/* Unsetting alone leaves the value readable in /proc/PID/environ. */
static void
test_variable_is_wiped (void)
{
  if (g_test_subprocess ())
    {
      g_autoptr (BitketSecretString) secret = NULL;

      g_assert_true (is_in_environ_file ("mycket-hemligt"));
      secret = bitket_secret_load (NULL, "BITKET_TEST_SECRET", NULL);
      g_assert_cmpstr (secret, ==, "mycket-hemligt");
      g_assert_false (is_in_environ_file ("mycket-hemligt"));
      return;
    }
  g_setenv ("BITKET_TEST_SECRET", "mycket-hemligt", TRUE);
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_unsetenv ("BITKET_TEST_SECRET");
  g_test_trap_assert_passed ();
}

static void
test_store (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketSecretString) secret = NULL;
  struct stat info;

  /* An older, open file is replaced and closed to others. */
  write_file (fixture, "gammalt", -1, 0644);
  g_assert_true (bitket_secret_store (fixture->file, "nytt", &error));
  g_assert_no_error (error);
  g_assert_cmpint (g_stat (fixture->file, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 07777, ==, 0600);
  secret = bitket_secret_load (fixture->file, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (secret, ==, "nytt");
}

static void
test_store_fails (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *nowhere = g_build_filename (fixture->directory, "no", "where", NULL);

  g_assert_false (bitket_secret_store (nowhere, "hemligt", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, nowhere));
  g_assert_null (strstr (error->message, "hemligt"));
}

static void
test_wipe (void)
{
  char buffer[] = "hemligt";

  bitket_secret_wipe (buffer, 3);
  g_assert_cmpmem (buffer, sizeof buffer, "\0\0\0ligt", 8);
  bitket_secret_wipe (buffer, 0);
  bitket_secret_wipe (NULL, 8);
  bitket_secret_free (NULL);
  g_assert_cmpmem (buffer + 3, 4, "ligt", 4);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)
  ADD ("/base/secret/content", test_content);
  ADD ("/base/secret/size", test_size);
  ADD ("/base/secret/modes", test_modes);
  ADD ("/base/secret/credentials", test_credentials);
  ADD ("/base/secret/no-file", test_no_file);
  ADD ("/base/secret/pipe", test_pipe);
  ADD ("/base/secret/store", test_store);
  ADD ("/base/secret/store-fails", test_store_fails);
#undef ADD
  g_test_add_func ("/base/secret/variable", test_variable);
  g_test_add_func ("/base/secret/variable-is-wiped", test_variable_is_wiped);
  g_test_add_func ("/base/secret/wipe", test_wipe);
  return g_test_run ();
}
