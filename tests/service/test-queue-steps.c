/* SPDX-License-Identifier: MIT */
#include "queue-world.h"

#include "bitket-outbox.h"

#include <string.h>

/* What the steps of the queue write and tell beside who gets what: see test-queue.c for that. */

#define NOW  G_GINT64_CONSTANT (5000000)
#define WAIT G_GINT64_CONSTANT (100)

static void
make_world (BitketDb *db, gint64 max_of_type_2)
{
  g_autofree Model *model = g_new0 (Model, 1);

  for (int t = 0; t < MODEL_N_TYPES; t++)
    model->types[t] = (ModelType) { .is_published = TRUE,
                                    .is_general = TRUE,
                                    .max_total = t == 2 ? max_of_type_2 : MODEL_NONE,
                                    .max_personal = MODEL_NONE };
  for (int c = 0; c < MODEL_N_CHOICES; c++)
    model->choice_max[c] = MODEL_NONE;
  for (int l = 0; l < MODEL_N_LINKS; l++)
    model->links[l].quantity = 9;
  world_make (db);
  world_reset (db, model);
}

static BitketTurn *
begin_turn (BitketDb *db, int organization)
{
  char id[BITKET_ID_SIZE];
  g_autoptr (GError) error = NULL;
  BitketTurn *turn;

  world_set_id (id, WORLD_ORGANIZATION, organization);
  store_test_begin (db);
  turn = bitket_turn_new (db, id, NOW, &error);
  g_assert_no_error (error);
  return turn;
}

static void
end_turn (BitketDb *db, BitketTurn *turn)
{
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (bitket_turn_finish (turn, &error));
  g_assert_no_error (error);
  bitket_turn_free (turn);
  store_test_commit (db);
}

/* One ticket of @type for user 0 under @key (nullable). Returns: (transfer full) */
static BitketOrder *
make_order (int number, int type, const char *key)
{
  ModelPurchase order = { .key = MODEL_NONE, .max_amount_ore = G_MAXINT32, .n_items = 1 };
  BitketOrder *made;

  order.organization = type == 5 ? 1 : 0;
  order.items[0] = (ModelItem) {
    .type = type, .choices = { MODEL_NONE, MODEL_NONE }, .link = MODEL_NONE, .price_ore = 5000
  };
  made = world_make_order (number, &order, WAIT);
  made->idempotency_key = g_strdup (key);
  return made;
}

static int
enter (BitketTurn *turn, const BitketOrder *order, int worker)
{
  char id[BITKET_ID_SIZE], existing[BITKET_ID_SIZE];
  g_autoptr (GError) error = NULL;

  world_set_id (id, WORLD_WORKER, worker);
  g_assert_true (bitket_turn_enter (turn, order, id, existing, &error));
  g_assert_no_error (error);
  return *existing != '\0' ? world_get_number (existing) : MODEL_NONE;
}

static void
buy (BitketDb *db, int number, int type, int worker)
{
  g_autoptr (BitketOrder) order = make_order (number, type, NULL);
  BitketTurn *turn = begin_turn (db, type == 5 ? 1 : 0);

  g_assert_cmpint (enter (turn, order, worker), ==, MODEL_NONE);
  end_turn (db, turn);
}

static void
pay (BitketDb *db, int number)
{
  BitketTurn *turn = begin_turn (db, 0);
  char id[BITKET_ID_SIZE];
  g_autoptr (GError) error = NULL;

  world_set_id (id, WORLD_PURCHASE, number);
  g_assert_true (bitket_turn_settle (turn, id, BITKET_SETTLE_PAID, "ch_7", NULL, &error));
  g_assert_no_error (error);
  end_turn (db, turn);
}

static void
test_states (void)
{
  for (int s = BITKET_PURCHASE_NONE; s <= BITKET_PURCHASE_FAILED; s++)
    g_assert_cmpint (bitket_purchase_state_from_string (
                         bitket_purchase_state_to_string ((BitketPurchaseState) s)),
                     ==, s);
  g_assert_cmpint (bitket_purchase_state_from_string ("Paying"), ==, BITKET_PURCHASE_NONE);
  g_assert_cmpint (bitket_purchase_state_from_string (NULL), ==, BITKET_PURCHASE_NONE);
  g_assert_false (bitket_purchase_state_is_final (BITKET_PURCHASE_PAYING));
  g_assert_true (bitket_purchase_state_is_final (BITKET_PURCHASE_FAILED));
}

