/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-metrics.h"

#include <string.h>

/* Upper bounds of the latency buckets, in µs; a last one without bound follows. */
static const gint64 bounds_us[] = { 1000, 5000, 25000, 100000, 500000, 2500000 };
static const char *const bound_names[] = { "0.001", "0.005", "0.025", "0.1", "0.5", "2.5" };

#define N_BOUNDS G_N_ELEMENTS (bounds_us)

/* Of the counters below. */
static const struct
{
  const char *name;
  const char *help;
} helps[] = {
  { "bitket_entries_total", "Scans that doors told of, by what became of them." },
  { "bitket_entry_conflicts_total", "Entries of a ticket that had been used elsewhere already." },
  { "bitket_purchases_total", "Purchases that are decided, by how they ended." },
  { "bitket_transaction_retries_total", "Transactions begun again as the database was busy." },
};

static const struct
{
  const char *name;
  const char *label; /* (nullable) */
} counters[BITKET_N_COUNTERS] = {
  [BITKET_COUNTER_ENTRIES_ADMITTED] = { "bitket_entries_total", "result=\"admitted\"" },
  [BITKET_COUNTER_ENTRIES_REFUSED] = { "bitket_entries_total", "result=\"refused\"" },
  [BITKET_COUNTER_ENTRIES_ANNULLED] = { "bitket_entries_total", "result=\"annulled\"" },
  [BITKET_COUNTER_ENTRIES_LOGGED] = { "bitket_entries_total", "result=\"logged\"" },
  [BITKET_COUNTER_CONFLICTS] = { "bitket_entry_conflicts_total", NULL },
  [BITKET_COUNTER_PURCHASES_DONE] = { "bitket_purchases_total", "state=\"done\"" },
  [BITKET_COUNTER_PURCHASES_FAILED] = { "bitket_purchases_total", "state=\"failed\"" },
  [BITKET_COUNTER_RETRIES] = { "bitket_transaction_retries_total", NULL },
};

struct _BitketMetrics
{
  GMutex mutex;
  GHashTable
      *requests; /* (owned) (mutex mutex) (element-type utf8 guint64) "route status" → count */
  guint64 buckets[N_BOUNDS + 1];     /* (mutex mutex) */
  guint64 duration_us;               /* (mutex mutex) of all requests together */
  guint n_running;                   /* (mutex mutex) */
  guint n_streams;                   /* (mutex mutex) */
  guint64 counts[BITKET_N_COUNTERS]; /* (mutex mutex) */
};

