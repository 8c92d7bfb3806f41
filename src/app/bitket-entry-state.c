/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

#include "bitket-entry-state.h"

#include <glib/gi18n.h>

struct _BitketEntryState
{
  GObject parent_instance;
  BitketDoor *door;  /* (owned) (nullable) */
  char *event_name;  /* (owned) (nullable) */
  char *door_name;   /* (owned) (nullable) */
  char *counts_text; /* (owned) (nullable) */
  gboolean is_online;
  gint64 offline_since_us;
  guint n_waiting;
  guint n_inside;
};

enum
{
  PROP_0,
  PROP_EVENT_NAME,
  PROP_DOOR_NAME,
  PROP_ONLINE,
  PROP_OFFLINE_SINCE,
  PROP_N_WAITING,
  PROP_N_INSIDE,
  PROP_COUNTS_TEXT,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (BitketEntryState, bitket_entry_state, G_TYPE_OBJECT)

/* "120 inside · Banquet 48/60 · Party 72/440" */
static void
counts_changed_cb (BitketDoor *door, gpointer user_data)
{
  BitketEntryState *self = user_data;
  GPtrArray *counts = bitket_door_get_counts (door);
  g_autoptr (GString) text = g_string_new (NULL);
  guint n_inside;

  g_object_get (door, "n-inside", &n_inside, NULL);
  g_string_append_printf (text, ngettext ("%u inside", "%u inside", n_inside), n_inside);
  for (guint i = 0; counts != NULL && i < counts->len; i++)
    {
      const BitketDoorCount *count = g_ptr_array_index (counts, i);

      g_string_append_printf (text, " · %s %u/%u", count->name, count->n_inside, count->n_total);
    }
  g_object_set (self, "counts-text", text->str, NULL);
}

static void
bitket_entry_state_dispose (GObject *object)
{
  g_clear_object (&BITKET_ENTRY_STATE (object)->door);
  G_OBJECT_CLASS (bitket_entry_state_parent_class)->dispose (object);
}

static void
bitket_entry_state_finalize (GObject *object)
{
  BitketEntryState *self = BITKET_ENTRY_STATE (object);

  g_free (self->event_name);
  g_free (self->door_name);
  g_free (self->counts_text);
  G_OBJECT_CLASS (bitket_entry_state_parent_class)->finalize (object);
}

static void
bitket_entry_state_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  BitketEntryState *self = BITKET_ENTRY_STATE (object);

  switch (prop_id)
    {
    case PROP_EVENT_NAME:
      g_value_set_string (value, self->event_name);
      break;
    case PROP_DOOR_NAME:
      g_value_set_string (value, self->door_name);
      break;
    case PROP_ONLINE:
      g_value_set_boolean (value, self->is_online);
      break;
    case PROP_OFFLINE_SINCE:
      g_value_set_int64 (value, self->offline_since_us);
      break;
    case PROP_N_WAITING:
      g_value_set_uint (value, self->n_waiting);
      break;
    case PROP_N_INSIDE:
      g_value_set_uint (value, self->n_inside);
      break;
    case PROP_COUNTS_TEXT:
      g_value_set_string (value, self->counts_text);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
set_text (char **text, const GValue *value)
{
  g_free (*text);
  *text = g_value_dup_string (value);
}

static void
bitket_entry_state_set_property (GObject *object,
                                 guint prop_id,
                                 const GValue *value,
                                 GParamSpec *pspec)
{
  BitketEntryState *self = BITKET_ENTRY_STATE (object);

  switch (prop_id)
    {
    case PROP_EVENT_NAME:
      set_text (&self->event_name, value);
      break;
    case PROP_DOOR_NAME:
      set_text (&self->door_name, value);
      break;
    case PROP_ONLINE:
      self->is_online = g_value_get_boolean (value);
      break;
    case PROP_OFFLINE_SINCE:
      self->offline_since_us = g_value_get_int64 (value);
      break;
    case PROP_N_WAITING:
      self->n_waiting = g_value_get_uint (value);
      break;
    case PROP_N_INSIDE:
      self->n_inside = g_value_get_uint (value);
      break;
    case PROP_COUNTS_TEXT:
      set_text (&self->counts_text, value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
bitket_entry_state_class_init (BitketEntryStateClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  object_class->dispose = bitket_entry_state_dispose;
  object_class->finalize = bitket_entry_state_finalize;
  object_class->get_property = bitket_entry_state_get_property;
  object_class->set_property = bitket_entry_state_set_property;
  properties[PROP_EVENT_NAME] = g_param_spec_string ("event-name", NULL, NULL, NULL, flags);
  properties[PROP_DOOR_NAME] = g_param_spec_string ("door-name", NULL, NULL, NULL, flags);
  properties[PROP_ONLINE] = g_param_spec_boolean ("online", NULL, NULL, FALSE, flags);
  properties[PROP_OFFLINE_SINCE] =
      g_param_spec_int64 ("offline-since", NULL, NULL, 0, G_MAXINT64, 0, flags);
  properties[PROP_N_WAITING] = g_param_spec_uint ("n-waiting", NULL, NULL, 0, G_MAXUINT, 0, flags);
  properties[PROP_N_INSIDE] = g_param_spec_uint ("n-inside", NULL, NULL, 0, G_MAXUINT, 0, flags);
  properties[PROP_COUNTS_TEXT] = g_param_spec_string ("counts-text", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
bitket_entry_state_init (BitketEntryState *self)
{
}

BitketEntryState *
bitket_entry_state_new (void)
{
  return g_object_new (BITKET_TYPE_ENTRY_STATE, NULL);
}

void
bitket_entry_state_follow (BitketEntryState *self, BitketDoor *door)
{
  static const char *const names[] = { "event-name",    "door-name", "online",
                                       "offline-since", "n-waiting", "n-inside" };

  g_return_if_fail (BITKET_IS_ENTRY_STATE (self));
  g_return_if_fail (self->door == NULL);

  self->door = g_object_ref (door);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_object_bind_property (door, names[i], self, names[i], G_BINDING_SYNC_CREATE);
  g_signal_connect_object (door, "counts-changed", G_CALLBACK (counts_changed_cb), self, 0);
  counts_changed_cb (door, self);
}
