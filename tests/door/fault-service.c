/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

#include "fault-service.h"

#include <string.h>

static void
free_entry (gpointer data)
{
  bitket_entry_clear (data);
  g_free (data);
}

static void
free_result (gpointer data)
{
  bitket_entry_result_clear (data);
  g_free (data);
}

static void
close_connection (SoupServerMessage *message)
{
  g_autoptr (GIOStream) stream = soup_server_message_steal_connection (message);

  g_io_stream_close (stream, NULL, NULL);
}

static void
answer (SoupServerMessage *message, guint status, const char *type, const char *body)
{
  soup_server_message_set_status (message, status, NULL);
  soup_server_message_set_response (message, type, SOUP_MEMORY_COPY, body, strlen (body));
}

/* Returns whether the fault was all that there is to say. */
static gboolean
meet_fault (FaultService *service, SoupServerMessage *message, Fault fault)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);

  switch (fault)
    {
    case FAULT_NONE:
    case FAULT_LOST_ANSWER:
      return FALSE;
    case FAULT_HANG:
      soup_server_message_pause (message);
      g_ptr_array_add (service->hanging, g_object_ref (message));
      return TRUE;
    case FAULT_RESET:
      close_connection (message);
      return TRUE;
    case FAULT_HTML_502:
      answer (message, 502, "text/html", "<html>Bad gateway</html>");
      return TRUE;
    case FAULT_PORTAL:
      answer (message, 200, "text/html", "<html>Welcome to the free network</html>");
      return TRUE;
    case FAULT_NO_JSON:
      answer (message, 200, "application/json", "{\"cursor\":");
      return TRUE;
    case FAULT_WRONG_SHAPE:
      answer (message, 200, "application/json", "{\"unexpected\":[{}]}");
      return TRUE;
    case FAULT_BUSY:
      soup_message_headers_replace (headers, "Retry-After", "1");
      answer (message, 429, "application/json", "{\"detail\":\"Too many.\"}");
      return TRUE;
    case FAULT_REVOKED:
      answer (message, 401, "application/json",
              "{\"detail\":\"This door was revoked.\",\"code\":\"door_revoked\"}");
      return TRUE;
    case FAULT_SERVER:
      answer (message, 500, "application/json", "{\"detail\":\"Oops.\"}");
      return TRUE;
    case FAULT_BAD_REQUEST:
      answer (message, 400, "application/json", "{\"detail\":\"No.\"}");
      return TRUE;
    }
  return FALSE;
}

static FixtureTicket *
find_ticket (FaultService *service, const char *ownership)
{
  GArray *tickets = service->fixture->tickets;

  for (guint i = 0; i < tickets->len; i++)
    if (strcmp (g_array_index (tickets, FixtureTicket, i).ownership, ownership) == 0)
      return &g_array_index (tickets, FixtureTicket, i);
  return NULL;
}

static void
annul (FaultService *service, const BitketEntry *entry, BitketEntryResult *result)
{
  BitketEntryResult *target = g_hash_table_lookup (service->results, entry->annuls);
  FixtureTicket *ticket = find_ticket (service, entry->ownership);

  if (target == NULL)
    {
      result->kind = BITKET_ENTRY_RESULT_REFUSED;
      result->reason = BITKET_REASON_UNKNOWN_TICKET;
      return;
    }
  result->kind = BITKET_ENTRY_RESULT_ANNULLED;
  if (target->kind != BITKET_ENTRY_RESULT_ADMITTED)
    return;
  target->kind = BITKET_ENTRY_RESULT_ANNULLED;
  if (ticket != NULL)
    {
      ticket->state = BITKET_TICKET_STATE_VALID;
      ticket->utilized_us = 0;
    }
}

static void
decide (FaultService *service, const BitketEntry *entry, BitketEntryResult *result)
{
  FixtureTicket *ticket = find_ticket (service, entry->ownership);
  gboolean is_told = entry->verdict != BITKET_VERDICT_NONE;

  if (entry->annuls[0] != '\0')
    {
      annul (service, entry, result);
      return;
    }
  if (is_told && !bitket_reason_admits (entry->reason) && entry->forced == NULL)
    {
      result->kind = BITKET_ENTRY_RESULT_LOGGED;
      return;
    }
  result->kind = BITKET_ENTRY_RESULT_REFUSED;
  if (ticket == NULL)
    {
      result->reason = BITKET_REASON_UNKNOWN_TICKET;
      return;
    }
  if (ticket->state == BITKET_TICKET_STATE_UTILIZED)
    {
      result->reason = BITKET_REASON_ALREADY_ADMITTED;
      result->utilized_us = ticket->utilized_us;
      result->utilized_by_door = g_strdup (ticket->utilized_by);
      result->is_conflict = is_told;
      return;
    }
  result->kind = BITKET_ENTRY_RESULT_ADMITTED;
  result->reason = BITKET_REASON_VALID;
  ticket->state = BITKET_TICKET_STATE_UTILIZED;
  ticket->utilized_us = entry->at_us;
  ticket->utilized_by = FIXTURE_DOOR;
  result->utilized_us = entry->at_us;
  result->utilized_by_door = g_strdup (FIXTURE_DOOR);
}

