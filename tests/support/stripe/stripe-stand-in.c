/* SPDX-License-Identifier: MIT */

/* stripe-stand-in: what is said over HTTP, and what goes wrong there. See docs/payments.md. */

#include <glib-unix.h>
#include <libsoup/soup.h>
#include <string.h>

#include "stand-in-private.h"

/* A call that was asked for with a key. */
typedef struct
{
  char *fingerprint; /* (owned) */
  gboolean is_in_work;
  guint status;
  char *body; /* (owned) (nullable) */
} KeyRecord;

static void
free_key_record (KeyRecord *record)
{
  g_free (record->fingerprint);
  g_free (record->body);
  g_free (record);
}

/* An answer on its way. */
typedef struct
{
  SoupServerMessage *message; /* (owned) */
  KeyRecord *record;          /* (nullable) (unowned) */
  guint status;
  char *body; /* (owned) */
  gboolean is_replayed;
  gboolean is_dropped;
} Answer;

static void
free_answer (Answer *answer)
{
  g_object_unref (answer->message);
  g_free (answer->body);
  g_free (answer);
}

static void
send_answer (Answer *answer)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (answer->message);

  if (answer->record != NULL)
    answer->record->is_in_work = FALSE;
  if (answer->is_dropped)
    g_socket_shutdown (soup_server_message_get_socket (answer->message), TRUE, TRUE, NULL);
  if (answer->is_replayed)
    soup_message_headers_replace (headers, "Idempotent-Replayed", "true");
  soup_message_headers_replace (headers, "Stripe-Version", "2024-06-20");
  soup_server_message_set_status (answer->message, answer->status, NULL);
  soup_server_message_set_response (answer->message, "application/json", SOUP_MEMORY_COPY,
                                    answer->body, strlen (answer->body));
}

static gboolean
delayed_cb (gpointer user_data)
{
  Answer *answer = user_data;

  send_answer (answer);
  soup_server_message_unpause (answer->message);
  free_answer (answer);
  return G_SOURCE_REMOVE;
}

static void
deliver (StandIn *self, Answer *answer)
{
  if (self->faults.delay_ms > 0)
    {
      soup_server_message_pause (answer->message);
      g_timeout_add (self->faults.delay_ms, delayed_cb, answer);
      return;
    }
  send_answer (answer);
  free_answer (answer);
}

static char *
format_object (JsonObject *object)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);

  json_node_set_object (node, object);
  return json_to_string (node, FALSE);
}

static void
answer_reply (StandIn *self, SoupServerMessage *message, StripeReply *reply, KeyRecord *record)
{
  Answer *answer = g_new0 (Answer, 1);

  answer->message = g_object_ref (message);
  answer->status = reply->status;
  answer->record = record;
  answer->body = reply->json != NULL ? format_object (reply->json) : g_strdup ("");
  if (reply->location != NULL)
    soup_message_headers_replace (soup_server_message_get_response_headers (message), "Location",
                                  reply->location);
  deliver (self, answer);
}

static void
answer_saved (StandIn *self, SoupServerMessage *message, KeyRecord *record)
{
  Answer *answer = g_new0 (Answer, 1);

  answer->message = g_object_ref (message);
  answer->status = record->status;
  answer->body = g_strdup (record->body);
  answer->is_replayed = TRUE;
  deliver (self, answer);
}

/* What the caller is given instead of the truth. */
static void
spoil_reply (StandIn *self, StripeReply *reply, Answer *answer)
{
  Faults *faults = &self->faults;

  if (!reply->moved_money)
    return;
  if (faults->n_answer_500 > 0)
    {
      faults->n_answer_500--;
      reply_error (reply, 500, "api_error", NULL, NULL, "An unknown error occurred");
    }
  else if (faults->n_garbage > 0)
    {
      faults->n_garbage--;
      answer->is_replayed = FALSE;
      g_free (answer->body);
      answer->body = g_strdup ("<html><body>Gateway</body></html>");
    }
  else if (faults->n_drop_after > 0)
    {
      faults->n_drop_after--;
      answer->is_dropped = TRUE;
    }
}

