/* SPDX-License-Identifier: MIT */

/* bench-queue: the parts of the purchase queue's bench that want a program.
 *
 *   bench-queue prepare DATABASE BUYERS TICKETS SOLD   an event on sale, with SOLD tickets sold
 *   bench-queue commits DATABASE SECONDS               durable commits a second of one client
 *   bench-queue buy TYPE BUYERS DECLINED SECRET URL…   all of them buy a ticket, at once
 *
 * What comes out is one JSON object. Buyers are sockets of one epoll loop, because what they cost
 * must not count; each has a connection of its own, and all are there from the beginning. */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bitket-jwt.h"
#include "bitket-records.h"
#include "bitket-store.h"

#define ORGANIZATION "10000000-0000-4000-8000-000000000001"
#define EVENT        "20000000-0000-4000-8000-000000000001"
#define TICKET_TYPE  "30000000-0000-4000-8000-000000000001"
#define PRICE_ORE    10000
#define ACCOUNT      "acct_standin"
#define BATCH        1000

static void
fail (const char *what, const GError *error)
{
  fprintf (stderr, "bench-queue: could not %s: %s\n", what,
           error != NULL ? error->message : g_strerror (errno));
  exit (1);
}

static void
require (gboolean is_fine, const char *what, const GError *error)
{
  if (!is_fine)
    fail (what, error);
}

static char *
make_email (guint i)
{
  return g_strdup_printf ("buyer%u@example.com", i);
}

static void
insert (BitketDb *db, BitketRecord *record)
{
  g_autoptr (GError) error = NULL;

  require (bitket_store_insert (db, record, &error), "insert", error);
}

static void
insert_catalogue (BitketDb *db, gint64 n_tickets)
{
  g_autoptr (BitketRecord) organization = bitket_record_new (&bitket_organization_schema);
  g_autoptr (BitketRecord) event = bitket_record_new (&bitket_event_schema);
  g_autoptr (BitketRecord) type = bitket_record_new (&bitket_ticket_type_schema);

  bitket_record_set_text (organization, "id", ORGANIZATION);
  bitket_record_set_text (organization, "name", "Bench");
  bitket_record_set_text (organization, "slug", "bench");
  bitket_record_set_text (organization, "email", "bench@example.com");
  bitket_record_set_text (organization, "stripe_account_id", ACCOUNT);
  insert (db, organization);
  bitket_record_set_text (event, "id", EVENT);
  bitket_record_set_text (event, "organization", ORGANIZATION);
  bitket_record_set_text (event, "name", "Bench");
  bitket_record_set_text (event, "slug", "bench");
  bitket_record_set_boolean (event, "published", TRUE);
  insert (db, event);
  bitket_record_set_text (type, "id", TICKET_TYPE);
  bitket_record_set_text (type, "event", EVENT);
  bitket_record_set_text (type, "name", "Ticket");
  bitket_record_set_int64 (type, "price", PRICE_ORE);
  bitket_record_set_boolean (type, "is_published", TRUE);
  bitket_record_set_boolean (type, "is_generally_available", TRUE);
  bitket_record_set_int64 (type, "max_personal_quantity", 2);
  bitket_record_set_int64 (type, "max_total_quantity", n_tickets);
  insert (db, type);
}

static void
insert_user (BitketDb *db, const char *id, const char *email)
{
  g_autoptr (BitketRecord) user = bitket_record_new (&bitket_user_schema);

  bitket_record_set_text (user, "id", id);
  bitket_record_set_text (user, "name", "Buyer");
  bitket_record_set_text (user, "email", email);
  insert (db, user);
}

static void
begin (BitketDb *db)
{
  g_autoptr (GError) error = NULL;

  require (bitket_db_begin (db, BITKET_DB_TRANSACTION_WRITE, &error), "begin", error);
}

static void
commit (BitketDb *db)
{
  g_autoptr (GError) error = NULL;

  require (bitket_db_commit (db, &error), "commit", error);
}