/* The same key again is the same purchase, also after it ended, and nobody else's. */
static void
test_key (StoreFixture *fixture)
{
  g_autoptr (BitketOrder) first = make_order (0, 2, "key");
  g_autoptr (BitketOrder) again = make_order (1, 2, "key");
  g_autoptr (BitketOrder) other_key = make_order (2, 2, "Key");
  g_autoptr (BitketOrder) other_user = make_order (3, 2, "key");
  g_autoptr (BitketOrder) elsewhere = make_order (4, 5, "key");
  BitketTurn *turn;

  make_world (fixture->db, MODEL_NONE);
  turn = begin_turn (fixture->db, 0);
  g_assert_cmpint (enter (turn, first, 0), ==, MODEL_NONE);
  g_assert_cmpint (enter (turn, again, 0), ==, 0);
  end_turn (fixture->db, turn);
  pay (fixture->db, 0);
  turn = begin_turn (fixture->db, 0);
  world_set_id (other_user->user, WORLD_USER, 1);
  g_assert_cmpint (enter (turn, again, 1), ==, 0);
  g_assert_cmpint (enter (turn, other_key, 0), ==, MODEL_NONE);
  g_assert_cmpint (enter (turn, other_user, 0), ==, MODEL_NONE);
  end_turn (fixture->db, turn);
  turn = begin_turn (fixture->db, 1);
  g_assert_cmpint (enter (turn, elsewhere, 0), ==, 0);
  end_turn (fixture->db, turn);
  g_assert_cmpint (store_test_get_int (fixture->db, "SELECT COUNT (*) FROM purchases"), ==, 3);
  g_assert_cmpint (store_test_get_int (fixture->db, "SELECT COUNT (*) FROM tickets"), ==, 1);
  g_assert_cmpint (store_test_get_int (fixture->db, "SELECT seq FROM queues ORDER BY seq DESC"), ==,
                   3);
}

/* A turn that is given up leaves nothing. */
static void
test_rollback (StoreFixture *fixture)
{
  g_autoptr (BitketOrder) order = make_order (0, 2, NULL);
  g_autoptr (GError) error = NULL;
  BitketTurn *turn;

  make_world (fixture->db, 1);
  turn = begin_turn (fixture->db, 0);
  enter (turn, order, 0);
  g_assert_nonnull (bitket_turn_finish (turn, &error));
  bitket_turn_free (turn);
  bitket_db_rollback (fixture->db);
  g_assert_cmpint (store_test_get_int (fixture->db, "SELECT COUNT (*) FROM purchases"), ==, 0);
  g_assert_cmpint (
      store_test_get_int (fixture->db, "SELECT coalesce (SUM (reserved), 0) FROM stock"), ==, 0);
  buy (fixture->db, 1, 2, 0);
  g_assert_cmpint (store_test_get_int (fixture->db, "SELECT seq FROM purchases"), ==, 1);
}

