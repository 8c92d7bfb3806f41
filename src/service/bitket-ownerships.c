/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-ownerships.h"

#include <string.h>

#include "bitket-event-keys.h"
#include "bitket-money.h"
#include "bitket-pricing.h"
#include "bitket-service-error.h"
#include "bitket-signing.h"
#include "bitket-store.h"
#include "bitket-time.h"

/* Rows are read by their ids, so many at a time: the numbers of the parameters, and how many. */
#define TEN(tens)                                                                                  \
  "$" tens "0, $" tens "1, $" tens "2, $" tens "3, $" tens "4, $" tens "5, $" tens "6, $" tens     \
  "7, $" tens "8, $" tens "9"
#define IDS                                                                                        \
  "$1, $2, $3, $4, $5, $6, $7, $8, $9, " TEN ("1") ", " TEN ("2") ", " TEN ("3") ", " TEN (        \
      "4") ", " TEN ("5") ", " TEN ("6") ", " TEN ("7") ", " TEN ("8") ", " TEN ("9")
#define N_IDS 99

static const char ownerships_tail[] = "WHERE t.id IN (" IDS ")";
static const char tickets_tail[] =
    "WHERE t.id IN (SELECT x.ticket FROM ticket_ownerships x WHERE x.id IN (" IDS "))";
static const char users_tail[] =
    "WHERE t.id IN (SELECT x.\"user\" FROM ticket_ownerships x WHERE x.id IN (" IDS "))";

/* Longer lists carry no QR pictures unless they are asked for by name. */
#define MAX_DRAWN 100

typedef struct
{
  gint64 price_ore;
  char event[BITKET_ID_SIZE];
} TypeFacts;

/* Everything that a list of ownerships leans on. */
typedef struct
{
  BitketRequest *request; /* (unowned) */
  BitketDb *db;           /* (unowned) */
  const BitketOwnershipForm *form;
  GHashTable *ownerships; /* (owned) id → BitketRecord, of the rows in work */
  GHashTable *tickets;    /* (owned) id → BitketRecord, likewise */
  GHashTable *users;      /* (owned) id → BitketRecord, likewise */
  GHashTable *types;      /* (owned) id → TypeFacts */
  GHashTable *choices;    /* (owned) id → gint64 delta */
  GHashTable *modifiers;  /* (owned) id → gint64 delta */
  GHashTable *keys;       /* (owned) event → BitketEventKeys: GPtrArray */
  gboolean is_drawn;
} Book;

static void
clear_rows (Book *book)
{
  g_clear_pointer (&book->ownerships, g_hash_table_unref);
  g_clear_pointer (&book->tickets, g_hash_table_unref);
  g_clear_pointer (&book->users, g_hash_table_unref);
}

static void
clear_book (Book *book)
{
  clear_rows (book);
  g_clear_pointer (&book->types, g_hash_table_unref);
  g_clear_pointer (&book->choices, g_hash_table_unref);
  g_clear_pointer (&book->modifiers, g_hash_table_unref);
  g_clear_pointer (&book->keys, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Book, clear_book)

void
bitket_ownership_form_clear (BitketOwnershipForm *form)
{
  g_clear_pointer (&form->fields, g_strfreev);
}

static gboolean
refuse_form (GError **error, const char *format, const char *field)
{
  g_autofree char *quoted = g_utf8_make_valid (field, -1);

  g_set_error (error, BITKET_SERVICE_ERROR, BITKET_SERVICE_ERROR_INVALID, "The field %s %s.",
               quoted, format);
  return FALSE;
}

static gboolean
read_expansion (BitketOwnershipForm *form, char *word, GError **error)
{
  char *dot = strchr (word, '.');
  gboolean is_ticket, is_user;

  if (dot != NULL)
    *dot = '\0';
  is_ticket = strcmp (word, "ticket") == 0;
  is_user = strcmp (word, "user") == 0;
  if (!is_ticket && !is_user)
    return refuse_form (error, "does not allow expansion", word);
  if (dot != NULL)
    return refuse_form (error, "does not allow nested expansions", word);
  form->expands_ticket |= is_ticket;
  form->expands_user |= is_user;
  return TRUE;
}

gboolean
bitket_ownership_form_read (const BitketRequest *request, BitketOwnershipForm *form, GError **error)
{
  const char *expand, *fields;
  g_auto (GStrv) words = NULL;

  g_return_val_if_fail (request != NULL && form != NULL, FALSE);

  expand = bitket_request_get_query (request, "expand");
  fields = bitket_request_get_query (request, "fields");
  words = g_strsplit (expand != NULL ? expand : "", ",", -1);
  for (guint i = 0; words[i] != NULL; i++)
    if (*g_strstrip (words[i]) != '\0' && !read_expansion (form, words[i], error))
      return FALSE;
  if (fields != NULL && *fields != '\0')
    {
      form->fields = g_strsplit (fields, ",", -1);
      for (guint i = 0; form->fields[i] != NULL; i++)
        g_strstrip (form->fields[i]);
    }
  return TRUE;
}

static GHashTable *
list_by_id (BitketDb *db,
            const BitketSchema *schema,
            const char *tail,
            const char *const *parameters,
            GError **error)
{
  g_autoptr (GPtrArray) records = bitket_store_list (db, schema, tail, parameters, error);
  GHashTable *by_id;

  if (records == NULL)
    return NULL;
  by_id = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_object_unref);
  for (guint i = 0; i < records->len; i++)
    g_hash_table_insert (by_id, (gpointer) bitket_record_get_id (records->pdata[i]),
                         g_object_ref (records->pdata[i]));
  return by_id;
}

