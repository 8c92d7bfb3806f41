/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-core"

#include "bitket-entry.h"

#include <string.h>

#include "bitket-core-error.h"
#include "bitket-time.h"

/* The feed on the wire: what an event and its tickets are for a door. */

#define QUANTITY_MAX                                                                               \
  1000 /* of keys, ticket types and other events in one feed: far more than anybody has */

static void
free_ticket_type (gpointer data)
{
  BitketFeedTicketType *type = data;

  g_free (type->name);
  g_free (type);
}

BitketFeedEvent *
bitket_feed_event_new (void)
{
  BitketFeedEvent *event = g_new0 (BitketFeedEvent, 1);

  event->verify_keys = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  event->ticket_types = g_ptr_array_new_with_free_func (free_ticket_type);
  return event;
}

void
bitket_feed_event_free (BitketFeedEvent *event)
{
  if (event == NULL)
    return;
  g_free (event->name);
  g_clear_pointer (&event->verify_keys, g_ptr_array_unref);
  g_clear_pointer (&event->ticket_types, g_ptr_array_unref);
  g_clear_pointer (&event->other_events, g_ptr_array_unref);
  g_free (event);
}

void
bitket_feed_event_add_type (BitketFeedEvent *event, const char *id, const char *name)
{
  BitketFeedTicketType *type;

  g_return_if_fail (event != NULL);
  g_return_if_fail (bitket_id_is_valid (id));

  type = g_new0 (BitketFeedTicketType, 1);
  g_strlcpy (type->id, id, sizeof type->id);
  type->name = g_strdup (name);
  g_ptr_array_add (event->ticket_types, type);
}

static void
set_time (JsonObject *object, const char *member, gint64 time_us)
{
  g_autofree char *text = time_us != 0 ? bitket_time_format (time_us) : NULL;

  if (text != NULL)
    json_object_set_string_member (object, member, text);
  else
    json_object_set_null_member (object, member);
}

/* %NULL stands as null on the wire. */
static void
set_text (JsonObject *object, const char *member, const char *text)
{
  if (text != NULL)
    json_object_set_string_member (object, member, text);
  else
    json_object_set_null_member (object, member);
}

static JsonNode *
wrap_object (JsonObject *object)
{
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);

  json_node_take_object (node, object);
  return node;
}

static JsonArray *
write_keys (const BitketFeedEvent *event)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < event->verify_keys->len; i++)
    {
      g_autofree char *text =
          bitket_verify_key_format (g_bytes_get_data (event->verify_keys->pdata[i], NULL));

      json_array_add_string_element (array, text);
    }
  return array;
}

static JsonArray *
write_types (const BitketFeedEvent *event)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < event->ticket_types->len; i++)
    {
      const BitketFeedTicketType *type = event->ticket_types->pdata[i];
      JsonObject *object = json_object_new ();

      json_object_set_string_member (object, "id", type->id);
      set_text (object, "name", type->name);
      json_array_add_object_element (array, object);
    }
  return array;
}

JsonNode *
bitket_feed_event_to_json (const BitketFeedEvent *event)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "id", event->id);
  set_text (object, "name", event->name);
  set_time (object, "starts", event->starts_us);
  set_time (object, "ends", event->ends_us);
  set_time (object, "entry_opens", event->entry_opens_us);
  json_object_set_array_member (object, "verify_keys", write_keys (event));
  json_object_set_array_member (object, "ticket_types", write_types (event));
  if (event->other_events != NULL)
    {
      JsonArray *others = json_array_new ();

      for (guint i = 0; i < event->other_events->len; i++)
        json_array_add_element (others, bitket_feed_event_to_json (event->other_events->pdata[i]));
      json_object_set_array_member (object, "other_events", others);
    }
  return wrap_object (object);
}

static gboolean
fail_element (BitketJsonReader *reader,
              const char *member,
              guint index,
              const char *what,
              GError **error)
{
  g_set_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_KIND, "%s%s%s[%u]: %s", reader->path,
               *reader->path != '\0' ? "." : "", member, index, what);
  return FALSE;
}

