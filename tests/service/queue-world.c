/* SPDX-License-Identifier: MIT */
#include "queue-world.h"

#include <string.h>

void
world_set_id (char id[BITKET_ID_SIZE], WorldKind kind, int number)
{
  g_snprintf (id, BITKET_ID_SIZE, "%08x-0000-4000-8000-%012x", (guint) kind, (guint) number);
}

int
world_get_number (const char *id)
{
  return id == NULL ? MODEL_NONE : (int) g_ascii_strtoll (id + 24, NULL, 16);
}

static void
check (GError *error)
{
  g_assert_no_error (error);
}

/* A record of @kind that is yet to get its fields. */
static BitketRecord *
new_record (const BitketSchema *schema, WorldKind kind, int number)
{
  BitketRecord *record = bitket_record_new (schema);
  char id[BITKET_ID_SIZE];

  world_set_id (id, kind, number);
  bitket_record_set_text (record, "id", id);
  if (bitket_schema_get_field (schema, "name") != NULL)
    bitket_record_set_text (record, "name", id);
  return record;
}

static void
set_reference (BitketRecord *record, const char *field, WorldKind kind, int number)
{
  char id[BITKET_ID_SIZE];

  world_set_id (id, kind, number);
  bitket_record_set_text (record, field, id);
}

static void
insert_record (BitketDb *db, BitketRecord *record)
{
  g_autoptr (GError) error = NULL;

  bitket_store_insert (db, record, &error);
  check (error);
  g_object_unref (record);
}

static void
make_organization (BitketDb *db, int number)
{
  BitketRecord *organization = new_record (&bitket_organization_schema, WORLD_ORGANIZATION, number);
  BitketRecord *event = new_record (&bitket_event_schema, WORLD_EVENT, number);

  bitket_record_set_text (organization, "slug", number == 0 ? "first" : "second");
  bitket_record_set_text (organization, "email", "info@example.com");
  insert_record (db, organization);
  set_reference (event, "organization", WORLD_ORGANIZATION, number);
  bitket_record_set_text (event, "slug", "event");
  bitket_record_set_boolean (event, "published", TRUE);
  insert_record (db, event);
}

/* Type 0 has two variations of two choices, type 1 has one; types 2 and 3 exclude each other; type
 * 4 is for nothing; type 5 is the other organization's. */
static void
make_types (BitketDb *db)
{
  for (int t = 0; t < MODEL_N_TYPES; t++)
    {
      BitketRecord *type = new_record (&bitket_ticket_type_schema, WORLD_TYPE, t);
      char conflict[BITKET_ID_SIZE];

      set_reference (type, "event", WORLD_EVENT, t == 5 ? 1 : 0);
      world_set_id (conflict, WORLD_TYPE, 2);
      if (t == 3)
        bitket_record_set_references (type, "conflicts_with", (const char *[]) { conflict, NULL });
      bitket_record_set_int64 (type, "price", 0);
      insert_record (db, type);
    }
  for (int v = 0; v < MODEL_N_CHOICES / 2; v++)
    {
      BitketRecord *variation = new_record (&bitket_variation_schema, WORLD_VARIATION, v);

      set_reference (variation, "ticket_type", WORLD_TYPE, v / 2);
      insert_record (db, variation);
      for (int c = 2 * v; c < 2 * v + 2; c++)
        {
          BitketRecord *choice = new_record (&bitket_variation_choice_schema, WORLD_CHOICE, c);

          set_reference (choice, "variation", WORLD_VARIATION, v);
          insert_record (db, choice);
        }
    }
}

void
world_make (BitketDb *db)
{
  store_test_begin (db);
  for (int o = 0; o < MODEL_N_ORGANIZATIONS; o++)
    make_organization (db, o);
  make_types (db);
  for (int l = 0; l < MODEL_N_LINKS; l++)
    {
      BitketRecord *link = new_record (&bitket_access_code_schema, WORLD_LINK, l);

      set_reference (link, "ticket_type", WORLD_TYPE, l);
      bitket_record_set_int64 (link, "quantity", 1);
      insert_record (db, link);
    }
  for (int u = 0; u < MODEL_N_USERS; u++)
    {
      BitketRecord *user = new_record (&bitket_user_schema, WORLD_USER, u);
      g_autofree char *email = g_strdup_printf ("u%d@example.com", u);

      bitket_record_set_text (user, "email", email);
      insert_record (db, user);
    }
  store_test_commit (db);
}

static void
execute (BitketDb *db, const char *sql)
{
  g_autoptr (GError) error = NULL;

  bitket_db_execute (db, sql, &error);
  check (error);
}

/* Runs @sql with @values (MODEL_NONE: NULL) and the id of the thing after them. */
static void
write_row (BitketDb *db, const char *sql, const gint64 *values, guint n, WorldKind kind, int number)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketStatement) statement = bitket_db_prepare (db, sql, &error);
  char id[BITKET_ID_SIZE];

  check (error);
  world_set_id (id, kind, number);
  for (guint i = 0; i < n; i++)
    if (values[i] != MODEL_NONE)
      bitket_statement_bind_int64 (statement, (int) i + 1, values[i]);
  bitket_statement_bind_text (statement, (int) n + 1, id);
  bitket_statement_run (statement, &error);
  check (error);
}