static BitketEntryResult *
take_item (FaultService *service, BitketEntry *entry, guint index)
{
  BitketEntryResult *result = g_hash_table_lookup (service->results, entry->id);
  FixtureTicket *ticket;

  if (result != NULL)
    {
      free_entry (entry);
      return result;
    }
  result = g_new0 (BitketEntryResult, 1);
  g_strlcpy (result->id, entry->id, sizeof result->id);
  if (index + 1 == service->refused_row)
    {
      result->kind = BITKET_ENTRY_RESULT_REFUSED;
      result->reason = BITKET_REASON_UNKNOWN_TICKET;
    }
  else
    decide (service, entry, result);
  /* As bitketd: an annulment that is early is not kept, so that it can come again. */
  if (entry->annuls[0] != '\0' && result->kind == BITKET_ENTRY_RESULT_REFUSED)
    {
      g_ptr_array_add (service->early, result);
      free_entry (entry);
      return result;
    }
  ticket = find_ticket (service, entry->ownership);
  if (ticket != NULL)
    result->ticket = fixture_ticket_json (service->fixture, ticket);
  g_hash_table_insert (service->results, g_strdup (entry->id), result);
  g_ptr_array_add (service->items, entry);
  return result;
}

/* An item that could not be decided: nothing is kept of it. */
static JsonNode *
make_fault (FaultService *service, BitketEntry *entry)
{
  BitketEntryResult result = { .kind = BITKET_ENTRY_RESULT_REFUSED, .reason = BITKET_REASON_FAULT };

  service->n_faulty--;
  g_strlcpy (result.id, entry->id, sizeof result.id);
  free_entry (entry);
  return bitket_entry_result_to_json (&result);
}

static void
answer_entries (FaultService *service, SoupServerMessage *message)
{
  g_autoptr (GBytes) body =
      soup_message_body_flatten (soup_server_message_get_request_body (message));
  g_autoptr (JsonNode) node =
      bitket_json_parse (g_bytes_get_data (body, NULL), g_bytes_get_size (body), NULL);
  g_autoptr (JsonNode) reply = json_node_new (JSON_NODE_ARRAY);
  JsonArray *items, *results = json_array_new ();
  g_autofree char *text = NULL;

  g_assert_true (node != NULL && JSON_NODE_HOLDS_ARRAY (node));
  json_node_take_array (reply, results);
  items = json_node_get_array (node);
  g_assert_cmpuint (json_array_get_length (items), <=, BITKET_ENTRIES_MAX);
  for (guint i = 0; service->poison != NULL && i < json_array_get_length (items); i++)
    if (strcmp (json_object_get_string_member (json_array_get_object_element (items, i), "id"),
                service->poison) == 0)
      {
        answer (message, 400, "application/json", "{\"detail\":\"One of them is bad.\"}");
        return;
      }
  for (guint i = 0; i < json_array_get_length (items); i++)
    {
      g_auto (BitketJsonReader) reader = { 0 };
      g_autoptr (GError) error = NULL;
      BitketEntry *entry = g_new0 (BitketEntry, 1);
      BitketEntryResult *result;

      g_assert_true (
          bitket_json_reader_init (&reader, json_array_get_element (items, i), NULL, NULL));
      bitket_entry_from_reader (&reader, entry, &error);
      g_assert_no_error (error);
      if (service->n_faulty > 0)
        {
          json_array_add_element (results, make_fault (service, entry));
          continue;
        }
      result = take_item (service, entry, i);
      for (guint n = 0; n < (service->duplicates ? 2 : 1); n++)
        json_array_add_element (results, bitket_entry_result_to_json (result));
    }
  text = bitket_json_to_string (reply);
  answer (message, 200, "application/json", text);
}

static gboolean
loses_answer (FaultService *service, Fault fault)
{
  if (fault != FAULT_LOST_ANSWER || service->n_lost == 0)
    return FALSE;
  service->n_lost--;
  return TRUE;
}

static void
answer_feed (FaultService *service, SoupServerMessage *message)
{
  GArray *tickets = service->fixture->tickets;
  g_autoptr (GBytes) page =
      fixture_page (service->fixture, (FixtureTicket *) (gpointer) tickets->data, tickets->len);
  g_autofree char *text = g_strndup (g_bytes_get_data (page, NULL), g_bytes_get_size (page));

  answer (message, 200, "application/json", text);
}

