/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-door"

#include "bitket-door.h"

#include "bitket-door-private.h"

#define N_RECENT 20

enum
{
  PROP_0,
  PROP_EVENT_NAME,
  PROP_EVENT_ID,
  PROP_DOOR_NAME,
  PROP_ONLINE,
  PROP_OFFLINE_SINCE,
  PROP_N_WAITING,
  PROP_N_INSIDE,
  PROP_N_TICKETS,
  PROP_CLOCK_OFFSET,
  PROP_SYNCED,
  PROP_REVOKED,
  N_PROPS,
};

static GParamSpec *props[N_PROPS];
static guint signals[BITKET_DOOR_N_SIGNALS];

G_DEFINE_FINAL_TYPE (BitketDoor, bitket_door, G_TYPE_OBJECT)
G_DEFINE_QUARK (bitket - door - error - quark, bitket_door_error)

/* The store is closed by who closes the door; here only when nobody did. */
static gpointer
close_store (gpointer data, GCancellable *cancellable, GError **error)
{
  BitketDoor *self = data;

  bitket_door_judge_free (g_steal_pointer (&self->judge));
  bitket_door_store_close (g_steal_pointer (&self->store));
  return NULL;
}

static void
bitket_door_dispose (GObject *object)
{
  BitketDoor *self = BITKET_DOOR (object);

  bitket_door_link_stop (self);
  bitket_door_sync_stop (self);
  g_cancellable_cancel (self->background);
  if (self->worker != NULL)
    {
      if (self->store != NULL)
        bitket_worker_run (self->worker, close_store, self, NULL);
      bitket_worker_stop (self->worker);
    }
  g_clear_object (&self->worker);
  g_clear_object (&self->session);
  g_clear_object (&self->clock);
  G_OBJECT_CLASS (bitket_door_parent_class)->dispose (object);
}

static void
bitket_door_finalize (GObject *object)
{
  BitketDoor *self = BITKET_DOOR (object);

  g_clear_object (&self->background);
  g_clear_object (&self->recent);
  g_clear_pointer (&self->conflicts, g_hash_table_unref);
  g_clear_pointer (&self->snapshot, bitket_door_snapshot_unref);
  bitket_door_sync_clear (self);
  g_free (self->door_name);
  g_free (self->event_id);
  G_OBJECT_CLASS (bitket_door_parent_class)->finalize (object);
}