/* Whoever looks after a purchase is told of each of its changes, whoever's turn it was. */
static void
test_changes (StoreFixture *fixture)
{
  char id[BITKET_ID_SIZE];
  g_autoptr (GError) error = NULL;
  BitketTurn *turn;
  GArray *changes;

  make_world (fixture->db, 1);
  buy (fixture->db, 0, 2, 0);
  buy (fixture->db, 1, 2, 1);
  turn = begin_turn (fixture->db, 0);
  world_set_id (id, WORLD_PURCHASE, 0);
  g_assert_true (bitket_turn_settle (turn, id, BITKET_SETTLE_DECLINED, NULL, "no", &error));
  changes = bitket_turn_finish (turn, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (changes->len, ==, 2);
  for (int i = 0; i < 2; i++)
    {
      const BitketPurchaseChange *change =
          &g_array_index (changes, BitketPurchaseChange, (guint) i);

      g_assert_cmpint (world_get_number (change->id), ==, i);
      g_assert_cmpint (world_get_number (change->worker), ==, i);
      g_assert_cmpint (change->state, ==, i == 0 ? BITKET_PURCHASE_FAILED : BITKET_PURCHASE_PAYING);
    }
  bitket_turn_free (turn);
  store_test_commit (fixture->db);
}

/* A ticket of type 0 with both choices and a link, by a buyer who gives a personal number. */
static BitketOrder *
make_full_order (void)
{
  ModelPurchase order = { .key = MODEL_NONE, .max_amount_ore = G_MAXINT32, .n_items = 1 };
  BitketOrder *made;

  order.items[0] = (ModelItem) { .type = 0, .choices = { 1, 2 }, .link = 0, .price_ore = 12345 };
  made = world_make_order (0, &order, WAIT);
  made->nin = g_strdup ("199011290799");
  return made;
}

static void
check_text (BitketDb *db, const char *sql, const char *expected)
{
  g_autofree char *text = store_test_dup_text (db, sql);

  g_assert_cmpstr (text, ==, expected);
}

/* What is sold is a ticket like any other, with its mail, its place in the books and the feed. */
static void
test_sale (StoreFixture *fixture)
{
  BitketDb *db = fixture->db;
  g_autoptr (BitketOrder) order = make_full_order ();
  g_autoptr (BitketPurchase) before = NULL;
  g_autoptr (BitketPurchase) after = NULL;
  g_autoptr (GError) error = NULL;
  BitketTurn *turn;

  make_world (db, MODEL_NONE);
  g_assert_true (bitket_outbox_set_state (db, BITKET_OUTBOX_OPEN, &error));
  turn = begin_turn (db, 0);
  enter (turn, order, 3);
  end_turn (db, turn);
  before = bitket_purchase_load (db, order->id, &error);
  g_assert_no_error (error);
  g_assert_cmpint (before->state, ==, BITKET_PURCHASE_PAYING);
  g_assert_cmpint (before->amount_ore, ==, 12345);
  g_assert_cmpint (before->charged_from_us, ==, NOW);
  g_assert_cmpstr (before->payload, ==, "tok_visa");
  g_assert_cmpstr (before->email, ==, "u0@example.com");
  g_assert_cmpint (world_get_number (before->worker), ==, 3);
  g_assert_null (before->account);
  g_assert_true (before->is_kept);
  check_text (db, "SELECT nin FROM users WHERE nin IS NOT NULL", NULL);

  pay (db, 0);
  after = bitket_purchase_load (db, order->id, &error);
  g_assert_cmpint (after->state, ==, BITKET_PURCHASE_DONE);
  g_assert_cmpstr (after->payload, ==, "");
  g_assert_cmpstr (after->ownerships, ==, before->ownerships);
  check_text (db, "SELECT id FROM ticket_ownerships", before->ownerships);
  check_text (db, "SELECT ownership FROM mails", before->ownerships);
  check_text (db, "SELECT ownership FROM feed", before->ownerships);
  check_text (db, "SELECT target FROM transactions_ticket_ownerships", before->ownerships);
  check_text (db, "SELECT stripe_id FROM transactions WHERE amount = 12345 AND kind = 'charge'",
              "ch_7");
  check_text (db, "SELECT nin FROM users WHERE nin IS NOT NULL", "199011290799");
  g_assert_cmpint (
      store_test_get_int (db, "SELECT COUNT (*) FROM tickets k JOIN tickets_variation_choices c"
                              " ON c.ticket = k.id JOIN purchase_items i ON i.ticket = k.id"
                              " WHERE k.access_code = i.access_code AND k.pending = 0"),
      ==, 2);
  g_assert_null (bitket_purchase_load (db, "nothing", &error));
  g_assert_no_error (error);
}

static void
beat (BitketDb *db, int worker, gint64 now_us)
{
  char id[BITKET_ID_SIZE];
  g_autoptr (GError) error = NULL;

  world_set_id (id, WORLD_WORKER, worker);
  store_test_begin (db);
  g_assert_true (bitket_queue_beat (db, id, now_us, &error));
  g_assert_no_error (error);
  store_test_commit (db);
}

/* Returns: how many, the last of which is purchase @number */
static guint
adopt (BitketDb *db, int worker, gint64 dead_before_us, int number)
{
  char id[BITKET_ID_SIZE];
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) adopted = NULL;

  world_set_id (id, WORLD_WORKER, worker);
  store_test_begin (db);
  adopted = bitket_queue_adopt (db, id, dead_before_us, &error);
  g_assert_no_error (error);
  store_test_commit (db);
  if (adopted->len > 0)
    g_assert_cmpint (world_get_number (adopted->pdata[adopted->len - 1]), ==, number);
  return adopted->len;
}