static void
answer_done (StandIn *self,
             SoupServerMessage *message,
             StripeReply *reply,
             const char *key,
             char *fingerprint)
{
  Answer *answer = g_new0 (Answer, 1);
  g_autofree char *body = NULL;

  answer->message = g_object_ref (message);
  spoil_reply (self, reply, answer);
  body = format_object (reply->json);
  answer->status = reply->status;
  if (answer->body == NULL)
    answer->body = g_strdup (body);
  else
    answer->status = 200;
  if (key != NULL && reply->is_saved)
    {
      KeyRecord *record = g_new0 (KeyRecord, 1);

      record->fingerprint = g_strdup (fingerprint);
      record->is_in_work = TRUE;
      record->status = reply->status;
      record->body = g_steal_pointer (&body);
      g_hash_table_insert (self->keys, g_strdup (key), record);
      answer->record = record;
    }
  deliver (self, answer);
}

/* Returns: %FALSE when it goes wrong before anything is done. */
static gboolean
survive_faults (StandIn *self, StripeReply *reply)
{
  Faults *faults = &self->faults;

  if (faults->n_rate_limit > 0)
    {
      faults->n_rate_limit--;
      reply_error (reply, 429, "invalid_request_error", "rate_limit", NULL,
                   "Testmode request rate limit exceeded.");
    }
  else if (faults->n_lock_timeout > 0)
    {
      faults->n_lock_timeout--;
      reply_error (reply, 429, "invalid_request_error", "lock_timeout", NULL,
                   "This object cannot be accessed right now because another API request or Stripe "
                   "process is currently accessing it.");
    }
  else if (faults->fail_percent > 0 &&
           (guint) g_rand_int_range (self->chance, 0, 100) < faults->fail_percent)
    reply_error (reply, 500, "api_error", NULL, NULL, "An unknown error occurred");
  return reply->status == 0;
}

static const char *
get_header (SoupServerMessage *message, const char *name)
{
  return soup_message_headers_get_one (soup_server_message_get_request_headers (message), name);
}

static gboolean
has_key (StandIn *self, SoupServerMessage *message)
{
  const char *authorization = get_header (message, "Authorization");

  return authorization != NULL && g_str_has_prefix (authorization, "Bearer ") &&
         strcmp (authorization + strlen ("Bearer "), self->key) == 0;
}

static gboolean
check_key (StandIn *self, SoupServerMessage *message, StripeReply *reply)
{
  if (has_key (self, message))
    return TRUE;
  if (get_header (message, "Authorization") == NULL)
    reply_error (reply, 401, "invalid_request_error", NULL, NULL,
                 "You did not provide an API key. You need to provide your API key in the "
                 "Authorization header, using Bearer auth (e.g. 'Authorization: Bearer "
                 "YOUR_SECRET_KEY').");
  else
    reply_error (reply, 401, "invalid_request_error", NULL, NULL,
                 "Invalid API Key provided: sk_test_*********");
  return FALSE;
}

static gboolean
check_account (StandIn *self, const char *account, StripeReply *reply)
{
  if (*account == '\0' || g_hash_table_contains (self->accounts, account))
    return TRUE;
  reply_error (reply, 403, "invalid_request_error", "account_invalid", NULL,
               "The provided key 'sk_test_*********' does not have access to account '%s' (or that "
               "account does not exist). Application access may have been revoked.",
               account);
  return FALSE;
}

/* Returns: (transfer full) (nullable): %NULL with an answer */
static Form *
read_form (SoupServerMessage *message, StripeReply *reply)
{
  SoupMessageBody *body = soup_server_message_get_request_body (message);
  g_autoptr (GBytes) bytes = soup_message_body_flatten (body);
  g_autofree char *text = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  const char *type = get_header (message, "Content-Type");
  gboolean is_post = strcmp (soup_server_message_get_method (message), "POST") == 0;
  Form *form = NULL;

  if (!is_post)
    form = form_parse (g_uri_get_query (soup_server_message_get_uri (message)));
  else if (*text == '\0' ||
           (type != NULL && g_str_has_prefix (type, "application/x-www-form-urlencoded")))
    form = form_parse (text);
  if (form == NULL)
    reply_invalid (reply, NULL, NULL,
                   "Invalid request (check that your POST content type is "
                   "application/x-www-form-urlencoded).");
  return form;
}

