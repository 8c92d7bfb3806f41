/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-store"

#include "bitket-store-private.h"

#include "bitket-service-migrations.h"

/* Not G_DEFINE_QUARK: formatting would put blanks around its dashes, and so into the name. */
GQuark
bitket_store_error_quark (void)
{
  return g_quark_from_static_string ("bitket-store-error-quark");
}

BitketStatement *
bitket_store_prepare_texts (BitketDb *db,
                            const char *sql,
                            const char *const *parameters,
                            GError **error)
{
  BitketStatement *statement = bitket_db_prepare (db, sql, error);

  if (statement == NULL)
    return NULL;
  for (int i = 0; parameters != NULL && parameters[i] != NULL; i++)
    bitket_statement_bind_text (statement, i + 1, parameters[i]);
  return statement;
}

gboolean
bitket_store_step_one (BitketStatement *statement, const char *what, const char *id, GError **error)
{
  g_autoptr (GError) local_error = NULL;

  if (bitket_statement_step (statement, &local_error))
    return TRUE;
  if (local_error != NULL)
    g_propagate_prefixed_error (error, g_steal_pointer (&local_error),
                                "could not read %s “%s”: ", what, id);
  else
    g_set_error (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_NOT_FOUND, "there is no %s “%s”",
                 what, id);
  return FALSE;
}

BitketDb *
bitket_store_open (const char *uri, BitketDbOpenFlags flags, GError **error)
{
  g_autoptr (BitketDb) db = NULL;

  g_return_val_if_fail (uri != NULL, NULL);

  db = bitket_db_open (uri, flags, error);
  if (db == NULL ||
      !bitket_db_migrate (db, BITKET_SERVICE_APPLICATION, bitket_service_migrations,
                          bitket_service_n_migrations, error) ||
      !bitket_store_ensure_search (db, error))
    return NULL;
  return g_steal_pointer (&db);
}
