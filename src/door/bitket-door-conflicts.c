/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-door"

/* Conflicts that were told while nobody listened: after the stream was away, the service's list of
 * them is read once, and those that this door has a part in are told, each once. */

#include "bitket-door.h"

#include "bitket-door-private.h"

/* Somebody else's entry. */
typedef struct
{
  char id[BITKET_ID_SIZE];
  const char *door; /* (nullable) */
  gint64 at_us;
} Other;

static JsonArray *
get_entries (JsonNode *conflict)
{
  JsonObject *object;
  JsonNode *entries;

  if (!JSON_NODE_HOLDS_OBJECT (conflict))
    return NULL;
  object = json_node_get_object (conflict);
  entries = json_object_get_member (object, "entries");
  return entries != NULL && JSON_NODE_HOLDS_ARRAY (entries) ? json_node_get_array (entries) : NULL;
}

/* Returns: (transfer full) (nullable): this door's own row among @entries that was told of none yet
 */
static BitketDoorScan *
find_own (BitketDoorStore *store, JsonArray *entries)
{
  for (guint i = 0; i < json_array_get_length (entries); i++)
    {
      g_auto (BitketJsonReader) reader = { 0 };
      g_autoptr (BitketDoorScan) row = NULL;
      char id[BITKET_ID_SIZE];

      if (!bitket_json_reader_init (&reader, json_array_get_element (entries, i), NULL, NULL) ||
          !bitket_json_read_id (&reader, "id", id, NULL))
        continue;
      row = bitket_door_store_lookup_scan (store, id, NULL);
      if (row != NULL && !row->is_conflict && row->annulled_by[0] == '\0')
        return g_steal_pointer (&row);
    }
  return NULL;
}

/* The first of @entries that is not @own: who else let the ticket in. */
static gboolean
read_other (JsonArray *entries, const BitketDoorScan *own, Other *other)
{
  for (guint i = 0; i < json_array_get_length (entries); i++)
    {
      g_auto (BitketJsonReader) reader = { 0 };

      if (bitket_json_reader_init (&reader, json_array_get_element (entries, i), NULL, NULL) &&
          bitket_json_read_id (&reader, "id", other->id, NULL) &&
          g_strcmp0 (other->id, own->entry.id) != 0 &&
          bitket_json_read_time_or (&reader, "at", 0, &other->at_us, NULL) &&
          bitket_json_read_string_or (&reader, "door", NULL, &other->door, NULL))
        return TRUE;
    }
  return FALSE;
}

static BitketOutcome *
make_outcome (BitketDoorStore *store, const BitketDoorScan *own, const Other *other)
{
  g_autoptr (BitketDoorTicket) ticket =
      bitket_door_store_lookup_ticket (store, own->entry.ownership, NULL);
  const BitketOutcomeFacts facts = {
    .verdict = BITKET_VERDICT_ATTENTION,
    .reason = BITKET_REASON_ALREADY_ADMITTED,
    .authority = BITKET_AUTHORITY_SERVICE,
    .kind = BITKET_SCAN_KIND_TICKET,
    .source = own->entry.source,
    .scan_id = other->id, /* by which the stream may have told it */
    .ownership = own->entry.ownership,
    .ticket_type =
        ticket == NULL ? NULL : bitket_door_store_get_type_name (store, ticket->ticket_type),
    .name = ticket == NULL ? NULL : ticket->name,
    .choices = ticket == NULL ? NULL : (const char *const *) ticket->choices,
    .door = other->door,
    .utilized_us = other->at_us,
    .at_us = own->entry.at_us,
  };

  return bitket_outcome_new (&facts);
}

/* Notes on the row that it was told of, so that it is told once, also after a restart. */
static gboolean
note_told (BitketDoorStore *store, BitketDoorScan *own)
{
  own->is_conflict = TRUE;
  if (!bitket_door_store_begin (store, NULL))
    return FALSE;
  if (bitket_door_store_update_scan (store, own, NULL))
    return bitket_door_store_commit (store, NULL);
  bitket_door_store_rollback (store);
  return FALSE;
}

/* Returns: (transfer full) (element-type BitketOutcome): what is to be told of @conflicts */
GPtrArray *
bitket_door_read_conflicts (BitketDoorJudge *judge, JsonNode *conflicts)
{
  BitketDoorStore *store = bitket_door_judge_get_store (judge);
  GPtrArray *outcomes = g_ptr_array_new_with_free_func (g_object_unref);
  JsonArray *array;

  if (!JSON_NODE_HOLDS_ARRAY (conflicts))
    return outcomes;
  array = json_node_get_array (conflicts);
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonArray *entries = get_entries (json_array_get_element (array, i));
      g_autoptr (BitketDoorScan) own = entries == NULL ? NULL : find_own (store, entries);
      Other other = { 0 };

      if (own != NULL && read_other (entries, own, &other) && note_told (store, own))
        g_ptr_array_add (outcomes, make_outcome (store, own, &other));
    }
  return outcomes;
}

/* Asking. */

typedef struct
{
  BitketDoorJudge *judge;
  JsonNode *conflicts; /* (owned) */
} Reading;

static void
free_reading (gpointer data)
{
  Reading *reading = data;

  json_node_unref (reading->conflicts);
  g_free (reading);
}

static void
free_outcomes (gpointer data)
{
  g_ptr_array_unref (data);
}

static gpointer
read_job (gpointer data, GCancellable *cancellable, GError **error)
{
  Reading *reading = data;

  return bitket_door_read_conflicts (reading->judge, reading->conflicts);
}

static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BitketDoor *self = user_data;
  g_autoptr (GPtrArray) outcomes = bitket_door_finish_job (self, result, NULL);

  for (guint i = 0; outcomes != NULL && i < outcomes->len; i++)
    bitket_door_emit_conflict (self, g_ptr_array_index (outcomes, i));
  bitket_door_release (self);
}

static void
listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BitketDoor *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketResponse) response =
      bitket_session_request_finish (BITKET_SESSION (source), result, &error);
  Reading *reading;

  if (response == NULL || bitket_response_get_json (response) == NULL)
    {
      /* Nobody asked for it; the next download does. */
      self->wants_conflicts = TRUE;
      bitket_door_release (self);
      return;
    }
  reading = g_new0 (Reading, 1);
  reading->judge = self->judge;
  reading->conflicts = json_node_ref (bitket_response_get_json (response));
  bitket_door_run_job (self, read_job, reading, free_reading, free_outcomes, read_cb, self);
}

void
bitket_door_check_conflicts (BitketDoor *self)
{
  g_autofree char *path = NULL;

  if (!self->wants_conflicts || self->is_revoked || self->is_over || self->close_task != NULL ||
      self->snapshot->n_waiting > 0)
    return;
  self->wants_conflicts = FALSE;
  path = g_strdup_printf ("/api/events/%s/conflicts/", self->event_id);
  bitket_door_hold (self);
  bitket_session_request_async (self->session, "GET", path, NULL, NULL, BITKET_REQUEST_DEFAULT, 0,
                                self->background, listed_cb, self);
}
