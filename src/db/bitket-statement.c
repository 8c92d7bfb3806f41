/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-db"

#include "bitket-db-private.h"

#include <string.h>

/* More different statements than the program has; a bound against SQL that is made up at run time.
 */
#define MAX_IDLE            256
#define MAX_ABBREVIATED_LEN 80

/* Runs of blanks become one: SQL stands on several lines in the source. */
char *
bitket_db_abbreviate (const char *sql)
{
  GString *text = g_string_new (NULL);

  for (const char *p = sql; *p != '\0' && text->len < MAX_ABBREVIATED_LEN; p++)
    {
      if (!g_ascii_isspace (*p))
        g_string_append_c (text, *p);
      else if (text->len > 0 && text->str[text->len - 1] != ' ')
        g_string_append_c (text, ' ');
    }
  if (text->len >= MAX_ABBREVIATED_LEN)
    {
      const char *end = NULL;

      /* Not in the middle of a character. */
      if (!g_utf8_validate_len (text->str, text->len, &end))
        g_string_truncate (text, (gsize) (end - text->str));
      g_string_append (text, "…");
    }
  return g_strchomp (g_string_free (text, FALSE));
}

/* After an error in a transaction PostgreSQL takes nothing but a rollback, and SQLite may have
 * rolled back by itself, so that the next statement would stand alone. Both get the stricter rule.
 */
gboolean
bitket_db_check_usable (BitketDb *db, const char *sql, GError **error)
{
  g_autofree char *text = NULL;

  if (db->transaction == BITKET_DB_TRANSACTION_NONE || !db->is_failed)
    return TRUE;
  text = bitket_db_abbreviate (sql);
  g_set_error (error, BITKET_DB_ERROR, BITKET_DB_ERROR_FAILED,
               "cannot run “%s”: its transaction failed before and has to be rolled back", text);
  return FALSE;
}

void
bitket_db_note_error (BitketDb *db)
{
  if (db->transaction != BITKET_DB_TRANSACTION_NONE)
    db->is_failed = TRUE;
}

static void
destroy_statement (BitketStatement *statement)
{
  if (statement->db != NULL)
    statement->db->driver->release (statement);
  g_free (statement->sql);
  g_free (statement);
}

/* Takes the least used out of the cache. */
static void
drop_oldest (BitketDb *db)
{
  GList *link = g_queue_pop_tail_link (&db->idle);
  BitketStatement *statement = link->data;

  g_hash_table_remove (db->by_sql, statement->sql);
  destroy_statement (statement);
}

/* Statements that somebody still holds become empty shells, which only wait to be freed. */
void
bitket_db_clear_statements (BitketDb *db)
{
  GList *link;

  while (!g_queue_is_empty (&db->idle))
    drop_oldest (db);
  while ((link = g_queue_pop_head_link (&db->in_use)) != NULL)
    {
      BitketStatement *statement = link->data;

      db->driver->release (statement);
      statement->db = NULL;
      statement->state = BITKET_STATEMENT_DONE;
    }
}

static BitketStatement *
take_idle (BitketDb *db, const char *sql)
{
  BitketStatement *statement = g_hash_table_lookup (db->by_sql, sql);

  if (statement == NULL)
    return NULL;
  g_hash_table_remove (db->by_sql, statement->sql);
  g_queue_unlink (&db->idle, &statement->link);
  return statement;
}

