/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-idempotency.h"

#include <string.h>

#include "bitket-json-reader.h"
#include "bitket-service-error.h"

/* Who asks: keys of one are nothing to another. */
static char *
dup_caller (const BitketRequest *request)
{
  switch (request->caller.kind)
    {
    case BITKET_CALLER_USER:
      return g_strconcat ("user ", request->caller.id, NULL);
    case BITKET_CALLER_DOOR:
      return g_strconcat ("door ", request->caller.id, NULL);
    case BITKET_CALLER_NONE:
      break;
    }
  return g_strconcat ("at ", request->remote, NULL);
}

static void
hash_text (GChecksum *checksum, const char *text)
{
  /* With its NUL, so that nothing runs into the next. */
  if (text != NULL)
    g_checksum_update (checksum, (const guchar *) text, (gssize) strlen (text) + 1);
  else
    g_checksum_update (checksum, (const guchar *) "", 1);
}

/* What was asked: route and body. */
char *
bitket_idempotency_hash (const BitketRequest *request)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize len = 0;
  const guchar *body = request->body == NULL ? NULL : g_bytes_get_data (request->body, &len);

  hash_text (checksum, request->method_name);
  hash_text (checksum, request->path);
  hash_text (checksum, request->raw_query);
  if (len > 0)
    g_checksum_update (checksum, body, (gssize) len);
  return g_strdup (g_checksum_get_string (checksum));
}

static gboolean
forget_old (const BitketRequest *request, BitketDb *db, GError **error)
{
  g_autoptr (BitketStatement) statement =
      bitket_db_prepare (db, "DELETE FROM idempotency_keys WHERE created <= $1", error);

  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_int64 (statement, 1, request->now_us - BITKET_IDEMPOTENCY_LIFE_US);
  return bitket_statement_run (statement, error);
}

/* Takes the key: who comes second waits here until the first has come to an end. */
static gboolean
take_key (const BitketRequest *request,
          BitketDb *db,
          const char *caller,
          const char *hash,
          gboolean *is_taken,
          GError **error)
{
  g_autoptr (BitketStatement) statement = bitket_db_prepare (
      db,
      "INSERT INTO idempotency_keys (caller, key, request_hash, status, headers, body, created)"
      " VALUES ($1, $2, $3, 0, '', '', $4) ON CONFLICT (caller, key) DO NOTHING",
      error);

  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, caller);
  bitket_statement_bind_text (statement, 2, request->idempotency_key);
  bitket_statement_bind_text (statement, 3, hash);
  bitket_statement_bind_int64 (statement, 4, request->now_us);
  if (!bitket_statement_run (statement, error))
    return FALSE;
  *is_taken = bitket_statement_get_n_changed (statement) > 0;
  return TRUE;
}

static gboolean
keep_answer (const BitketRequest *request,
             BitketDb *db,
             const char *caller,
             const BitketReply *reply,
             GError **error)
{
  g_autoptr (BitketStatement) statement =
      bitket_db_prepare (db,
                         "UPDATE idempotency_keys SET status = $1, headers = $2, body = $3"
                         " WHERE caller = $4 AND key = $5",
                         error);
  g_autofree char *body = reply->json == NULL ? NULL : bitket_json_to_string (reply->json);
  const char *location = bitket_reply_get_header (reply, "Location");

  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_int64 (statement, 1, reply->status);
  bitket_statement_bind_text (statement, 2, location != NULL ? location : "");
  bitket_statement_bind_text (statement, 3, body != NULL ? body : "");
  bitket_statement_bind_text (statement, 4, caller);
  bitket_statement_bind_text (statement, 5, request->idempotency_key);
  return bitket_statement_run (statement, error);
}

static BitketReply *
read_answer (BitketStatement *row, GError **error)
{
  guint status = (guint) bitket_statement_get_int64 (row, 1);
  const char *location = bitket_statement_get_text (row, 2);
  const char *body = bitket_statement_get_text (row, 3);
  BitketReply *reply;
  JsonNode *json;

  if (*body == '\0')
    {
      reply = bitket_reply_new (status);
    }
  else
    {
      json = bitket_json_parse (body, -1, error);
      if (json == NULL)
        return NULL;
      reply = bitket_reply_new_json (status, json);
    }
  if (*location != '\0')
    bitket_reply_add_header (reply, "Location", location);
  bitket_reply_add_header (reply, "Idempotent-Replayed", "true");
  return reply;
}

static BitketReply *
answer_again (const BitketRequest *request,
              BitketDb *db,
              const char *caller,
              const char *hash,
              GError **error)
{
  g_autoptr (BitketStatement) statement =
      bitket_db_prepare (db,
                         "SELECT request_hash, status, headers, body FROM idempotency_keys"
                         " WHERE caller = $1 AND key = $2",
                         error);
  g_autoptr (GError) local_error = NULL;

  if (statement == NULL)
    return NULL;
  bitket_statement_bind_text (statement, 1, caller);
  bitket_statement_bind_text (statement, 2, request->idempotency_key);
  if (!bitket_statement_step (statement, &local_error))
    {
      /* Forgotten between the two statements. */
      if (local_error != NULL)
        g_propagate_error (error, g_steal_pointer (&local_error));
      else
        bitket_service_error_set (error, BITKET_SERVICE_ERROR_UNAVAILABLE);
      return NULL;
    }
  if (strcmp (bitket_statement_get_text (statement, 0), hash) != 0)
    {
      bitket_service_error_set (error, BITKET_SERVICE_ERROR_KEY_REUSED);
      return NULL;
    }
  return read_answer (statement, error);
}

gboolean
bitket_idempotency_check_key (const BitketRequest *request, GError **error)
{
  gsize len;

  g_return_val_if_fail (request != NULL && request->idempotency_key != NULL, FALSE);

  len = strlen (request->idempotency_key);
  if (len > 0 && len <= BITKET_IDEMPOTENCY_KEY_MAX_LEN &&
      g_utf8_validate (request->idempotency_key, (gssize) len, NULL))
    return TRUE;
  g_set_error_literal (error, BITKET_SERVICE_ERROR, BITKET_SERVICE_ERROR_INVALID,
                       "An Idempotency-Key is 1 to 255 bytes of text.");
  return FALSE;
}

BitketReply *
bitket_idempotency_run (BitketRequest *request, BitketDb *db, BitketHandler handler, GError **error)
{
  g_autofree char *caller = NULL;
  g_autofree char *hash = NULL;
  g_autoptr (BitketReply) reply = NULL;
  gboolean is_taken = FALSE;

  g_return_val_if_fail (request != NULL && db != NULL && handler != NULL, NULL);

  if (request->idempotency_key == NULL)
    return handler (request, db, error);
  if (!bitket_idempotency_check_key (request, error))
    return NULL;
  caller = dup_caller (request);
  hash = bitket_idempotency_hash (request);
  if (!forget_old (request, db, error) || !take_key (request, db, caller, hash, &is_taken, error))
    return NULL;
  if (!is_taken)
    return answer_again (request, db, caller, hash, error);
  reply = handler (request, db, error);
  if (reply != NULL && reply->status < 400 && !keep_answer (request, db, caller, reply, error))
    return NULL;
  return g_steal_pointer (&reply);
}
