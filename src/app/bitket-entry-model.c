/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

#include "bitket-entry-model.h"

#include <glib/gi18n.h>

#include "bitket-format.h"

#define MINUTE_MS 60000

struct _BitketEntryModel
{
  GObject parent_instance;
  BitketClock *clock; /* (owned) */
  BitketDoor *door;   /* (owned) (nullable) */

  BitketOutcome *outcome; /* (owned) (nullable) */
  BitketEntryPhase phase;
  guint serial;
  gint64 until_us; /* monotonic: when the verdict has been up long enough */
  guint fade_id;

  BitketEntryReach reach;
  char *event_name;   /* (owned) (nullable) */
  char *door_name;    /* (owned) (nullable) */
  char *clock_text;   /* (owned) */
  char *counts_text;  /* (owned) (nullable) */
  char *notice;       /* (owned) (nullable) */
  GListModel *recent; /* (owned) (nullable) */
  guint clock_id;
};

enum
{
  PROP_0,
  PROP_OUTCOME,
  PROP_PHASE,
  PROP_SERIAL,
  PROP_ONLINE,
  PROP_OFFLINE_SINCE,
  PROP_N_WAITING,
  PROP_EVENT_NAME,
  PROP_DOOR_NAME,
  PROP_CLOCK_TEXT,
  PROP_COUNTS_TEXT,
  PROP_NOTICE,
  PROP_RECENT,
  N_PROPS
};

static GParamSpec *props[N_PROPS];
static guint announced_signal;

G_DEFINE_FINAL_TYPE (BitketEntryModel, bitket_entry_model, G_TYPE_OBJECT)

static void
set_text (BitketEntryModel *self, char **field, const char *text, guint prop_id)
{
  if (g_strcmp0 (*field, text) == 0)
    return;
  g_free (*field);
  *field = g_strdup (text);
  g_object_notify_by_pspec (G_OBJECT (self), props[prop_id]);
}

static void
set_phase (BitketEntryModel *self, BitketEntryPhase phase, BitketOutcome *outcome)
{
  g_object_freeze_notify (G_OBJECT (self));
  if (g_set_object (&self->outcome, outcome))
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_OUTCOME]);
  if (self->phase != phase)
    {
      self->phase = phase;
      g_object_notify_by_pspec (G_OBJECT (self), props[PROP_PHASE]);
    }
  g_object_thaw_notify (G_OBJECT (self));
}

static gboolean
fade_cb (gpointer user_data)
{
  BitketEntryModel *self = user_data;

  self->fade_id = 0;
  bitket_entry_model_tick (self);
  return G_SOURCE_REMOVE;
}

/* The clock decides; the timer only wakes. */
static void
arm_fade (BitketEntryModel *self)
{
  gint64 left_us = self->until_us - bitket_clock_get_monotonic_us (self->clock);

  g_clear_handle_id (&self->fade_id, g_source_remove);
  self->fade_id = g_timeout_add ((guint) (MAX (left_us, 0) / 1000) + 1, fade_cb, self);
}

static void
keep_for (BitketEntryModel *self, guint duration_ms)
{
  self->until_us = bitket_clock_get_monotonic_us (self->clock) + duration_ms * 1000;
  arm_fade (self);
}

static gboolean
clock_cb (gpointer user_data)
{
  BitketEntryModel *self = user_data;

  self->clock_id = 0;
  bitket_entry_model_tick (self);
  return G_SOURCE_REMOVE;
}

static void
update_clock (BitketEntryModel *self)
{
  gint64 now_us = bitket_clock_get_now_us (self->clock);
  g_autofree char *text = bitket_format_clock (now_us);

  set_text (self, &self->clock_text, text, PROP_CLOCK_TEXT);
  if (self->clock_id == 0)
    self->clock_id =
        g_timeout_add (MINUTE_MS - (guint) (now_us / 1000 % MINUTE_MS) + 1, clock_cb, self);
}

/* What the door knows. */

static void
pull_reach (BitketEntryModel *self)
{
  BitketEntryReach reach = { 0 };

  g_object_get (self->door, "online", &reach.is_online, "offline-since", &reach.offline_since_us,
                "n-waiting", &reach.n_waiting, NULL);
  bitket_entry_model_set_reach (self, &reach);
}

