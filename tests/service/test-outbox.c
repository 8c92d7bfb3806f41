/* SPDX-License-Identifier: MIT */
#include "store-fixture.h"

#include "bitket-outbox.h"

/* The outbox of mails: what is put in, who takes it, and what becomes of it. */

#define NOW   G_GINT64_CONSTANT (1500000000000000)
#define LEASE G_GINT64_CONSTANT (1000000)

static void
open_outbox (StoreFixture *fixture)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (bitket_outbox_set_state (fixture->db, BITKET_OUTBOX_OPEN, &error));
  g_assert_no_error (error);
}

static void
enqueue (StoreFixture *fixture, const char *ownership, gint64 now_us)
{
  g_autoptr (GError) error = NULL;

  store_test_begin (fixture->db);
  g_assert_true (bitket_mail_enqueue (fixture->db, ownership, now_us, &error));
  g_assert_no_error (error);
  store_test_commit (fixture->db);
}

static void
make_tickets (StoreFixture *fixture, char (*ownerships)[BITKET_ID_SIZE], guint n)
{
  g_auto (SmallEvent) event = { "" };

  store_test_begin (fixture->db);
  small_event_make (&event, fixture->db);
  for (guint i = 0; i < n; i++)
    small_event_add_ticket (&event, fixture->db, ownerships[i]);
  store_test_commit (fixture->db);
}

/* Returns: whether there was one */
static gboolean
claim (BitketDb *db, gint64 now_us, BitketOutboxItem *item, gint64 *next_us)
{
  g_autoptr (GError) error = NULL;
  gboolean success = bitket_outbox_claim (db, now_us, LEASE, item, next_us, &error);

  g_assert_no_error (error);
  return success;
}

/* Nothing piles up where no mail is sent. */
static void
test_closed (StoreFixture *fixture)
{
  char ownership[1][BITKET_ID_SIZE];
  g_autoptr (GError) error = NULL;

  make_tickets (fixture, ownership, 1);
  g_assert_cmpint (bitket_outbox_get_state (fixture->db, &error), ==, BITKET_OUTBOX_CLOSED);
  enqueue (fixture, ownership[0], NOW);
  g_assert_cmpint (store_test_get_int (fixture->db, "SELECT COUNT (*) FROM mails"), ==, 0);
  open_outbox (fixture);
  g_assert_cmpint (bitket_outbox_get_state (fixture->db, &error), ==, BITKET_OUTBOX_OPEN);
  enqueue (fixture, ownership[0], NOW);
  g_assert_cmpint (store_test_get_int (fixture->db, "SELECT COUNT (*) FROM mails"), ==, 1);
  g_assert_true (bitket_outbox_set_state (fixture->db, BITKET_OUTBOX_CLOSED, &error));
  g_assert_cmpint (bitket_outbox_get_state (fixture->db, &error), ==, BITKET_OUTBOX_CLOSED);
  g_assert_no_error (error);
}

/* What is undone was never to be sent; an ownership that is none is an error. */
static void
test_transaction (StoreFixture *fixture)
{
  char ownership[1][BITKET_ID_SIZE];
  g_autoptr (GError) error = NULL;

  open_outbox (fixture);
  make_tickets (fixture, ownership, 1);
  store_test_begin (fixture->db);
  g_assert_true (bitket_mail_enqueue (fixture->db, ownership[0], NOW, &error));
  bitket_db_rollback (fixture->db);
  g_assert_cmpint (store_test_get_int (fixture->db, "SELECT COUNT (*) FROM mails"), ==, 0);
  store_test_begin (fixture->db);
  g_assert_false (bitket_mail_enqueue (fixture->db, "nobody's", NOW, &error));
  g_assert_error (error, BITKET_DB_ERROR, BITKET_DB_ERROR_CONSTRAINT);
  bitket_db_rollback (fixture->db);
}

static void
test_order (StoreFixture *fixture)
{
  char ownerships[3][BITKET_ID_SIZE];
  BitketOutboxItem item;
  gint64 next_us = 0;

  open_outbox (fixture);
  make_tickets (fixture, ownerships, 3);
  g_assert_false (claim (fixture->db, NOW, &item, &next_us));
  g_assert_cmpint (next_us, ==, G_MAXINT64);
  for (int i = 2; i >= 0; i--)
    enqueue (fixture, ownerships[i], NOW - i);
  for (int i = 2; i >= 0; i--)
    {
      g_assert_true (claim (fixture->db, NOW, &item, &next_us));
      g_assert_cmpstr (item.ownership, ==, ownerships[i]);
      g_assert_cmpint (item.n_attempts, ==, 1);
    }
  /* All three are somebody's until their lease is over. */
  g_assert_false (claim (fixture->db, NOW, &item, &next_us));
  g_assert_cmpint (next_us, ==, NOW + LEASE);
  g_assert_true (claim (fixture->db, NOW + LEASE, &item, &next_us));
  g_assert_cmpint (item.n_attempts, ==, 2);
}