void
world_write_limits (BitketDb *db, const Model *model)
{
  store_test_begin (db);
  for (int t = 0; t < MODEL_N_TYPES; t++)
    {
      const ModelType *type = &model->types[t];
      const gint64 values[] = { type->is_published, type->is_general, type->max_total,
                                type->max_personal };

      write_row (db,
                 "UPDATE ticket_types SET is_published = $1, is_generally_available = $2,"
                 " max_total_quantity = $3, max_personal_quantity = $4 WHERE id = $5",
                 values, G_N_ELEMENTS (values), WORLD_TYPE, t);
    }
  for (int c = 0; c < MODEL_N_CHOICES; c++)
    write_row (db, "UPDATE variation_choices SET max_total_quantity = $1 WHERE id = $2",
               &model->choice_max[c], 1, WORLD_CHOICE, c);
  for (int l = 0; l < MODEL_N_LINKS; l++)
    {
      const ModelLink *link = &model->links[l];
      const gint64 values[] = { link->quantity, link->is_revoked ? 1 : MODEL_NONE };

      write_row (db, "UPDATE access_codes SET quantity = $1, revoked = $2 WHERE id = $3", values,
                 G_N_ELEMENTS (values), WORLD_LINK, l);
    }
  store_test_commit (db);
}

void
world_reset (BitketDb *db, const Model *model)
{
  static const char *const tables[] = {
    "feed",
    "transactions_ticket_ownerships",
    "transactions",
    "ticket_ownerships",
    "tickets_variation_choices",
    "purchase_items",
    "purchases",
    "tickets",
    "stock",
    "choice_stock",
    "queues",
    "queue_workers",
  };

  store_test_begin (db);
  for (gsize i = 0; i < G_N_ELEMENTS (tables); i++)
    {
      g_autofree char *sql = g_strconcat ("DELETE FROM ", tables[i], NULL);

      execute (db, sql);
    }
  store_test_commit (db);
  world_write_limits (db, model);
}

/* Returns: (transfer full): ids with blanks between */
static char *
join_choices (const int *choices)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (int i = 0; i < 2; i++)
    if (choices[i] != MODEL_NONE)
      {
        char id[BITKET_ID_SIZE];

        world_set_id (id, WORLD_CHOICE, choices[i]);
        g_string_append_printf (text, "%s%s", text->len > 0 ? " " : "", id);
      }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

BitketOrder *
world_make_order (int number, const ModelPurchase *order, gint64 wait_us)
{
  BitketOrder *made = bitket_order_new ();

  world_set_id (made->id, WORLD_PURCHASE, number);
  world_set_id (made->organization, WORLD_ORGANIZATION, order->organization);
  world_set_id (made->user, WORLD_USER, order->user);
  made->max_amount_ore = order->max_amount_ore;
  made->payload = g_strdup ("tok_visa");
  made->is_kept = TRUE;
  made->wait_us = wait_us;
  if (order->key != MODEL_NONE)
    made->idempotency_key = g_strdup_printf ("key %d", order->key);
  for (guint i = 0; i < order->n_items; i++)
    {
      const ModelItem *item = &order->items[i];
      BitketOrderItem new = { .price_ore = item->price_ore };

      world_set_id (new.ticket_type, WORLD_TYPE, item->type);
      if (item->link != MODEL_NONE)
        world_set_id (new.access_code, WORLD_LINK, item->link);
      new.choices = join_choices (item->choices);
      new.modifiers = g_strdup ("");
      bitket_order_add_item (made, &new);
    }
  return made;
}

/* Returns: (transfer full) */
static char *
find_ownership (BitketDb *db, const ModelTicket *ticket)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketStatement) statement = NULL;
  char id[BITKET_ID_SIZE];

  if (ticket->purchase == MODEL_NONE)
    {
      world_set_id (id, WORLD_OWNERSHIP, ticket->item);
      return g_strdup (id);
    }
  statement = bitket_db_prepare (
      db, "SELECT ownership FROM purchase_items WHERE purchase = $1 AND position = $2", &error);
  check (error);
  world_set_id (id, WORLD_PURCHASE, ticket->purchase);
  bitket_statement_bind_text (statement, 1, id);
  bitket_statement_bind_int64 (statement, 2, ticket->item);
  g_assert_true (bitket_statement_step (statement, &error));
  return g_strdup (bitket_statement_get_text (statement, 0));
}

void
world_refund (BitketDb *db, const ModelTicket *ticket, gint64 now_us)
{
  g_autofree char *ownership = find_ownership (db, ticket);
  g_autoptr (GError) error = NULL;

  bitket_store_refund (db, ownership, now_us, &error);
  check (error);
}