/* Errors: FAILED for SQL that is wrong, empty or more than one statement; CONNECTION. */
BitketStatement *
bitket_db_prepare (BitketDb *db, const char *sql, GError **error)
{
  BitketStatement *statement;

  g_return_val_if_fail (db != NULL, NULL);
  g_return_val_if_fail (sql != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  if (!bitket_db_check_usable (db, sql, error))
    return NULL;
  statement = take_idle (db, sql);
  if (statement == NULL)
    {
      statement = db->driver->prepare (db, sql, error);
      if (statement == NULL)
        {
          bitket_db_note_error (db);
          return NULL;
        }
      statement->db = db;
      statement->sql = g_strdup (sql);
      statement->link.data = statement;
    }
  g_queue_push_head_link (&db->in_use, &statement->link);
  return statement;
}

void
bitket_statement_free (BitketStatement *statement)
{
  BitketDb *db;

  if (statement == NULL)
    return;
  db = statement->db;
  if (db == NULL)
    {
      destroy_statement (statement);
      return;
    }

  bitket_statement_reset (statement);
  statement->bad_parameter = 0;
  statement->n_changed = 0;
  db->driver->clear_bindings (statement);
  g_queue_unlink (&db->in_use, &statement->link);
  if (g_hash_table_contains (db->by_sql, statement->sql))
    {
      destroy_statement (statement); /* the same SQL was in use twice at a time: one is enough */
      return;
    }
  g_hash_table_insert (db->by_sql, statement->sql, statement);
  g_queue_push_head_link (&db->idle, &statement->link);
  if (db->idle.length > MAX_IDLE)
    drop_oldest (db);
}

/* What ran to its end is reset by binding anew, so that a loop of bind and run needs no more. */
static gboolean
can_bind (BitketStatement *statement)
{
  g_return_val_if_fail (statement != NULL, FALSE);
  g_return_val_if_fail (statement->db != NULL, FALSE);
  g_return_val_if_fail (statement->state != BITKET_STATEMENT_ROW, FALSE);

  if (statement->state == BITKET_STATEMENT_DONE)
    bitket_statement_reset (statement);
  return TRUE;
}

static void
complain (BitketStatement *statement, int parameter)
{
  g_autofree char *text = bitket_db_abbreviate (statement->sql);

  g_critical ("no parameter $%d in “%s”", parameter, text);
}

void
bitket_statement_bind_int64 (BitketStatement *statement, int parameter, gint64 value)
{
  if (!can_bind (statement))
    return;
  if (!statement->db->driver->bind_int64 (statement, parameter, value))
    complain (statement, parameter);
}

/* Text that is not UTF-8, which PostgreSQL would not take either, makes the run fail. */
void
bitket_statement_bind_text (BitketStatement *statement, int parameter, const char *value)
{
  gboolean is_valid;

  if (!can_bind (statement))
    return;
  is_valid = value == NULL || g_utf8_validate (value, -1, NULL);
  if (!is_valid && statement->bad_parameter == 0)
    statement->bad_parameter = parameter;
  else if (is_valid && statement->bad_parameter == parameter)
    statement->bad_parameter = 0;
  if (!(value != NULL && is_valid ? statement->db->driver->bind_text (statement, parameter, value)
                                  : statement->db->driver->bind_null (statement, parameter)))
    complain (statement, parameter);
}

/* @data may be %NULL when @len is 0: an empty value, not NULL. */
void
bitket_statement_bind_blob (BitketStatement *statement,
                            int parameter,
                            gconstpointer data,
                            gsize len)
{
  g_return_if_fail (data != NULL || len == 0);
  g_return_if_fail (len <= G_MAXINT);

  if (!can_bind (statement))
    return;
  if (!statement->db->driver->bind_blob (statement, parameter, len > 0 ? data : "", len))
    complain (statement, parameter);
}

void
bitket_statement_bind_null (BitketStatement *statement, int parameter)
{
  if (!can_bind (statement))
    return;
  if (!statement->db->driver->bind_null (statement, parameter))
    complain (statement, parameter);
}

/* What keeps @statement from being run at all. */
static gboolean
check_runnable (BitketStatement *statement, GError **error)
{
  g_autofree char *text = NULL;

  if (statement->db == NULL)
    {
      g_set_error_literal (error, BITKET_DB_ERROR, BITKET_DB_ERROR_CONNECTION,
                           "cannot run a statement: its connection was closed");
      return FALSE;
    }
  if (!bitket_db_check_usable (statement->db, statement->sql, error))
    return FALSE;
  if (statement->bad_parameter == 0)
    return TRUE;

  text = bitket_db_abbreviate (statement->sql);
  g_set_error (error, BITKET_DB_ERROR, BITKET_DB_ERROR_FAILED,
               "could not run “%s”: the text for $%d is not UTF-8", text, statement->bad_parameter);
  bitket_db_note_error (statement->db);
  return FALSE;
}

/* Runs the statement at its first step: a statement that writes is then done, however few of its
 * RETURNING rows are read. At the end and after an error it stays there until it is reset. */
gboolean
bitket_statement_step (BitketStatement *statement, GError **error)
{
  g_return_val_if_fail (statement != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (statement->state == BITKET_STATEMENT_DONE && statement->db != NULL)
    return FALSE;
  if (!check_runnable (statement, error))
    {
      statement->state = BITKET_STATEMENT_DONE;
      return FALSE;
    }

  switch (statement->db->driver->step (statement, error))
    {
    case BITKET_DB_STEP_ROW:
      statement->state = BITKET_STATEMENT_ROW;
      return TRUE;
    case BITKET_DB_STEP_DONE:
      statement->state = BITKET_STATEMENT_DONE;
      return FALSE;
    case BITKET_DB_STEP_ERROR:
      statement->state = BITKET_STATEMENT_DONE;
      statement->n_changed = 0;
      bitket_db_note_error (statement->db);
      return FALSE;
    case BITKET_DB_STEP_NONE:
      break;
    }
  g_return_val_if_reached (FALSE);
}

/* What stands on a row goes on from there; what came to its end is run again. */
gboolean
bitket_statement_run (BitketStatement *statement, GError **error)
{
  g_autoptr (GError) local_error = NULL;

  g_return_val_if_fail (statement != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (statement->state == BITKET_STATEMENT_DONE)
    bitket_statement_reset (statement);
  while (bitket_statement_step (statement, &local_error))
    continue;
  if (local_error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

void
bitket_statement_reset (BitketStatement *statement)
{
  g_return_if_fail (statement != NULL);

  if (statement->db == NULL || statement->state == BITKET_STATEMENT_NEW)
    return;
  statement->db->driver->reset (statement);
  statement->state = BITKET_STATEMENT_NEW;
}

/* Known once the statement ran to its end. */
gint64
bitket_statement_get_n_changed (BitketStatement *statement)
{
  g_return_val_if_fail (statement != NULL, 0);

  return statement->n_changed;
}

/* Known before the first step. */
int
bitket_statement_get_n_columns (BitketStatement *statement)
{
  g_return_val_if_fail (statement != NULL, 0);

  return statement->db != NULL ? statement->db->driver->get_n_columns (statement) : 0;
}

const char *
bitket_statement_get_name (BitketStatement *statement, int column)
{
  g_return_val_if_fail (statement != NULL, NULL);
  g_return_val_if_fail (column >= 0 && column < bitket_statement_get_n_columns (statement), NULL);

  return statement->db->driver->get_name (statement, column);
}

static gboolean
has_column (BitketStatement *statement, int column)
{
  g_return_val_if_fail (statement != NULL, FALSE);
  g_return_val_if_fail (statement->state == BITKET_STATEMENT_ROW, FALSE);
  g_return_val_if_fail (column >= 0 && column < statement->db->driver->get_n_columns (statement),
                        FALSE);
  return TRUE;
}

gboolean
bitket_statement_is_null (BitketStatement *statement, int column)
{
  return !has_column (statement, column) || statement->db->driver->is_null (statement, column);
}

gint64
bitket_statement_get_int64 (BitketStatement *statement, int column)
{
  if (bitket_statement_is_null (statement, column))
    return 0;
  return statement->db->driver->get_int64 (statement, column);
}

const char *
bitket_statement_get_text (BitketStatement *statement, int column)
{
  if (bitket_statement_is_null (statement, column))
    return NULL;
  return statement->db->driver->get_text (statement, column);
}

gconstpointer
bitket_statement_get_blob (BitketStatement *statement, int column, gsize *len)
{
  gsize ignored_len;

  if (len == NULL)
    len = &ignored_len;
  *len = 0;
  if (bitket_statement_is_null (statement, column))
    return NULL;
  return statement->db->driver->get_blob (statement, column, len);
}
