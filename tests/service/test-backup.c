/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

/* A copy that is made while people buy, with the commands that docs/operating.md names, and a
 * service that goes on with it. */

#include <glib/gstdio.h>
#include <string.h>

#include "bitketd-fixture.h"

#define MERCH       "882aebf7-23fc-5283-b207-5975af855690"
#define ACCESS_CODE "9b2da194-cac6-5f0a-869d-11af71ab6895"
#define PRERELEASE  "1f913689-0031-5395-b089-d09b3206c5f6"
#define N_AT_ONCE   10
#define SANDBOX     "[payments]\nprovider = sandbox\n"

#define ORDER(codes, type, amount)                                                                 \
  "{\"access_codes\":[" codes "],\"tickets\":[{\"ticket_type\":\"" type                            \
  "\",\"variation_choices\":[]}],\"payment\":{\"type\":\"stripe\",\"payload\":\"tok_visa\","       \
  "\"amount\":\"" amount "\"},\"user\":{}}"

/* What must not be lost on the way. */
typedef struct
{
  char *buyer;    /* (owned) "JWT …" */
  char *path;     /* (owned) of a purchase */
  char *purchase; /* (owned) what it is answered, without the host */
  char *token;    /* (owned) of a link with an access code */
  gint64 n_tickets;
} Before;

static void
before_clear (Before *before)
{
  g_free (before->buyer);
  g_free (before->path);
  g_free (before->purchase);
  g_free (before->token);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Before, before_clear)

static gint64
get_int (BitketDb *db, const char *sql)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketStatement) statement = bitket_db_prepare (db, sql, &error);

  g_assert_no_error (error);
  g_assert_true (bitket_statement_step (statement, &error));
  return bitket_statement_get_int64 (statement, 0);
}

static gint64
count_tickets (Bitketd *bitketd)
{
  g_autoptr (BitketDb) db = bitketd_open_db (bitketd);

  return get_int (db, "SELECT COUNT (*) FROM tickets");
}

/* Returns: (transfer full): the purchase as its buyer sees it, without the host */
static char *
describe (Bitketd *bitketd, const char *path, const char *who)
{
  g_autoptr (Answer) answer = bitketd_expect (bitketd, "GET", path, who, NULL, 200);
  g_autoptr (GString) text = g_string_new (answer->text);

  g_string_replace (text, bitketd->url, "", 0);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static guint
count_bought (Answer *answer)
{
  if (answer->status != 207)
    g_test_message ("%u %s", answer->status, answer->text);
  g_assert_cmpuint (answer->status, ==, 207);
  return json_array_get_length (
      json_object_get_array_member (json_node_get_object (answer->json), "tickets"));
}

/* Returns: (transfer full): the path of the only one */
static char *
find_purchase (Bitketd *bitketd)
{
  g_autoptr (BitketDb) db = bitketd_open_db (bitketd);
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketStatement) statement =
      bitket_db_prepare (db, "SELECT id FROM purchases", &error);

  g_assert_no_error (error);
  g_assert_true (bitket_statement_step (statement, &error));
  return g_strdup_printf ("/api/purchases/%s/", bitket_statement_get_text (statement, 0));
}

static void
prepare (Before *before, Bitketd *bitketd)
{
  g_autofree char *organizer = NULL;
  g_autoptr (Answer) bought = NULL;
  g_autoptr (Answer) code = NULL;

  bitketd_configure (bitketd, SANDBOX);
  before->buyer = bitketd_jwt (bitketd, "dave@example.com");
  bought = bitketd_ask_with (bitketd, "POST", "/api/purchases/", before->buyer,
                             ORDER ("", MERCH, "25.50"), "Idempotency-Key", "before");
  g_assert_cmpuint (count_bought (bought), ==, 1);
  before->path = find_purchase (bitketd);
  before->purchase = describe (bitketd, before->path, before->buyer);
  organizer = bitketd_enlist (bitketd, "bob@example.com", WORLD_ORG, "organizer");
  code =
      bitketd_expect (bitketd, "GET", "/api/access-codes/" ACCESS_CODE "/", organizer, NULL, 200);
  before->token = g_strdup (answer_get_text (code, "token"));
  before->n_tickets = count_tickets (bitketd);
}