void
world_issue (BitketDb *db, const ModelTicket *ticket, gint64 now_us)
{
  g_autofree char *joined = join_choices (ticket->choices);
  g_auto (GStrv) choices = g_strsplit (joined, " ", -1);
  char type[BITKET_ID_SIZE], user[BITKET_ID_SIZE], id[BITKET_ID_SIZE], made[BITKET_ID_SIZE];
  const BitketNewTicket new = {
    .ticket_type = type,
    .user = user,
    .choices = (const char *const *) choices,
    .created_us = now_us,
    .ownership = id,
  };
  g_autoptr (GError) error = NULL;

  world_set_id (type, WORLD_TYPE, ticket->type);
  world_set_id (user, WORLD_USER, ticket->user);
  world_set_id (id, WORLD_OWNERSHIP, ticket->item);
  bitket_store_make_ticket (db, &new, made, &error);
  check (error);
}

typedef void (*DescribeRow) (BitketStatement *row, GString *text);

static void
describe_rows (BitketDb *db, const char *sql, DescribeRow describe, GString *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketStatement) statement = bitket_db_prepare (db, sql, &error);

  check (error);
  while (bitket_statement_step (statement, &error))
    describe (statement, text);
  check (error);
}

#define NUMBER(row, column) world_get_number (bitket_statement_get_text ((row), (column)))
#define INT(row, column)    bitket_statement_get_int64 ((row), (column))

static void
describe_purchase (BitketStatement *row, GString *text)
{
  const char *message = bitket_statement_get_text (row, 5);

  if (bitket_statement_is_null (row, 4) || INT (row, 8) == 0)
    g_string_append_printf (text, "p%d of w%d: %s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n",
                            NUMBER (row, 0), NUMBER (row, 1), bitket_statement_get_text (row, 2),
                            INT (row, 9), INT (row, 3));
  if (!bitket_statement_is_null (row, 4))
    g_string_append_printf (text, "p%d.%" G_GINT64_FORMAT ": %s %s c%d l%d\n", NUMBER (row, 0),
                            INT (row, 8), bitket_statement_get_text (row, 4),
                            message != NULL ? message : "", NUMBER (row, 6), NUMBER (row, 7));
}

static void
describe_type (BitketStatement *row, GString *text)
{
  g_string_append_printf (text, "type %d: %" G_GINT64_FORMAT " sold, %" G_GINT64_FORMAT "\n",
                          NUMBER (row, 0), INT (row, 1), INT (row, 2));
}

static void
describe_choice (BitketStatement *row, GString *text)
{
  g_string_append_printf (text, "choice %d: %" G_GINT64_FORMAT " sold, %" G_GINT64_FORMAT "\n",
                          NUMBER (row, 0), INT (row, 1), INT (row, 2));
  /* The counters say what is there. */
  g_assert_cmpint (INT (row, 1), ==, INT (row, 3));
}

static void
describe_holder (BitketStatement *row, GString *text)
{
  g_string_append_printf (text, "u%d has %" G_GINT64_FORMAT " of type %d\n", NUMBER (row, 0),
                          INT (row, 2), NUMBER (row, 1));
}

#define PURCHASES_SQL                                                                              \
  "SELECT p.id, p.worker, p.state, p.amount, i.state, i.message, i.choice, i.access_code,"         \
  " i.position, p.status FROM purchases p LEFT JOIN purchase_items i ON i.purchase = p.id"         \
  " ORDER BY p.id, i.position"
#define TYPES_SQL                                                                                  \
  "SELECT t.id, coalesce (s.sold, 0), coalesce (s.reserved, 0) FROM ticket_types t"                \
  " LEFT JOIN stock s ON s.ticket_type = t.id ORDER BY t.id"
#define CHOICES_SQL                                                                                \
  "SELECT c.id, coalesce (s.sold, 0), coalesce (s.reserved, 0), (SELECT COUNT (*)"                 \
  " FROM tickets_variation_choices v JOIN tickets k ON k.id = v.ticket"                            \
  " WHERE v.target = c.id AND k.pending = 0 AND k.refunded IS NULL) FROM variation_choices c"      \
  " LEFT JOIN choice_stock s ON s.choice = c.id ORDER BY c.id"
#define HOLDERS_SQL                                                                                \
  "SELECT o.\"user\", k.ticket_type, COUNT (*) FROM ticket_ownerships o"                           \
  " JOIN tickets k ON k.id = o.ticket WHERE k.pending = 0 AND k.refunded IS NULL"                  \
  " GROUP BY o.\"user\", k.ticket_type ORDER BY o.\"user\", k.ticket_type"

char *
world_describe (BitketDb *db)
{
  g_autoptr (GString) text = g_string_new (NULL);

  describe_rows (db, PURCHASES_SQL, describe_purchase, text);
  describe_rows (db, TYPES_SQL, describe_type, text);
  describe_rows (db, CHOICES_SQL, describe_choice, text);
  describe_rows (db, HOLDERS_SQL, describe_holder, text);
  return g_string_free (g_steal_pointer (&text), FALSE);
}
