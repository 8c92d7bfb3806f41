/* SPDX-License-Identifier: MIT */
#include "fake-door.h"

struct _BitketDoor
{
  GObject parent_instance;
  GListStore *recent;     /* (owned) */
  GPtrArray *counts;      /* (owned) */
  GPtrArray *hits;        /* (owned) */
  BitketOutcome *outcome; /* (owned) (nullable) */
  GError *error;          /* (owned) (nullable) */
  GTask *held;            /* (owned) (nullable) */
  GString *calls;         /* (owned) */
  gboolean is_holding;
  gint64 offline_since_us;
  guint n_waiting;
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
  PROP_N_TICKETS,
  PROP_SYNCED,
  PROP_REVOKED,
  N_PROPS
};

static GParamSpec *props[N_PROPS];
static guint outcome_signal;

G_DEFINE_FINAL_TYPE (BitketDoor, bitket_door, G_TYPE_OBJECT)
G_DEFINE_QUARK (bitket - door - error - quark, bitket_door_error)

static BitketDoorCount banquet = { (char *) "Banquet", 48, 60 };

static void
bitket_door_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  BitketDoor *self = BITKET_DOOR (object);

  switch (prop_id)
    {
    case PROP_EVENT_NAME:
      g_value_set_static_string (value, "Luciafesten 2026");
      break;
    case PROP_DOOR_NAME:
      g_value_set_static_string (value, "Main door");
      break;
    case PROP_ONLINE:
      g_value_set_boolean (value, self->offline_since_us == 0);
      break;
    case PROP_OFFLINE_SINCE:
      g_value_set_int64 (value, self->offline_since_us);
      break;
    case PROP_N_WAITING:
      g_value_set_uint (value, self->n_waiting);
      break;
    case PROP_N_INSIDE:
    case PROP_N_TICKETS:
      g_value_set_uint (value, 48);
      break;
    case PROP_SYNCED:
      g_value_set_boolean (value, TRUE);
      break;
    case PROP_REVOKED:
      g_value_set_boolean (value, FALSE);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
bitket_door_finalize (GObject *object)
{
  BitketDoor *self = BITKET_DOOR (object);

  g_clear_object (&self->recent);
  g_clear_object (&self->outcome);
  g_clear_object (&self->held);
  g_clear_error (&self->error);
  g_ptr_array_unref (self->counts);
  g_ptr_array_unref (self->hits);
  g_string_free (self->calls, TRUE);
  G_OBJECT_CLASS (bitket_door_parent_class)->finalize (object);
}

static void
bitket_door_class_init (BitketDoorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GType type = G_TYPE_FROM_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE;

  object_class->get_property = bitket_door_get_property;
  object_class->finalize = bitket_door_finalize;
  props[PROP_EVENT_NAME] = g_param_spec_string ("event-name", NULL, NULL, NULL, flags);
  props[PROP_DOOR_NAME] = g_param_spec_string ("door-name", NULL, NULL, NULL, flags);
  props[PROP_ONLINE] = g_param_spec_boolean ("online", NULL, NULL, FALSE, flags);
  props[PROP_OFFLINE_SINCE] =
      g_param_spec_int64 ("offline-since", NULL, NULL, 0, G_MAXINT64, 0, flags);
  props[PROP_N_WAITING] = g_param_spec_uint ("n-waiting", NULL, NULL, 0, G_MAXUINT, 0, flags);
  props[PROP_N_INSIDE] = g_param_spec_uint ("n-inside", NULL, NULL, 0, G_MAXUINT, 0, flags);
  props[PROP_N_TICKETS] = g_param_spec_uint ("n-tickets", NULL, NULL, 0, G_MAXUINT, 0, flags);
  props[PROP_SYNCED] = g_param_spec_boolean ("synced", NULL, NULL, FALSE, flags);
  props[PROP_REVOKED] = g_param_spec_boolean ("revoked", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
  outcome_signal = g_signal_new ("outcome", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 1, BITKET_TYPE_OUTCOME);
  g_signal_new ("counts-changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  g_signal_new ("conflict", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                BITKET_TYPE_OUTCOME);
  g_signal_new ("trouble", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                G_TYPE_ERROR);
}

static void
bitket_door_init (BitketDoor *self)
{
  self->recent = g_list_store_new (BITKET_TYPE_OUTCOME);
  self->counts = g_ptr_array_new ();
  self->hits = g_ptr_array_new_with_free_func ((GDestroyNotify) bitket_door_hit_free);
  self->calls = g_string_new (NULL);
  g_ptr_array_add (self->counts, &banquet);
}

/* The test's side. */

BitketDoor *
fake_door_new (void)
{
  return g_object_new (BITKET_TYPE_DOOR, NULL);
}

void
fake_door_set_outcome (BitketDoor *self, BitketOutcome *outcome)
{
  g_set_object (&self->outcome, outcome);
}

void
fake_door_set_error (BitketDoor *self, const GError *error)
{
  g_clear_error (&self->error);
  self->error = error ? g_error_copy (error) : NULL;
}

void
fake_door_add_hit (BitketDoor *self, BitketDoorHit *hit)
{
  g_ptr_array_add (self->hits, hit);
}

void
fake_door_set_reach (BitketDoor *self, gint64 offline_since_us, guint n_waiting)
{
  self->offline_since_us = offline_since_us;
  self->n_waiting = n_waiting;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_ONLINE]);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_OFFLINE_SINCE]);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_N_WAITING]);
}

