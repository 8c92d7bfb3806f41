/* SPDX-License-Identifier: MIT */

/* bench-door: what a verdict from the cache costs, with 1,000, 100,000 and 1,000,000 tickets.
 *
 * decide: parse the QR, look the ticket up, verify its signature, ask the rule. Its peer is a bare
 * keyed SELECT of SQLite on the same file plus one Ed25519 verification of libsodium: less cannot
 * be done. write: the same and the durable commit of the entry; its peer is a bare one-row commit
 * of SQLite, with the same synchronous=FULL, on the same disk. Both sides take turns. */

#include <glib/gstdio.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bitket-door-judge.h"
#include "bitket-time.h"
#include "door-fixture.h"

#define N_DECISIONS 5000
#define N_PASSES    3
#define N_WRITES    300
#define N_SEARCHES  20
#define CHUNK       20000

/* The goals of docs/door.md. */
#define MAX_P99_MS    1.0
#define MAX_GROWTH    1.5
#define MAX_SEARCH_MS 100.0
#define MAX_START_MS  2000.0

typedef struct
{
  double decide[N_DECISIONS], peer[N_DECISIONS]; /* µs */
  double write[N_WRITES], commit[N_WRITES];
  double search[N_SEARCHES];
  double start_ms, index_ms;
} Times;

typedef struct
{
  Fixture *fixture;
  guint n_tickets;
  FixtureTicket *picks; /* N_DECISIONS + N_WRITES of the tickets */
  BitketDoorStore *store;
  BitketDoorJudge *judge;
  sqlite3 *plain;        /* the same file, read */
  sqlite3_stmt *look_up; /* of plain */
  sqlite3 *log;          /* another file, written */
  sqlite3_stmt *insert;  /* of log */
  Times times;
} Bench;

static void
require (gboolean is_fine, const char *what)
{
  if (is_fine)
    return;
  fprintf (stderr, "bench-door: could not %s\n", what);
  exit (1);
}

static gint64
read_clock (clockid_t clock)
{
  struct timespec now;

  clock_gettime (clock, &now);
  return now.tv_sec * G_GINT64_CONSTANT (1000000000) + now.tv_nsec;
}

static gint64
get_ns (void)
{
  return read_clock (CLOCK_MONOTONIC);
}

static double
get_us (gint64 since_ns)
{
  return (double) (get_ns () - since_ns) / 1000.0;
}

/* What one decision costs is told in this thread's own time: on a machine that others use, one in a
 * hundred is interrupted for longer than it takes. */
static gint64
get_cpu_ns (void)
{
  return read_clock (CLOCK_THREAD_CPUTIME_ID);
}

static double
get_cpu_us (gint64 since_ns)
{
  return (double) (get_cpu_ns () - since_ns) / 1000.0;
}

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  double left = *(const double *) a, right = *(const double *) b;

  return (left > right) - (left < right);
}

static double
get_percentile (const double *values, guint n, double percent)
{
  g_autofree double *sorted = g_memdup2 (values, n * sizeof *values);

  qsort (sorted, n, sizeof *sorted, compare_doubles);
  return sorted[(guint) ((n - 1) * percent / 100.0)];
}

/* Filling the cache. */

static void
fill_ticket (Bench *bench, FixtureTicket *ticket, BitketDoorTicket *row, guint i)
{
  static const char *const names[] = { "Åsa", "Bo", "Cecilia", "Disa", "Erik", "Frida", "Göran" };
  const BitketFeedTicketType *type = g_ptr_array_index (bench->fixture->event->ticket_types, 0);

  *ticket = fixture_make (bench->fixture, NULL);
  g_strlcpy (row->ownership, ticket->ownership, sizeof row->ownership);
  g_strlcpy (row->ticket, ticket->ownership, sizeof row->ticket);
  g_strlcpy (row->ticket_type, type->id, sizeof row->ticket_type);
  bitket_key_hash_code (&bench->fixture->door_key, ticket->ownership, ticket->code, row->code_hash);
  row->state = BITKET_TICKET_STATE_VALID;
  row->name = g_strdup_printf ("%s Andersson %u", names[i % G_N_ELEMENTS (names)], i);
  row->email = g_strdup_printf ("person%u@student.example", i);
}

