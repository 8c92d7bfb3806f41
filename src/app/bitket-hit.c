/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

#include "bitket-hit.h"

#include <glib/gi18n.h>

#include "bitket-format.h"

struct _BitketHit
{
  GObject parent_instance;
  char *ownership;  /* (owned) */
  char *name;       /* (owned) */
  char *subtitle;   /* (owned) */
  char *state_text; /* (owned) */
  gboolean can_enter;
};

enum
{
  PROP_0,
  PROP_OWNERSHIP,
  PROP_NAME,
  PROP_SUBTITLE,
  PROP_STATE_TEXT,
  PROP_CAN_ENTER,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (BitketHit, bitket_hit, G_TYPE_OBJECT)

static char *
format_subtitle (const BitketDoorHit *hit)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new ();

  if (hit->ticket_type != NULL)
    g_ptr_array_add (parts, hit->ticket_type);
  for (guint i = 0; hit->choices != NULL && hit->choices[i] != NULL; i++)
    g_ptr_array_add (parts, hit->choices[i]);
  if (hit->email != NULL)
    g_ptr_array_add (parts, hit->email);
  g_ptr_array_add (parts, NULL);
  return g_strjoinv (" · ", (char **) parts->pdata);
}

static char *
format_state (const BitketDoorHit *hit)
{
  g_autofree char *clock = bitket_format_moment (hit->utilized_us, g_get_real_time ());

  switch (hit->state)
    {
    case BITKET_TICKET_STATE_UTILIZED:
      if (hit->utilized_by_door != NULL)
        /* Translators: a time and the name of a door */
        return g_strdup_printf (_ ("Inside since %s, %s"), clock, hit->utilized_by_door);
      /* Translators: a time */
      return g_strdup_printf (_ ("Inside since %s"), clock);
    case BITKET_TICKET_STATE_SUPERSEDED:
      return g_strdup (_ ("Resold"));
    case BITKET_TICKET_STATE_REFUNDED:
      return g_strdup (_ ("Refunded"));
    case BITKET_TICKET_STATE_PENDING:
      return g_strdup (_ ("Not paid"));
    case BITKET_TICKET_STATE_VALID:
    case BITKET_TICKET_STATE_NONE:
      break;
    }
  return g_strdup ("");
}

static void
bitket_hit_finalize (GObject *object)
{
  BitketHit *self = BITKET_HIT (object);

  g_free (self->ownership);
  g_free (self->name);
  g_free (self->subtitle);
  g_free (self->state_text);
  G_OBJECT_CLASS (bitket_hit_parent_class)->finalize (object);
}

static void
bitket_hit_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  BitketHit *self = BITKET_HIT (object);

  switch (prop_id)
    {
    case PROP_OWNERSHIP:
      g_value_set_string (value, self->ownership);
      break;
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_SUBTITLE:
      g_value_set_string (value, self->subtitle);
      break;
    case PROP_STATE_TEXT:
      g_value_set_string (value, self->state_text);
      break;
    case PROP_CAN_ENTER:
      g_value_set_boolean (value, self->can_enter);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
bitket_hit_class_init (BitketHitClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->finalize = bitket_hit_finalize;
  object_class->get_property = bitket_hit_get_property;
  properties[PROP_OWNERSHIP] = g_param_spec_string ("ownership", NULL, NULL, NULL, flags);
  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);
  properties[PROP_SUBTITLE] = g_param_spec_string ("subtitle", NULL, NULL, NULL, flags);
  properties[PROP_STATE_TEXT] = g_param_spec_string ("state-text", NULL, NULL, NULL, flags);
  properties[PROP_CAN_ENTER] = g_param_spec_boolean ("can-enter", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
bitket_hit_init (BitketHit *self)
{
}

BitketHit *
bitket_hit_new (const BitketDoorHit *hit)
{
  BitketHit *self = g_object_new (BITKET_TYPE_HIT, NULL);

  self->ownership = g_strdup (hit->ownership);
  self->name = g_strdup (hit->name ? hit->name : _ ("No name"));
  self->subtitle = format_subtitle (hit);
  self->state_text = format_state (hit);
  self->can_enter = hit->state == BITKET_TICKET_STATE_VALID;
  return self;
}

const char *
bitket_hit_get_ownership (BitketHit *self)
{
  return self->ownership;
}

gboolean
bitket_hit_can_enter (BitketHit *self)
{
  return self->can_enter;
}