const char *
fake_door_get_calls (BitketDoor *self)
{
  return self->calls->str;
}

static void
answer_scan (BitketDoor *self, GTask *task)
{
  g_assert_nonnull (self->outcome);
  if (bitket_outcome_get_verdict (self->outcome) != BITKET_VERDICT_NONE)
    g_list_store_insert (self->recent, 0, self->outcome);
  g_signal_emit (self, outcome_signal, 0, self->outcome);
  g_task_return_pointer (task, g_object_ref (self->outcome), g_object_unref);
}

void
fake_door_hold (BitketDoor *self)
{
  self->is_holding = TRUE;
}

void
fake_door_answer (BitketDoor *self)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->held);

  self->is_holding = FALSE;
  answer_scan (self, task);
}

/* The window's side: the functions of bitket-door.h that it calls. */

void
bitket_door_scan_async (BitketDoor *self,
                        GBytes *bytes,
                        BitketScanSource source,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_string_append_printf (self->calls, "scan %.*s;", (int) g_bytes_get_size (bytes),
                          (const char *) g_bytes_get_data (bytes, NULL));
  if (self->is_holding)
    g_set_object (&self->held, task);
  else
    answer_scan (self, task);
}

BitketOutcome *
bitket_door_scan_finish (BitketDoor *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
bitket_door_preview_async (BitketDoor *self,
                           GBytes *bytes,
                           BitketScanSource source,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_assert_nonnull (self->outcome);
  g_task_return_pointer (task, g_object_ref (self->outcome), g_object_unref);
}

void
bitket_door_admit_async (BitketDoor *self,
                         const char *ownership,
                         const char *forced,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_string_append_printf (self->calls, "admit %s %s;", ownership, forced ? forced : "-");
  if (self->error != NULL)
    g_task_return_error (task, g_error_copy (self->error));
  else
    answer_scan (self, task);
}

BitketOutcome *
bitket_door_admit_finish (BitketDoor *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
bitket_door_undo_async (BitketDoor *self,
                        const char *scan_id,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_string_append (self->calls, "undo;");
  if (self->error != NULL)
    g_task_return_error (task, g_error_copy (self->error));
  else
    g_task_return_pointer (task, g_object_ref (self->outcome), g_object_unref);
}

BitketOutcome *
bitket_door_undo_finish (BitketDoor *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
bitket_door_search_async (BitketDoor *self,
                          const char *query,
                          guint limit,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_string_append_printf (self->calls, "search %s;", query);
  g_task_return_pointer (task, g_ptr_array_ref (self->hits), (GDestroyNotify) g_ptr_array_unref);
}

GPtrArray *
bitket_door_search_finish (BitketDoor *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
bitket_door_close_async (BitketDoor *self, GAsyncReadyCallback callback, gpointer user_data)
{
  g_string_append (self->calls, "close;");
}

GPtrArray *
bitket_door_get_counts (BitketDoor *self)
{
  return self->counts;
}

GListModel *
bitket_door_get_recent (BitketDoor *self)
{
  return G_LIST_MODEL (self->recent);
}

void
bitket_door_hit_free (BitketDoorHit *hit)
{
  g_free (hit->ownership);
  g_free (hit->name);
  g_free (hit->email);
  g_free (hit->ticket_type);
  g_strfreev (hit->choices);
  g_free (hit->utilized_by_door);
  g_free (hit);
}