BitketMetrics *
bitket_metrics_new (void)
{
  BitketMetrics *self = g_new0 (BitketMetrics, 1);

  g_mutex_init (&self->mutex);
  self->requests = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

void
bitket_metrics_free (BitketMetrics *self)
{
  g_hash_table_unref (self->requests);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

void
bitket_metrics_begin_request (BitketMetrics *self)
{
  g_return_if_fail (self != NULL);

  g_mutex_lock (&self->mutex);
  self->n_running++;
  g_mutex_unlock (&self->mutex);
}

static guint
find_bucket (gint64 duration_us)
{
  guint bucket = 0;

  while (bucket < N_BOUNDS && duration_us > bounds_us[bucket])
    bucket++;
  return bucket;
}

void
bitket_metrics_end_request (BitketMetrics *self,
                            const char *route,
                            guint status,
                            gint64 duration_us)
{
  g_autofree char *key = NULL;
  guint64 *count;

  g_return_if_fail (self != NULL && route != NULL);

  key = g_strdup_printf ("route=\"%s\",status=\"%u\"", route, status);
  g_mutex_lock (&self->mutex);
  self->n_running--;
  self->buckets[find_bucket (duration_us)]++;
  self->duration_us += (guint64) MAX (0, duration_us);
  count = g_hash_table_lookup (self->requests, key);
  if (count == NULL)
    {
      count = g_new0 (guint64, 1);
      g_hash_table_insert (self->requests, g_steal_pointer (&key), count);
    }
  ++*count;
  g_mutex_unlock (&self->mutex);
}

guint
bitket_metrics_get_n_running (BitketMetrics *self)
{
  guint n_running;

  g_return_val_if_fail (self != NULL, 0);

  g_mutex_lock (&self->mutex);
  n_running = self->n_running;
  g_mutex_unlock (&self->mutex);
  return n_running;
}

void
bitket_metrics_count (BitketMetrics *self, BitketCounter counter)
{
  g_return_if_fail (self != NULL && counter > BITKET_COUNTER_NONE && counter < BITKET_N_COUNTERS);

  g_mutex_lock (&self->mutex);
  self->counts[counter]++;
  g_mutex_unlock (&self->mutex);
}

void
bitket_metrics_set_n_streams (BitketMetrics *self, guint n_streams)
{
  g_return_if_fail (self != NULL);

  g_mutex_lock (&self->mutex);
  self->n_streams = n_streams;
  g_mutex_unlock (&self->mutex);
}

static void
append_head (GString *page, const char *name, const char *type, const char *help)
{
  g_string_append_printf (page, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void
append_gauge (GString *page, const char *name, const char *help, gint64 value)
{
  append_head (page, name, "gauge", help);
  g_string_append_printf (page, "%s %" G_GINT64_FORMAT "\n", name, value);
}

static void
append_counter_head (GString *page, const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (helps); i++)
    if (strcmp (helps[i].name, name) == 0)
      append_head (page, name, "counter", helps[i].help);
}

static void
format_levels (BitketMetrics *self, const BitketMetricsLevels *levels, GString *page)
{
  append_gauge (page, "bitket_requests_running", "Requests in work.", self->n_running);
  append_gauge (page, "bitket_streams", "Open live streams.", self->n_streams);
  append_gauge (page, "bitket_doors", "Doors that are paired and not revoked.", levels->n_doors);
  append_gauge (page, "bitket_purchases_waiting", "Purchases that stand in the queue.",
                levels->n_purchases_waiting);
  append_gauge (page, "bitket_payments_running", "Purchases whose payment is under way.",
                levels->n_payments);
  append_gauge (page, "bitket_mails_waiting", "Mails that are to be sent.", levels->n_mails);
  append_head (page, "bitket_jobs_waiting", "gauge", "Jobs that wait for a worker, by its lane.");
  g_string_append_printf (page,
                          "bitket_jobs_waiting{lane=\"fast\"} %u\n"
                          "bitket_jobs_waiting{lane=\"slow\"} %u\n"
                          "bitket_jobs_waiting{lane=\"network\"} %u\n",
                          levels->n_fast_jobs, levels->n_slow_jobs, levels->n_network_jobs);
}

static void
format_requests (BitketMetrics *self, GString *page)
{
  g_autoptr (GList) keys =
      g_list_sort (g_hash_table_get_keys (self->requests), (GCompareFunc) g_strcmp0);

  append_head (page, "bitket_requests_total", "counter", "Answered requests.");
  for (GList *l = keys; l != NULL; l = l->next)
    {
      guint64 *count = g_hash_table_lookup (self->requests, l->data);

      g_string_append_printf (page, "bitket_requests_total{%s} %" G_GUINT64_FORMAT "\n",
                              (const char *) l->data, *count);
    }
}

static void
format_latencies (BitketMetrics *self, GString *page)
{
  guint64 sum = 0;

  append_head (page, "bitket_request_duration_seconds", "histogram",
               "From a request's head to its answer's last byte.");
  for (gsize i = 0; i < N_BOUNDS; i++)
    {
      sum += self->buckets[i];
      g_string_append_printf (
          page, "bitket_request_duration_seconds_bucket{le=\"%s\"} %" G_GUINT64_FORMAT "\n",
          bound_names[i], sum);
    }
  sum += self->buckets[N_BOUNDS];
  g_string_append_printf (
      page, "bitket_request_duration_seconds_bucket{le=\"+Inf\"} %" G_GUINT64_FORMAT "\n", sum);
  g_string_append_printf (
      page, "bitket_request_duration_seconds_sum %" G_GUINT64_FORMAT ".%06" G_GUINT64_FORMAT "\n",
      self->duration_us / G_USEC_PER_SEC, self->duration_us % G_USEC_PER_SEC);
  g_string_append_printf (page, "bitket_request_duration_seconds_count %" G_GUINT64_FORMAT "\n",
                          sum);
}

static void
format_counters (BitketMetrics *self, GString *page)
{
  const char *last = NULL;

  for (guint i = 1; i < BITKET_N_COUNTERS; i++)
    {
      const char *label = counters[i].label;

      if (g_strcmp0 (last, counters[i].name) != 0)
        append_counter_head (page, counters[i].name);
      last = counters[i].name;
      g_string_append_printf (page, "%s%s%s%s %" G_GUINT64_FORMAT "\n", counters[i].name,
                              label == NULL ? "" : "{", label == NULL ? "" : label,
                              label == NULL ? "" : "}", self->counts[i]);
    }
}

char *
bitket_metrics_format (BitketMetrics *self, const BitketMetricsLevels *levels)
{
  GString *page;

  g_return_val_if_fail (self != NULL && levels != NULL, NULL);

  page = g_string_new (NULL);
  g_mutex_lock (&self->mutex);
  format_requests (self, page);
  format_latencies (self, page);
  format_counters (self, page);
  format_levels (self, levels, page);
  g_mutex_unlock (&self->mutex);
  return g_string_free (page, FALSE);
}
