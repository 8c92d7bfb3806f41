/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

#include "bitket-event-item.h"

#include "bitket-text.h"

/* An event without an end is past this long after its start. */
#define USUAL_LENGTH_US (G_GINT64_CONSTANT (12) * 3600 * G_USEC_PER_SEC)

struct _BitketEventItem
{
  GObject parent_instance;
  BitketRecord *event;     /* (owned) */
  char *organization_name; /* (owned) */
  char *folded;            /* (owned) what a search looks at */
  gboolean is_past;
};

enum
{
  PROP_0,
  PROP_EVENT,
  PROP_ID,
  PROP_NAME,
  PROP_ORGANIZATION_NAME,
  PROP_STARTS,
  PROP_PAST,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (BitketEventItem, bitket_event_item, G_TYPE_OBJECT)

static void
bitket_event_item_finalize (GObject *object)
{
  BitketEventItem *self = BITKET_EVENT_ITEM (object);

  g_clear_object (&self->event);
  g_free (self->organization_name);
  g_free (self->folded);
  G_OBJECT_CLASS (bitket_event_item_parent_class)->finalize (object);
}

static void
bitket_event_item_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  BitketEventItem *self = BITKET_EVENT_ITEM (object);

  switch (prop_id)
    {
    case PROP_EVENT:
      g_value_set_object (value, self->event);
      break;
    case PROP_ID:
      g_value_set_string (value, bitket_event_item_get_id (self));
      break;
    case PROP_NAME:
      g_value_set_string (value, bitket_event_item_get_name (self));
      break;
    case PROP_ORGANIZATION_NAME:
      g_value_set_string (value, self->organization_name);
      break;
    case PROP_STARTS:
      g_value_set_int64 (value, bitket_event_item_get_starts_us (self));
      break;
    case PROP_PAST:
      g_value_set_boolean (value, self->is_past);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
bitket_event_item_class_init (BitketEventItemClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->finalize = bitket_event_item_finalize;
  object_class->get_property = bitket_event_item_get_property;
  properties[PROP_EVENT] = g_param_spec_object ("event", NULL, NULL, BITKET_TYPE_RECORD, flags);
  properties[PROP_ID] = g_param_spec_string ("id", NULL, NULL, NULL, flags);
  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);
  properties[PROP_ORGANIZATION_NAME] =
      g_param_spec_string ("organization-name", NULL, NULL, NULL, flags);
  properties[PROP_STARTS] =
      g_param_spec_int64 ("starts", NULL, NULL, G_MININT64, G_MAXINT64, 0, flags);
  properties[PROP_PAST] = g_param_spec_boolean ("past", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
bitket_event_item_init (BitketEventItem *self)
{
}

static gboolean
is_event_past (BitketRecord *event, gint64 now_us)
{
  gint64 starts_us = bitket_record_get_int64 (event, "starts");
  gint64 ends_us = bitket_record_get_int64 (event, "ends");

  if (ends_us == 0 && starts_us != 0)
    ends_us = starts_us + USUAL_LENGTH_US;
  return ends_us != 0 && ends_us < now_us;
}

BitketEventItem *
bitket_event_item_new (BitketRecord *event, const char *organization_name, gint64 now_us)
{
  BitketEventItem *self;
  g_autofree char *text = NULL;

  g_return_val_if_fail (BITKET_IS_RECORD (event), NULL);

  self = g_object_new (BITKET_TYPE_EVENT_ITEM, NULL);
  self->event = g_object_ref (event);
  self->organization_name = g_strdup (organization_name ? organization_name : "");
  self->is_past = is_event_past (event, now_us);
  text = g_strjoin (" ", bitket_event_item_get_name (self), self->organization_name, NULL);
  self->folded = bitket_text_fold (text);
  return self;
}

BitketRecord *
bitket_event_item_get_event (BitketEventItem *self)
{
  return self->event;
}

const char *
bitket_event_item_get_id (BitketEventItem *self)
{
  return bitket_record_get_id (self->event);
}

const char *
bitket_event_item_get_name (BitketEventItem *self)
{
  const char *name = bitket_record_get_text (self->event, "name");

  return name ? name : "";
}

const char *
bitket_event_item_get_organization_name (BitketEventItem *self)
{
  return self->organization_name;
}

gint64
bitket_event_item_get_starts_us (BitketEventItem *self)
{
  return bitket_record_get_int64 (self->event, "starts");
}

gboolean
bitket_event_item_is_past (BitketEventItem *self)
{
  return self->is_past;
}

gboolean
bitket_event_item_matches (BitketEventItem *self, const char *folded)
{
  return *folded == '\0' || bitket_text_matches (self->folded, folded);
}

int
bitket_event_item_compare (BitketEventItem *a, BitketEventItem *b)
{
  gint64 a_us = bitket_event_item_get_starts_us (a);
  gint64 b_us = bitket_event_item_get_starts_us (b);
  int by_time = (a_us > b_us) - (a_us < b_us);

  if (a->is_past != b->is_past)
    return a->is_past ? 1 : -1;
  if (by_time == 0)
    return g_utf8_collate (bitket_event_item_get_name (a), bitket_event_item_get_name (b));
  if (a->is_past)
    return -by_time;
  if (a_us == 0 || b_us == 0)
    return a_us == 0 ? 1 : -1;
  return by_time;
}