static void
test_finish (StoreFixture *fixture)
{
  char ownership[1][BITKET_ID_SIZE];
  BitketOutboxItem item, again;
  gint64 next_us;
  g_autoptr (GError) error = NULL;

  open_outbox (fixture);
  make_tickets (fixture, ownership, 1);
  enqueue (fixture, ownership[0], NOW);
  g_assert_true (claim (fixture->db, NOW, &item, &next_us));
  g_assert_true (bitket_outbox_finish (fixture->db, &item, &error));
  g_assert_cmpint (store_test_get_int (fixture->db, "SELECT COUNT (*) FROM mails"), ==, 0);

  /* Asked for again while it was under way: it is sent once more. */
  enqueue (fixture, ownership[0], NOW);
  g_assert_true (claim (fixture->db, NOW, &item, &next_us));
  enqueue (fixture, ownership[0], NOW + 1);
  g_assert_true (bitket_outbox_finish (fixture->db, &item, &error));
  g_assert_true (claim (fixture->db, NOW + 1, &again, &next_us));
  g_assert_cmpstr (again.ownership, ==, ownership[0]);
  /* Who lost it to somebody else by being too slow takes nothing away. */
  g_assert_true (bitket_outbox_finish (fixture->db, &item, &error));
  g_assert_true (bitket_outbox_postpone (fixture->db, &item, NOW, 0, "too late", &error));
  g_assert_cmpint (
      store_test_get_int (fixture->db, "SELECT COUNT (*) FROM mails WHERE given_up IS NULL"), ==,
      1);
  g_assert_true (bitket_outbox_finish (fixture->db, &again, &error));
  g_assert_cmpint (store_test_get_int (fixture->db, "SELECT COUNT (*) FROM mails"), ==, 0);
  g_assert_no_error (error);
}

static void
test_postpone (StoreFixture *fixture)
{
  char ownership[1][BITKET_ID_SIZE];
  BitketOutboxItem item;
  gint64 next_us = 0;
  g_autoptr (GError) error = NULL;
  g_autofree char *reason = NULL;

  open_outbox (fixture);
  make_tickets (fixture, ownership, 1);
  enqueue (fixture, ownership[0], NOW);
  g_assert_true (claim (fixture->db, NOW, &item, &next_us));
  g_assert_true (bitket_outbox_postpone (fixture->db, &item, NOW, NOW + 7, "busy", &error));
  g_assert_false (claim (fixture->db, NOW + 6, &item, &next_us));
  g_assert_cmpint (next_us, ==, NOW + 7);
  g_assert_true (claim (fixture->db, NOW + 7, &item, &next_us));
  g_assert_cmpint (item.n_attempts, ==, 2);
  g_assert_true (bitket_outbox_postpone (fixture->db, &item, NOW, 0, "no such mailbox", &error));
  g_assert_no_error (error);
  g_assert_false (claim (fixture->db, G_MAXINT64 - LEASE, &item, &next_us));
  g_assert_cmpint (next_us, ==, G_MAXINT64);
  reason = store_test_dup_text (fixture->db, "SELECT last_error FROM mails");
  g_assert_cmpstr (reason, ==, "no such mailbox");
  /* Asked for again, it is tried again from the beginning. */
  enqueue (fixture, ownership[0], NOW);
  g_assert_true (claim (fixture->db, NOW, &item, &next_us));
  g_assert_cmpint (item.n_attempts, ==, 1);
}

/* Several processes share the outbox: each mail is somebody's, once. */
#define N_WORKERS 4
#define N_MAILS   40

typedef struct
{
  const char *uri;
  guint n_taken;
} Taker;

static gpointer
take_all (gpointer data)
{
  Taker *taker = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketDb) db = bitket_store_open (taker->uri, BITKET_DB_OPEN_DEFAULT, &error);
  BitketOutboxItem item;
  gint64 next_us;

  g_assert_no_error (error);
  for (;;)
    {
      if (bitket_outbox_claim (db, NOW, LEASE, &item, &next_us, &error))
        {
          taker->n_taken++;
          g_assert_true (bitket_outbox_finish (db, &item, &error));
        }
      else if (!g_error_matches (error, BITKET_DB_ERROR, BITKET_DB_ERROR_BUSY))
        {
          break;
        }
      g_clear_error (&error);
    }
  g_assert_no_error (error);
  return NULL;
}

static void
test_many (StoreFixture *fixture)
{
  char ownerships[N_MAILS][BITKET_ID_SIZE];
  Taker takers[N_WORKERS] = { { 0 } };
  GThread *threads[N_WORKERS];
  guint n_taken = 0;

  open_outbox (fixture);
  make_tickets (fixture, ownerships, N_MAILS);
  for (guint i = 0; i < N_MAILS; i++)
    enqueue (fixture, ownerships[i], NOW);
  for (guint i = 0; i < N_WORKERS; i++)
    {
      takers[i].uri = fixture->uri;
      threads[i] = g_thread_new ("taker", take_all, &takers[i]);
    }
  for (guint i = 0; i < N_WORKERS; i++)
    {
      g_thread_join (threads[i]);
      n_taken += takers[i].n_taken;
    }
  g_assert_cmpuint (n_taken, ==, N_MAILS);
  g_assert_cmpint (store_test_get_int (fixture->db, "SELECT COUNT (*) FROM mails"), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  store_test_add ("service/outbox/closed", test_closed);
  store_test_add ("service/outbox/transaction", test_transaction);
  store_test_add ("service/outbox/order", test_order);
  store_test_add ("service/outbox/finish", test_finish);
  store_test_add ("service/outbox/postpone", test_postpone);
  store_test_add ("service/outbox/many", test_many);
  return g_test_run ();
}
