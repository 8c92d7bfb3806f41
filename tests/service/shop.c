/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

#include "shop.h"

#include <glib/gstdio.h>
#include <string.h>

#include "bitket-schema.h"
#include "bitket-signing.h"

#define TYPE_ID      "5409f000-0000-4000-8000-00000000000%u"
#define CHOICE_ID    "5409c000-0000-4000-8000-00000000000%u"
#define VARIATION_ID "5409a000-0000-4000-8000-000000000000"
#define LINK_ID      "54091000-0000-4000-8000-000000000000"
#define RETRY_MS     20
#define MAX_ITEMS    3

/* How somebody buys. */
typedef enum
{
  WAY_PLAIN, /* waits for the answer; when the line breaks, that was it */
  WAY_KEYED, /* asks again with the same key */
  WAY_ASYNC, /* asks how it stands until it is over */
  WAY_ASYNC_KEYED,
} Way;
#define N_WAYS 4

typedef struct
{
  Shop *shop; /* (unowned) */
  Way way;
  guint user;
  guint door;
  char *body;     /* (owned) */
  char *key;      /* (owned) (nullable) */
  char *location; /* (owned) (nullable) where to ask how it stands */
  guint again_id; /* until it asks again */
} Buyer;

static void
free_buyer (Buyer *buyer)
{
  g_assert_cmpuint (buyer->again_id, ==, 0);
  g_free (buyer->body);
  g_free (buyer->key);
  g_free (buyer->location);
  g_free (buyer);
}

static void
insert_record (BitketDb *db, BitketRecord *record)
{
  g_autoptr (GError) error = NULL;

  bitket_store_insert (db, record, &error);
  g_assert_no_error (error);
  g_object_unref (record);
}

static BitketRecord *
new_record (const BitketSchema *schema, const char *id)
{
  BitketRecord *record = bitket_record_new (schema);

  bitket_record_set_text (record, "id", id);
  if (bitket_schema_get_field (schema, "name") != NULL)
    bitket_record_set_text (record, "name", id);
  return record;
}

static void
make_type (BitketDb *db, ShopType type)
{
  static const gint64 prices[] = { 10000, 5050, 2500, 301 };
  g_autofree char *id = g_strdup_printf (TYPE_ID, type);
  BitketRecord *record = new_record (&bitket_ticket_type_schema, id);

  bitket_record_set_text (record, "event", WORLD_EVENT);
  bitket_record_set_int64 (record, "price", prices[type]);
  bitket_record_set_boolean (record, "is_published", TRUE);
  bitket_record_set_boolean (record, "is_generally_available", type != SHOP_GUESTS);
  if (type == SHOP_SEATS)
    bitket_record_set_int64 (record, "max_personal_quantity", SHOP_MAX_PERSONAL);
  if (type == SHOP_SEATS || type == SHOP_MEALS)
    bitket_record_set_int64 (record, "max_total_quantity", 0);
  insert_record (db, record);
}

static void
make_choices (BitketDb *db)
{
  g_autofree char *meals = g_strdup_printf (TYPE_ID, SHOP_MEALS);
  BitketRecord *variation = new_record (&bitket_variation_schema, VARIATION_ID);

  bitket_record_set_text (variation, "ticket_type", meals);
  insert_record (db, variation);
  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *id = g_strdup_printf (CHOICE_ID, i);
      BitketRecord *choice = new_record (&bitket_variation_choice_schema, id);

      bitket_record_set_text (choice, "variation", VARIATION_ID);
      if (i == 0)
        bitket_record_set_int64 (choice, "max_total_quantity", 0);
      insert_record (db, choice);
    }
}

static void
make_users (Shop *shop, BitketDb *db)
{
  for (guint i = 0; i < SHOP_N_USERS; i++)
    {
      g_autofree char *id = g_uuid_string_random ();
      g_autofree char *email = g_strdup_printf ("buyer%u@example.com", i);
      BitketRecord *user = new_record (&bitket_user_schema, id);

      bitket_record_set_text (user, "email", email);
      insert_record (db, user);
      shop->authorizations[i] = bitketd_jwt (shop->doors[0], email);
    }
}