static void
bitket_door_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  BitketDoor *self = BITKET_DOOR (object);
  const BitketDoorSnapshot *snapshot = self->snapshot;

  switch (prop_id)
    {
    case PROP_EVENT_NAME:
      g_value_set_string (value, snapshot == NULL ? NULL : snapshot->event_name);
      break;
    case PROP_EVENT_ID:
      g_value_set_string (value, self->event_id);
      break;
    case PROP_DOOR_NAME:
      g_value_set_string (value, self->door_name);
      break;
    case PROP_ONLINE:
      g_value_set_boolean (value, self->reach == BITKET_REACH_ONLINE);
      break;
    case PROP_OFFLINE_SINCE:
      g_value_set_int64 (value, self->offline_since_us);
      break;
    case PROP_N_WAITING:
      g_value_set_uint (value, snapshot == NULL ? 0 : snapshot->n_waiting);
      break;
    case PROP_N_INSIDE:
      g_value_set_uint (value, snapshot == NULL ? 0 : snapshot->n_inside);
      break;
    case PROP_N_TICKETS:
      g_value_set_uint (value, snapshot == NULL ? 0 : snapshot->n_tickets);
      break;
    case PROP_CLOCK_OFFSET:
      g_value_set_int64 (value, self->clock_offset_us);
      break;
    case PROP_SYNCED:
      g_value_set_boolean (value, snapshot != NULL && snapshot->is_synced);
      break;
    case PROP_REVOKED:
      g_value_set_boolean (value, self->is_revoked);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
install_properties (GObjectClass *object_class)
{
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  props[PROP_EVENT_NAME] = g_param_spec_string ("event-name", NULL, NULL, NULL, flags);
  props[PROP_EVENT_ID] = g_param_spec_string ("event-id", NULL, NULL, NULL, flags);
  props[PROP_DOOR_NAME] = g_param_spec_string ("door-name", NULL, NULL, NULL, flags);
  props[PROP_ONLINE] = g_param_spec_boolean ("online", NULL, NULL, FALSE, flags);
  props[PROP_OFFLINE_SINCE] =
      g_param_spec_int64 ("offline-since", NULL, NULL, 0, G_MAXINT64, 0, flags);
  props[PROP_N_WAITING] = g_param_spec_uint ("n-waiting", NULL, NULL, 0, G_MAXUINT, 0, flags);
  props[PROP_N_INSIDE] = g_param_spec_uint ("n-inside", NULL, NULL, 0, G_MAXUINT, 0, flags);
  props[PROP_N_TICKETS] = g_param_spec_uint ("n-tickets", NULL, NULL, 0, G_MAXUINT, 0, flags);
  props[PROP_CLOCK_OFFSET] =
      g_param_spec_int64 ("clock-offset", NULL, NULL, G_MININT64, G_MAXINT64, 0, flags);
  props[PROP_SYNCED] = g_param_spec_boolean ("synced", NULL, NULL, FALSE, flags);
  props[PROP_REVOKED] = g_param_spec_boolean ("revoked", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
bitket_door_class_init (BitketDoorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GType type = G_TYPE_FROM_CLASS (klass);

  object_class->dispose = bitket_door_dispose;
  object_class->finalize = bitket_door_finalize;
  object_class->get_property = bitket_door_get_property;
  install_properties (object_class);

  signals[BITKET_DOOR_SIGNAL_OUTCOME] = g_signal_new (
      "outcome", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, BITKET_TYPE_OUTCOME);
  signals[BITKET_DOOR_SIGNAL_COUNTS_CHANGED] =
      g_signal_new ("counts-changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[BITKET_DOOR_SIGNAL_CONFLICT] =
      g_signal_new ("conflict", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                    BITKET_TYPE_OUTCOME);
  signals[BITKET_DOOR_SIGNAL_TROUBLE] = g_signal_new ("trouble", type, G_SIGNAL_RUN_LAST, 0, NULL,
                                                      NULL, NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void
bitket_door_init (BitketDoor *self)
{
  self->background = g_cancellable_new ();
  self->recent = g_list_store_new (BITKET_TYPE_OUTCOME);
  g_queue_init (&self->turns);
  self->conflicts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  bitket_door_sync_init (self);
}

/* What the store's last commit changed, told once for each property. */
void
bitket_door_refresh (BitketDoor *self)
{
  g_autoptr (BitketDoorSnapshot) before = NULL;
  BitketDoorSnapshot *now;

  if (self->store == NULL)
    return;
  now = bitket_door_store_ref_snapshot (self->store);
  before = g_steal_pointer (&self->snapshot);
  self->snapshot = now;
  if (before == now)
    return;
  g_object_freeze_notify (G_OBJECT (self));
  if (before == NULL || g_strcmp0 (before->event_name, now->event_name) != 0)
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_EVENT_NAME]);
  if (before == NULL || before->n_waiting != now->n_waiting)
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_N_WAITING]);
  if (before == NULL || before->n_inside != now->n_inside)
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_N_INSIDE]);
  if (before == NULL || before->n_tickets != now->n_tickets)
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_N_TICKETS]);
  if (before == NULL || before->is_synced != now->is_synced)
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_SYNCED]);
  g_object_thaw_notify (G_OBJECT (self));
  if (before == NULL || before->n_inside != now->n_inside || before->n_tickets != now->n_tickets)
    g_signal_emit (self, signals[BITKET_DOOR_SIGNAL_COUNTS_CHANGED], 0);
}

/* The same scan again is no new line in the list; a search is none at all. */
void
bitket_door_emit_outcome (BitketDoor *self, BitketOutcome *outcome)
{
  if (bitket_outcome_get_verdict (outcome) != BITKET_VERDICT_NONE &&
      bitket_outcome_get_reason (outcome) != BITKET_REASON_SAME_SCAN)
    {
      g_list_store_insert (self->recent, 0, outcome);
      if (g_list_model_get_n_items (G_LIST_MODEL (self->recent)) > N_RECENT)
        g_list_store_remove (self->recent, N_RECENT);
    }
  g_signal_emit (self, signals[BITKET_DOOR_SIGNAL_OUTCOME], 0, outcome);
}

