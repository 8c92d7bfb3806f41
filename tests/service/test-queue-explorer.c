/* SPDX-License-Identifier: MIT */
#include "queue-schedule.h"

#include <string.h>

/* Thousands of random interleavings of the queue's steps: arriving, paying, being declined, running
 * out of time, leaving, crashing at any statement, dying and being taken over, refunds, tickets
 * made by hand, limits that change. After every step the database holds what the model holds, to
 * the letter. What fails is printed with its seed:
 *
 *   BITKET_EXPLORER_SEED=123        runs that schedule alone and prints it
 *   BITKET_EXPLORER_SCHEDULES=9999  runs that many */

#define N_SCHEDULES     2000
#define N_PARALLEL      60
#define N_STEPS         24
#define N_ROUNDS        6
#define LEASE_US        20
#define LONGEST_WAIT_US 1000

static guint
get_setting (const char *name, guint fallback)
{
  const char *value = g_getenv (name);

  return value != NULL ? (guint) g_ascii_strtoull (value, NULL, 10) : fallback;
}

static void
print_lines (const char *title, const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  g_test_message ("%s", title);
  for (guint i = 0; lines[i] != NULL; i++)
    g_test_message ("  %s", lines[i]);
}

/* Returns: %FALSE */
static gboolean
fail (Schedule *schedule, const char *why)
{
  print_lines ("the schedule:", schedule->log->str);
  g_test_message ("%s; again with BITKET_EXPLORER_SEED=%u -p %s", why, schedule->seed,
                  g_test_get_path ());
  g_test_fail ();
  return FALSE;
}

static gboolean
compare (Schedule *schedule, BitketDb *db)
{
  g_autofree char *expected = model_describe (&schedule->model);
  g_autofree char *actual = world_describe (db);

  if (g_str_equal (expected, actual))
    return TRUE;
  print_lines ("the model:", expected);
  print_lines ("the database:", actual);
  return fail (schedule, "the database is not as the model has it");
}

/* What fails at the n-th write of a turn. SQLite only: its triggers may be temporary. */
static void
lay_fuse (BitketDb *db)
{
  static const char *const tables[] = {
    "queues", "purchases",         "purchase_items", "stock",       "tickets",
    "feed",   "ticket_ownerships", "choice_stock",   "transactions"
  };
  g_autoptr (GError) error = NULL;

  bitket_db_execute (db, "CREATE TEMP TABLE fuse (n BIGINT); INSERT INTO fuse (n) VALUES (0)",
                     &error);
  g_assert_no_error (error);
  for (gsize i = 0; i < 2 * G_N_ELEMENTS (tables); i++)
    {
      g_autofree char *sql = g_strdup_printf (
          "CREATE TEMP TRIGGER fuse_%" G_GSIZE_FORMAT " BEFORE %s ON %s BEGIN"
          " UPDATE fuse SET n = n - 1; SELECT RAISE (ABORT, 'crash') FROM fuse WHERE n = 0; END",
          i, i % 2 == 0 ? "INSERT" : "UPDATE", tables[i / 2]);

      bitket_db_execute (db, sql, &error);
      g_assert_no_error (error);
    }
}

static void
set_fuse (BitketDb *db, gint64 n)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketStatement) statement = bitket_db_prepare (db, "UPDATE fuse SET n = $1", &error);

  g_assert_no_error (error);
  bitket_statement_bind_int64 (statement, 1, n);
  g_assert_true (bitket_statement_run (statement, &error));
}

static gboolean
run_turn (Schedule *schedule, Turn *turn, BitketDb *db)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *fault = NULL;

  turn_describe (turn, schedule->log);
  if (turn->crash == CRASH_IN_STATEMENT)
    set_fuse (db, turn->fuse);
  if (turn_run (turn, db, NULL, &error))
    fault = turn_run_in_model (turn, &schedule->model);
  else if (turn->crash != CRASH_NONE)
    schedule_restart_worker (schedule, g_rand_int_range (schedule->rand, 0, MODEL_N_WORKERS));
  else
    fault = g_strdup (error != NULL ? error->message : "it stopped without an error");
  if (turn->crash == CRASH_IN_STATEMENT)
    set_fuse (db, 0);
  return fault == NULL || fail (schedule, fault);
}

static gboolean
run_look (Schedule *schedule, int organization, BitketDb *db)
{
  Turn turn = { .organization = organization, .now_us = schedule->now_us, .n_ops = 1 };

  turn.ops[0].kind = OP_LOOK;
  return run_turn (schedule, &turn, db);
}

