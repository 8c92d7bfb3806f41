/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-visitors.h"

#include <string.h>

#include "bitket-liu-id.h"
#include "bitket-nin.h"
#include "bitket-outbox.h"
#include "bitket-records.h"
#include "bitket-store.h"

#define LIU_DOMAIN "student.liu.se"

void
bitket_visitor_result_clear (BitketVisitorResult *result)
{
  g_clear_pointer (&result->email, g_free);
  g_clear_pointer (&result->text, g_free);
}

/* One row on its way. */
typedef struct
{
  const BitketVisitorTask *task;
  BitketDb *db;
  const char *const *cells;
  BitketVisitorResult *result;
  char *user; /* (owned) (nullable): nobody yet */
  char *name; /* (owned) */
  char nin[BITKET_NIN_SIZE];
  GPtrArray *choices; /* (owned) (element-type utf8) ids, and NULL at the end */
} Row;

static void
clear_row (Row *row)
{
  g_free (row->user);
  g_free (row->name);
  g_clear_pointer (&row->choices, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Row, clear_row)

/* Returns: %FALSE: the row is bad. @text: (transfer full) */
static gboolean
refuse (Row *row, const BitketVisitorColumn *column, char *text)
{
  row->result->outcome = BITKET_VISITOR_BAD;
  row->result->column = column != NULL ? column->header : NULL;
  row->result->text = text;
  return FALSE;
}

/* @folded: (nullable): of a CHOICE. @column: (out) (optional) (nullable). Returns: (transfer full):
 * the cell, "" when there is none */
static char *
dup_cell (const Row *row,
          BitketVisitorColumnKind kind,
          const char *folded,
          const BitketVisitorColumn **column)
{
  GPtrArray *columns = row->task->columns;
  guint n_cells = g_strv_length ((char **) row->cells);

  *column = NULL;
  for (guint i = 0; i < columns->len; i++)
    {
      const BitketVisitorColumn *candidate = columns->pdata[i];

      if (candidate->kind != kind || (folded != NULL && strcmp (candidate->folded, folded) != 0))
        continue;
      *column = candidate;
      return g_strstrip (g_strdup (i < n_cells ? row->cells[i] : ""));
    }
  return g_strdup ("");
}

static gboolean
check_field (Row *row, const BitketVisitorColumn *column, const char *name, const char *value)
{
  g_autoptr (JsonNode) node = json_node_init_string (json_node_alloc (), value);
  g_autoptr (GError) error = NULL;

  if (bitket_field_check (bitket_schema_get_field (&bitket_user_schema, name), node, &error))
    return TRUE;
  return refuse (row, column, g_strdup (error->message));
}

/* The address, or one that is made of the LiU ID. */
static gboolean
read_address (Row *row, char liu_id[BITKET_LIU_ID_SIZE])
{
  const BitketVisitorColumn *email_column, *liu_column;
  g_autofree char *email = dup_cell (row, BITKET_VISITOR_COLUMN_EMAIL, NULL, &email_column);
  g_autofree char *liu_text = dup_cell (row, BITKET_VISITOR_COLUMN_LIU_ID, NULL, &liu_column);

  if (liu_text[0] != '\0' && !bitket_liu_id_parse (liu_text, liu_id, NULL))
    return refuse (row, liu_column, g_strdup ("This is no LiU ID."));
  if (email[0] != '\0')
    {
      row->result->email = g_utf8_strdown (email, -1);
      return check_field (row, email_column, "email", email);
    }
  if (liu_text[0] == '\0')
    return refuse (row, email_column != NULL ? email_column : liu_column,
                   g_strdup ("Who it is, is missing: an e-mail address or a LiU ID."));
  row->result->email = g_strconcat (liu_id, "@" LIU_DOMAIN, NULL);
  return TRUE;
}

/* Who has that LiU ID may sign in with another address. Returns: %FALSE with @error */
static gboolean
find_user (Row *row, const char *liu_id, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (BitketStatement) statement = NULL;

  row->user = bitket_store_find_user (row->db, row->result->email, &local_error);
  if (row->user == NULL && local_error == NULL && liu_id[0] != '\0')
    {
      statement = bitket_db_prepare (
          row->db, "SELECT id FROM users WHERE liu_id = $1 ORDER BY id LIMIT 1", error);
      if (statement == NULL)
        return FALSE;
      bitket_statement_bind_text (statement, 1, liu_id);
      if (bitket_statement_step (statement, &local_error))
        row->user = g_strdup (bitket_statement_get_text (statement, 0));
    }
  if (local_error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

static gboolean
read_person (Row *row)
{
  const BitketVisitorColumn *name_column, *nin_column;
  g_autofree char *nin = NULL;

  row->name = dup_cell (row, BITKET_VISITOR_COLUMN_NAME, NULL, &name_column);
  if (row->name[0] == '\0')
    {
      g_free (row->name);
      row->name = g_strndup (row->result->email, strcspn (row->result->email, "@"));
    }
  if (!check_field (row, name_column, "name", row->name))
    return FALSE;
  nin = dup_cell (row, BITKET_VISITOR_COLUMN_NIN, NULL, &nin_column);
  if (nin[0] == '\0' || bitket_nin_parse (nin, row->task->now_us, row->nin, NULL, NULL))
    return TRUE;
  return refuse (row, nin_column, g_strdup ("Enter a valid Swedish personal identity number."));
}

static gboolean
read_type (Row *row)
{
  const BitketVisitorColumn *column;
  g_autofree char *text = dup_cell (row, BITKET_VISITOR_COLUMN_TICKET_TYPE, NULL, &column);

  row->result->type = text[0] != '\0' ? bitket_visitor_types_find (row->task->types, text)
                                      : row->task->default_type;
  if (row->result->type != NULL)
    return TRUE;
  return refuse (row, column,
                 text[0] != '\0' ? g_strdup_printf ("The event has no ticket type “%s”.", text)
                                 : g_strdup ("The ticket type is missing."));
}

static char *
list_choices (const BitketVisitorVariation *variation)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < variation->choices->len; i++)
    g_string_append_printf (text, "%s“%s”", i > 0 ? ", " : "",
                            ((BitketVisitorChoice *) variation->choices->pdata[i])->name);
  return g_string_free (text, FALSE);
}

static gboolean
read_choices (Row *row)
{
  GPtrArray *variations = row->result->type->variations;

  row->choices = g_ptr_array_new ();
  for (guint i = 0; i < variations->len; i++)
    {
      const BitketVisitorVariation *variation = variations->pdata[i];
      const BitketVisitorColumn *column;
      g_autofree char *text =
          dup_cell (row, BITKET_VISITOR_COLUMN_CHOICE, variation->folded, &column);
      const BitketVisitorChoice *choice =
          text[0] != '\0' ? bitket_visitor_variation_find (variation, text) : NULL;
      g_autofree char *list = NULL;

      if (choice != NULL)
        {
          g_ptr_array_add (row->choices, choice->id);
          continue;
        }
      list = list_choices (variation);
      return refuse (row, column,
                     g_strdup_printf ("“%s” of “%s” is none of %s.", text, variation->name, list));
    }
  g_ptr_array_add (row->choices, NULL);
  return TRUE;
}

/* What they have of the type already. Returns: %FALSE with @error */
static gboolean
find_ticket (Row *row, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (BitketStatement) statement =
      bitket_db_prepare (row->db,
                         "SELECT o.id FROM ticket_ownerships o JOIN tickets t ON t.id = o.ticket"
                         " WHERE o.\"user\" = $1 AND t.ticket_type = $2 AND o.superseded IS NULL"
                         " AND t.refunded IS NULL ORDER BY o.created, o.id LIMIT 1",
                         error);

  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, row->user);
  bitket_statement_bind_text (statement, 2, row->result->type->id);
  if (bitket_statement_step (statement, &local_error))
    {
      row->result->outcome = BITKET_VISITOR_EXISTS;
      g_strlcpy (row->result->ownership, bitket_statement_get_text (statement, 0), BITKET_ID_SIZE);
    }
  if (local_error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

/* The count's row is ours until the transaction ends, so nobody else takes what is counted here.
 * What is sold is counted by triggers. */
#define LOCK_STOCK                                                                                 \
  "INSERT INTO stock (ticket_type, sold, reserved) VALUES ($1, 0, 0)"                              \
  " ON CONFLICT (ticket_type) DO UPDATE SET reserved = stock.reserved"
#define HAS_STOCK                                                                                  \
  "SELECT 1 FROM ticket_types t JOIN stock s ON s.ticket_type = t.id WHERE t.id = $1"              \
  " AND (t.max_personal_quantity = 0 OR t.max_total_quantity < s.sold + s.reserved + 1)"
#define LOCK_CHOICE                                                                                \
  "INSERT INTO choice_stock (choice, sold, reserved) VALUES ($1, 0, 0)"                            \
  " ON CONFLICT (choice) DO UPDATE SET reserved = choice_stock.reserved"
#define HAS_CHOICE                                                                                 \
  "SELECT 1 FROM variation_choices c JOIN choice_stock s ON s.choice = c.id WHERE c.id = $1"       \
  " AND c.max_total_quantity < s.sold + s.reserved + 1"

/* Returns: %FALSE with @error; *@is_full: nothing is left */
static gboolean
check_stock (Row *row,
             const char *lock_sql,
             const char *full_sql,
             const char *id,
             gboolean *is_full,
             GError **error)
{
  g_autoptr (BitketStatement) lock = bitket_db_prepare (row->db, lock_sql, error);
  g_autoptr (BitketStatement) full = NULL;
  g_autoptr (GError) local_error = NULL;

  if (lock == NULL)
    return FALSE;
  bitket_statement_bind_text (lock, 1, id);
  if (!bitket_statement_run (lock, error))
    return FALSE;
  full = bitket_db_prepare (row->db, full_sql, error);
  if (full == NULL)
    return FALSE;
  bitket_statement_bind_text (full, 1, id);
  *is_full = bitket_statement_step (full, &local_error);
  if (local_error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

static gboolean
check_limits (Row *row, GError **error)
{
  const BitketVisitorType *type = row->result->type;
  gboolean is_full = FALSE;

  if (!check_stock (row, LOCK_STOCK, HAS_STOCK, type->id, &is_full, error))
    return FALSE;
  if (is_full)
    refuse (row, NULL, g_strdup_printf ("There are no tickets of the type “%s” left.", type->name));
  for (guint i = 0; !is_full && row->choices->pdata[i] != NULL; i++)
    {
      if (!check_stock (row, LOCK_CHOICE, HAS_CHOICE, row->choices->pdata[i], &is_full, error))
        return FALSE;
      if (is_full)
        refuse (row, NULL, g_strdup ("There are no places of one of the choices left."));
    }
  return TRUE;
}

/* A personal number is written down of those only whom the import makes known. */
static gboolean
make_user (Row *row, GError **error)
{
  g_autoptr (BitketRecord) user = NULL;

  row->user = bitket_store_ensure_user (row->db, row->result->email, row->name, error);
  if (row->user == NULL)
    return FALSE;
  if (row->nin[0] == '\0')
    return TRUE;
  user = bitket_store_get (row->db, &bitket_user_schema, row->user, error);
  if (user == NULL)
    return FALSE;
  bitket_record_set_text (user, "nin", row->nin);
  return bitket_store_update (row->db, user, error);
}

static gboolean
make_ticket (Row *row, GError **error)
{
  BitketTicketCode code;
  BitketNewTicket ticket = {
    .ticket_type = row->result->type->id,
    .choices = (const char *const *) row->choices->pdata,
    .created_us = row->task->now_us,
  };

  if (row->user == NULL && !make_user (row, error))
    return FALSE;
  ticket.user = row->user;
  if (!bitket_store_add_ticket (row->db, &ticket, row->result->ownership, &code, error) ||
      (row->task->is_mailed &&
       !bitket_mail_enqueue (row->db, row->result->ownership, row->task->now_us, error)))
    return FALSE;
  row->result->outcome = BITKET_VISITOR_MADE;
  return TRUE;
}

gboolean
bitket_visitor_add (const BitketVisitorTask *task,
                    BitketDb *db,
                    const char *const *cells,
                    BitketVisitorResult *result,
                    GError **error)
{
  g_auto (Row) row = { task, db, cells, result, NULL, NULL, "", NULL };
  char liu_id[BITKET_LIU_ID_SIZE] = "";

  g_return_val_if_fail (task != NULL && db != NULL && cells != NULL && result != NULL, FALSE);

  if (!read_address (&row, liu_id) || !read_person (&row) || !read_type (&row) ||
      !read_choices (&row))
    return TRUE;
  if (!find_user (&row, liu_id, error))
    return FALSE;
  if (row.user != NULL && !find_ticket (&row, error))
    return FALSE;
  if (result->outcome == BITKET_VISITOR_EXISTS)
    return TRUE;
  if (!check_limits (&row, error))
    return FALSE;
  return result->outcome == BITKET_VISITOR_BAD ? TRUE : make_ticket (&row, error);
}