/* The same key again: the same answer, or what is wrong with it. Returns: %TRUE when answered. */
static gboolean
answer_again (StandIn *self,
              SoupServerMessage *message,
              const char *key,
              const char *fingerprint,
              StripeReply *reply)
{
  KeyRecord *record = g_hash_table_lookup (self->keys, key);
  const char *shown = get_header (message, "Idempotency-Key");

  if (record == NULL)
    return FALSE;
  if (record->is_in_work)
    reply_error (reply, 409, "idempotency_error", "idempotency_key_in_use", NULL,
                 "There is currently another in-progress request using this Idempotent Key (that "
                 "probably means you submitted twice, and the other request is still going "
                 "through): %s. Please try again later.",
                 shown);
  else if (strcmp (record->fingerprint, fingerprint) != 0)
    reply_error (reply, 400, "idempotency_error", NULL, NULL,
                 "Keys for idempotent requests can only be used with the same parameters they were "
                 "first used with. Try using a key other than '%s' if you meant to execute a "
                 "different request.",
                 shown);
  else
    {
      answer_saved (self, message, record);
      return TRUE;
    }
  answer_reply (self, message, reply, NULL);
  return TRUE;
}

static void
answer_call (StandIn *self, SoupServerMessage *message, const char *path)
{
  const char *account = get_header (message, "Stripe-Account");
  const char *given_key = get_header (message, "Idempotency-Key");
  StripeCall call = { soup_server_message_get_method (message), path,
                      account != NULL ? account : "", NULL };
  g_auto (StripeReply) reply = { 0 };
  g_autoptr (Form) form = NULL;
  g_autofree char *key = NULL;
  g_autofree char *fingerprint = NULL;
  g_autofree char *parameters = NULL;

  if (!check_key (self, message, &reply) || !check_account (self, call.account, &reply) ||
      (form = read_form (message, &reply)) == NULL || !survive_faults (self, &reply))
    {
      answer_reply (self, message, &reply, NULL);
      return;
    }
  call.form = form;
  if (given_key != NULL && strcmp (call.method, "POST") == 0)
    {
      parameters = form_fingerprint (form);
      fingerprint = g_strconcat (path, "\n", parameters, NULL);
      key = g_strconcat (call.account, "\n", given_key, NULL);
      if (answer_again (self, message, key, fingerprint, &reply))
        return;
    }
  calls_run (self, &call, &reply);
  answer_done (self, message, &reply, key, fingerprint);
}

static void
answer_oauth (StandIn *self, SoupServerMessage *message, const char *path)
{
  StripeCall call = { soup_server_message_get_method (message), path, "", NULL };
  g_auto (StripeReply) reply = { 0 };
  g_autoptr (Form) form = read_form (message, &reply);

  call.form = form;
  if (form != NULL)
    oauth_run (self, &call, has_key (self, message), &reply);
  answer_reply (self, message, &reply, NULL);
}

static void
set_number (JsonObject *object, const char *name, guint *number)
{
  if (json_object_has_member (object, name))
    *number = (guint) json_object_get_int_member (object, name);
}

static void
set_text (JsonObject *object, const char *name, char **text)
{
  if (json_object_has_member (object, name))
    {
      g_free (*text);
      *text = g_strdup (json_object_get_string_member (object, name));
    }
}

static void
take_settings (StandIn *self, JsonObject *object)
{
  Faults *faults = &self->faults;

  set_number (object, "delay_ms", &faults->delay_ms);
  set_number (object, "fail_rate", &faults->fail_percent);
  set_number (object, "decline_rate", &faults->decline_percent);
  set_number (object, "drop_after_charge", &faults->n_drop_after);
  set_number (object, "answer_500", &faults->n_answer_500);
  set_number (object, "rate_limit", &faults->n_rate_limit);
  set_number (object, "lock_timeout", &faults->n_lock_timeout);
  set_number (object, "answer_garbage", &faults->n_garbage);
  if (json_object_has_member (object, "seed"))
    g_rand_set_seed (self->chance, (guint32) json_object_get_int_member (object, "seed"));
  set_text (object, "webhook_url", &self->webhook_url);
  set_text (object, "webhook_secret", &self->webhook_secret);
  if (json_object_has_member (object, "account"))
    g_hash_table_add (self->accounts, g_strdup (json_object_get_string_member (object, "account")));
}

/* A refund by somebody at the dashboard. */
static gboolean
refund_by_hand (StandIn *self, JsonObject *object)
{
  const char *id = json_object_get_string_member (object, "payment_intent");
  Intent *intent = id == NULL ? NULL : g_hash_table_lookup (self->intents_by_id, id);

  if (intent == NULL)
    return FALSE;
  ledger_add_refund (self, intent, json_object_get_int_member (object, "amount"), NULL);
  return TRUE;
}

