/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-limiter.h"

/* How many keys are looked after before those whose window is over are swept out. */
#define SWEEP_MIN_KEYS 1024

struct _BitketLimiter
{
  GMutex mutex;
  guint max_failures;
  gint64 window_us;
  guint sweep_at;     /* (mutex mutex) */
  GHashTable *by_key; /* (owned) (mutex mutex) (element-type utf8 GArray) times of failures, the
                         oldest first, at most max_failures */
};

BitketLimiter *
bitket_limiter_new (guint max_failures, gint64 window_us)
{
  BitketLimiter *self;

  g_return_val_if_fail (max_failures > 0 && window_us > 0, NULL);

  self = g_new0 (BitketLimiter, 1);
  g_mutex_init (&self->mutex);
  self->max_failures = max_failures;
  self->window_us = window_us;
  self->sweep_at = SWEEP_MIN_KEYS;
  self->by_key =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_array_unref);
  return self;
}

void
bitket_limiter_free (BitketLimiter *self)
{
  g_hash_table_unref (self->by_key);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

gint64
bitket_limiter_get_wait_us (BitketLimiter *self, const char *key, gint64 now_us)
{
  GArray *times;
  gint64 wait_us = 0;

  g_return_val_if_fail (self != NULL && key != NULL, 0);

  g_mutex_lock (&self->mutex);
  times = g_hash_table_lookup (self->by_key, key);
  if (times != NULL && times->len >= self->max_failures)
    wait_us = MAX (0, g_array_index (times, gint64, 0) + self->window_us - now_us);
  g_mutex_unlock (&self->mutex);
  return wait_us;
}

static gboolean
is_over (gpointer key, gpointer value, gpointer data)
{
  GArray *times = value;
  const gint64 *since_us = data;

  return g_array_index (times, gint64, times->len - 1) < *since_us;
}

void
bitket_limiter_fail (BitketLimiter *self, const char *key, gint64 now_us)
{
  gint64 since_us = now_us - self->window_us;
  GArray *times;

  g_return_if_fail (self != NULL && key != NULL);

  g_mutex_lock (&self->mutex);
  if (g_hash_table_size (self->by_key) >= self->sweep_at)
    {
      g_hash_table_foreach_remove (self->by_key, is_over, &since_us);
      self->sweep_at = MAX (SWEEP_MIN_KEYS, 2 * g_hash_table_size (self->by_key));
    }
  times = g_hash_table_lookup (self->by_key, key);
  if (times == NULL)
    {
      times = g_array_new (FALSE, FALSE, sizeof (gint64));
      g_hash_table_insert (self->by_key, g_strdup (key), times);
    }
  if (times->len >= self->max_failures)
    g_array_remove_index (times, 0);
  g_array_append_val (times, now_us);
  g_mutex_unlock (&self->mutex);
}

void
bitket_limiter_forgive (BitketLimiter *self, const char *key, gint64 at_us)
{
  GArray *times;

  g_return_if_fail (self != NULL && key != NULL);

  g_mutex_lock (&self->mutex);
  times = g_hash_table_lookup (self->by_key, key);
  for (guint i = times == NULL ? 0 : times->len; i > 0; i--)
    if (g_array_index (times, gint64, i - 1) == at_us)
      {
        g_array_remove_index (times, i - 1);
        break;
      }
  /* A key that is there has failed at least once. */
  if (times != NULL && times->len == 0)
    g_hash_table_remove (self->by_key, key);
  g_mutex_unlock (&self->mutex);
}

void
bitket_limiter_forget (BitketLimiter *self, const char *key)
{
  g_return_if_fail (self != NULL && key != NULL);

  g_mutex_lock (&self->mutex);
  g_hash_table_remove (self->by_key, key);
  g_mutex_unlock (&self->mutex);
}

guint
bitket_limiter_get_n_keys (BitketLimiter *self)
{
  guint n_keys;

  g_return_val_if_fail (self != NULL, 0);

  g_mutex_lock (&self->mutex);
  n_keys = g_hash_table_size (self->by_key);
  g_mutex_unlock (&self->mutex);
  return n_keys;
}
