/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

/* Whether the shop's books agree. */

#include <string.h>

#include "shop.h"

#define IN_SHOP "ticket_type LIKE '5409f000%'"

/* Counts of what must not be. */
static const struct
{
  const char *what;
  const char *sql;
} faults[] = {
  { "open purchases", "SELECT COUNT (*) FROM purchases WHERE state NOT IN ('done', 'failed')" },
  { "cards still remembered", "SELECT COUNT (*) FROM purchases WHERE payload <> ''" },
  { "reserved places", "SELECT COUNT (*) FROM stock WHERE reserved <> 0" },
  { "reserved choices", "SELECT COUNT (*) FROM choice_stock WHERE reserved <> 0" },
  { "wrong stock",
    "SELECT COUNT (*) FROM stock s WHERE s.sold <> (SELECT COUNT (*) FROM tickets t"
    " WHERE t.ticket_type = s.ticket_type AND t.pending = 0 AND t.refunded IS NULL)" },
  { "wrong stock of choices",
    "SELECT COUNT (*) FROM choice_stock s WHERE s.sold <> (SELECT COUNT (*)"
    " FROM tickets_variation_choices c JOIN tickets t ON t.id = c.ticket"
    " WHERE c.target = s.choice AND t.pending = 0 AND t.refunded IS NULL)" },
  { "oversold types", "SELECT COUNT (*) FROM stock s JOIN ticket_types t ON t.id = s.ticket_type"
                      " WHERE t.id LIKE '5409f000%' AND s.sold > t.max_total_quantity" },
  { "oversold choices", "SELECT COUNT (*) FROM choice_stock s"
                        " JOIN variation_choices c ON c.id = s.choice"
                        " WHERE c.id LIKE '5409c000%' AND s.sold > c.max_total_quantity" },
  { "overused links", "SELECT COUNT (*) FROM access_codes a WHERE a.id LIKE '54091000%'"
                      " AND a.quantity < (SELECT COUNT (*) FROM tickets t"
                      " WHERE t.access_code = a.id)" },
  { "buyers beyond their limit",
    "SELECT COUNT (*) FROM (SELECT p.\"user\" FROM purchases p"
    " JOIN purchase_items i ON i.purchase = p.id WHERE i.state = 'sold'"
    " AND i.ticket_type = '5409f000-0000-4000-8000-000000000000'"
    " GROUP BY p.\"user\" HAVING COUNT (*) > 3) x" },
  { "keys with several purchases",
    "SELECT COUNT (*) FROM (SELECT 1 AS n FROM purchases WHERE idempotency_key IS NOT NULL"
    " GROUP BY \"user\", idempotency_key HAVING COUNT (*) > 1) x" },
  { "sold items without a ticket",
    "SELECT COUNT (*) FROM purchase_items i WHERE i.state = 'sold' AND NOT EXISTS"
    " (SELECT 1 FROM ticket_ownerships o JOIN tickets t ON t.id = o.ticket"
    " WHERE o.id = i.ownership AND t.id = i.ticket AND t.ticket_type = i.ticket_type)" },
  { "tickets nobody bought",
    "SELECT COUNT (*) FROM tickets t WHERE t." IN_SHOP " AND NOT EXISTS"
    " (SELECT 1 FROM purchase_items i WHERE i.ticket = t.id AND i.state = 'sold')" },
  { "items of another state than their purchase",
    "SELECT COUNT (*) FROM purchase_items i JOIN purchases p ON p.id = i.purchase"
    " WHERE i.state IN ('waiting', 'reserved') OR (i.state = 'sold' AND p.state <> 'done')" },
  { "paid purchases without a transaction",
    "SELECT COUNT (*) FROM purchases p WHERE p.state = 'done' AND p.amount > 0 AND NOT EXISTS"
    " (SELECT 1 FROM transactions t WHERE t.kind = 'charge' AND t.stripe_id = p.stripe_id"
    " AND t.amount = p.amount)" },
  { "amounts that are not the price",
    "SELECT COUNT (*) FROM purchases p WHERE p.state = 'done' AND p.amount <> (SELECT"
    " COALESCE (SUM (i.price), 0) FROM purchase_items i WHERE i.purchase = p.id"
    " AND i.state = 'sold')" },
};

/* What the provider took for a purchase. */
typedef struct
{
  gint64 n_charges;
  gint64 amount_ore;
} Taken;

/* Returns: (transfer full) (element-type utf8 Taken): by purchase */
static GHashTable *
read_log (Shop *shop)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  GHashTable *taken = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  g_assert_true (g_file_get_contents (shop->log, &text, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL && *lines[i] != '\0'; i++)
    {
      g_autoptr (JsonNode) node = json_from_string (lines[i], NULL);
      JsonObject *line = json_node_get_object (node);
      const char *purchase = json_object_get_string_member (line, "purchase");
      Taken *sum = g_hash_table_lookup (taken, purchase);

      if (strcmp (json_object_get_string_member (line, "type"), "decline") == 0)
        continue;
      g_assert_cmpstr (json_object_get_string_member (line, "type"), ==, "charge");
      if (sum == NULL)
        {
          sum = g_new0 (Taken, 1);
          g_hash_table_insert (taken, g_strdup (purchase), sum);
        }
      sum->n_charges++;
      sum->amount_ore += json_object_get_int_member (line, "amount");
    }
  return taken;
}