/* Returns: (transfer full): id → number; @sql: "SELECT id, number …". */
static GHashTable *
load_numbers (BitketDb *db, const char *sql, GError **error)
{
  g_autoptr (GHashTable) by_id = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (BitketStatement) statement = bitket_db_prepare (db, sql, error);
  g_autoptr (GError) local_error = NULL;

  if (statement == NULL)
    return NULL;
  while (bitket_statement_step (statement, &local_error))
    {
      gint64 *number = g_new (gint64, 1);

      *number = bitket_statement_get_int64 (statement, 1);
      g_hash_table_insert (by_id, g_strdup (bitket_statement_get_text (statement, 0)), number);
    }
  if (local_error == NULL)
    return g_steal_pointer (&by_id);
  g_propagate_error (error, g_steal_pointer (&local_error));
  return NULL;
}

static GHashTable *
load_types (BitketDb *db, GError **error)
{
  g_autoptr (GHashTable) by_id = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (BitketStatement) statement =
      bitket_db_prepare (db, "SELECT id, price, event FROM ticket_types", error);
  g_autoptr (GError) local_error = NULL;

  if (statement == NULL)
    return NULL;
  while (bitket_statement_step (statement, &local_error))
    {
      TypeFacts *facts = g_new0 (TypeFacts, 1);

      facts->price_ore = bitket_statement_get_int64 (statement, 1);
      g_strlcpy (facts->event, bitket_statement_get_text (statement, 2), sizeof facts->event);
      g_hash_table_insert (by_id, g_strdup (bitket_statement_get_text (statement, 0)), facts);
    }
  if (local_error == NULL)
    return g_steal_pointer (&by_id);
  g_propagate_error (error, g_steal_pointer (&local_error));
  return NULL;
}

/* What every row of the list leans on. */
static gboolean
load_book (Book *book, GError **error)
{
  BitketDb *db = book->db;

  book->keys =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
  book->types = load_types (db, error);
  book->choices = book->types == NULL
                      ? NULL
                      : load_numbers (db, "SELECT id, delta FROM variation_choices", error);
  book->modifiers =
      book->choices == NULL ? NULL : load_numbers (db, "SELECT id, delta FROM modifiers", error);
  return book->modifiers != NULL;
}

/* The next rows, at most N_IDS of them. */
static gboolean
load_rows (Book *book, GPtrArray *ids, guint first, GError **error)
{
  const char *parameters[N_IDS + 1];

  for (guint i = 0; i < N_IDS; i++)
    parameters[i] = first + i < ids->len ? ids->pdata[first + i] : "";
  parameters[N_IDS] = NULL;
  clear_rows (book);
  book->ownerships =
      list_by_id (book->db, &bitket_ticket_ownership_schema, ownerships_tail, parameters, error);
  if (book->ownerships == NULL)
    return FALSE;
  book->tickets = list_by_id (book->db, &bitket_ticket_schema, tickets_tail, parameters, error);
  if (book->tickets == NULL)
    return FALSE;
  if (book->form->expands_user)
    book->users = list_by_id (book->db, &bitket_user_schema, users_tail, parameters, error);
  return !book->form->expands_user || book->users != NULL;
}

static GArray *
collect_deltas (GHashTable *deltas, const char *const *ids)
{
  GArray *collected = g_array_new (FALSE, FALSE, sizeof (gint64));

  for (guint i = 0; ids[i] != NULL; i++)
    {
      const gint64 *delta = g_hash_table_lookup (deltas, ids[i]);

      if (delta != NULL)
        g_array_append_val (collected, *delta);
    }
  return collected;
}

static char *
format_price (const Book *book,
              BitketRecord *ownership,
              BitketRecord *ticket,
              const TypeFacts *type)
{
  g_autoptr (GArray) modifiers =
      collect_deltas (book->modifiers, bitket_record_get_references (ownership, "modifiers"));
  g_autoptr (GArray) choices =
      collect_deltas (book->choices, bitket_record_get_references (ticket, "variation_choices"));

  return bitket_money_format (bitket_pricing_total (
      type->price_ore, (const gint64 *) (gpointer) modifiers->data, modifiers->len,
      (const gint64 *) (gpointer) choices->data, choices->len));
}