static void
test_adopt (StoreFixture *fixture)
{
  BitketDb *db = fixture->db;

  make_world (db, MODEL_NONE);
  beat (db, 0, NOW);
  buy (db, 0, 2, 0);
  g_assert_cmpuint (adopt (db, 1, NOW, 0), ==, 0);     /* just heard of */
  g_assert_cmpuint (adopt (db, 0, NOW + 1, 0), ==, 0); /* its own */
  g_assert_cmpuint (adopt (db, 1, NOW + 1, 0), ==, 1);
  g_assert_cmpuint (adopt (db, 2, NOW + 1, 0), ==, 1); /* never heard of */
  beat (db, 2, NOW + 9);
  g_assert_cmpuint (adopt (db, 0, NOW + 9, 0), ==, 0);
  beat (db, 2, NOW + 20);
  g_assert_cmpuint (adopt (db, 0, NOW + 20, 0), ==, 0);
  pay (db, 0);
  g_assert_cmpuint (adopt (db, 0, NOW + 99, 0), ==, 0); /* it is over */
}

static gint64
count_workers (BitketDb *db)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketStatement) statement =
      bitket_db_prepare (db, "SELECT COUNT (*) FROM queue_workers", &error);

  g_assert_no_error (error);
  g_assert_true (bitket_statement_step (statement, &error));
  return bitket_statement_get_int64 (statement, 0);
}

/* Of a process that is gone nothing stays, once its purchases are somebody else's. */
static void
test_forget (StoreFixture *fixture)
{
  BitketDb *db = fixture->db;

  make_world (db, MODEL_NONE);
  beat (db, 0, NOW);
  beat (db, 1, NOW);
  beat (db, 2, NOW + 1);
  buy (db, 0, 2, 0);
  g_assert_cmpuint (adopt (db, 2, NOW, 0), ==, 0);
  g_assert_cmpint (count_workers (db), ==, 3); /* all were just heard of */
  g_assert_cmpuint (adopt (db, 2, NOW + 1, 0), ==, 1);
  g_assert_cmpint (count_workers (db), ==, 1);
  g_assert_cmpuint (adopt (db, 2, NOW + 9, 0), ==, 0); /* never itself */
  g_assert_cmpint (count_workers (db), ==, 1);
  beat (db, 0, NOW + 9); /* it was only stopped */
  g_assert_cmpint (count_workers (db), ==, 2);
}

/* A payment that comes when it is over: of the same nothing is said, of another it is. */
static void
test_stray_payment (StoreFixture *fixture)
{
  BitketDb *db = fixture->db;
  char id[BITKET_ID_SIZE];
  g_autofree char *pattern = NULL;
  g_autoptr (GError) error = NULL;
  BitketTurn *turn;

  make_world (db, MODEL_NONE);
  buy (db, 0, 2, 0);
  pay (db, 0);
  pay (db, 0);
  world_set_id (id, WORLD_PURCHASE, 0);
  pattern = g_strdup_printf ("*%s was paid after*", id);
  g_test_expect_message ("bitket-store", G_LOG_LEVEL_MESSAGE, pattern);
  turn = begin_turn (db, 0);
  g_assert_true (bitket_turn_settle (turn, id, BITKET_SETTLE_PAID, "ch_8", NULL, &error));
  g_assert_no_error (error);
  g_test_assert_expected_messages ();
  /* It was not paid, and that is no news. */
  g_assert_true (bitket_turn_settle (turn, id, BITKET_SETTLE_DECLINED, NULL, "no", &error));
  end_turn (db, turn);
}