static void
pull_names (BitketEntryModel *self)
{
  g_autofree char *event_name = NULL;
  g_autofree char *door_name = NULL;

  g_object_get (self->door, "event-name", &event_name, "door-name", &door_name, NULL);
  bitket_entry_model_set_names (self, event_name, door_name);
}

static void
pull_counts (BitketEntryModel *self)
{
  g_autofree char *text = NULL;
  guint n_inside = 0;

  g_object_get (self->door, "n-inside", &n_inside, NULL);
  text = bitket_entry_model_format_counts (n_inside, bitket_door_get_counts (self->door));
  bitket_entry_model_set_counts_text (self, text);
}

static void
pull_notice (BitketEntryModel *self)
{
  gboolean is_revoked = FALSE;
  gboolean is_synced = FALSE;

  g_object_get (self->door, "revoked", &is_revoked, "synced", &is_synced, NULL);
  if (is_revoked)
    bitket_entry_model_set_notice (
        self, _ ("An organizer has revoked this door. Ask for a new pairing code."));
  else if (!is_synced)
    bitket_entry_model_set_notice (
        self, _ ("The list of tickets has not been downloaded completely yet."));
  else
    bitket_entry_model_set_notice (self, NULL);
}

static void
follow_properties (BitketEntryModel *self)
{
  static const struct
  {
    const char *signal;
    void (*pull) (BitketEntryModel *self);
  } rows[] = {
    { "notify::online", pull_reach },     { "notify::offline-since", pull_reach },
    { "notify::n-waiting", pull_reach },  { "notify::event-name", pull_names },
    { "notify::door-name", pull_names },  { "notify::n-inside", pull_counts },
    { "notify::n-tickets", pull_counts }, { "counts-changed", pull_counts },
    { "notify::revoked", pull_notice },   { "notify::synced", pull_notice },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      rows[i].pull (self);
      g_signal_connect_object (self->door, rows[i].signal, G_CALLBACK (rows[i].pull), self,
                               G_CONNECT_SWAPPED);
    }
}

/* Which verdict the same code had a moment ago. */
static BitketOutcome *
dup_earlier (BitketEntryModel *self, BitketOutcome *outcome)
{
  const char *ownership = bitket_outcome_get_facts (outcome)->ownership;
  guint n_items = self->recent ? g_list_model_get_n_items (self->recent) : 0;

  for (guint i = 0; i < n_items; i++)
    {
      g_autoptr (BitketOutcome) item = g_list_model_get_item (self->recent, i);
      const BitketOutcomeFacts *facts = bitket_outcome_get_facts (item);

      if (g_strcmp0 (facts->ownership, ownership) == 0 &&
          facts->verdict == bitket_outcome_get_verdict (outcome))
        return g_steal_pointer (&item);
    }
  return g_object_ref (outcome);
}