/* Some buy, and get, a ticket each. */
static void
buy_at_once (Bitketd *bitketd, const char *who)
{
  Question questions[N_AT_ONCE];
  g_autoptr (GPtrArray) answers = NULL;

  for (guint i = 0; i < N_AT_ONCE; i++)
    questions[i] =
        (Question) { "POST", "/api/purchases/", who, ORDER ("", MERCH, "25.50"), NULL, NULL };
  answers = bitketd_ask_at_once (bitketd, questions, N_AT_ONCE);
  g_assert_cmpuint (answers_count (answers, 207), ==, N_AT_ONCE);
}

/* Runs a command to its end while people buy. */
static void
run_while_buying (Bitketd *bitketd, const char *who, const char *const *argv)
{
  g_autoptr (BitketTestProcess) process = bitket_test_process_spawn (argv, NULL);
  int status;

  do
    buy_at_once (bitketd, who);
  while (bitket_test_process_get_pid (process) != 0);
  status = bitket_test_process_wait (process, 60);
  if (status != 0)
    g_test_message ("%s: %s", argv[0], bitket_test_process_get_errors (process));
  g_assert_cmpint (status, ==, 0);
}

static void
run (const char *const *argv)
{
  g_autofree char *errors = NULL;
  int status = bitket_test_run (argv, NULL, NULL, NULL, &errors);

  if (status != 0)
    g_test_message ("%s: %s", argv[0], errors);
  g_assert_cmpint (status, ==, 0);
}

/* Returns: (transfer full): the address of the restored database */
static char *
copy_sqlite (Bitketd *bitketd, const char *who)
{
  g_autofree char *copy = g_build_filename (bitketd->dir, "copy.db", NULL);
  g_autofree char *restored = g_build_filename (bitketd->dir, "restored.db", NULL);
  const char *backup[] = { g_getenv ("BITKETD"), "backup", "--database", bitketd->uri, copy, NULL };
  const char *install[] = { "install", "--mode=0600", copy, restored, NULL };

  run_while_buying (bitketd, who, backup);
  run (install);
  return g_strconcat ("sqlite:", restored, NULL);
}

static char *
copy_postgresql (Bitketd *bitketd, const char *who)
{
  g_autofree char *copy = g_build_filename (bitketd->dir, "copy", NULL);
  g_autofree char *uri = bitket_test_postgresql_uri ();
  const char *from = bitketd->uri + strlen ("postgresql:");
  const char *to = uri + strlen ("postgresql:");
  const char *dump[] = { "pg_dump", "--format=custom", "--file", copy, "--dbname", from, NULL };
  const char *restore[] = { "pg_restore", "--exit-on-error",
                            "--no-owner", "--single-transaction",
                            "--dbname",   to,
                            copy,         NULL };

  run_while_buying (bitketd, who, dump);
  run (restore);
  return g_steal_pointer (&uri);
}

#define TAKEN "t.pending = 0 AND t.refunded IS NULL"

/* What counts what, in the copy as it was made: one state, although people bought. */
static void
assert_agrees (BitketDb *db, const Before *before, gint64 n_at_most)
{
  static const char *const none[] = {
    "SELECT COUNT (*) FROM stock s WHERE s.sold <>"
    " (SELECT COUNT (*) FROM tickets t WHERE t.ticket_type = s.ticket_type AND " TAKEN ")",
    "SELECT COUNT (*) FROM tickets t WHERE " TAKEN
    " AND NOT EXISTS (SELECT 1 FROM stock s WHERE s.ticket_type = t.ticket_type)",
    "SELECT COUNT (*) FROM choice_stock s WHERE s.sold <>"
    " (SELECT COUNT (*) FROM tickets_variation_choices c JOIN tickets t ON t.id = c.ticket"
    " WHERE c.target = s.choice AND " TAKEN ")",
    "SELECT COUNT (*) FROM stock s WHERE s.reserved <> (SELECT COUNT (*) FROM purchase_items i"
    " WHERE i.ticket_type = s.ticket_type AND i.state = 'reserved')",
    "SELECT COUNT (*) FROM tickets t WHERE NOT EXISTS"
    " (SELECT 1 FROM ticket_ownerships o WHERE o.ticket = t.id)",
    "SELECT COUNT (*) FROM purchase_items i WHERE i.state = 'sold' AND NOT EXISTS"
    " (SELECT 1 FROM tickets t WHERE t.id = i.ticket)",
  };
  gint64 n = get_int (db, "SELECT COUNT (*) FROM tickets");

  g_test_message ("%" G_GINT64_FORMAT " tickets, of %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, n,
                  before->n_tickets, n_at_most);
  g_assert_cmpint (n, >=, before->n_tickets);
  g_assert_cmpint (n, <=, n_at_most);
  for (gsize i = 0; i < G_N_ELEMENTS (none); i++)
    {
      g_test_message ("%s", none[i]);
      g_assert_cmpint (get_int (db, none[i]), ==, 0);
    }
}