static void
make_shop (Shop *shop)
{
  g_autoptr (BitketDb) db = bitketd_open_db (shop->doors[0]);
  g_autofree char *guests = g_strdup_printf (TYPE_ID, SHOP_GUESTS);
  BitketRecord *link = new_record (&bitket_access_code_schema, LINK_ID);
  g_autoptr (GError) error = NULL;

  bitket_db_begin (db, BITKET_DB_TRANSACTION_WRITE, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < SHOP_N_TYPES; i++)
    make_type (db, (ShopType) i);
  make_choices (db);
  bitket_record_set_text (link, "ticket_type", guests);
  bitket_record_set_int64 (link, "quantity", 0);
  insert_record (db, link);
  make_users (shop, db);
  bitket_db_execute (db,
                     "UPDATE organizations SET stripe_account_id = '" BITKET_TEST_STRIPE_ACCOUNT
                     "' WHERE id = '" WORLD_ORG "'",
                     &error);
  g_assert_no_error (error);
  bitket_db_commit (db, &error);
  g_assert_no_error (error);
}

void
shop_open (Shop *shop, Bitketd *bitketd, const char *settings)
{
  g_autofree char *key =
      bitket_test_write_file (bitketd->dir, "stripe-key", BITKET_TEST_STRIPE_KEY "\n");
  g_autofree char *config = NULL;

  g_assert_cmpint (g_chmod (key, 0600), ==, 0);
  shop->doors[0] = bitketd;
  shop->n_doors = 1;
  /* It outlives the service's processes, and with it what is asked of them. */
  shop->session = soup_session_new_with_options ("max-conns", 400, "max-conns-per-host", 400,
                                                 "timeout", 60, NULL);
  shop->log = g_build_filename (bitketd->dir, "charges", NULL);
  shop->stripe = bitket_test_stripe_start (shop->log);
  shop->buyers = g_ptr_array_new_with_free_func ((GDestroyNotify) free_buyer);
  shop->told = g_ptr_array_new_with_free_func (g_free);
  config = g_strdup_printf ("[payments]\nprovider = stripe\nstripe-key-file = %s\n"
                            "stripe-api-url = %s\n[queue]\n%s",
                            key, shop->stripe->url, settings);
  bitketd_stop (bitketd);
  make_shop (shop);
  bitketd_configure (bitketd, config);
}

void
shop_clear (Shop *shop)
{
  for (guint i = 1; i < shop->n_doors; i++)
    {
      if (shop->doors[i]->process != NULL)
        bitketd_stop (shop->doors[i]);
      g_clear_object (&shop->doors[i]->session);
      g_clear_pointer (&shop->doors[i]->url, g_free);
    }
  g_clear_pointer (&shop->buyers, g_ptr_array_unref);
  g_clear_pointer (&shop->told, g_ptr_array_unref);
  for (guint i = 0; i < SHOP_N_USERS; i++)
    g_clear_pointer (&shop->authorizations[i], g_free);
  g_clear_object (&shop->session);
  g_clear_pointer (&shop->stripe, bitket_test_stripe_stop);
  g_clear_pointer (&shop->log, g_free);
}

void
shop_add_door (Shop *shop, Bitketd *door)
{
  g_assert_cmpuint (shop->n_doors, <, SHOP_N_DOORS);
  *door = *shop->doors[0];
  door->process = NULL;
  door->session = NULL;
  door->url = NULL;
  bitketd_start (door);
  shop->doors[shop->n_doors++] = door;
}

void
shop_kill (Shop *shop, guint door)
{
  g_assert_cmpint (bitket_test_process_kill (shop->doors[door]->process), ==, 128 + 9);
  g_clear_pointer (&shop->doors[door]->process, bitket_test_process_free);
  g_clear_pointer (&shop->doors[door]->url, g_free);
}

static void
execute (Shop *shop, const char *sql)
{
  g_autoptr (BitketDb) db = bitketd_open_db (shop->doors[0]);
  g_autoptr (GError) error = NULL;

  bitket_db_execute (db, sql, &error);
  g_assert_no_error (error);
}

void
shop_raise (Shop *shop, ShopType type, gint64 n)
{
  g_autofree char *id = g_strdup_printf (TYPE_ID, type);
  g_autofree char *sql = NULL;

  g_assert_cmpint (type, !=, SHOP_MERCH);
  if (type == SHOP_GUESTS)
    sql = g_strdup_printf ("UPDATE access_codes SET quantity = quantity + %" G_GINT64_FORMAT
                           " WHERE id = '" LINK_ID "'",
                           n);
  else if (type == SHOP_SEATS)
    sql = g_strdup_printf ("UPDATE ticket_types SET max_total_quantity = max_total_quantity + "
                           "%" G_GINT64_FORMAT " WHERE id = '%s'",
                           n, id);
  else
    sql = g_strdup_printf ("UPDATE ticket_types SET max_total_quantity = max_total_quantity + "
                           "%" G_GINT64_FORMAT " WHERE id = '%s';"
                           "UPDATE variation_choices SET max_total_quantity = max_total_quantity + "
                           "%" G_GINT64_FORMAT " WHERE variation = '" VARIATION_ID "'"
                           " AND max_total_quantity IS NOT NULL",
                           n, id, n / 2);
  execute (shop, sql);
}