static void
add_sold (BitketDb *db, guint n_sold)
{
  const char *user = "40000000-0000-4000-8000-000000000001";
  const BitketNewTicket ticket = { .ticket_type = TICKET_TYPE, .user = user, .created_us = 1 };

  insert_user (db, user, "earlier@example.com");
  for (guint i = 0; i < n_sold; i++)
    {
      g_autoptr (GError) error = NULL;
      char ownership[BITKET_ID_SIZE];

      require (bitket_store_make_ticket (db, &ticket, ownership, &error), "sell", error);
      if (i % BATCH == BATCH - 1)
        {
          commit (db);
          begin (db);
        }
    }
}

static int
prepare (const char *uri, guint n_buyers, guint n_tickets, guint n_sold)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketDb) db = bitket_store_open (uri, BITKET_DB_OPEN_DEFAULT, &error);

  require (db != NULL, "open the database", error);
  begin (db);
  insert_catalogue (db, (gint64) n_tickets + n_sold);
  add_sold (db, n_sold);
  for (guint i = 0; i < n_buyers; i++)
    {
      g_autofree char *id = g_uuid_string_random ();
      g_autofree char *email = make_email (i);

      insert_user (db, id, email);
    }
  commit (db);
  printf ("{\"ticket_type\": \"" TICKET_TYPE "\"}\n");
  return 0;
}

/* What a purchase cannot be faster than when it commits alone. */
static int
count_commits (const char *uri, double seconds)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketDb) db = bitket_store_open (uri, BITKET_DB_OPEN_DURABLE, &error);
  gint64 began_us, now_us;
  guint n = 0;

  require (db != NULL, "open the database", error);
  require (bitket_store_set_setting (db, "bench", "0", &error), "write", error);
  began_us = g_get_monotonic_time ();
  do
    {
      g_autofree char *text = g_strdup_printf ("%u", n);

      begin (db);
      require (bitket_store_set_setting (db, "bench", text, &error), "write", error);
      commit (db);
      n++;
      now_us = g_get_monotonic_time ();
    }
  while (now_us - began_us < (gint64) (seconds * G_USEC_PER_SEC));
  printf ("{\"commits_per_second\": %.1f}\n", n / ((double) (now_us - began_us) / G_USEC_PER_SEC));
  return 0;
}

typedef struct
{
  int fd;
  char *request; /* (owned) */
  gsize len, sent;
  GString *answer; /* (owned) */
  gint64 began_us;
  gint64 answered_us; /* 0: not yet */
  guint status;
  guint n_sold;
  gboolean is_declined_card;
} Buyer;

static char *
make_request (guint i, const char *type, const char *host, const char *secret, gboolean declines)
{
  g_autofree char *email = make_email (i);
  BitketCaller user = { .kind = BITKET_CALLER_USER, .email = email, .name = (char *) "Buyer" };
  gint64 now_us = g_get_real_time ();
  g_autofree char *token = bitket_jwt_encode (&user, secret, now_us / G_USEC_PER_SEC, now_us);
  g_autofree char *body = g_strdup_printf (
      "{\"access_codes\":[],\"tickets\":[{\"ticket_type\":\"/api/ticket-types/%s/\","
      "\"variation_choices\":[]}],\"payment\":{\"type\":\"stripe\",\"payload\":\"%s\","
      "\"amount\":\"100.00\"},\"user\":{\"nin\":null}}",
      type, declines ? "tok_chargeDeclined" : "tok_visa");

  return g_strdup_printf ("POST /api/purchases/ HTTP/1.1\r\nHost: %s\r\nAuthorization: JWT %s\r\n"
                          "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                          host, token, strlen (body), body);
}

static struct sockaddr_in
parse_url (const char *url)
{
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_NONE, NULL);
  struct sockaddr_in address = { .sin_family = AF_INET };

  require (uri != NULL, "read the address", NULL);
  address.sin_port = htons ((guint16) g_uri_get_port (uri));
  require (inet_pton (AF_INET, g_uri_get_host (uri), &address.sin_addr) == 1, "read the address",
           NULL);
  return address;
}