static void
fill_cache (Bench *bench)
{
  guint n_picks = N_DECISIONS + N_WRITES;

  bench->picks = g_new0 (FixtureTicket, n_picks);
  for (guint i = 0; i < bench->n_tickets; i++)
    {
      g_autoptr (BitketDoorTicket) row = g_new0 (BitketDoorTicket, 1);
      FixtureTicket ticket;
      guint pick = (guint) (((guint64) i * n_picks) / bench->n_tickets);

      if (i % CHUNK == 0)
        require (bitket_door_store_begin (bench->store, NULL), "begin");
      fill_ticket (bench, &ticket, row, i);
      require (bitket_door_store_put_ticket (bench->store, row, NULL, NULL), "put a ticket");
      for (; pick < n_picks && (guint64) pick * bench->n_tickets < (guint64) (i + 1) * n_picks;
           pick++)
        bench->picks[pick] = ticket;
      if (i % CHUNK == CHUNK - 1 || i + 1 == bench->n_tickets)
        require (bitket_door_store_commit (bench->store, NULL), "commit");
    }
  /* Not in the order in which they were put. */
  for (guint i = n_picks - 1; i > 0; i--)
    {
      guint other = (guint) g_random_int_range (0, (int) i + 1);
      FixtureTicket swap = bench->picks[i];

      bench->picks[i] = bench->picks[other];
      bench->picks[other] = swap;
    }
}

/* Measuring. */

static GBytes *
make_qr (Bench *bench, guint pick)
{
  char *qr = fixture_qr (bench->fixture, &bench->picks[pick], QR_SIGNED);

  return g_bytes_new_take (qr, strlen (qr));
}

static BitketDoorDecision *
decide (Bench *bench, GBytes *qr)
{
  const BitketDoorMoment moment = { bench->fixture->now_us, 0, TRUE };

  return bitket_door_judge_scan (bench->judge, qr, BITKET_SCAN_SOURCE_CAMERA, &moment);
}

/* The least that there is: the row by its key, and one signature. */
static double
measure_peer (Bench *bench, const FixtureTicket *ticket)
{
  guint8 message[132], signature[crypto_sign_BYTES];
  const guint8 *public_key =
      g_bytes_get_data (g_ptr_array_index (bench->fixture->event->verify_keys, 0), NULL);
  gint64 begin_ns;

  memset (message, 'x', sizeof message);
  crypto_sign_detached (signature, NULL, message, sizeof message, bench->fixture->sign_key);
  begin_ns = get_cpu_ns ();
  sqlite3_reset (bench->look_up);
  sqlite3_bind_text (bench->look_up, 1, ticket->ownership, -1, SQLITE_STATIC);
  require (sqlite3_step (bench->look_up) == SQLITE_ROW, "look a ticket up");
  require (crypto_sign_verify_detached (signature, message, sizeof message, public_key) == 0,
           "verify");
  return get_cpu_us (begin_ns);
}

static void
measure_decision (Bench *bench, guint i, guint pass)
{
  g_autoptr (GBytes) qr = make_qr (bench, i);
  gint64 begin_ns = get_cpu_ns ();
  g_autoptr (BitketDoorDecision) decision = decide (bench, qr);
  double us = get_cpu_us (begin_ns);
  double peer_us = measure_peer (bench, &bench->picks[i]);

  require (decision->reason == BITKET_REASON_VALID, "decide");
  bench->times.decide[i] = pass == 0 ? us : MIN (bench->times.decide[i], us);
  bench->times.peer[i] = pass == 0 ? peer_us : MIN (bench->times.peer[i], peer_us);
}

