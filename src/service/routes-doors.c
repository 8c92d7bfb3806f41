/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

/* Pairing doors with events, listing and revoking them. */

#include <sodium.h>
#include <string.h>

#include "bitket-access.h"
#include "bitket-audit.h"
#include "bitket-auth.h"
#include "bitket-event-keys.h"
#include "bitket-json-reader.h"
#include "bitket-key-hash.h"
#include "bitket-secret.h"
#include "bitket-service-error.h"
#include "bitket-store.h"
#include "bitket-time.h"

#define PAIRING_LEN     8
#define PAIRING_SIZE    (PAIRING_LEN + 2) /* a dash in the middle, a NUL */
#define PAIRING_LIFE_US (10 * BITKET_TIME_MINUTE_US)
#define TOKEN_LEN       32
#define NAME_MAX_CHARS  64

/* Crockford's base 32: no letter that looks like another or like a digit. */
static const char base32[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static void
make_pairing (char pairing[PAIRING_SIZE])
{
  char *p = pairing;

  for (guint i = 0; i < PAIRING_LEN; i++)
    {
      if (i == PAIRING_LEN / 2)
        *p++ = '-';
      *p++ = base32[randombytes_uniform (32)];
    }
  *p = '\0';
}

/* As people type it: in either case, with or without the dash, O for 0, I and L for 1. Returns:
 * (transfer full) (nullable): the code without its dash. */
static char *
normalize_pairing (const char *text)
{
  GString *code = g_string_sized_new (PAIRING_LEN);

  for (const char *p = text; *p != '\0' && code->len <= PAIRING_LEN; p++)
    {
      char c = g_ascii_toupper (*p);

      if (c == '-' || c == ' ')
        continue;
      c = c == 'O' ? '0' : c == 'I' || c == 'L' ? '1' : c;
      g_string_append_c (code, strchr (base32, c) != NULL ? c : '?');
    }
  if (code->len != PAIRING_LEN || strchr (code->str, '?') != NULL)
    {
      g_string_free (code, TRUE);
      return NULL;
    }
  return g_string_free (code, FALSE);
}

static char *
hash_pairing (const char *pairing)
{
  g_autofree char *code = normalize_pairing (pairing);

  return code == NULL ? NULL : bitket_auth_hash_token (code);
}

static gboolean
insert_door (BitketRequest *request,
             BitketDb *db,
             const char *id,
             const char *event,
             const char *name,
             const char *pairing,
             GError **error)
{
  g_autofree char *hash = hash_pairing (pairing);
  g_autoptr (BitketStatement) statement = bitket_db_prepare (
      db,
      "INSERT INTO doors (id, event, name, pairing_hash, pairing_expires, created, created_by)"
      " VALUES ($1, $2, $3, $4, $5, $6, $7)",
      error);

  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, id);
  bitket_statement_bind_text (statement, 2, event);
  bitket_statement_bind_text (statement, 3, name);
  bitket_statement_bind_text (statement, 4, hash);
  bitket_statement_bind_int64 (statement, 5, request->now_us + PAIRING_LIFE_US);
  bitket_statement_bind_int64 (statement, 6, request->now_us);
  bitket_statement_bind_text (statement, 7, request->caller.id);
  return bitket_statement_run (statement, error);
}

static void
set_time_or_null (JsonObject *object, const char *name, gint64 time_us)
{
  g_autofree char *text = time_us == 0 ? NULL : bitket_time_format (time_us);

  if (text != NULL)
    json_object_set_string_member (object, name, text);
  else
    json_object_set_null_member (object, name);
}

static JsonObject *
begin_door (const BitketRequest *request, const char *id, const char *event, const char *name)
{
  JsonObject *door = json_object_new ();
  g_autofree char *url = bitket_request_link (request, "doors", id);
  g_autofree char *event_url = bitket_request_link (request, "events", event);

  json_object_set_string_member (door, "url", url);
  json_object_set_string_member (door, "id", id);
  json_object_set_string_member (door, "event", event_url);
  json_object_set_string_member (door, "name", name);
  return door;
}