static gboolean
adopt (Schedule *schedule, BitketDb *db)
{
  int worker = schedule->workers[g_rand_int_range (schedule->rand, 0, MODEL_N_WORKERS)];
  gint64 dead_before_us = schedule->now_us - LEASE_US;
  g_autoptr (GPtrArray) adopted = NULL;
  g_autoptr (GError) error = NULL;
  char id[BITKET_ID_SIZE];
  guint n = 0;

  g_string_append_printf (schedule->log, "w%d adopts\n", worker);
  world_set_id (id, WORLD_WORKER, worker);
  store_test_begin (db);
  if (!bitket_queue_beat (db, id, schedule->now_us, &error))
    return fail (schedule, error->message);
  adopted = bitket_queue_adopt (db, id, dead_before_us, &error);
  if (adopted == NULL)
    return fail (schedule, error->message);
  store_test_commit (db);
  schedule->seen_us[worker] = schedule->now_us;
  for (int p = 0; p < MODEL_MAX_PURCHASES; p++)
    {
      ModelPurchase *purchase = &schedule->model.purchases[p];

      if (purchase->state == BITKET_PURCHASE_NONE ||
          bitket_purchase_state_is_final (purchase->state) || purchase->worker == worker ||
          schedule->seen_us[purchase->worker] >= dead_before_us)
        continue;
      purchase->worker = worker;
      n++;
    }
  return n == adopted->len || fail (schedule, "wrong purchases were adopted");
}

static void
beat (Schedule *schedule, BitketDb *db)
{
  int worker = schedule->workers[g_rand_int_range (schedule->rand, 0, MODEL_N_WORKERS)];
  g_autoptr (GError) error = NULL;
  char id[BITKET_ID_SIZE];

  g_string_append_printf (schedule->log, "w%d beats\n", worker);
  world_set_id (id, WORLD_WORKER, worker);
  store_test_begin (db);
  g_assert_true (bitket_queue_beat (db, id, schedule->now_us, &error));
  store_test_commit (db);
  schedule->seen_us[worker] = schedule->now_us;
}

static void
refund (Schedule *schedule, BitketDb *db)
{
  Model *model = &schedule->model;
  ModelTicket *ticket;

  if (model->n_tickets == 0)
    return;
  ticket = &model->tickets[g_rand_int_range (schedule->rand, 0, (gint32) model->n_tickets)];
  if (ticket->is_refunded)
    return;
  g_string_append_printf (schedule->log, "a ticket of type %d is refunded\n", ticket->type);
  store_test_begin (db);
  world_refund (db, ticket, schedule->now_us);
  store_test_commit (db);
  ticket->is_refunded = TRUE;
}

static void
issue (Schedule *schedule, BitketDb *db)
{
  Model *model = &schedule->model;
  ModelTicket *ticket = &model->tickets[model->n_tickets++];

  *ticket = (ModelTicket) {
    .type = g_rand_int_range (schedule->rand, 0, 3),
    .user = g_rand_int_range (schedule->rand, 0, MODEL_N_USERS),
    .link = MODEL_NONE,
    .purchase = MODEL_NONE,
    .item = schedule->n_issued++,
    .choices = { MODEL_NONE, MODEL_NONE },
  };
  if (ticket->type == 1)
    ticket->choices[0] = 4;
  g_string_append_printf (schedule->log, "a ticket of type %d is issued\n", ticket->type);
  store_test_begin (db);
  world_issue (db, ticket, schedule->now_us);
  store_test_commit (db);
}

/* Half of those who change something tell the queue. */
static gboolean
run_step (Schedule *schedule, BitketDb *db)
{
  int die = g_rand_int_range (schedule->rand, 0, 100);
  Turn turn;

  schedule->now_us += g_rand_int_range (schedule->rand, 0, 8);
  if (die < 72)
    {
      schedule_make_turn (schedule, &turn);
      return run_turn (schedule, &turn, db);
    }
  if (die < 76)
    schedule_restart_worker (schedule, die % MODEL_N_WORKERS);
  else if (die < 82)
    beat (schedule, db);
  else if (die < 86)
    return adopt (schedule, db);
  else if (die < 91)
    refund (schedule, db);
  else if (die < 93)
    issue (schedule, db);
  else
    {
      schedule_change_limits (schedule);
      g_string_append (schedule->log, "limits change\n");
      world_write_limits (db, &schedule->model);
    }
  return die % 2 == 0 || run_look (schedule, 0, db);
}