static const BitketEventKey *
get_sign_key (Book *book, const char *event, GError **error)
{
  GPtrArray *keys = g_hash_table_lookup (book->keys, event);

  if (keys != NULL)
    return keys->pdata[0];
  if (!bitket_event_keys_ensure (book->request, book->db, event, error))
    return NULL;
  keys = bitket_store_event_keys (book->db, event, error);
  if (keys == NULL)
    return NULL;
  g_hash_table_insert (book->keys, g_strdup (event), keys);
  return keys->pdata[0];
}

static char *
draw_qr (Book *book,
         BitketRecord *ownership,
         BitketRecord *ticket,
         const char *event,
         GError **error)
{
  const BitketEventKey *key = get_sign_key (book, event, error);
  BitketTicketCode code = { 0 };

  if (key == NULL)
    return NULL;
  g_strlcpy (code.ownership, bitket_record_get_id (ownership), sizeof code.ownership);
  g_strlcpy (code.code, bitket_record_get_text (ownership, "code"), sizeof code.code);
  bitket_ticket_code_sign (&code, event, bitket_record_get_text (ticket, "ticket_type"),
                           key->sign_key);
  return bitket_qr_data_uri (&code, error);
}

static char *
make_resell_token (const Book *book, BitketRecord *ownership)
{
  g_autofree char *json = NULL;

  if (strcmp (bitket_record_get_text (ownership, "user"), book->request->caller.id) != 0)
    return NULL;
  json = g_strdup_printf ("{\"id\":\"%s\",\"code\":\"%s\"}", bitket_record_get_id (ownership),
                          bitket_record_get_text (ownership, "code"));
  return bitket_signing_dump (json, BITKET_SIGNING_SALT_RESELL, book->request->shared->secret_key,
                              book->request->now_us);
}

static void
set_text (BitketRecord *record, const char *field, const char *text)
{
  g_autoptr (JsonNode) node = text == NULL ? json_node_new (JSON_NODE_NULL)
                                           : json_node_init_string (json_node_alloc (), text);

  bitket_record_set_computed (record, field, node);
}

/* Only who may enter with it gets a picture: not a former owner, not who has not paid. */
static gboolean
set_qr (Book *book,
        BitketRecord *ownership,
        BitketRecord *ticket,
        const char *event,
        GError **error)
{
  g_autofree char *uri = NULL;

  if (book->is_drawn && bitket_record_is_null (ownership, "superseded") &&
      !bitket_record_get_boolean (ticket, "pending") && bitket_record_is_null (ticket, "refunded"))
    {
      uri = draw_qr (book, ownership, ticket, event, error);
      if (uri == NULL)
        return FALSE;
    }
  set_text (ownership, "qr", uri);
  return TRUE;
}

static gboolean
compute (Book *book, BitketRecord *ownership, GError **error)
{
  BitketRecord *ticket =
      g_hash_table_lookup (book->tickets, bitket_record_get_text (ownership, "ticket"));
  const TypeFacts *type =
      g_hash_table_lookup (book->types, bitket_record_get_text (ticket, "ticket_type"));
  gint64 utilized_us = bitket_record_get_int64 (ticket, "utilized");
  g_autofree char *utilized =
      bitket_record_is_null (ticket, "utilized") ? NULL : bitket_time_format (utilized_us);
  g_autofree char *price = format_price (book, ownership, ticket, type);
  g_autofree char *resell_token = make_resell_token (book, ownership);
  g_autoptr (JsonNode) is_current =
      json_node_init_boolean (json_node_alloc (), bitket_record_is_null (ownership, "superseded"));

  if (!set_qr (book, ownership, ticket, type->event, error))
    return FALSE;
  set_text (ownership, "price", price);
  set_text (ownership, "resell_token", resell_token);
  bitket_record_set_computed (ownership, "is_current", is_current);
  set_text (ownership, "utilized", utilized);
  return TRUE;
}

static JsonNode *
write_user (const Book *book, BitketRecord *user)
{
  g_autofree char *url = bitket_request_link (book->request, "users", bitket_record_get_id (user));
  JsonObject *object = json_object_new ();
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);

  json_object_set_string_member (object, "url", url);
  json_object_set_string_member (object, "id", bitket_record_get_id (user));
  json_object_set_string_member (object, "name", bitket_record_get_text (user, "name"));
  if (bitket_record_is_null (user, "nin"))
    json_object_set_null_member (object, "nin");
  else
    json_object_set_string_member (object, "nin", bitket_record_get_text (user, "nin"));
  json_object_set_string_member (object, "email", bitket_record_get_text (user, "email"));
  json_node_take_object (node, object);
  return node;
}