/* Buyers. */

static void ask (Buyer *buyer);

static void
leave (Buyer *buyer)
{
  g_assert_cmpuint (buyer->shop->n_active, >, 0);
  buyer->shop->n_active--;
}

static gboolean
again_cb (gpointer user_data)
{
  Buyer *buyer = user_data;

  buyer->again_id = 0;
  ask (buyer);
  return G_SOURCE_REMOVE;
}

/* Perhaps at another door. */
static void
ask_again (Buyer *buyer)
{
  buyer->door = (buyer->door + 1) % buyer->shop->n_doors;
  buyer->again_id = g_timeout_add (RETRY_MS, again_cb, buyer);
}

static void
note_tickets (Buyer *buyer, JsonObject *answer)
{
  JsonArray *tickets = json_object_get_array_member (answer, "tickets");

  for (guint i = 0; i < json_array_get_length (tickets); i++)
    g_ptr_array_add (buyer->shop->told, g_strdup (json_object_get_string_member (
                                            json_array_get_object_element (tickets, i), "id")));
}

/* How it stands, asked beside. */
static void
take_state (Buyer *buyer, JsonObject *answer)
{
  const char *state = json_object_get_string_member (answer, "state");

  if (strcmp (state, "done") != 0 && strcmp (state, "failed") != 0)
    {
      ask_again (buyer);
      return;
    }
  if (strcmp (state, "done") == 0)
    note_tickets (buyer, answer);
  leave (buyer);
}

/* A 503 that tells of a failed purchase is its answer for ever. */
static gboolean
is_interrupted (JsonObject *answer)
{
  return strstr (json_object_get_string_member_with_default (answer, "detail", ""),
                 "interrupted") != NULL;
}

static void
take_answer (Buyer *buyer, guint status, JsonObject *answer)
{
  switch (status)
    {
    case 200:
      take_state (buyer, answer);
      return;
    case 202:
      buyer->location =
          g_strdup (strstr (json_object_get_string_member (answer, "url"), "/api/purchases/"));
      take_state (buyer, answer);
      return;
    case 207:
      note_tickets (buyer, answer);
      break;
    case 503:
      if (buyer->key != NULL && !is_interrupted (answer))
        {
          ask_again (buyer);
          return;
        }
      break;
    default:
      /* Declined, or the link is used up. */
      if (status != 400 && status != 402)
        g_test_message ("a buyer was answered %u", status);
      g_assert_true (status == 400 || status == 402);
      break;
    }
  leave (buyer);
}

static void
answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Buyer *buyer = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes =
      soup_session_send_and_read_finish (SOUP_SESSION (source), result, &error);
  SoupMessage *message = soup_session_get_async_result_message (SOUP_SESSION (source), result);
  g_autofree char *text = NULL;
  g_autoptr (JsonNode) node = NULL;

  if (bytes != NULL && g_bytes_get_size (bytes) > 0)
    {
      text = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
      node = json_from_string (text, NULL);
    }
  /* An answer that broke off is none. */
  if (node != NULL && JSON_NODE_HOLDS_OBJECT (node))
    {
      take_answer (buyer, soup_message_get_status (message), json_node_get_object (node));
      return;
    }
  if (buyer->location != NULL || buyer->key != NULL)
    ask_again (buyer);
  else
    leave (buyer);
}

static void
ask (Buyer *buyer)
{
  Bitketd *door = buyer->shop->doors[buyer->door];
  g_autoptr (SoupMessage) message = NULL;
  g_autofree char *url = NULL;
  SoupMessageHeaders *headers;

  if (door->process == NULL || door->url == NULL)
    {
      ask_again (buyer);
      return;
    }
  url =
      g_strconcat (door->url, buyer->location != NULL ? buyer->location : "/api/purchases/", NULL);
  message = soup_message_new (buyer->location != NULL ? "GET" : "POST", url);
  headers = soup_message_get_request_headers (message);
  soup_message_headers_replace (headers, "Authorization", buyer->shop->authorizations[buyer->user]);
  if (buyer->location == NULL)
    {
      g_autoptr (GBytes) body = g_bytes_new (buyer->body, strlen (buyer->body));

      soup_message_set_request_body_from_bytes (message, "application/json", body);
      if (buyer->key != NULL)
        soup_message_headers_replace (headers, "Idempotency-Key", buyer->key);
      if (buyer->way == WAY_ASYNC || buyer->way == WAY_ASYNC_KEYED)
        soup_message_headers_replace (headers, "Prefer", "respond-async");
    }
  soup_session_send_and_read_async (buyer->shop->session, message, G_PRIORITY_DEFAULT, NULL,
                                    answered_cb, buyer);
}