/* What a proxy in bad weather does: drops, cuts, delays without end, answers for itself. */
static void
make_weather (FaultService *service)
{
  static const Fault weather[] = {
    FAULT_RESET,       FAULT_RESET,    FAULT_LOST_ANSWER, FAULT_LOST_ANSWER,
    FAULT_LOST_ANSWER, FAULT_HTML_502, FAULT_HANG,        FAULT_NO_JSON,
  };
  guint draw = g_test_rand_int_range (0, 30);
  Fault fault = draw < G_N_ELEMENTS (weather) ? weather[draw] : FAULT_NONE;

  fault_service_set_all (service, fault);
  service->n_lost = fault == FAULT_LOST_ANSWER ? 1 : 0;
  service->duplicates = g_test_rand_int_range (0, 4) == 0;
}

static void
handle (SoupServer *server,
        SoupServerMessage *message,
        const char *path,
        GHashTable *query,
        gpointer user_data)
{
  FaultService *service = user_data;

  if (service->is_chaotic)
    make_weather (service);
  if (g_str_has_suffix (path, "/entries/"))
    {
      service->n_entry_requests++;
      if (meet_fault (service, message, service->entries))
        return;
      answer_entries (service, message);
      if (loses_answer (service, service->entries))
        close_connection (message);
    }
  else if (g_str_has_suffix (path, "/entry-feed/"))
    {
      service->n_feed_requests++;
      if (!meet_fault (service, message, service->feed))
        answer_feed (service, message);
    }
  else if (g_str_equal (path, "/healthz"))
    {
      if (!meet_fault (service, message, service->health))
        answer (message, 200, "application/json", "{\"status\":\"ok\"}");
    }
  else if (g_str_has_suffix (path, "/conflicts/"))
    answer (message, 200, "application/json",
            service->conflicts == NULL ? "[]" : service->conflicts);
  else if (service->pairing != NULL && g_str_equal (path, "/api/doors/pair/"))
    answer (message, 200, "application/json", service->pairing);
  else
    answer (message, 404, "application/json", "{\"detail\":\"Not found.\"}");
}

/* The server's clock, where a test needs another than this machine's. */
static void
wrote_headers_cb (SoupServer *server, SoupServerMessage *message, gpointer user_data)
{
  FaultService *service = user_data;
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autoptr (GDateTime) shifted = g_date_time_add (now, service->date_shift_us);
  g_autofree char *date = g_date_time_format (shifted, "%a, %d %b %Y %T GMT");

  soup_message_headers_replace (soup_server_message_get_response_headers (message), "Date", date);
}

FaultService *
fault_service_new (Fixture *fixture)
{
  FaultService *service = g_new0 (FaultService, 1);
  g_autoptr (GError) error = NULL;
  GSList *uris;

  service->fixture = fixture;
  service->results = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, free_result);
  service->items = g_ptr_array_new_with_free_func (free_entry);
  service->early = g_ptr_array_new_with_free_func (free_result);
  service->hanging = g_ptr_array_new_with_free_func (g_object_unref);
  service->server = soup_server_new (NULL, NULL);
  soup_server_add_handler (service->server, NULL, handle, service, NULL);
  g_signal_connect (service->server, "request-read", G_CALLBACK (wrote_headers_cb), service);
  soup_server_listen_local (service->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (service->server);
  service->url = g_strdup_printf ("http://127.0.0.1:%d", g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  return service;
}

void
fault_service_free (FaultService *service)
{
  soup_server_disconnect (service->server);
  g_object_unref (service->server);
  g_hash_table_unref (service->results);
  g_ptr_array_unref (service->items);
  g_ptr_array_unref (service->hanging);
  g_ptr_array_unref (service->early);
  g_free (service->poison);
  g_free (service->pairing);
  g_free (service->conflicts);
  g_free (service->url);
  g_free (service);
}

void
fault_service_set_all (FaultService *service, Fault fault)
{
  service->entries = fault;
  service->feed = fault;
  service->health = fault;
}

guint
fault_service_get_admissions (FaultService *service, const char *ownership)
{
  guint n = 0;

  for (guint i = 0; i < service->items->len; i++)
    {
      const BitketEntry *entry = g_ptr_array_index (service->items, i);
      const BitketEntryResult *result = g_hash_table_lookup (service->results, entry->id);

      if (strcmp (entry->ownership, ownership) == 0 && entry->annuls[0] == '\0' &&
          result->kind == BITKET_ENTRY_RESULT_ADMITTED)
        n++;
    }
  return n;
}