static gboolean
has_open (const Model *model, BitketPurchaseState state)
{
  for (int p = 0; p < MODEL_MAX_PURCHASES; p++)
    if (model->purchases[p].state == state)
      return TRUE;
  return FALSE;
}

/* Every payment ends, and then nobody waits any more, long before anybody's time is up. */
static gboolean
settle_all (Schedule *schedule, BitketDb *db)
{
  gboolean goes_on = TRUE;
  Turn turn;

  for (int o = 0; o < MODEL_N_ORGANIZATIONS; o++)
    if (!run_look (schedule, o, db))
      return FALSE;
  while (goes_on)
    {
      goes_on = FALSE;
      for (int o = 0; o < MODEL_N_ORGANIZATIONS; o++)
        if (schedule_make_settling (schedule, o, &turn))
          {
            goes_on = TRUE;
            if (!run_turn (schedule, &turn, db))
              return FALSE;
          }
    }
  return !has_open (&schedule->model, BITKET_PURCHASE_QUEUED) || schedule->has_new_limits ||
         fail (schedule, "somebody waits for nobody");
}

/* Limits that were lowered can make two wait for each other: until their time is up. */
static gboolean
expire_all (Schedule *schedule, BitketDb *db)
{
  schedule->now_us += LONGEST_WAIT_US;
  for (int o = 0; o < MODEL_N_ORGANIZATIONS; o++)
    {
      Turn turn = { .organization = o, .now_us = schedule->now_us, .n_ops = 1 };

      turn.ops[0].kind = OP_EXPIRE;
      if (!run_turn (schedule, &turn, db))
        return FALSE;
    }
  return !has_open (&schedule->model, BITKET_PURCHASE_QUEUED) ||
         fail (schedule, "somebody waits for ever");
}

/* Who was charged has tickets for just that much, and who was not has none that cost anything. */
static gboolean
check_money (Schedule *schedule, BitketDb *db)
{
  gint64 sum_ore = 0;
  guint n = 0;

  for (int p = 0; p < schedule->n_purchases; p++)
    {
      const ModelPurchase *purchase = &schedule->model.purchases[p];
      gint64 sold_ore = 0;

      for (guint i = 0; i < purchase->n_items; i++)
        sold_ore +=
            strcmp (purchase->items[i].state, "sold") == 0 ? purchase->items[i].price_ore : 0;
      if (sold_ore != schedule->charged_ore[p])
        return fail (schedule, "what was charged is not what was sold");
      sum_ore += sold_ore;
      n += sold_ore > 0;
    }
  return (store_test_get_int (db, "SELECT COUNT (*) FROM transactions") == n &&
          store_test_get_int (db, "SELECT coalesce (SUM (amount), 0) FROM transactions") ==
              sum_ore &&
          store_test_get_int (db,
                              "SELECT COUNT (*) FROM purchase_items i JOIN purchases p"
                              " ON p.id = i.purchase LEFT JOIN transactions_ticket_ownerships t"
                              " ON t.target = i.ownership WHERE p.amount > 0 AND p.state = 'done'"
                              " AND i.state = 'sold' AND t.target IS NULL") == 0) ||
         fail (schedule, "the books are wrong");
}

static gboolean
end_schedule (Schedule *schedule, BitketDb *db)
{
  return settle_all (schedule, db) && compare (schedule, db) && expire_all (schedule, db) &&
         settle_all (schedule, db) && expire_all (schedule, db) && settle_all (schedule, db) &&
         compare (schedule, db) && check_money (schedule, db);
}

static gboolean
run_steps (Schedule *schedule, BitketDb *db)
{
  for (guint i = 0; i < N_STEPS && !schedule_is_full (schedule); i++)
    if (!run_step (schedule, db) || !compare (schedule, db))
      return FALSE;
  return end_schedule (schedule, db);
}

typedef gboolean (*RunSchedule) (Schedule *schedule, BitketDb *db, gpointer data);

static void
explore (BitketDb *db, guint n_schedules, RunSchedule run, gpointer data)
{
  const char *only = g_getenv ("BITKET_EXPLORER_SEED");
  guint first = get_setting ("BITKET_EXPLORER_SEED", 1);
  gboolean success = TRUE;

  n_schedules = only != NULL ? 1 : get_setting ("BITKET_EXPLORER_SCHEDULES", n_schedules);
  for (guint i = 0; success && i < n_schedules; i++)
    {
      Schedule schedule;

      schedule_init (&schedule, first + i);
      world_reset (db, &schedule.model);
      success = run (&schedule, db, data);
      if (only != NULL && success)
        print_lines ("the schedule:", schedule.log->str);
      schedule_clear (&schedule);
    }
}