/* Once for each scan, whether the answer or the stream told of it first. */
void
bitket_door_emit_conflict (BitketDoor *self, BitketOutcome *outcome)
{
  if (!g_hash_table_add (self->conflicts, g_strdup (bitket_outcome_get_facts (outcome)->scan_id)))
    return;
  g_signal_emit (self, signals[BITKET_DOOR_SIGNAL_CONFLICT], 0, outcome);
}

void
bitket_door_emit_trouble (BitketDoor *self, const GError *error)
{
  g_signal_emit (self, signals[BITKET_DOOR_SIGNAL_TROUBLE], 0, error);
}

/* Only sets and notifies; bitket-door-link.c does what follows from it. */
void
bitket_door_set_reach_quietly (BitketDoor *self, BitketReach reach)
{
  gboolean was_online = self->reach == BITKET_REACH_ONLINE;

  self->reach = reach;
  self->offline_since_us = reach == BITKET_REACH_OFFLINE ? bitket_door_get_moment (self).at_us : 0;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_OFFLINE_SINCE]);
  if (was_online != (reach == BITKET_REACH_ONLINE))
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_ONLINE]);
}

void
bitket_door_set_clock_offset (BitketDoor *self, gint64 offset_us)
{
  self->clock_offset_us = offset_us;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_CLOCK_OFFSET]);
}

void
bitket_door_set_revoked (BitketDoor *self)
{
  self->is_revoked = TRUE;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_REVOKED]);
}

/* Now, in true time as far as it is known. */
BitketDoorMoment
bitket_door_get_moment (BitketDoor *self)
{
  BitketDoorMoment moment = {
    .at_us = bitket_clock_get_now_us (self->clock) + self->clock_offset_us,
    .monotonic_us = bitket_clock_get_monotonic_us (self->clock),
    .is_clock_known = self->is_clock_known,
  };

  return moment;
}

/* Jobs and holds. A hold keeps the store open, and the door alive, until what is under way has
 * ended. */

void
bitket_door_hold (BitketDoor *self)
{
  g_object_ref (self);
  self->n_held++;
}

void
bitket_door_release (BitketDoor *self)
{
  g_assert (self->n_held > 0);
  self->n_held--;
  if (self->n_held == 0 && self->close_task != NULL)
    bitket_door_begin_close (self);
  g_object_unref (self);
}

void
bitket_door_run_job (BitketDoor *self,
                     BitketWorkerFunc func,
                     gpointer data,
                     GDestroyNotify data_free,
                     GDestroyNotify result_free,
                     GAsyncReadyCallback callback,
                     gpointer user_data)
{
  bitket_worker_run_async (self->worker, func, data, data_free, result_free, NULL, callback,
                           user_data);
}

/* Database errors come out as the door's own. */
gpointer
bitket_door_finish_job (BitketDoor *self, GAsyncResult *result, GError **error)
{
  GError *local_error = NULL;
  gpointer value = bitket_worker_run_finish (self->worker, result, &local_error);

  bitket_door_refresh (self);
  if (local_error != NULL)
    g_propagate_error (error, bitket_door_error_convert (local_error));
  return value;
}

/* Reading. */

GPtrArray *
bitket_door_get_counts (BitketDoor *self)
{
  g_return_val_if_fail (BITKET_IS_DOOR (self), NULL);

  return self->snapshot->counts;
}

GListModel *
bitket_door_get_recent (BitketDoor *self)
{
  g_return_val_if_fail (BITKET_IS_DOOR (self), NULL);

  return G_LIST_MODEL (self->recent);
}

gboolean
bitket_door_is_online (BitketDoor *self)
{
  g_return_val_if_fail (BITKET_IS_DOOR (self), FALSE);

  return self->reach == BITKET_REACH_ONLINE;
}