static void
bitket_entry_model_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  BitketEntryModel *self = BITKET_ENTRY_MODEL (object);

  switch (prop_id)
    {
    case PROP_OUTCOME:
      g_value_set_object (value, self->outcome);
      break;
    case PROP_PHASE:
      g_value_set_int (value, (int) self->phase);
      break;
    case PROP_SERIAL:
      g_value_set_uint (value, self->serial);
      break;
    case PROP_ONLINE:
      g_value_set_boolean (value, self->reach.is_online);
      break;
    case PROP_OFFLINE_SINCE:
      g_value_set_int64 (value, self->reach.offline_since_us);
      break;
    case PROP_N_WAITING:
      g_value_set_uint (value, self->reach.n_waiting);
      break;
    case PROP_EVENT_NAME:
      g_value_set_string (value, self->event_name);
      break;
    case PROP_DOOR_NAME:
      g_value_set_string (value, self->door_name);
      break;
    case PROP_CLOCK_TEXT:
      g_value_set_string (value, self->clock_text);
      break;
    case PROP_COUNTS_TEXT:
      g_value_set_string (value, self->counts_text);
      break;
    case PROP_NOTICE:
      g_value_set_string (value, self->notice);
      break;
    case PROP_RECENT:
      g_value_set_object (value, self->recent);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
bitket_entry_model_dispose (GObject *object)
{
  BitketEntryModel *self = BITKET_ENTRY_MODEL (object);

  g_clear_handle_id (&self->fade_id, g_source_remove);
  g_clear_handle_id (&self->clock_id, g_source_remove);
  if (self->door != NULL)
    g_signal_handlers_disconnect_by_data (self->door, self);
  g_clear_object (&self->door);
  g_clear_object (&self->outcome);
  g_clear_object (&self->recent);
  G_OBJECT_CLASS (bitket_entry_model_parent_class)->dispose (object);
}

static void
bitket_entry_model_finalize (GObject *object)
{
  BitketEntryModel *self = BITKET_ENTRY_MODEL (object);

  g_clear_object (&self->clock);
  g_free (self->event_name);
  g_free (self->door_name);
  g_free (self->clock_text);
  g_free (self->counts_text);
  g_free (self->notice);
  G_OBJECT_CLASS (bitket_entry_model_parent_class)->finalize (object);
}

static GParamSpec *
make_text (const char *name)
{
  return g_param_spec_string (name, NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
}

static void
bitket_entry_model_class_init (BitketEntryModelClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = bitket_entry_model_get_property;
  object_class->dispose = bitket_entry_model_dispose;
  object_class->finalize = bitket_entry_model_finalize;

  props[PROP_OUTCOME] = g_param_spec_object ("outcome", NULL, NULL, BITKET_TYPE_OUTCOME, flags);
  props[PROP_PHASE] = g_param_spec_int ("phase", NULL, NULL, 0, BITKET_ENTRY_PHASE_VERDICT,
                                        BITKET_ENTRY_PHASE_READY, flags);
  props[PROP_SERIAL] = g_param_spec_uint ("serial", NULL, NULL, 0, G_MAXUINT, 0, flags);
  props[PROP_ONLINE] = g_param_spec_boolean ("online", NULL, NULL, FALSE, flags);
  props[PROP_OFFLINE_SINCE] =
      g_param_spec_int64 ("offline-since", NULL, NULL, 0, G_MAXINT64, 0, flags);
  props[PROP_N_WAITING] = g_param_spec_uint ("n-waiting", NULL, NULL, 0, G_MAXUINT, 0, flags);
  props[PROP_EVENT_NAME] = make_text ("event-name");
  props[PROP_DOOR_NAME] = make_text ("door-name");
  props[PROP_CLOCK_TEXT] = make_text ("clock-text");
  props[PROP_COUNTS_TEXT] = make_text ("counts-text");
  props[PROP_NOTICE] = make_text ("notice");
  props[PROP_RECENT] = g_param_spec_object ("recent", NULL, NULL, G_TYPE_LIST_MODEL, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
  announced_signal = g_signal_new ("announced", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                   NULL, NULL, NULL, G_TYPE_NONE, 1, BITKET_TYPE_OUTCOME);
}

static void
bitket_entry_model_init (BitketEntryModel *self)
{
  self->phase = BITKET_ENTRY_PHASE_READY;
}

BitketEntryModel *
bitket_entry_model_new (BitketClock *clock)
{
  BitketEntryModel *self = g_object_new (BITKET_TYPE_ENTRY_MODEL, NULL);

  self->clock = clock ? g_object_ref (clock) : bitket_clock_new ();
  update_clock (self);
  return self;
}

void
bitket_entry_model_follow (BitketEntryModel *self, BitketDoor *door)
{
  g_return_if_fail (BITKET_IS_ENTRY_MODEL (self));

  if (self->door == door)
    return;
  if (self->door != NULL)
    g_signal_handlers_disconnect_by_data (self->door, self);
  g_set_object (&self->door, door);
  if (door == NULL)
    return;
  follow_properties (self);
  bitket_entry_model_set_recent (self, bitket_door_get_recent (door));
  g_signal_connect_object (door, "outcome", G_CALLBACK (bitket_entry_model_show_outcome), self,
                           G_CONNECT_SWAPPED);
}

void
bitket_entry_model_show_outcome (BitketEntryModel *self, BitketOutcome *outcome)
{
  BitketVerdict verdict;

  g_return_if_fail (BITKET_IS_ENTRY_MODEL (self));

  verdict = bitket_outcome_get_verdict (outcome);
  if (verdict == BITKET_VERDICT_NONE)
    return;
  if (bitket_outcome_get_reason (outcome) == BITKET_REASON_SAME_SCAN)
    {
      g_autoptr (BitketOutcome) earlier = dup_earlier (self, outcome);

      set_phase (self, BITKET_ENTRY_PHASE_VERDICT, earlier);
    }
  else
    {
      set_phase (self, BITKET_ENTRY_PHASE_VERDICT, outcome);
      self->serial++;
      g_object_notify_by_pspec (G_OBJECT (self), props[PROP_SERIAL]);
      g_signal_emit (self, announced_signal, 0, outcome);
    }
  keep_for (self, verdict == BITKET_VERDICT_ADMIT ? BITKET_ENTRY_ADMIT_MS : BITKET_ENTRY_OTHER_MS);
}

void
bitket_entry_model_show_preview (BitketEntryModel *self, BitketOutcome *preview)
{
  g_return_if_fail (BITKET_IS_ENTRY_MODEL (self));

  if (bitket_outcome_get_verdict (preview) == BITKET_VERDICT_NONE)
    return;
  set_phase (self, BITKET_ENTRY_PHASE_ASKING, preview);
  keep_for (self, BITKET_ENTRY_OTHER_MS);
}

void
bitket_entry_model_clear (BitketEntryModel *self)
{
  g_return_if_fail (BITKET_IS_ENTRY_MODEL (self));

  g_clear_handle_id (&self->fade_id, g_source_remove);
  self->until_us = 0;
  set_phase (self, BITKET_ENTRY_PHASE_READY, NULL);
}

void
bitket_entry_model_tick (BitketEntryModel *self)
{
  g_return_if_fail (BITKET_IS_ENTRY_MODEL (self));

  update_clock (self);
  if (self->phase == BITKET_ENTRY_PHASE_READY)
    return;
  if (bitket_clock_get_monotonic_us (self->clock) >= self->until_us)
    bitket_entry_model_clear (self);
  else
    arm_fade (self);
}

BitketClock *
bitket_entry_model_get_clock (BitketEntryModel *self)
{
  g_return_val_if_fail (BITKET_IS_ENTRY_MODEL (self), NULL);

  return self->clock;
}

BitketOutcome *
bitket_entry_model_get_outcome (BitketEntryModel *self)
{
  g_return_val_if_fail (BITKET_IS_ENTRY_MODEL (self), NULL);

  return self->outcome;
}

BitketEntryPhase
bitket_entry_model_get_phase (BitketEntryModel *self)
{
  g_return_val_if_fail (BITKET_IS_ENTRY_MODEL (self), BITKET_ENTRY_PHASE_NONE);

  return self->phase;
}

guint
bitket_entry_model_get_serial (BitketEntryModel *self)
{
  g_return_val_if_fail (BITKET_IS_ENTRY_MODEL (self), 0);

  return self->serial;
}

void
bitket_entry_model_set_reach (BitketEntryModel *self, const BitketEntryReach *reach)
{
  g_return_if_fail (BITKET_IS_ENTRY_MODEL (self));

  self->reach = *reach;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_ONLINE]);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_OFFLINE_SINCE]);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_N_WAITING]);
}