static BitketReply *
answer_pairing (const BitketRequest *request,
                const char *id,
                const char *event,
                const char *name,
                const char *pairing)
{
  JsonObject *door = begin_door (request, id, event, name);
  g_autofree char *server = g_uri_escape_string (request->base, NULL, FALSE);
  g_autofree char *qr = g_strdup_printf ("bitket://pair?server=%s&code=%s", server, pairing);
  BitketReply *reply;

  json_object_set_string_member (door, "pairing", pairing);
  json_object_set_string_member (door, "pairing_qr", qr);
  set_time_or_null (door, "expires", request->now_us + PAIRING_LIFE_US);
  reply = bitket_reply_new_object (201, door);
  bitket_reply_add_header (reply, "Cache-Control", "no-store");
  bitket_reply_add_header (reply, "Location", json_object_get_string_member (door, "url"));
  return reply;
}

/* What is written down of a door: its name. */
static gboolean
audit_door (BitketRequest *request,
            BitketDb *db,
            const char *action,
            const char *event,
            const char *id,
            const char *name,
            GError **error)
{
  g_autoptr (JsonNode) after = NULL;
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "name", name);
  after = json_node_init_object (json_node_alloc (), object);
  json_object_unref (object);
  return bitket_audit_write_event (request, db, event, action, "door", id, after, error);
}

static const char required_text[] = "This field is required.";

/* Returns: %FALSE with @reply set. */
static gboolean
read_new_door (JsonNode *body, char event[BITKET_ID_SIZE], char **name, BitketReply **reply)
{
  g_auto (BitketJsonReader) reader = { 0 };
  g_autoptr (GError) error = NULL;
  const char *event_text, *name_text;

  if (!bitket_json_reader_init (&reader, body, NULL, NULL) ||
      !bitket_json_read_string (&reader, "event", &event_text, NULL))
    {
      *reply = bitket_reply_new_field_error ("event", required_text);
      return FALSE;
    }
  if (!bitket_hyperlink_parse (event_text, bitket_event_schema.collection, event, &error))
    {
      *reply = bitket_reply_new_field_error ("event", error->message);
      return FALSE;
    }
  if (!bitket_json_read_string (&reader, "name", &name_text, NULL))
    {
      *reply = bitket_reply_new_field_error ("name", required_text);
      return FALSE;
    }
  *name = g_strstrip (g_strdup (name_text));
  if (**name != '\0' && g_utf8_strlen (*name, -1) <= NAME_MAX_CHARS)
    return TRUE;
  *reply = bitket_reply_new_field_error (
      "name", **name == '\0' ? "This field may not be blank."
                             : "Ensure this field has no more than " G_STRINGIFY (
                                   NAME_MAX_CHARS) " characters.");
  return FALSE;
}

static BitketReply *
post_door (BitketRequest *request, BitketDb *db, GError **error)
{
  BitketReply *reply = NULL;
  g_autoptr (JsonNode) body = bitket_request_read_object (request, &reply, error);
  g_autofree char *name = NULL;
  g_autofree char *id = g_uuid_string_random ();
  char pairing[PAIRING_SIZE];
  char event[BITKET_ID_SIZE];

  if (body == NULL || !read_new_door (body, event, &name, &reply))
    return reply;
  if (!bitket_access_check_event (request, db, event, BITKET_ROLE_ORGANIZER, NULL, error))
    return NULL;
  make_pairing (pairing);
  if (!insert_door (request, db, id, event, name, pairing, error) ||
      !audit_door (request, db, "create", event, id, name, error))
    return NULL;
  return answer_pairing (request, id, event, name, pairing);
}

/* A door as it is found by its pairing code. */
typedef struct
{
  char id[BITKET_ID_SIZE];
  char event[BITKET_ID_SIZE];
  char *name; /* (owned) */
} PairedDoor;

