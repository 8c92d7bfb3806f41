/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-db"

#include "bitket-db-postgresql-private.h"

#include <string.h>

/* Classes and codes of PostgreSQL's appendix A; the first that the code begins with counts. */
static const struct
{
  const char *sqlstate;
  BitketDbError code;
} codes[] = {
  { "23505", BITKET_DB_ERROR_UNIQUE },     { "23", BITKET_DB_ERROR_CONSTRAINT },
  { "40003", BITKET_DB_ERROR_FAILED },     { "40", BITKET_DB_ERROR_BUSY },
  { "55P03", BITKET_DB_ERROR_BUSY },       { "55006", BITKET_DB_ERROR_BUSY },
  { "08", BITKET_DB_ERROR_CONNECTION },    { "57P0", BITKET_DB_ERROR_CONNECTION },
  { "25P03", BITKET_DB_ERROR_CONNECTION }, { "53100", BITKET_DB_ERROR_FULL },
  { "25006", BITKET_DB_ERROR_IO },         { "58", BITKET_DB_ERROR_IO },
  { "XX001", BITKET_DB_ERROR_CORRUPT },    { "XX002", BITKET_DB_ERROR_CORRUPT },
};

/* What is asked of every connection. A lock is waited for as long as in SQLite; waiting in vain is
 * BUSY. */
#define SET_UP                                                                                     \
  "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED;"                     \
  "SET lock_timeout = 5000;"                                                                       \
  "SET timezone = 'UTC';"                                                                          \
  "SET bytea_output = 'hex';"                                                                      \
  "SET standard_conforming_strings = on"

/* Said where the address says nothing. A server that vanished is found out within half a minute. */
static const char *const defaults[][2] = {
  { "connect_timeout", "10" },
  { "tcp_user_timeout", "30000" },
  { "keepalives_idle", "30" },
  { "application_name", "bitket" },
};

static BitketDbError
get_code (const char *sqlstate)
{
  for (gsize i = 0; sqlstate != NULL && i < G_N_ELEMENTS (codes); i++)
    if (g_str_has_prefix (sqlstate, codes[i].sqlstate))
      return codes[i].code;
  return BITKET_DB_ERROR_FAILED;
}

/* libpq's texts end in a newline and may have several, indented lines. */
static char *
flatten (const char *message)
{
  GString *text = g_string_new (NULL);

  for (const char *p = message; *p != '\0'; p++)
    if (!g_ascii_isspace (*p))
      g_string_append_c (text, *p);
    else if (text->len > 0 && text->str[text->len - 1] != ' ')
      g_string_append_c (text, ' ');
  return g_strchomp (g_string_free (text, FALSE));
}

/* Without a code the error is libpq's own. After a write that failed it says so, and still takes
 * the connection for sound until it reads again. */
static gboolean
is_connection_lost (PGconn *connection, const char *sqlstate)
{
  if (sqlstate == NULL && PQstatus (connection) == CONNECTION_OK)
    PQconsumeInput (connection);
  return PQstatus (connection) == CONNECTION_BAD;
}

/* Only the primary message: details hold the values of the row, which may be somebody's name. The
 * primary message does so too for values that do not fit (class 22). */
void
bitket_postgresql_set_error (GError **error,
                             PGconn *connection,
                             const PGresult *result,
                             const char *sql)
{
  const char *sqlstate = PQresultErrorField (result, PG_DIAG_SQLSTATE);
  const char *primary = PQresultErrorField (result, PG_DIAG_MESSAGE_PRIMARY);
  g_autofree char *why = NULL;
  g_autofree char *text = bitket_db_abbreviate (sql);
  BitketDbError code = get_code (sqlstate);

  if (sqlstate != NULL && g_str_has_prefix (sqlstate, "22"))
    why = g_strdup_printf ("a value does not fit (SQLSTATE %s)", sqlstate);
  else
    why = flatten (primary != NULL ? primary : PQerrorMessage (connection));
  if (is_connection_lost (connection, sqlstate))
    code = BITKET_DB_ERROR_CONNECTION;
  g_set_error (error, BITKET_DB_ERROR, (int) code, "could not run “%s”: %s", text, why);
}

static void
receive_notice_cb (void *data, const PGresult *result)
{
  const char *message = PQresultErrorField (result, PG_DIAG_MESSAGE_PRIMARY);

  g_debug ("PostgreSQL: %s", message != NULL ? message : "a notice without text");
}

static void
close_postgresql (BitketDb *db)
{
  BitketPostgresqlDb *self = (BitketPostgresqlDb *) db;

  PQfinish (self->connection);
  g_free (self);
}

/* Runs @sql, which may be several statements. */
static gboolean
execute_postgresql (BitketDb *db, const char *sql, GError **error)
{
  BitketPostgresqlDb *self = (BitketPostgresqlDb *) db;
  PGresult *result;
  ExecStatusType status;

  bitket_postgresql_make_free (self);
  result = PQexec (self->connection, sql);
  status = PQresultStatus (result);
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY)
    {
      bitket_postgresql_set_error (error, self->connection, result, sql);
      PQclear (result);
      return FALSE;
    }
  PQclear (result);
  return TRUE;
}