static gboolean
run_alone (Schedule *schedule, BitketDb *db, gpointer data)
{
  return run_steps (schedule, db);
}

static void
test_alone (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketDb) db = bitket_store_open ("sqlite::memory:", BITKET_DB_OPEN_DEFAULT, &error);

  g_assert_no_error (error);
  world_make (db);
  lay_fuse (db);
  explore (db, N_SCHEDULES, run_alone, NULL);
}

/* Two processes whose turns run at the same time, on connections of their own. The lock of an
 * organization's queue puts them in an order, in which the model repeats them. */

#define N_THREADS        2
#define TURNS_PER_THREAD 4

typedef struct
{
  BitketDb *db; /* (owned) */
  gint *counter;
  GPtrArray *turns; /* of Turn */
  GThread *thread;
} Peer;

static gpointer
run_peer (gpointer data)
{
  Peer *peer = data;

  for (guint i = 0; i < peer->turns->len; i++)
    {
      Turn *turn = peer->turns->pdata[i];
      gboolean is_done = FALSE;

      while (!is_done)
        {
          g_autoptr (GError) error = NULL;

          is_done = turn_run (turn, peer->db, peer->counter, &error);
          if (!is_done && !g_error_matches (error, BITKET_DB_ERROR, BITKET_DB_ERROR_BUSY))
            {
              g_assert_no_error (error);
              turn->number = MODEL_NONE; /* it crashed */
              is_done = TRUE;
            }
        }
    }
  return NULL;
}

static int
compare_numbers (gconstpointer a, gconstpointer b)
{
  return (*(const Turn *const *) a)->number - (*(const Turn *const *) b)->number;
}

static gboolean
repeat_in_model (Schedule *schedule, GPtrArray *turns)
{
  g_ptr_array_sort (turns, compare_numbers);
  for (guint i = 0; i < turns->len; i++)
    {
      const Turn *turn = turns->pdata[i];
      g_autofree char *fault = NULL;

      if (turn->number == MODEL_NONE)
        continue;
      turn_describe (turn, schedule->log);
      fault = turn_run_in_model (turn, &schedule->model);
      if (fault != NULL)
        return fail (schedule, fault);
    }
  return TRUE;
}

static gboolean
run_round (Schedule *schedule, BitketDb *db, Peer *peers)
{
  g_autoptr (GPtrArray) turns = g_ptr_array_new_with_free_func (g_free);
  gint counter = 0;

  for (guint i = 0; i < N_THREADS * TURNS_PER_THREAD && !schedule_is_full (schedule); i++)
    {
      Turn *turn = g_new0 (Turn, 1);

      schedule_make_turn (schedule, turn);
      if (turn->crash == CRASH_IN_STATEMENT)
        turn->crash = CRASH_NONE;
      g_ptr_array_add (turns, turn);
    }
  for (guint t = 0; t < N_THREADS; t++)
    {
      peers[t].counter = &counter;
      peers[t].turns = g_ptr_array_new ();
      for (guint i = t; i < turns->len; i += N_THREADS)
        g_ptr_array_add (peers[t].turns, turns->pdata[i]);
      peers[t].thread = g_thread_new ("peer", run_peer, &peers[t]);
    }
  for (guint t = 0; t < N_THREADS; t++)
    {
      g_thread_join (peers[t].thread);
      g_ptr_array_unref (peers[t].turns);
    }
  return repeat_in_model (schedule, turns);
}

static gboolean
run_together (Schedule *schedule, BitketDb *db, gpointer data)
{
  for (guint i = 0; i < N_ROUNDS && !schedule_is_full (schedule); i++)
    {
      schedule->now_us += 8;
      if (!run_round (schedule, db, data) || !compare (schedule, db))
        return FALSE;
      refund (schedule, db);
    }
  return end_schedule (schedule, db);
}

static void
test_together (StoreFixture *fixture)
{
  Peer peers[N_THREADS];
  g_autoptr (GError) error = NULL;

  world_make (fixture->db);
  for (guint t = 0; t < N_THREADS; t++)
    {
      peers[t].db = bitket_store_open (fixture->uri, BITKET_DB_OPEN_DEFAULT, &error);
      g_assert_no_error (error);
    }
  explore (fixture->db, N_PARALLEL, run_together, peers);
  for (guint t = 0; t < N_THREADS; t++)
    bitket_db_close (peers[t].db);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/service/queue-explorer/alone", test_alone);
  store_test_add ("/service/queue-explorer/together", test_together);
  return g_test_run ();
}