static void
clear_paired_door (PairedDoor *door)
{
  g_clear_pointer (&door->name, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PairedDoor, clear_paired_door)

/* Takes the code: of two that come at once, one gets the door. Returns: %FALSE with @error, or
 * without when no such code is open. */
static gboolean
take_pairing (BitketRequest *request,
              BitketDb *db,
              const char *pairing_hash,
              const char *token_hash,
              PairedDoor *door,
              GError **error)
{
  g_autoptr (BitketStatement) statement = bitket_db_prepare (
      db,
      "UPDATE doors SET token_hash = $1, paired = $2, last_seen = $2, pairing_hash = NULL,"
      " pairing_expires = NULL"
      " WHERE pairing_hash = $3 AND pairing_expires > $2 AND revoked IS NULL"
      " RETURNING id, event, name",
      error);

  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, token_hash);
  bitket_statement_bind_int64 (statement, 2, request->now_us);
  bitket_statement_bind_text (statement, 3, pairing_hash);
  if (!bitket_statement_step (statement, error))
    return FALSE;
  g_strlcpy (door->id, bitket_statement_get_text (statement, 0), sizeof door->id);
  g_strlcpy (door->event, bitket_statement_get_text (statement, 1), sizeof door->event);
  door->name = g_strdup (bitket_statement_get_text (statement, 2));
  return TRUE;
}

static char *
make_token (void)
{
  guint8 bytes[TOKEN_LEN];
  char *token =
      g_malloc (sodium_base64_ENCODED_LEN (TOKEN_LEN, sodium_base64_VARIANT_URLSAFE_NO_PADDING));

  randombytes_buf (bytes, sizeof bytes);
  sodium_bin2base64 (
      token, sodium_base64_ENCODED_LEN (TOKEN_LEN, sodium_base64_VARIANT_URLSAFE_NO_PADDING), bytes,
      sizeof bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  bitket_secret_wipe (bytes, sizeof bytes);
  return token;
}

static BitketReply *
answer_paired (const BitketRequest *request,
               BitketDb *db,
               const PairedDoor *door,
               const char *token,
               GError **error)
{
  g_autoptr (BitketSecretString) key_text = NULL;
  g_autofree char *event_url = bitket_request_link (request, "events", door->event);
  BitketDoorKey key;
  JsonObject *object;
  BitketReply *reply;

  if (!bitket_store_door_key (db, door->event, &key, error))
    return NULL;
  key_text = bitket_door_key_to_hex (&key);
  bitket_door_key_clear (&key);
  object = json_object_new ();
  json_object_set_string_member (object, "id", door->id);
  json_object_set_string_member (object, "token", token);
  json_object_set_string_member (object, "event", event_url);
  json_object_set_string_member (object, "name", door->name);
  json_object_set_string_member (object, "door_key", key_text);
  reply = bitket_reply_new_object (200, object);
  bitket_reply_add_header (reply, "Cache-Control", "no-store");
  return reply;
}

/* Guessing is hopeless (40 bits, ten minutes), but it is made slow all the same. */
static BitketReply *
refuse_pairing (BitketRequest *request, const char *limit_key)
{
  bitket_limiter_fail (request->shared->limiter, limit_key, request->now_us);
  return bitket_reply_new_field_error ("pairing", "This pairing code is not valid.");
}

static BitketReply *
throttle (gint64 wait_us)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *seconds =
      g_strdup_printf ("%" G_GINT64_FORMAT, wait_us / BITKET_TIME_SECOND_US + 1);
  BitketReply *reply;

  bitket_service_error_set (&error, BITKET_SERVICE_ERROR_THROTTLED);
  reply = bitket_reply_new_error (error);
  bitket_reply_add_header (reply, "Retry-After", seconds);
  return reply;
}