static void
keep_fields (JsonObject *object, char **fields)
{
  g_autoptr (GList) members = NULL;

  if (fields == NULL)
    return;
  members = json_object_get_members (object);
  for (GList *l = members; l != NULL; l = l->next)
    if (!g_strv_contains ((const char *const *) fields, l->data))
      json_object_remove_member (object, l->data);
}

static JsonNode *
write_ownership (const Book *book, BitketRecord *ownership)
{
  const char *base = book->request->base;
  JsonNode *node = bitket_record_to_json (ownership, base, BITKET_VIEW_ORIGINAL);
  JsonObject *object = json_node_get_object (node);

  if (book->form->expands_ticket)
    {
      BitketRecord *ticket =
          g_hash_table_lookup (book->tickets, bitket_record_get_text (ownership, "ticket"));

      json_object_set_member (object, "ticket",
                              bitket_record_to_json (ticket, base, BITKET_VIEW_ORIGINAL));
    }
  if (book->form->expands_user)
    json_object_set_member (
        object, "user",
        write_user (book,
                    g_hash_table_lookup (book->users, bitket_record_get_text (ownership, "user"))));
  keep_fields (object, book->form->fields);
  return node;
}

static gboolean
wants_qr (const BitketOwnershipForm *form, guint n_rows)
{
  if (form->fields == NULL)
    return n_rows <= MAX_DRAWN;
  return g_strv_contains ((const char *const *) form->fields, "qr");
}

static GPtrArray *
list_ids (BitketDb *db, const char *sql, const char *const *parameters, GError **error)
{
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (BitketStatement) statement = bitket_db_prepare (db, sql, error);
  g_autoptr (GError) local_error = NULL;

  if (statement == NULL)
    return NULL;
  for (int i = 0; parameters[i] != NULL; i++)
    bitket_statement_bind_text (statement, i + 1, parameters[i]);
  while (bitket_statement_step (statement, &local_error))
    g_ptr_array_add (ids, g_strdup (bitket_statement_get_text (statement, 0)));
  if (local_error == NULL)
    return g_steal_pointer (&ids);
  g_propagate_error (error, g_steal_pointer (&local_error));
  return NULL;
}

static gboolean
append_rows (Book *book, GPtrArray *ids, guint first, JsonArray *array, GError **error)
{
  if (!load_rows (book, ids, first, error))
    return FALSE;
  for (guint i = first; i < MIN (ids->len, first + N_IDS); i++)
    {
      BitketRecord *ownership = g_hash_table_lookup (book->ownerships, ids->pdata[i]);

      if (!compute (book, ownership, error))
        return FALSE;
      json_array_add_element (array, write_ownership (book, ownership));
    }
  return TRUE;
}

JsonArray *
bitket_ownerships_present (BitketRequest *request,
                           BitketDb *db,
                           const char *ids_sql,
                           const char *const *parameters,
                           const BitketOwnershipForm *form,
                           const BitketPage *page,
                           char **next,
                           GError **error)
{
  g_auto (Book) book = { .request = request, .db = db, .form = form };
  g_autoptr (GPtrArray) ids = NULL;
  g_autoptr (JsonArray) array = NULL;
  gboolean has_more;

  g_return_val_if_fail (request != NULL && db != NULL && ids_sql != NULL && form != NULL, NULL);

  ids = list_ids (db, ids_sql, parameters, error);
  if (ids == NULL || (ids->len > 0 && !load_book (&book, error)))
    return NULL;
  has_more = page != NULL && page->is_paged && ids->len > page->limit;
  if (has_more)
    g_ptr_array_set_size (ids, (gint) page->limit);
  array = json_array_sized_new (ids->len);
  book.is_drawn = wants_qr (form, ids->len);
  for (guint first = 0; first < ids->len; first += N_IDS)
    if (!append_rows (&book, ids, first, array, error))
      return NULL;
  if (has_more && next != NULL)
    *next = bitket_page_link (page, request,
                              g_hash_table_lookup (book.ownerships, ids->pdata[ids->len - 1]));
  return g_steal_pointer (&array);
}

JsonNode *
bitket_ownerships_present_one (BitketRequest *request, BitketDb *db, const char *id, GError **error)
{
  static const BitketOwnershipForm plain = { 0 };
  g_autoptr (JsonArray) array = bitket_ownerships_present (
      request, db, "SELECT o.id FROM ticket_ownerships o WHERE o.id = $1",
      (const char *const[]) { id, NULL }, &plain, NULL, NULL, error);

  if (array == NULL || json_array_get_length (array) == 0)
    return NULL;
  return json_array_dup_element (array, 0);
}