static gboolean
is_secret (const PQconninfoOption *option)
{
  return g_str_equal (option->keyword, "password") || g_str_equal (option->keyword, "sslpassword");
}

/* The address must not come out in an error, because it may hold a password; neither must libpq's
 * own text about it, which repeats it. */
static PQconninfoOption *
parse_address (const char *address, GError **error)
{
  char *message = NULL;
  PQconninfoOption *options = PQconninfoParse (address, &message);

  PQfreemem (message);
  if (options == NULL)
    {
      g_set_error_literal (error, BITKET_DB_ERROR, BITKET_DB_ERROR_URI,
                           "cannot open the database: libpq does not understand its address (not "
                           "shown, in case there is a password in it)");
      return NULL;
    }
  for (PQconninfoOption *option = options; option->keyword != NULL; option++)
    {
      if (!is_secret (option) || option->val == NULL || *option->val == '\0')
        continue;
      PQconninfoFree (options);
      g_set_error_literal (
          error, BITKET_DB_ERROR, BITKET_DB_ERROR_URI,
          "cannot open the database: there is a password in its address, where "
          "others can read it; put it into PGPASSWORD or a pass file (PGPASSFILE)");
      return NULL;
    }
  return options;
}

static const char *
find_option (const PQconninfoOption *options, const char *keyword)
{
  for (const PQconninfoOption *option = options; option->keyword != NULL; option++)
    if (g_str_equal (option->keyword, keyword) && option->val != NULL && *option->val != '\0')
      return option->val;
  return NULL;
}

static PGconn *
connect_with (const PQconninfoOption *options)
{
  g_autoptr (GPtrArray) keywords = g_ptr_array_new ();
  g_autoptr (GPtrArray) values = g_ptr_array_new ();

  for (const PQconninfoOption *option = options; option->keyword != NULL; option++)
    if (option->val != NULL && !g_str_equal (option->keyword, "client_encoding"))
      {
        g_ptr_array_add (keywords, option->keyword);
        g_ptr_array_add (values, option->val);
      }
  for (gsize i = 0; i < G_N_ELEMENTS (defaults); i++)
    if (find_option (options, defaults[i][0]) == NULL)
      {
        g_ptr_array_add (keywords, (gpointer) defaults[i][0]);
        g_ptr_array_add (values, (gpointer) defaults[i][1]);
      }
  g_ptr_array_add (keywords, (gpointer) "client_encoding");
  g_ptr_array_add (values, (gpointer) "UTF8");
  g_ptr_array_add (keywords, NULL);
  g_ptr_array_add (values, NULL);
  return PQconnectdbParams ((const char *const *) keywords->pdata,
                            (const char *const *) values->pdata, 0);
}

/* What a connection needs when it is new, or new again. */
static gboolean
set_up_connection (BitketPostgresqlDb *self, BitketDbOpenFlags flags, GError **error)
{
  self->n_connections++;
  self->current = NULL;
  if (!execute_postgresql (&self->base, SET_UP, error))
    return FALSE;
  return (flags & BITKET_DB_OPEN_READ_ONLY) == 0 ||
         execute_postgresql (&self->base, "SET default_transaction_read_only = on", error);
}

static BitketDb *
open_postgresql (const char *address, BitketDbOpenFlags flags, GError **error)
{
  PQconninfoOption *options = parse_address (address, error);
  BitketPostgresqlDb *self;

  if (options == NULL)
    return NULL;
  self = g_new0 (BitketPostgresqlDb, 1);
  self->connection = connect_with (options);
  PQconninfoFree (options);
  if (PQstatus (self->connection) != CONNECTION_OK)
    {
      g_autofree char *why = flatten (PQerrorMessage (self->connection));

      g_set_error (error, BITKET_DB_ERROR, BITKET_DB_ERROR_OPEN,
                   "could not open the PostgreSQL database: %s", why);
      close_postgresql (&self->base);
      return NULL;
    }
  PQsetNoticeReceiver (self->connection, receive_notice_cb, NULL);
  if (!set_up_connection (self, flags, error))
    {
      close_postgresql (&self->base);
      return NULL;
    }
  return &self->base;
}

static gboolean
reconnect (BitketPostgresqlDb *self, GError **error)
{
  g_autofree char *why = NULL;

  bitket_postgresql_make_free (self);
  PQreset (self->connection);
  if (PQstatus (self->connection) == CONNECTION_OK)
    return set_up_connection (self, self->base.flags, error);
  why = flatten (PQerrorMessage (self->connection));
  g_set_error (error, BITKET_DB_ERROR, BITKET_DB_ERROR_CONNECTION,
               "could not reach the PostgreSQL server: %s", why);
  return FALSE;
}

/* A transaction that was open when the connection broke is lost: whoever began it has to learn
 * that by its next error, and so there is no new connection before the rollback. */