void
bitket_entry_model_set_names (BitketEntryModel *self, const char *event_name, const char *door_name)
{
  g_return_if_fail (BITKET_IS_ENTRY_MODEL (self));

  set_text (self, &self->event_name, event_name, PROP_EVENT_NAME);
  set_text (self, &self->door_name, door_name, PROP_DOOR_NAME);
}

void
bitket_entry_model_set_counts_text (BitketEntryModel *self, const char *text)
{
  g_return_if_fail (BITKET_IS_ENTRY_MODEL (self));

  set_text (self, &self->counts_text, text, PROP_COUNTS_TEXT);
}

void
bitket_entry_model_set_recent (BitketEntryModel *self, GListModel *recent)
{
  g_return_if_fail (BITKET_IS_ENTRY_MODEL (self));

  if (g_set_object (&self->recent, recent))
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_RECENT]);
}

void
bitket_entry_model_set_notice (BitketEntryModel *self, const char *notice)
{
  g_return_if_fail (BITKET_IS_ENTRY_MODEL (self));

  set_text (self, &self->notice, notice, PROP_NOTICE);
}

char *
bitket_entry_model_format_counts (guint n_inside, GPtrArray *counts)
{
  /* Translators: how many visitors are inside, of all ticket types */
  g_autofree char *inside = g_strdup_printf (_ ("Inside %u"), n_inside);
  g_autoptr (GString) text = g_string_new (inside);

  for (guint i = 0; counts != NULL && i < counts->len; i++)
    {
      const BitketDoorCount *count = g_ptr_array_index (counts, i);

      g_string_append_printf (text, " · %s %u/%u", count->name, count->n_inside, count->n_total);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}