/* Every charge bought tickets, and every sale was charged once. */
static void
check_charges (Shop *shop, BitketDb *db)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) taken = read_log (shop);
  g_autoptr (BitketStatement) statement = bitket_db_prepare (
      db, "SELECT id, amount FROM purchases WHERE state = 'done' AND amount > 0", &error);
  guint n_paid = 0;

  g_assert_no_error (error);
  while (bitket_statement_step (statement, &error))
    {
      const char *id = bitket_statement_get_text (statement, 0);
      const Taken *sum = g_hash_table_lookup (taken, id);

      if (sum == NULL || sum->n_charges != 1)
        g_test_message ("purchase %s was not charged once", id);
      g_assert_nonnull (sum);
      g_assert_cmpint (sum->n_charges, ==, 1);
      g_assert_cmpint (sum->amount_ore, ==, bitket_statement_get_int64 (statement, 1));
      n_paid++;
    }
  g_assert_no_error (error);
  /* None was taken for anything else. */
  g_assert_cmpuint (g_hash_table_size (taken), ==, n_paid);
}

/* Nobody was told of a ticket that is not there. */
static void
check_told (Shop *shop, BitketDb *db)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketStatement) statement =
      bitket_db_prepare (db, "SELECT 1 FROM tickets WHERE id = $1", &error);

  g_assert_no_error (error);
  for (guint i = 0; i < shop->told->len; i++)
    {
      bitket_statement_bind_text (statement, 1, shop->told->pdata[i]);
      g_assert_true (bitket_statement_step (statement, &error));
      bitket_statement_reset (statement);
    }
  g_ptr_array_set_size (shop->told, 0);
}

static gint64
sum_transactions (Shop *shop)
{
  return shop_query (shop, "SELECT COALESCE (SUM (t.amount), 0) FROM transactions t"
                           " WHERE t.kind = 'charge' AND EXISTS (SELECT 1 FROM purchases p"
                           " WHERE p.stripe_id = t.stripe_id)");
}

void
shop_check (Shop *shop)
{
  g_autoptr (BitketDb) db = bitketd_open_db (shop->doors[0]);
  BitketTestStripeSums sums;
  gboolean is_good = TRUE;

  for (gsize i = 0; i < G_N_ELEMENTS (faults); i++)
    {
      gint64 n = shop_query (shop, faults[i].sql);

      if (n != 0)
        g_test_message ("%s: %" G_GINT64_FORMAT, faults[i].what, n);
      is_good = is_good && n == 0;
    }
  g_assert_true (is_good);
  check_charges (shop, db);
  check_told (shop, db);
  bitket_test_stripe_get_sums (shop->stripe, &sums);
  g_assert_cmpint (sums.n_double, ==, 0);
  g_assert_cmpint (sums.n_refunds, ==, 0);
  g_assert_cmpint (sums.charged_ore, ==, sum_transactions (shop));
  g_assert_cmpint (sums.charged_ore, ==,
                   shop_query (shop, "SELECT COALESCE (SUM (price), 0) FROM purchase_items"
                                     " WHERE state = 'sold'"));
}

#define LEFT_SQL(type)                                                                             \
  "SELECT t.max_total_quantity - COALESCE ((SELECT s.sold FROM stock s"                            \
  " WHERE s.ticket_type = t.id), 0) FROM ticket_types t"                                           \
  " WHERE t.id = '5409f000-0000-4000-8000-00000000000" type "'"

static const struct
{
  ShopType type;
  const char *sql;
} limits[] = {
  { SHOP_SEATS, LEFT_SQL ("0") },
  { SHOP_MEALS, LEFT_SQL ("1") },
  { SHOP_GUESTS, "SELECT a.quantity - (SELECT COUNT (*) FROM tickets t WHERE t.access_code = a.id)"
                 " FROM access_codes a WHERE a.id LIKE '54091000%'" },
};

/* Every place that is left is had by somebody who asks for it; one more is not. */
void
shop_sell_out (Shop *shop)
{
  bitket_test_stripe_control (shop->stripe, "{\"decline_rate\":0,\"fail_rate\":0}");
  for (gsize i = 0; i < G_N_ELEMENTS (limits); i++)
    {
      gint64 n_left = shop_query (shop, limits[i].sql);

      g_assert_cmpint (n_left, >=, 0);
      for (gint64 j = 0; j < n_left; j++)
        shop_buy (shop, limits[i].type, SHOP_N_RANDOM + (guint) j % (SHOP_N_USERS - SHOP_N_RANDOM),
                  0, "tok_visa");
      shop_settle (shop);
      if (shop_query (shop, limits[i].sql) != 0)
        g_test_message ("places of type %u were lost", limits[i].type);
      g_assert_cmpint (shop_query (shop, limits[i].sql), ==, 0);
    }
}