static void
answer_control (StandIn *self, SoupServerMessage *message, const char *path)
{
  SoupMessageBody *body = soup_server_message_get_request_body (message);
  g_autoptr (GBytes) bytes = soup_message_body_flatten (body);
  g_autofree char *text = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  g_autoptr (JsonNode) node = json_from_string (*text != '\0' ? text : "{}", NULL);
  g_auto (StripeReply) reply = { 0 };
  JsonObject *object;

  reply.status = 400;
  if (node != NULL && JSON_NODE_HOLDS_OBJECT (node))
    {
      object = json_node_get_object (node);
      reply.status = 200;
      if (strcmp (path, "/_control") == 0)
        take_settings (self, object);
      else if (strcmp (path, "/_control/refund") == 0)
        reply.status = refund_by_hand (self, object) ? 200 : 404;
      else if (strcmp (path, "/_control/charges") != 0)
        reply.status = 404;
    }
  reply.json = ledger_sums (self);
  soup_server_message_set_status (message, reply.status, NULL);
  g_free (g_steal_pointer (&text));
  text = format_object (reply.json);
  soup_server_message_set_response (message, "application/json", SOUP_MEMORY_COPY, text,
                                    strlen (text));
}

static void
request_cb (SoupServer *server,
            SoupServerMessage *message,
            const char *path,
            GHashTable *query,
            gpointer user_data)
{
  StandIn *self = user_data;

  if (g_str_has_prefix (path, "/_control"))
    answer_control (self, message, path);
  else if (g_str_has_prefix (path, "/oauth/"))
    answer_oauth (self, message, path);
  else
    answer_call (self, message, path);
}

typedef struct
{
  char *key;
  char *log;
  char **accounts;
} Options;

static gboolean
listen_and_say (SoupServer *server, GError **error)
{
  g_autoptr (GSList) uris = NULL;
  g_autofree char *url = NULL;

  if (!soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, error))
    return FALSE;
  uris = soup_server_get_uris (server);
  url = g_strdup_printf ("http://127.0.0.1:%d", g_uri_get_port (uris->data));
  g_print ("listening on %s\n", url);
  fflush (stdout);
  g_slist_foreach (uris, (GFunc) (void (*) (void)) g_uri_unref, NULL);
  return TRUE;
}

static gboolean
run (Options *options, GError **error)
{
  g_autoptr (StandIn) self = stand_in_new (options->key != NULL ? options->key : "sk_test_standin");
  g_autoptr (SoupServer) server = soup_server_new (NULL, NULL);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);

  self->keys =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) free_key_record);
  for (guint i = 0; options->accounts != NULL && options->accounts[i] != NULL; i++)
    g_hash_table_add (self->accounts, g_strdup (options->accounts[i]));
  if (options->log != NULL && (self->log = fopen (options->log, "ae")) == NULL)
    {
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "cannot write “%s”", options->log);
      return FALSE;
    }
  soup_server_add_handler (server, NULL, request_cb, self, NULL);
  if (!listen_and_say (server, error))
    return FALSE;
  g_unix_signal_add (SIGTERM, G_SOURCE_FUNC (g_main_loop_quit), loop);
  g_unix_signal_add (SIGINT, G_SOURCE_FUNC (g_main_loop_quit), loop);
  g_main_loop_run (loop);
  soup_server_disconnect (server);
  return TRUE;
}

int
main (int argc, char **argv)
{
  Options options = { NULL, NULL, NULL };
  const GOptionEntry entries[] = {
    { "key", 0, 0, G_OPTION_ARG_STRING, &options.key, "the secret key of tests; sk_test_standin",
      "KEY" },
    { "log", 0, 0, G_OPTION_ARG_FILENAME, &options.log, "a line for each charge and refund",
      "FILE" },
    { "account", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.accounts, "a connected account", "ID" },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  gboolean is_good;

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_set_summary (context, "Speaks Stripe's API on a free port of this machine.");
  is_good = g_option_context_parse (context, &argc, &argv, &error) && run (&options, &error);
  if (!is_good)
    g_printerr ("stripe-stand-in: %s\n", error->message);
  g_free (options.key);
  g_free (options.log);
  g_strfreev (options.accounts);
  return is_good ? 0 : 1;
}
