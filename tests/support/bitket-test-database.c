/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

#include "bitket-test-database.h"

#include <string.h>
#include <unistd.h>

#include "bitket-test-process.h"

char *
bitket_test_sqlite_uri (const char *dir)
{
  static guint n_made;

  g_return_val_if_fail (dir != NULL, NULL);

  return g_strdup_printf ("sqlite:%s/test-%u.db", dir, ++n_made);
}

static const char *
find_cluster (void)
{
  const char *host = g_getenv ("BITKET_TEST_PGHOST");

  if (host == NULL || *host == '\0')
    g_assertion_message (G_LOG_DOMAIN, __FILE__, __LINE__, G_STRFUNC,
                         "BITKET_TEST_PGHOST is not set: run this test through "
                         "scripts/with-postgresql, which starts a private PostgreSQL");
  return host;
}

static const char *
find_user (void)
{
  const char *user = g_getenv ("PGUSER");

  return user != NULL && *user != '\0' ? user : "bitket";
}

static void
run_tool (const char *const *argv)
{
  g_autofree char *errors = NULL;
  int status = bitket_test_run (argv, NULL, NULL, NULL, &errors);

  if (status != 0)
    {
      g_autofree char *text =
          g_strdup_printf ("%s ended with status %d: %s", argv[0], status, errors);
      g_assertion_message (G_LOG_DOMAIN, __FILE__, __LINE__, G_STRFUNC, text);
    }
}

char *
bitket_test_postgresql_uri (void)
{
  static guint n_made;
  const char *host = find_cluster ();
  const char *user = find_user ();
  g_autofree char *name = g_strdup_printf ("bitket_test_%d_%u", getpid (), ++n_made);
  const char *argv[] = { "createdb", "-h", host, "-U", user, "-T", "template0", name, NULL };

  run_tool (argv);
  return g_strdup_printf ("postgresql:host=%s user=%s dbname=%s", host, user, name);
}

void
bitket_test_drop_postgresql (const char *uri)
{
  const char *name = strstr (uri, " dbname=");
  const char *argv[] = { "dropdb", "--force",    "--if-exists", "-h", find_cluster (),
                         "-U",     find_user (), NULL,          NULL };

  g_return_if_fail (name != NULL);

  argv[7] = name + strlen (" dbname=");
  run_tool (argv);
}