static gboolean
ping_postgresql (BitketDb *db, GError **error)
{
  BitketPostgresqlDb *self = (BitketPostgresqlDb *) db;
  g_autoptr (GError) local_error = NULL;

  if (execute_postgresql (db, "SELECT 1", &local_error))
    return TRUE;
  if (PQstatus (self->connection) == CONNECTION_BAD &&
      db->transaction == BITKET_DB_TRANSACTION_NONE)
    return reconnect (self, error);
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

static gboolean
is_in_postgresql_transaction (BitketDb *db)
{
  PGTransactionStatusType status = PQtransactionStatus (((BitketPostgresqlDb *) db)->connection);

  return status != PQTRANS_IDLE && status != PQTRANS_UNKNOWN;
}

/* The server answers COMMIT with ROLLBACK, and no error, when the transaction had failed. */
static gboolean
commit_postgresql (BitketDb *db, GError **error)
{
  BitketPostgresqlDb *self = (BitketPostgresqlDb *) db;
  PGresult *result;
  gboolean is_committed;

  bitket_postgresql_make_free (self);
  result = PQexec (self->connection, "COMMIT");
  is_committed = PQresultStatus (result) == PGRES_COMMAND_OK;
  if (!is_committed)
    {
      bitket_postgresql_set_error (error, self->connection, result, "COMMIT");
    }
  else if (!g_str_equal (PQcmdStatus (result), "COMMIT"))
    {
      is_committed = FALSE;
      g_set_error_literal (error, BITKET_DB_ERROR, BITKET_DB_ERROR_FAILED,
                           "could not commit: the transaction had failed and was rolled back");
    }
  PQclear (result);
  return is_committed;
}

static void
rollback_postgresql (BitketDb *db)
{
  BitketPostgresqlDb *self = (BitketPostgresqlDb *) db;
  g_autoptr (GError) error = NULL;

  bitket_postgresql_make_free (self);
  if (is_in_postgresql_transaction (db) && !execute_postgresql (db, "ROLLBACK", &error))
    g_debug ("could not roll back: %s", error->message);
}

static gboolean
listen_postgresql (BitketDb *db, const char *channel, GError **error)
{
  BitketPostgresqlDb *self = (BitketPostgresqlDb *) db;
  char *name = PQescapeIdentifier (self->connection, channel, strlen (channel));
  g_autofree char *sql = g_strconcat ("LISTEN ", name, NULL);

  PQfreemem (name);
  return execute_postgresql (db, sql, error);
}

static int
get_postgresql_fd (BitketDb *db)
{
  return PQsocket (((BitketPostgresqlDb *) db)->connection);
}

static char *
take_postgresql_notification (BitketDb *db, GError **error)
{
  BitketPostgresqlDb *self = (BitketPostgresqlDb *) db;
  PGnotify *notification;
  char *payload;

  if (!PQconsumeInput (self->connection) || PQstatus (self->connection) != CONNECTION_OK)
    {
      bitket_postgresql_set_error (error, self->connection, NULL, "LISTEN");
      return NULL;
    }
  notification = PQnotifies (self->connection);
  if (notification == NULL)
    return NULL;
  payload = g_strdup (notification->extra);
  PQfreemem (notification);
  return payload;
}

static gboolean
backup_postgresql (BitketDb *db, const char *path, GError **error)
{
  g_set_error_literal (error, BITKET_DB_ERROR, BITKET_DB_ERROR_FAILED,
                       "cannot back up a PostgreSQL database from here: use pg_dump");
  return FALSE;
}

const BitketDbDriver bitket_db_postgresql_driver = {
  .dialect = BITKET_DB_DIALECT_POSTGRESQL,
  .begin_read = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
  .begin_write = "BEGIN",
  .open = open_postgresql,
  .close = close_postgresql,
  .ping = ping_postgresql,
  .execute = execute_postgresql,
  .commit = commit_postgresql,
  .rollback = rollback_postgresql,
  .is_in_transaction = is_in_postgresql_transaction,
  .listen = listen_postgresql,
  .get_fd = get_postgresql_fd,
  .take_notification = take_postgresql_notification,
  .backup = backup_postgresql,
  .prepare = bitket_postgresql_prepare,
  .release = bitket_postgresql_release,
  .clear_bindings = bitket_postgresql_clear_bindings,
  .bind_int64 = bitket_postgresql_bind_int64,
  .bind_text = bitket_postgresql_bind_text,
  .bind_blob = bitket_postgresql_bind_blob,
  .bind_null = bitket_postgresql_bind_null,
  .step = bitket_postgresql_step,
  .reset = bitket_postgresql_reset,
  .get_n_columns = bitket_postgresql_get_n_columns,
  .get_name = bitket_postgresql_get_name,
  .is_null = bitket_postgresql_is_null,
  .get_int64 = bitket_postgresql_get_int64,
  .get_text = bitket_postgresql_get_text,
  .get_blob = bitket_postgresql_get_blob,
};
