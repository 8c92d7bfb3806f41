/* SPDX-License-Identifier: MIT */

/* bench-connections HOST:PORT PID STREAM_PATH: what 2,000 open WebSockets cost everybody else. Asks
 * the service with so many connections as a busy evening has, without and with the streams, in
 * turns; the ratio of the medians is what counts. BITKET_TOKEN has the token. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <gio/gio.h>

#define N_STREAMS 2000
#define N_CLIENTS 8
#define N_ROUNDS  3
#define ROUND_US  (2 * G_USEC_PER_SEC)
#define MIN_RATIO 0.5
#define MAX_HEAD  4096
#define ASK       "GET /api/events/ HTTP/1.1\r\nHost: bench\r\n\r\n"

typedef struct
{
  const char *address;
  gint64 end_us;
  guint n_answers;
} Client;

static void
require (gboolean is_fine, const char *what)
{
  if (is_fine)
    return;
  fprintf (stderr, "bench-connections: could not %s\n", what);
  exit (1);
}

static GSocketConnection *
connect_to (const char *address)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  GSocketConnection *connection = g_socket_client_connect_to_host (client, address, 80, NULL, NULL);

  require (connection != NULL, "connect");
  return connection;
}

/* Reads an answer; its head is left in @head. Returns: its status */
static guint
read_answer (GInputStream *input, char *head)
{
  gsize len = 0, n_body = 0, n_read = 0;
  const char *length;
  char *end = NULL;

  while (end == NULL)
    {
      gssize n = g_input_stream_read (input, head + len, MAX_HEAD - 1 - len, NULL, NULL);

      require (n > 0, "read an answer");
      len += (gsize) n;
      head[len] = '\0';
      end = strstr (head, "\r\n\r\n");
    }
  length = strstr (head, "Content-Length: ");
  if (length != NULL && length < end)
    n_body = (gsize) g_ascii_strtoull (length + strlen ("Content-Length: "), NULL, 10);
  n_read = len - (gsize) (end + 4 - head);
  while (n_read < n_body)
    {
      char rest[MAX_HEAD];
      gssize n = g_input_stream_read (input, rest, MIN (sizeof rest, n_body - n_read), NULL, NULL);

      require (n > 0, "read a body");
      n_read += (gsize) n;
    }
  return (guint) g_ascii_strtoull (head + strlen ("HTTP/1.1 "), NULL, 10);
}

static gpointer
run_client (gpointer data)
{
  Client *client = data;
  char head[MAX_HEAD];

  while (g_get_monotonic_time () < client->end_us)
    {
      g_autoptr (GSocketConnection) connection = connect_to (client->address);
      GIOStream *stream = G_IO_STREAM (connection);

      require (g_output_stream_write_all (g_io_stream_get_output_stream (stream), ASK, strlen (ASK),
                                          NULL, NULL, NULL),
               "ask");
      require (read_answer (g_io_stream_get_input_stream (stream), head) == 200,
               "get an answer of 200");
      client->n_answers++;
    }
  return NULL;
}

/* Returns: answers a second */
static double
measure (const char *address)
{
  Client clients[N_CLIENTS];
  GThread *threads[N_CLIENTS];
  gint64 begun_us = g_get_monotonic_time ();
  guint n_answers = 0;

  for (guint i = 0; i < N_CLIENTS; i++)
    {
      clients[i] = (Client) { address, begun_us + ROUND_US, 0 };
      threads[i] = g_thread_new ("client", run_client, &clients[i]);
    }
  for (guint i = 0; i < N_CLIENTS; i++)
    {
      g_thread_join (threads[i]);
      n_answers += clients[i].n_answers;
    }
  return n_answers * (double) G_USEC_PER_SEC / (double) (g_get_monotonic_time () - begun_us);
}

static int
compare (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

static double
measure_median (const char *address)
{
  double rates[N_ROUNDS];

  for (guint i = 0; i < N_ROUNDS; i++)
    rates[i] = measure (address);
  qsort (rates, N_ROUNDS, sizeof rates[0], compare);
  return rates[N_ROUNDS / 2];
}

static guint64
read_memory_kib (const char *pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%s/status", pid);
  g_autofree char *text = NULL;
  const char *line;

  require (g_file_get_contents (path, &text, NULL, NULL), "read the service's memory");
  line = strstr (text, "VmRSS:");
  require (line != NULL, "read the service's memory");
  return g_ascii_strtoull (line + strlen ("VmRSS:\t"), NULL, 10);
}

static GPtrArray *
open_streams (const char *address, const char *path)
{
  g_autofree char *ask = g_strdup_printf (
      "GET %s HTTP/1.1\r\nHost: bench\r\nAuthorization: Token %s\r\nConnection: Upgrade\r\n"
      "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
      path, g_getenv ("BITKET_TOKEN"));
  GPtrArray *streams = g_ptr_array_new_with_free_func (g_object_unref);
  char head[MAX_HEAD];

  for (guint i = 0; i < N_STREAMS; i++)
    {
      GSocketConnection *connection = connect_to (address);

      require (g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)),
                                          ask, strlen (ask), NULL, NULL, NULL),
               "ask for a stream");
      require (read_answer (g_io_stream_get_input_stream (G_IO_STREAM (connection)), head) == 101,
               "open a stream");
      g_ptr_array_add (streams, connection);
    }
  return streams;
}

int
main (int argc, char **argv)
{
  g_autoptr (GPtrArray) streams = NULL;
  struct rlimit limit;
  guint64 kib_before, kib_after;
  double alone, beside;

  require (argc == 4 && g_getenv ("BITKET_TOKEN") != NULL, "understand the command line");
  if (getrlimit (RLIMIT_NOFILE, &limit) == 0)
    {
      limit.rlim_cur = limit.rlim_max;
      require (setrlimit (RLIMIT_NOFILE, &limit) == 0, "open so many files");
    }
  measure (argv[1]);
  alone = measure_median (argv[1]);
  kib_before = read_memory_kib (argv[2]);
  streams = open_streams (argv[1], argv[3]);
  kib_after = read_memory_kib (argv[2]);
  beside = measure_median (argv[1]);
  printf ("requests a second, no stream open      %10.0f\n", alone);
  printf ("requests a second, %d streams open   %10.0f   ratio %.2f  %s %.2f\n", N_STREAMS, beside,
          beside / alone, beside / alone >= MIN_RATIO ? "within" : "UNDER", MIN_RATIO);
  printf ("memory of the service a stream         %10.1f KiB\n",
          ((double) kib_after - (double) kib_before) / N_STREAMS);
  return beside / alone >= MIN_RATIO ? 0 : 1;
}