/* Of each ticket the best of three passes: what the work costs, not what the machine did beside it.
 * Between two passes lie thousands of other tickets. */
static void
measure_decisions (Bench *bench)
{
  for (guint pass = 0; pass < N_PASSES; pass++)
    for (guint i = 0; i < N_DECISIONS; i++)
      measure_decision (bench, i, pass);
}

static double
measure_commit (Bench *bench, guint i)
{
  gint64 begin_ns = get_ns ();

  sqlite3_reset (bench->insert);
  sqlite3_bind_int64 (bench->insert, 1, i);
  require (sqlite3_step (bench->insert) == SQLITE_DONE, "commit a row");
  return get_us (begin_ns);
}

static void
measure_writes (Bench *bench)
{
  for (guint i = 0; i < N_WRITES; i++)
    {
      g_autoptr (GBytes) qr = make_qr (bench, N_DECISIONS + i);
      gint64 begin_ns = get_ns ();
      g_autoptr (BitketDoorDecision) decision = decide (bench, qr);

      bitket_door_judge_record (bench->judge, decision);
      bench->times.write[i] = get_us (begin_ns);
      bench->times.commit[i] = measure_commit (bench, i);
    }
}

static void
measure_searches (Bench *bench)
{
  gboolean is_complete = FALSE;
  gint64 begin_ns = get_ns ();

  while (!is_complete)
    require (bitket_door_store_index_more (bench->store, 2000, &is_complete, NULL), "index");
  bench->times.index_ms = get_us (begin_ns) / 1000;
  for (guint i = 0; i < N_SEARCHES; i++)
    {
      g_autofree char *query = g_strdup_printf ("frida %u", 41 + 7 * i);
      g_autoptr (GPtrArray) hits = NULL;

      begin_ns = get_ns ();
      hits = bitket_door_store_search (bench->store, &bench->fixture->door_key, query, 20, NULL);
      bench->times.search[i] = get_us (begin_ns);
      require (hits != NULL, "search");
    }
}

/* From nothing to a verdict. */
static void
measure_start (Bench *bench)
{
  g_autoptr (GBytes) qr = make_qr (bench, 0);
  g_autoptr (BitketDoorDecision) decision = NULL;
  gint64 begin_ns = get_ns ();

  bench->store = bitket_door_store_open (bench->fixture->state_dir, &bench->fixture->seal_key,
                                         BITKET_DOOR_STORE_DEFAULT, NULL);
  require (bench->store != NULL, "open the cache");
  bench->judge = bitket_door_judge_new (bench->store, &bench->fixture->door_key, FIXTURE_DOOR);
  decision = decide (bench, qr);
  bench->times.start_ms = get_us (begin_ns) / 1000;
  require (decision->reason == BITKET_REASON_VALID, "decide after the start");
}

static void
close_store (Bench *bench)
{
  g_clear_pointer (&bench->judge, bitket_door_judge_free);
  g_clear_pointer (&bench->store, bitket_door_store_close);
}

static void
open_peers (Bench *bench)
{
  g_autofree char *cache = g_build_filename (bench->fixture->state_dir, "door.db", NULL);
  g_autofree char *log = g_build_filename (bench->fixture->dir, "log.db", NULL);

  require (sqlite3_open (cache, &bench->plain) == SQLITE_OK &&
               sqlite3_exec (bench->plain, "PRAGMA cache_size = -65536", NULL, NULL, NULL) ==
                   SQLITE_OK &&
               sqlite3_prepare_v2 (bench->plain, "SELECT * FROM tickets WHERE ownership = ?1", -1,
                                   &bench->look_up, NULL) == SQLITE_OK,
           "open the cache beside the store");
  require (sqlite3_open (log, &bench->log) == SQLITE_OK &&
               sqlite3_exec (bench->log,
                             "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                             "CREATE TABLE log (n BIGINT)",
                             NULL, NULL, NULL) == SQLITE_OK &&
               sqlite3_prepare_v2 (bench->log, "INSERT INTO log (n) VALUES (?1)", -1,
                                   &bench->insert, NULL) == SQLITE_OK,
           "make a log");
}