static gboolean
is_nothing_open (gpointer data)
{
  return get_int (data, "SELECT COUNT (*) FROM purchases WHERE state IN ('queued', 'paying')") == 0;
}

/* What was being bought when the copy was made is taken to its end. */
static void
assert_settles (Bitketd *restored, const Before *before, gint64 n_at_most)
{
  g_autoptr (BitketDb) db = bitketd_open_db (restored);

  g_assert_true (bitket_test_wait_until (is_nothing_open, db, 120));
  assert_agrees (db, before, n_at_most);
}

/* Old tokens and links are taken, and what is bought is counted. */
static void
assert_goes_on (Bitketd *restored, const Before *before)
{
  g_autoptr (BitketDb) db = bitketd_open_db (restored);
  const char *sold_sql = "SELECT sold FROM stock WHERE ticket_type = '" MERCH "'";
  gint64 sold = get_int (db, sold_sql);
  g_autofree char *purchase = describe (restored, before->path, before->buyer);
  g_autofree char *quoted = g_strdup_printf ("\"%s\"", before->token);
  g_autofree char *order = g_strdup_printf (ORDER ("%s", PRERELEASE, "80.00"), quoted);
  g_autofree char *broken = NULL;
  g_autoptr (Answer) again = NULL;
  g_autoptr (Answer) bought = NULL;
  g_autoptr (Answer) linked = NULL;
  g_autoptr (Answer) refused = NULL;

  g_assert_cmpstr (purchase, ==, before->purchase);
  /* The same purchase as before, not a second one. */
  again = bitketd_ask_with (restored, "POST", "/api/purchases/", before->buyer,
                            ORDER ("", MERCH, "25.50"), "Idempotency-Key", "before");
  g_assert_cmpuint (count_bought (again), ==, 1);
  g_assert_cmpint (get_int (db, sold_sql), ==, sold);
  bought =
      bitketd_ask (restored, "POST", "/api/purchases/", before->buyer, ORDER ("", MERCH, "25.50"));
  g_assert_cmpuint (count_bought (bought), ==, 1);
  g_assert_cmpint (get_int (db, sold_sql), ==, sold + 1);

  quoted[1] = quoted[1] == 'x' ? 'y' : 'x';
  broken = g_strdup_printf (ORDER ("%s", PRERELEASE, "80.00"), quoted);
  refused = bitketd_expect (restored, "POST", "/api/purchases/", before->buyer, broken, 400);
  linked = bitketd_ask (restored, "POST", "/api/purchases/", before->buyer, order);
  g_assert_cmpuint (count_bought (linked), ==, 1);
}

static void
test_restored (Bitketd *bitketd)
{
  g_auto (Before) before = { 0 };
  gboolean is_sqlite = g_str_has_prefix (bitketd->uri, "sqlite:");
  g_autofree char *uri = NULL;
  Bitketd restored = *bitketd;
  gint64 n_after;

  prepare (&before, bitketd);
  uri = is_sqlite ? copy_sqlite (bitketd, before.buyer) : copy_postgresql (bitketd, before.buyer);
  n_after = count_tickets (bitketd);
  g_assert_cmpint (n_after, >=, before.n_tickets + N_AT_ONCE);
  bitketd_stop (bitketd);

  restored = *bitketd;
  restored.uri = uri;
  restored.url = NULL;
  restored.session = NULL;
  {
    g_autoptr (BitketDb) db = bitketd_open_db (&restored);

    assert_agrees (db, &before, n_after);
  }
  bitketd_start (&restored);
  assert_settles (&restored, &before, n_after);
  assert_goes_on (&restored, &before);
  bitketd_stop (&restored);
  g_clear_object (&restored.session);
  g_free (restored.url);
  if (!is_sqlite)
    bitket_test_drop_postgresql (uri);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bitketd_test_add ("service/backup/restored", test_restored);
  return g_test_run ();
}