static void
test_list_waiting (StoreFixture *fixture)
{
  BitketDb *db = fixture->db;
  g_autoptr (GPtrArray) nobody = NULL;
  g_autoptr (GPtrArray) first = NULL;
  g_autoptr (GError) error = NULL;

  make_world (db, 1);
  buy (db, 0, 2, 0);
  buy (db, 1, 5, 0);
  nobody = bitket_queue_list_waiting (db, &error);
  g_assert_cmpuint (nobody->len, ==, 0);
  buy (db, 2, 2, 0);
  first = bitket_queue_list_waiting (db, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (first->len, ==, 1);
  g_assert_cmpint (world_get_number (first->pdata[0]), ==, 0);
}

/* Each way in which a ticket of type 1 with choice 4 begins or ends to count. The steps go on from
 * each other. */
static const struct
{
  const char *what;
  const char *sql;
  gint64 n_sold, n_chosen, n_other_chosen;
} stock_steps[] = {
  { "pending",
    "INSERT INTO tickets (id, ticket_type, pending, created)"
    " SELECT 'new', id, 1, 0 FROM ticket_types WHERE id LIKE '%1'",
    0, 0, 0 },
  { "its choice",
    "INSERT INTO tickets_variation_choices (ticket, target)"
    " SELECT 'new', id FROM variation_choices WHERE id LIKE '%4'",
    0, 0, 0 },
  { "paid for", "UPDATE tickets SET pending = 0 WHERE id = 'new'", 1, 1, 0 },
  { "paid for again", "UPDATE tickets SET pending = 0 WHERE id = 'new'", 1, 1, 0 },
  { "let in", "UPDATE tickets SET utilized = 5 WHERE id = 'new'", 1, 1, 0 },
  { "another choice",
    "UPDATE tickets_variation_choices SET target = (SELECT id"
    " FROM variation_choices WHERE id LIKE '%5') WHERE ticket = 'new'",
    1, 0, 1 },
  { "no choice", "DELETE FROM tickets_variation_choices WHERE ticket = 'new'", 1, 0, 0 },
  { "a choice",
    "INSERT INTO tickets_variation_choices (ticket, target)"
    " SELECT 'new', id FROM variation_choices WHERE id LIKE '%4'",
    1, 1, 0 },
  { "paid back", "UPDATE tickets SET refunded = 7 WHERE id = 'new'", 0, 0, 0 },
  { "not paid back", "UPDATE tickets SET refunded = NULL WHERE id = 'new'", 1, 1, 0 },
  { "another type",
    "UPDATE tickets SET ticket_type = (SELECT id FROM ticket_types"
    " WHERE id LIKE '%2') WHERE id = 'new'",
    0, 1, 0 },
  { "the type again",
    "UPDATE tickets SET ticket_type = (SELECT id FROM ticket_types"
    " WHERE id LIKE '%1') WHERE id = 'new'",
    1, 1, 0 },
  { "pending and paid back", "UPDATE tickets SET pending = 1, refunded = 9 WHERE id = 'new'", 0, 0,
    0 },
  { "only pending", "UPDATE tickets SET refunded = NULL WHERE id = 'new'", 0, 0, 0 },
  { "paid for after all", "UPDATE tickets SET pending = 0 WHERE id = 'new'", 1, 1, 0 },
  { "its choice is deleted", "DELETE FROM tickets_variation_choices WHERE ticket = 'new'", 1, 0,
    0 },
  { "deleted", "DELETE FROM tickets WHERE id = 'new'", 0, 0, 0 },
};

static void
test_stock (StoreFixture *fixture)
{
  BitketDb *db = fixture->db;

  make_world (db, MODEL_NONE);
  for (gsize i = 0; i < G_N_ELEMENTS (stock_steps); i++)
    {
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", stock_steps[i].what);
      g_assert_true (bitket_db_execute (db, stock_steps[i].sql, &error));
      g_assert_no_error (error);
      g_assert_cmpint (store_test_get_int (db, "SELECT coalesce (SUM (sold), 0) FROM stock"
                                               " WHERE ticket_type LIKE '%1'"),
                       ==, stock_steps[i].n_sold);
      g_assert_cmpint (store_test_get_int (db, "SELECT coalesce (SUM (sold), 0) FROM choice_stock"
                                               " WHERE choice LIKE '%4'"),
                       ==, stock_steps[i].n_chosen);
      g_assert_cmpint (store_test_get_int (db, "SELECT coalesce (SUM (sold), 0) FROM choice_stock"
                                               " WHERE choice LIKE '%5'"),
                       ==, stock_steps[i].n_other_chosen);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/service/queue/states", test_states);
  store_test_add ("/service/queue/key", test_key);
  store_test_add ("/service/queue/rollback", test_rollback);
  store_test_add ("/service/queue/changes", test_changes);
  store_test_add ("/service/queue/sale", test_sale);
  store_test_add ("/service/queue/adopt", test_adopt);
  store_test_add ("/service/queue/forget", test_forget);
  store_test_add ("/service/queue/stray-payment", test_stray_payment);
  store_test_add ("/service/queue/list-waiting", test_list_waiting);
  store_test_add ("/service/queue/stock", test_stock);
  return g_test_run ();
}