static char *
make_body (const ShopType *types, guint n, guint n_choices, const char *card)
{
  g_autoptr (GString) tickets = g_string_new (NULL);
  g_autofree char *token = bitket_access_token_dump (LINK_ID, BITKETD_TEST_SECRET, 0);
  gboolean has_guests = FALSE;

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *choice =
          types[i] != SHOP_MEALS
              ? g_strdup ("")
              : g_strdup_printf ("\"/api/variation-choices/" CHOICE_ID "/\"",
                                 1 - (guint) g_test_rand_int_range (0, (gint32) n_choices));

      g_string_append_printf (tickets,
                              "%s{\"ticket_type\":\"/api/ticket-types/" TYPE_ID
                              "/\",\"variation_choices\":[%s]}",
                              i > 0 ? "," : "", types[i], choice);
      has_guests |= types[i] == SHOP_GUESTS;
    }
  return g_strdup_printf ("{\"tickets\":[%s],\"access_codes\":[%s%s%s],\"payment\":{\"type\":"
                          "\"stripe\",\"payload\":\"%s\",\"amount\":\"900.00\"},\"user\":{}}",
                          tickets->str, has_guests ? "\"" : "", has_guests ? token : "",
                          has_guests ? "\"" : "", card);
}

static void
let_in (Shop *shop, Way way, guint user, guint door, char *body)
{
  Buyer *buyer = g_new0 (Buyer, 1);

  buyer->shop = shop;
  buyer->way = way;
  buyer->user = user;
  buyer->door = door;
  buyer->body = body;
  if (way == WAY_KEYED || way == WAY_ASYNC_KEYED)
    buyer->key = g_strdup_printf ("key-%u", shop->n_buyers);
  shop->n_buyers++;
  shop->n_active++;
  g_ptr_array_add (shop->buyers, buyer);
  ask (buyer);
}

void
shop_let_in (Shop *shop, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      ShopType types[MAX_ITEMS];
      guint n_items = (guint) g_test_rand_int_range (1, MAX_ITEMS + 1);

      for (guint j = 0; j < n_items; j++)
        types[j] = (ShopType) g_test_rand_int_range (0, SHOP_N_TYPES);
      let_in (shop, (Way) g_test_rand_int_range (0, N_WAYS),
              (guint) g_test_rand_int_range (0, SHOP_N_RANDOM),
              (guint) g_test_rand_int_range (0, (gint32) shop->n_doors),
              make_body (types, n_items, 2, "tok_visa"));
    }
}

char *
shop_write_order (ShopType type, const char *card)
{
  return make_body (&type, 1, 1, card);
}

void
shop_buy (Shop *shop, ShopType type, guint user, guint door, const char *card)
{
  let_in (shop, WAY_KEYED, user, door, shop_write_order (type, card));
}

static gboolean
has_nobody (gpointer data)
{
  return ((Shop *) data)->n_active == 0;
}

void
shop_wait (Shop *shop)
{
  if (!bitket_test_wait_until (has_nobody, shop, 60))
    g_test_message ("%u buyers were not answered", shop->n_active);
  g_assert_cmpuint (shop->n_active, ==, 0);
  g_ptr_array_set_size (shop->buyers, 0);
}

gint64
shop_query (Shop *shop, const char *sql)
{
  g_autoptr (BitketDb) db = bitketd_open_db (shop->doors[0]);
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketStatement) statement = bitket_db_prepare (db, sql, &error);

  g_assert_no_error (error);
  bitket_statement_step (statement, &error);
  g_assert_no_error (error);
  return bitket_statement_get_int64 (statement, 0);
}

static gboolean
has_nothing_open (gpointer data)
{
  return shop_query (data, "SELECT COUNT (*) FROM purchases WHERE state IN ('queued', 'paying')") ==
         0;
}

void
shop_settle (Shop *shop)
{
  shop_wait (shop);
  g_assert_true (bitket_test_wait_until (has_nothing_open, shop, 60));
}
