/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-door"

#include "bitket-sightings.h"

#include "bitket-decoder.h"

typedef struct
{
  GBytes *text; /* (owned) */
  gint64 last_seen_us;
  gboolean is_in_frame;
} Sighting;

struct _BitketSightings
{
  GPtrArray *known; /* (owned) (element-type Sighting) */
  gint64 last_us;   /* time of the last frame as it was given */
  gint64 now_us;    /* time since the first frame, which never goes back */
};

static void
sighting_free (Sighting *sighting)
{
  g_bytes_unref (sighting->text);
  g_free (sighting);
}

BitketSightings *
bitket_sightings_new (void)
{
  BitketSightings *self = g_new0 (BitketSightings, 1);

  self->known = g_ptr_array_new_with_free_func ((GDestroyNotify) sighting_free);
  self->last_us = G_MAXINT64;
  return self;
}

void
bitket_sightings_free (BitketSightings *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->known);
  g_free (self);
}

static Sighting *
find (BitketSightings *self, GBytes *text)
{
  for (guint i = 0; i < self->known->len; i++)
    {
      Sighting *sighting = g_ptr_array_index (self->known, i);

      if (g_bytes_equal (sighting->text, text))
        return sighting;
    }
  return NULL;
}

/* What has been gone for long enough is forgotten, and thereby told when it comes again. */
static void
forget_gone (BitketSightings *self)
{
  for (guint i = self->known->len; i > 0; i--)
    {
      Sighting *sighting = g_ptr_array_index (self->known, i - 1);

      if (!sighting->is_in_frame &&
          self->now_us - sighting->last_seen_us >= BITKET_SIGHTINGS_PAUSE_US)
        g_ptr_array_remove_index_fast (self->known, i - 1);
    }
}

static gboolean
is_among (const GPtrArray *found, GBytes *text)
{
  for (guint i = 0; i < found->len; i++)
    {
      const BitketDecoded *decoded = g_ptr_array_index (found, i);

      if (g_bytes_equal (decoded->bytes, text))
        return TRUE;
    }
  return FALSE;
}

GPtrArray *
bitket_sightings_add_frame (BitketSightings *self, const GPtrArray *found, gint64 now_us)
{
  g_autoptr (GPtrArray) arrived = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  /* A film that starts again from its beginning starts again at zero. */
  if (now_us > self->last_us)
    self->now_us += now_us - self->last_us;
  self->last_us = now_us;
  forget_gone (self);
  for (guint i = 0; i < self->known->len; i++)
    {
      Sighting *sighting = g_ptr_array_index (self->known, i);

      sighting->is_in_frame = is_among (found, sighting->text);
    }
  for (guint i = 0; i < found->len; i++)
    {
      const BitketDecoded *decoded = g_ptr_array_index (found, i);
      Sighting *sighting = find (self, decoded->bytes);

      if (sighting == NULL)
        {
          sighting = g_new0 (Sighting, 1);
          sighting->text = g_bytes_ref (decoded->bytes);
          sighting->is_in_frame = TRUE;
          g_ptr_array_add (self->known, sighting);
          g_ptr_array_add (arrived, g_bytes_ref (decoded->bytes));
        }
      sighting->last_seen_us = self->now_us;
    }
  return g_steal_pointer (&arrived);
}
