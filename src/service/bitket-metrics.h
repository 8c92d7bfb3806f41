/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What the service counts about itself, in the text format of Prometheus. Threads: any. */
typedef struct _BitketMetrics BitketMetrics;

typedef enum
{
  BITKET_COUNTER_NONE,
  BITKET_COUNTER_ENTRIES_ADMITTED,
  BITKET_COUNTER_ENTRIES_REFUSED,
  BITKET_COUNTER_ENTRIES_ANNULLED,
  BITKET_COUNTER_ENTRIES_LOGGED,
  BITKET_COUNTER_CONFLICTS,
  BITKET_COUNTER_PURCHASES_DONE,
  BITKET_COUNTER_PURCHASES_FAILED,
  BITKET_COUNTER_RETRIES, /* transactions begun again because the database was busy */
  BITKET_N_COUNTERS,
} BitketCounter;

BitketMetrics *bitket_metrics_new (void);
void bitket_metrics_free (BitketMetrics *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BitketMetrics, bitket_metrics_free)

void bitket_metrics_begin_request (BitketMetrics *self);
/** bitket_metrics_end_request: @route: the pattern, "other" for unknown paths: never a path, which
 * could be anything */
void bitket_metrics_end_request (BitketMetrics *self,
                                 const char *route,
                                 guint status,
                                 gint64 duration_us);
guint bitket_metrics_get_n_running (BitketMetrics *self);
void bitket_metrics_count (BitketMetrics *self, BitketCounter counter);
void bitket_metrics_set_n_streams (BitketMetrics *self, guint n_streams);

/* What is looked up when the page is asked for. */
typedef struct
{
  gint64 n_doors;             /* paired and not revoked */
  gint64 n_purchases_waiting; /* in the queue */
  gint64 n_payments;          /* under way */
  gint64 n_mails;             /* to be sent */
  guint n_fast_jobs;          /* that wait for a worker, by its lane */
  guint n_slow_jobs;
  guint n_network_jobs;
} BitketMetricsLevels;

/** bitket_metrics_format: Returns: (transfer full): the page */
char *bitket_metrics_format (BitketMetrics *self, const BitketMetricsLevels *levels);

G_END_DECLS
