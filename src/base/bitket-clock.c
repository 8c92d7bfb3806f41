/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-base"

#include "bitket-clock.h"

struct _BitketClock
{
  GObject parent_instance;

  gboolean is_fixed; /* set once, before anybody else sees the clock */
  GMutex mutex;
  gint64 fixed_now_us;       /* (mutex mutex) */
  gint64 fixed_monotonic_us; /* (mutex mutex) */
  gint64 offset_us;          /* (mutex mutex) */
};

G_DEFINE_FINAL_TYPE (BitketClock, bitket_clock, G_TYPE_OBJECT)

static void
bitket_clock_finalize (GObject *object)
{
  BitketClock *self = BITKET_CLOCK (object);

  g_mutex_clear (&self->mutex);
  G_OBJECT_CLASS (bitket_clock_parent_class)->finalize (object);
}

static void
bitket_clock_class_init (BitketClockClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = bitket_clock_finalize;
}

static void
bitket_clock_init (BitketClock *self)
{
  g_mutex_init (&self->mutex);
}

BitketClock *
bitket_clock_new (void)
{
  return g_object_new (BITKET_TYPE_CLOCK, NULL);
}

BitketClock *
bitket_clock_new_fixed (gint64 now_us)
{
  BitketClock *self = g_object_new (BITKET_TYPE_CLOCK, NULL);

  self->is_fixed = TRUE;
  self->fixed_now_us = now_us;
  /* As if the machine had been up for an hour, so that "a minute ago" is not before the start. */
  self->fixed_monotonic_us = G_TIME_SPAN_HOUR;
  return self;
}

void
bitket_clock_set (BitketClock *self, gint64 now_us)
{
  g_return_if_fail (BITKET_IS_CLOCK (self));
  g_return_if_fail (self->is_fixed);

  g_mutex_lock (&self->mutex);
  if (now_us > self->fixed_now_us)
    self->fixed_monotonic_us += now_us - self->fixed_now_us;
  self->fixed_now_us = now_us;
  g_mutex_unlock (&self->mutex);
}

void
bitket_clock_set_offset (BitketClock *self, gint64 offset_us)
{
  g_return_if_fail (BITKET_IS_CLOCK (self));

  g_mutex_lock (&self->mutex);
  self->offset_us = offset_us;
  g_mutex_unlock (&self->mutex);
}

gint64
bitket_clock_get_now_us (BitketClock *self)
{
  gint64 now_us;

  g_return_val_if_fail (BITKET_IS_CLOCK (self), 0);

  g_mutex_lock (&self->mutex);
  now_us = (self->is_fixed ? self->fixed_now_us : g_get_real_time ()) + self->offset_us;
  g_mutex_unlock (&self->mutex);
  return now_us;
}

gint64
bitket_clock_get_monotonic_us (BitketClock *self)
{
  gint64 now_us;

  g_return_val_if_fail (BITKET_IS_CLOCK (self), 0);

  if (!self->is_fixed)
    return g_get_monotonic_time ();

  g_mutex_lock (&self->mutex);
  now_us = self->fixed_monotonic_us;
  g_mutex_unlock (&self->mutex);
  return now_us;
}