static void
connect_buyer (Buyer *buyer, guint i, const struct sockaddr_in *address, int epoll)
{
  struct epoll_event event = { .events = EPOLLIN | EPOLLOUT, .data.u32 = i };

  buyer->fd = socket (AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  require (buyer->fd >= 0, "make a socket", NULL);
  buyer->began_us = g_get_monotonic_time ();
  if (connect (buyer->fd, (const struct sockaddr *) address, sizeof *address) != 0 &&
      errno != EINPROGRESS)
    fail ("connect", NULL);
  require (epoll_ctl (epoll, EPOLL_CTL_ADD, buyer->fd, &event) == 0, "watch a socket", NULL);
}

static void
write_request (Buyer *buyer, guint i, int epoll)
{
  struct epoll_event event = { .events = EPOLLIN, .data.u32 = i };
  gssize n = send (buyer->fd, buyer->request + buyer->sent, buyer->len - buyer->sent, MSG_NOSIGNAL);

  if (n < 0 && errno == EAGAIN)
    return;
  require (n >= 0, "send a request", NULL);
  buyer->sent += (gsize) n;
  if (buyer->sent == buyer->len)
    epoll_ctl (epoll, EPOLL_CTL_MOD, buyer->fd, &event);
}

/* Whether the answer is whole: headers and as much as they say. */
static gboolean
is_whole (Buyer *buyer)
{
  const char *end = strstr (buyer->answer->str, "\r\n\r\n");
  const char *length;

  if (end == NULL)
    return FALSE;
  length = g_strstr_len (buyer->answer->str, end - buyer->answer->str, "Content-Length: ");
  if (length == NULL)
    return FALSE;
  return buyer->answer->len - (gsize) (end + 4 - buyer->answer->str) >=
         g_ascii_strtoull (length + strlen ("Content-Length: "), NULL, 10);
}

static guint
count_text (const char *text, const char *part)
{
  guint n = 0;

  for (const char *p = strstr (text, part); p != NULL; p = strstr (p + 1, part))
    n++;
  return n;
}

/* Returns: whether the buyer is through. */
static gboolean
read_answer (Buyer *buyer)
{
  char buffer[4096];
  gssize n = recv (buyer->fd, buffer, sizeof buffer, 0);

  if (n < 0 && errno == EAGAIN)
    return FALSE;
  if (n > 0)
    g_string_append_len (buyer->answer, buffer, n);
  if (n > 0 && !is_whole (buyer))
    return FALSE;
  buyer->answered_us = g_get_monotonic_time ();
  if (g_str_has_prefix (buyer->answer->str, "HTTP/1.1 "))
    buyer->status = (guint) g_ascii_strtoull (buyer->answer->str + strlen ("HTTP/1.1 "), NULL, 10);
  if (buyer->status == 207)
    buyer->n_sold = count_text (buyer->answer->str, "/api/tickets/");
  close (buyer->fd);
  return TRUE;
}

static int
compare_times (gconstpointer a, gconstpointer b)
{
  gint64 left = *(const gint64 *) a, right = *(const gint64 *) b;

  return left < right ? -1 : left > right;
}

static double
get_percentile (GArray *times, guint percent)
{
  return times->len == 0
             ? 0
             : (double) g_array_index (times, gint64, (times->len - 1) * percent / 100) / 1000;
}

static void
report (Buyer *buyers, guint n_buyers)
{
  g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (gint64));
  gint64 first_us = G_MAXINT64, last_us = 0, last_sale_us = 0;
  guint n_sold = 0, n_declined = 0, n_other = 0, n_sales = 0;

  for (guint i = 0; i < n_buyers; i++)
    {
      gint64 time_us = buyers[i].answered_us - buyers[i].began_us;

      g_array_append_val (times, time_us);
      first_us = MIN (first_us, buyers[i].began_us);
      last_us = MAX (last_us, buyers[i].answered_us);
      n_sold += buyers[i].n_sold;
      n_sales += buyers[i].n_sold > 0;
      if (buyers[i].n_sold > 0)
        last_sale_us = MAX (last_sale_us, buyers[i].answered_us);
      n_declined += buyers[i].status == 402;
      n_other += buyers[i].status != 402 && buyers[i].status != 207;
    }
  g_array_sort (times, compare_times);
  printf ("{\"sold\": %u, \"declined\": %u, \"other\": %u, \"answered\": %u, \"seconds\": %.3f,"
          " \"sale_seconds\": %.3f, \"completed\": %u, \"p50_ms\": %.1f, \"p95_ms\": %.1f,"
          " \"p99_ms\": %.1f}\n",
          n_sold, n_declined, n_other, times->len, (double) (last_us - first_us) / G_USEC_PER_SEC,
          (double) (MAX (last_sale_us, first_us + 1) - first_us) / G_USEC_PER_SEC,
          n_sales + n_declined, get_percentile (times, 50), get_percentile (times, 95),
          get_percentile (times, 99));
}