static BitketReply *
pair_door (BitketRequest *request, BitketDb *db, GError **error)
{
  BitketReply *reply = NULL;
  g_autoptr (JsonNode) body = bitket_request_read_object (request, &reply, error);
  g_auto (BitketJsonReader) reader = { 0 };
  g_auto (PairedDoor) door = { 0 };
  g_autoptr (BitketSecretString) token = make_token ();
  g_autofree char *token_hash = bitket_auth_hash_token (token);
  g_autofree char *limit_key = g_strconcat ("pair|", request->remote, NULL);
  g_autofree char *pairing_hash = NULL;
  g_autoptr (GError) local_error = NULL;
  const char *pairing;
  gint64 wait_us =
      bitket_limiter_get_wait_us (request->shared->limiter, limit_key, request->now_us);

  if (body == NULL)
    return reply;
  if (wait_us > 0)
    return throttle (wait_us);
  if (!bitket_json_reader_init (&reader, body, NULL, NULL) ||
      !bitket_json_read_string (&reader, "pairing", &pairing, NULL))
    return bitket_reply_new_field_error ("pairing", required_text);
  pairing_hash = hash_pairing (pairing);
  if (pairing_hash == NULL)
    return refuse_pairing (request, limit_key);
  if (!take_pairing (request, db, pairing_hash, token_hash, &door, &local_error))
    {
      if (local_error == NULL)
        return refuse_pairing (request, limit_key);
      g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }
  if (!bitket_event_keys_ensure (request, db, door.event, error) ||
      !audit_door (request, db, "pair", door.event, door.id, door.name, error))
    return NULL;
  return answer_paired (request, db, &door, token, error);
}

static const char doors_sql[] =
    "SELECT d.id, d.event, d.name, d.created, d.paired, d.last_seen, d.revoked, e.organization"
    " FROM doors d JOIN events e ON e.id = d.event"
    " WHERE ($1 = '' OR d.event = $2) AND ($3 = '' OR d.id = $4) ORDER BY d.created, d.id";

static JsonObject *
read_door (const BitketRequest *request, BitketStatement *row)
{
  JsonObject *door =
      begin_door (request, bitket_statement_get_text (row, 0), bitket_statement_get_text (row, 1),
                  bitket_statement_get_text (row, 2));

  set_time_or_null (door, "created", bitket_statement_get_int64 (row, 3));
  set_time_or_null (door, "paired", bitket_statement_get_int64 (row, 4));
  set_time_or_null (door, "last_seen", bitket_statement_get_int64 (row, 5));
  set_time_or_null (door, "revoked", bitket_statement_get_int64 (row, 6));
  return door;
}

static BitketStatement *
select_doors (BitketDb *db, const char *event, const char *id, GError **error)
{
  BitketStatement *statement = bitket_db_prepare (db, doors_sql, error);

  if (statement == NULL)
    return NULL;
  bitket_statement_bind_text (statement, 1, event);
  bitket_statement_bind_text (statement, 2, event);
  bitket_statement_bind_text (statement, 3, id);
  bitket_statement_bind_text (statement, 4, id);
  return statement;
}

static BitketReply *
list_doors (BitketRequest *request, BitketDb *db, GError **error)
{
  const char *filter = bitket_request_get_query (request, "event");
  g_autoptr (BitketStatement) statement = NULL;
  g_autoptr (JsonArray) doors = json_array_new ();
  g_autoptr (GError) local_error = NULL;
  char event[BITKET_ID_SIZE] = "";

  if (filter != NULL && *filter != '\0' &&
      !bitket_hyperlink_parse (filter, bitket_event_schema.collection, event, &local_error))
    return bitket_reply_new_field_error ("event", local_error->message);
  statement = select_doors (db, event, "", error);
  if (statement == NULL)
    return NULL;
  while (bitket_statement_step (statement, &local_error))
    if ((bitket_caller_get_roles (&request->caller, bitket_statement_get_text (statement, 7)) &
         BITKET_ROLES_ANY_STAFF) != 0)
      json_array_add_object_element (doors, read_door (request, statement));
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }
  return bitket_reply_new_array (g_steal_pointer (&doors));
}