static void
close_peers (Bench *bench)
{
  sqlite3_finalize (bench->look_up);
  sqlite3_finalize (bench->insert);
  sqlite3_close (bench->plain);
  sqlite3_close (bench->log);
}

static void
run (Bench *bench, guint n_tickets)
{
  bench->n_tickets = n_tickets;
  bench->fixture = fixture_new ();
  fixture_feed (bench->fixture);
  bench->store = bitket_door_store_open (bench->fixture->state_dir, &bench->fixture->seal_key,
                                         BITKET_DOOR_STORE_DEFAULT, NULL);
  require (bench->store != NULL, "make a cache");
  fill_cache (bench);
  close_store (bench);
  measure_start (bench);
  open_peers (bench);
  measure_decisions (bench);
  measure_writes (bench);
  measure_searches (bench);
  close_peers (bench);
  close_store (bench);
  g_clear_pointer (&bench->picks, g_free);
  fixture_free (bench->fixture);
}

/* Telling. */

static void
print_pair (const char *what, const double *ours, const double *peer, guint n, const char *name)
{
  static const double percents[] = { 50, 99 };

  for (guint i = 0; i < G_N_ELEMENTS (percents); i++)
    {
      double mine = get_percentile (ours, n, percents[i]);
      double its = get_percentile (peer, n, percents[i]);

      printf ("  %-8s p%-3.0f %10.1f µs   %-34s %10.1f µs   ratio %5.2f\n", what, percents[i], mine,
              name, its, mine / its);
    }
}

static void
print_bound (const char *what, double value, double bound, const char *unit)
{
  printf ("  %-44s %10.2f %-3s bound %7.1f   ratio %5.2f  %s\n", what, value, unit, bound,
          value / bound, value <= bound ? "within" : "OVER");
}

static void
print_times (guint n_tickets, const Times *times)
{
  printf ("%u tickets\n", n_tickets);
  print_pair ("decide", times->decide, times->peer, N_DECISIONS, "bare SELECT and Ed25519");
  print_pair ("write", times->write, times->commit, N_WRITES, "bare durable one-row commit");
  print_bound ("decide, p99", get_percentile (times->decide, N_DECISIONS, 99) / 1000, MAX_P99_MS,
               "ms");
  print_bound ("start to the first verdict", times->start_ms, MAX_START_MS, "ms");
  print_bound ("search, median", get_percentile (times->search, N_SEARCHES, 50) / 1000,
               MAX_SEARCH_MS, "ms");
  printf ("  (its index is made once, in steps: %.0f ms)\n", times->index_ms);
  fflush (stdout);
}

int
main (int argc, char **argv)
{
  static const guint sizes[] = { 1000, 100000, 1000000 };
  static Bench benches[G_N_ELEMENTS (sizes)];
  guint n = G_N_ELEMENTS (sizes);

  /* The fixture asks for a test's surroundings. */
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < n; i++)
    {
      run (&benches[i], sizes[i]);
      print_times (sizes[i], &benches[i].times);
    }
  printf ("from %u to %u tickets\n", sizes[0], sizes[n - 1]);
  print_bound ("decide, p50, grows by the factor",
               get_percentile (benches[n - 1].times.decide, N_DECISIONS, 50) /
                   get_percentile (benches[0].times.decide, N_DECISIONS, 50),
               MAX_GROWTH, "");
  print_bound ("decide, p99, grows by the factor",
               get_percentile (benches[n - 1].times.decide, N_DECISIONS, 99) /
                   get_percentile (benches[0].times.decide, N_DECISIONS, 99),
               MAX_GROWTH, "");
  return 0;
}