static void
serve_buyers (Buyer *buyers, guint n_buyers, int epoll)
{
  struct epoll_event events[256];
  guint n_open = n_buyers;

  while (n_open > 0)
    {
      int n = epoll_wait (epoll, events, G_N_ELEMENTS (events), -1);

      for (int i = 0; i < n; i++)
        {
          Buyer *buyer = &buyers[events[i].data.u32];

          if ((events[i].events & EPOLLOUT) != 0 && buyer->sent < buyer->len)
            write_request (buyer, events[i].data.u32, epoll);
          if ((events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && read_answer (buyer))
            n_open--;
        }
    }
}

static int
buy (const char *type, guint n_buyers, guint percent_declined, const char *secret, char **urls)
{
  g_autofree Buyer *buyers = g_new0 (Buyer, n_buyers);
  guint n_urls = g_strv_length (urls);
  int epoll = epoll_create1 (EPOLL_CLOEXEC);
  struct rlimit limit;

  getrlimit (RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit (RLIMIT_NOFILE, &limit);
  for (guint i = 0; i < n_buyers; i++)
    {
      const char *host = urls[i % n_urls] + strlen ("http://");

      buyers[i].is_declined_card = (i * 7919u) % 100 < percent_declined;
      buyers[i].request = make_request (i, type, host, secret, buyers[i].is_declined_card);
      buyers[i].len = strlen (buyers[i].request);
      buyers[i].answer = g_string_new (NULL);
    }
  for (guint i = 0; i < n_buyers; i++)
    {
      struct sockaddr_in address = parse_url (urls[i % n_urls]);

      connect_buyer (&buyers[i], i, &address, epoll);
    }
  serve_buyers (buyers, n_buyers, epoll);
  report (buyers, n_buyers);
  for (guint i = 0; i < n_buyers; i++)
    {
      g_free (buyers[i].request);
      g_string_free (buyers[i].answer, TRUE);
    }
  close (epoll);
  return 0;
}

static guint
parse_number (const char *text)
{
  guint64 number = 0;

  require (g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT, &number, NULL), "read a number",
           NULL);
  return (guint) number;
}

int
main (int argc, char **argv)
{
  if (argc == 6 && strcmp (argv[1], "prepare") == 0)
    return prepare (argv[2], parse_number (argv[3]), parse_number (argv[4]),
                    parse_number (argv[5]));
  if (argc == 4 && strcmp (argv[1], "commits") == 0)
    return count_commits (argv[2], g_ascii_strtod (argv[3], NULL));
  if (argc >= 7 && strcmp (argv[1], "buy") == 0)
    return buy (argv[2], parse_number (argv[3]), parse_number (argv[4]), argv[5], argv + 6);
  fprintf (stderr, "usage: bench-queue prepare|commits|buy …\n");
  return 2;
}