/* An array of at most QUANTITY_MAX elements. */
static gboolean
read_array (BitketJsonReader *reader, const char *member, JsonArray **array, GError **error)
{
  if (!bitket_json_read_array (reader, member, array, error))
    return FALSE;
  if (json_array_get_length (*array) <= QUANTITY_MAX)
    return TRUE;
  g_set_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_LIMIT, "%s: more than %d elements",
               member, QUANTITY_MAX);
  return FALSE;
}

static gboolean
read_keys (BitketJsonReader *reader, BitketFeedEvent *event, GError **error)
{
  JsonArray *array;

  if (!read_array (reader, "verify_keys", &array, error))
    return FALSE;
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *node = json_array_get_element (array, i);
      guint8 key[BITKET_VERIFY_KEY_LEN];

      if (json_node_get_value_type (node) != G_TYPE_STRING ||
          !bitket_verify_key_parse (json_node_get_string (node), key, NULL))
        return fail_element (reader, "verify_keys", i, "expected a public key", error);
      g_ptr_array_add (event->verify_keys, g_bytes_new (key, sizeof key));
    }
  return TRUE;
}

static gboolean
read_types (BitketJsonReader *reader, BitketFeedEvent *event, GError **error)
{
  JsonArray *array;

  if (!read_array (reader, "ticket_types", &array, error))
    return FALSE;
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      g_auto (BitketJsonReader) child = { NULL, NULL };
      char id[BITKET_ID_SIZE];
      const char *name;

      if (!bitket_json_read_element (reader, "ticket_types", array, i, &child, error) ||
          !bitket_json_read_id (&child, "id", id, error) ||
          !bitket_json_read_string (&child, "name", &name, error))
        return FALSE;
      bitket_feed_event_add_type (event, id, name);
    }
  return TRUE;
}

static BitketFeedEvent *read_event (BitketJsonReader *reader, GError **error);

static gboolean
read_others (BitketJsonReader *reader, BitketFeedEvent *event, GError **error)
{
  JsonArray *array;

  if (!bitket_json_reader_has (reader, "other_events"))
    return TRUE;
  if (!read_array (reader, "other_events", &array, error))
    return FALSE;
  event->other_events = g_ptr_array_new_with_free_func ((GDestroyNotify) bitket_feed_event_free);
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      g_auto (BitketJsonReader) child = { NULL, NULL };
      BitketFeedEvent *other;

      if (!bitket_json_read_element (reader, "other_events", array, i, &child, error))
        return FALSE;
      other = read_event (&child, error);
      if (other == NULL)
        return FALSE;
      g_ptr_array_add (event->other_events, other);
    }
  return TRUE;
}

/* An event without its other events. */
static BitketFeedEvent *
read_event (BitketJsonReader *reader, GError **error)
{
  g_autoptr (BitketFeedEvent) event = bitket_feed_event_new ();
  const char *name;

  if (!bitket_json_read_id (reader, "id", event->id, error) ||
      !bitket_json_read_string (reader, "name", &name, error) ||
      !bitket_json_read_time_or (reader, "starts", 0, &event->starts_us, error) ||
      !bitket_json_read_time_or (reader, "ends", 0, &event->ends_us, error) ||
      !bitket_json_read_time_or (reader, "entry_opens", 0, &event->entry_opens_us, error) ||
      !read_keys (reader, event, error) || !read_types (reader, event, error))
    return NULL;
  event->name = g_strdup (name);
  return g_steal_pointer (&event);
}

BitketFeedEvent *
bitket_feed_event_from_reader (BitketJsonReader *reader, GError **error)
{
  g_autoptr (BitketFeedEvent) event = NULL;

  g_return_val_if_fail (reader != NULL, NULL);

  event = read_event (reader, error);
  if (event == NULL || !read_others (reader, event, error))
    return NULL;
  return g_steal_pointer (&event);
}

