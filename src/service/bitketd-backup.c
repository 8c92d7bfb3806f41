/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitketd"

#include "bitketd-commands.h"

int
bitketd_backup (int argc, char **argv)
{
  g_autofree char *database = NULL;
  const GOptionEntry entries[] = {
    { "database", 0, 0, G_OPTION_ARG_STRING, &database, "Where everything is kept", "URI" },
    { NULL },
  };
  g_auto (GStrv) arguments = NULL;
  g_autoptr (BitketDb) db = NULL;
  g_autoptr (GError) error = NULL;

  if (!bitketd_parse (argc, argv, "FILE",
                      "Copies a SQLite database to FILE while the service goes on using it. For"
                      " PostgreSQL use\npg_dump, which does the same and more.",
                      entries, 1, &arguments))
    return BITKETD_EXIT_USAGE;
  db = bitketd_open (database, BITKET_DB_OPEN_EXISTING, &error);
  if (db == NULL || !bitket_db_backup (db, arguments[0], &error))
    return bitketd_fail (error);
  return BITKETD_EXIT_OK;
}