/* Returns: (transfer full): the door, when the caller has one of @roles for it. @event (out) */
static JsonObject *
find_door (BitketRequest *request,
           BitketDb *db,
           BitketRoles roles,
           char event[BITKET_ID_SIZE],
           GError **error)
{
  g_autoptr (BitketStatement) statement = select_doors (db, "", request->id, error);
  g_autoptr (GError) local_error = NULL;
  BitketRoles has;

  if (statement == NULL)
    return NULL;
  if (!bitket_statement_step (statement, &local_error))
    {
      if (local_error != NULL)
        g_propagate_error (error, g_steal_pointer (&local_error));
      else
        bitket_service_error_set (error, BITKET_SERVICE_ERROR_NOT_FOUND);
      return NULL;
    }
  has = bitket_caller_get_roles (&request->caller, bitket_statement_get_text (statement, 7));
  if ((has & roles) == 0)
    {
      bitket_service_error_set (error, has == BITKET_ROLE_NONE ? BITKET_SERVICE_ERROR_NOT_FOUND
                                                               : BITKET_SERVICE_ERROR_FORBIDDEN);
      return NULL;
    }
  g_strlcpy (event, bitket_statement_get_text (statement, 1), BITKET_ID_SIZE);
  return read_door (request, statement);
}

static BitketReply *
get_door (BitketRequest *request, BitketDb *db, GError **error)
{
  char event[BITKET_ID_SIZE];
  JsonObject *door = find_door (request, db, BITKET_ROLES_ANY_STAFF, event, error);

  return door == NULL ? NULL : bitket_reply_new_object (200, door);
}

static BitketReply *
revoke_door (BitketRequest *request, BitketDb *db, GError **error)
{
  char event[BITKET_ID_SIZE];
  g_autoptr (JsonObject) door = find_door (request, db, BITKET_ROLE_ORGANIZER, event, error);
  g_autoptr (BitketStatement) statement = NULL;

  if (door == NULL)
    return NULL;
  statement = bitket_db_prepare (
      db,
      "UPDATE doors SET revoked = $1, pairing_hash = NULL, pairing_expires = NULL"
      " WHERE id = $2 AND revoked IS NULL",
      error);
  if (statement == NULL)
    return NULL;
  bitket_statement_bind_int64 (statement, 1, request->now_us);
  bitket_statement_bind_text (statement, 2, request->id);
  if (!bitket_statement_run (statement, error))
    return NULL;
  if (bitket_statement_get_n_changed (statement) > 0 &&
      !audit_door (request, db, "revoke", event, request->id,
                   json_object_get_string_member (door, "name"), error))
    return NULL;
  bitket_request_notify_revoked (request, event, request->id);
  return bitket_reply_new (204);
}

const BitketRoute bitket_routes_doors[] = {
  { BITKET_METHOD_POST, "/api/doors/pair/", BITKET_NEEDS_ANYONE, BITKET_DB_TRANSACTION_WRITE,
    BITKET_ROUTE_NO_CACHE, pair_door, "Door Pairing" },
  { BITKET_METHOD_GET, "/api/doors/", BITKET_NEEDS_STAFF, BITKET_DB_TRANSACTION_READ,
    BITKET_ROUTE_DEFAULT, list_doors, "Door List" },
  { BITKET_METHOD_POST, "/api/doors/", BITKET_NEEDS_STAFF, BITKET_DB_TRANSACTION_WRITE,
    BITKET_ROUTE_IDEMPOTENT | BITKET_ROUTE_NO_CACHE, post_door, "Door List" },
  { BITKET_METHOD_GET, "/api/doors/{id}/", BITKET_NEEDS_STAFF, BITKET_DB_TRANSACTION_READ,
    BITKET_ROUTE_DEFAULT, get_door, "Door Instance" },
  { BITKET_METHOD_DELETE, "/api/doors/{id}/", BITKET_NEEDS_STAFF, BITKET_DB_TRANSACTION_WRITE,
    BITKET_ROUTE_DEFAULT, revoke_door, "Door Instance" },
  { 0 },
};