JsonNode *
bitket_feed_ticket_to_json (const BitketFeedTicket *ticket)
{
  JsonObject *object = json_object_new (), *holder = json_object_new ();

  json_object_set_string_member (object, "ownership", ticket->ownership);
  json_object_set_string_member (object, "ticket", ticket->ticket);
  json_object_set_string_member (object, "ticket_type", ticket->ticket_type);
  json_object_set_string_member (object, "code_hash", ticket->code_hash);
  json_object_set_string_member (object, "state", bitket_ticket_state_to_string (ticket->state));
  set_time (object, "utilized", ticket->utilized_us);
  set_text (object, "utilized_by_door", ticket->utilized_by_door);
  set_text (holder, "name", ticket->name);
  set_text (holder, "email", ticket->email);
  set_text (holder, "nin_hash", ticket->nin_hash);
  set_text (holder, "liu_id", ticket->liu_id);
  json_object_set_object_member (object, "holder", holder);
  json_object_set_array_member (object, "card_hashes",
                                ticket->card_hashes != NULL ? json_array_ref (ticket->card_hashes)
                                                            : json_array_new ());
  json_object_set_array_member (object, "choices",
                                ticket->choices != NULL ? json_array_ref (ticket->choices)
                                                        : json_array_new ());
  return wrap_object (object);
}

/* An array of strings, each at most @max_len bytes; missing and null are an empty one: %NULL. */
static gboolean
read_strings (BitketJsonReader *reader,
              const char *member,
              gsize max_len,
              JsonArray **array,
              GError **error)
{
  *array = NULL;
  if (!bitket_json_reader_has (reader, member))
    return TRUE;
  if (!read_array (reader, member, array, error))
    return FALSE;
  for (guint i = 0; i < json_array_get_length (*array); i++)
    {
      JsonNode *node = json_array_get_element (*array, i);

      if (json_node_get_value_type (node) != G_TYPE_STRING)
        return fail_element (reader, member, i, "expected a string", error);
      if (strlen (json_node_get_string (node)) > max_len)
        return fail_element (reader, member, i, "too long", error);
    }
  return TRUE;
}

static gboolean
read_hash (BitketJsonReader *reader,
           const char *member,
           char hash[BITKET_KEY_HASH_SIZE],
           GError **error)
{
  const char *text;
  gsize len;

  if (!bitket_json_read_string (reader, member, &text, error))
    return FALSE;
  len = strspn (text, "0123456789abcdef");
  if (len != BITKET_KEY_HASH_LEN || text[len] != '\0')
    {
      g_set_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_SYNTAX,
                   "%s%s%s: expected 64 hexadecimal digits", reader->path,
                   *reader->path != '\0' ? "." : "", member);
      return FALSE;
    }
  memcpy (hash, text, BITKET_KEY_HASH_SIZE);
  return TRUE;
}

static gboolean
read_holder (BitketJsonReader *reader, BitketFeedTicket *ticket, GError **error)
{
  g_auto (BitketJsonReader) holder = { NULL, NULL };

  return bitket_json_read_object (reader, "holder", &holder, error) &&
         bitket_json_read_string_or (&holder, "name", NULL, &ticket->name, error) &&
         bitket_json_read_string_or (&holder, "email", NULL, &ticket->email, error) &&
         bitket_json_read_string_or (&holder, "nin_hash", NULL, &ticket->nin_hash, error) &&
         bitket_json_read_string_or (&holder, "liu_id", NULL, &ticket->liu_id, error);
}

gboolean
bitket_feed_ticket_from_reader (BitketJsonReader *reader, BitketFeedTicket *ticket, GError **error)
{
  const char *state;

  g_return_val_if_fail (reader != NULL && ticket != NULL, FALSE);

  memset (ticket, 0, sizeof *ticket);
  if (!bitket_json_read_id (reader, "ownership", ticket->ownership, error) ||
      !bitket_json_read_id (reader, "ticket", ticket->ticket, error) ||
      !bitket_json_read_id (reader, "ticket_type", ticket->ticket_type, error) ||
      !read_hash (reader, "code_hash", ticket->code_hash, error) ||
      !bitket_json_read_string (reader, "state", &state, error) ||
      !bitket_json_read_time_or (reader, "utilized", 0, &ticket->utilized_us, error) ||
      !bitket_json_read_string_or (reader, "utilized_by_door", NULL, &ticket->utilized_by_door,
                                   error) ||
      !read_holder (reader, ticket, error) ||
      !read_strings (reader, "card_hashes", BITKET_KEY_HASH_LEN, &ticket->card_hashes, error) ||
      !read_strings (reader, "choices", 1024, &ticket->choices, error))
    return FALSE;
  /* A state that this version does not know never admits, and is no reason to lose the rest. */
  ticket->state = bitket_ticket_state_from_string (state);
  return TRUE;
}
