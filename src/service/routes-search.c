/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

/* The original's search for the entrance: what was scanned or typed, to ownerships. */

#include <string.h>

#include "bitket-card.h"
#include "bitket-json-reader.h"
#include "bitket-ownerships.h"
#include "bitket-router.h"
#include "bitket-service-error.h"
#include "bitket-store.h"
#include "bitket-text.h"

#define MAX_WORDS 4

/* $1: "1" for staff of the platform, $2: the caller's address, $3: the event or "". Who has not
 * paid has no ticket. */
#define MINE                                                                                       \
  "SELECT o.id FROM ticket_ownerships o JOIN tickets k ON k.id = o.ticket"                         \
  " JOIN ticket_types tt ON tt.id = k.ticket_type JOIN events e ON e.id = tt.event"                \
  " JOIN users u ON u.id = o.\"user\" WHERE k.pending = 0 AND ($3 = '' OR tt.event = $3)"          \
  " AND ($1 = '1' OR e.organization IN"                                                            \
  " (SELECT m.organization FROM memberships m WHERE m.email IN ($2, lower ($2))))"

/* What a QR says: $4: the id, $5: the code. */
static const char code_sql[] = MINE " AND o.id = $4 AND o.code = $5";

/* Names without their diacritics, for those who type them without. The letters are those of the
 * Nordic countries and of the names that French and German gave them. */
#define WITHOUT(text, letter, plain) "replace (" text ", '" letter "', '" plain "')"
#define FOLD_A(text)                                                                               \
  WITHOUT (WITHOUT (WITHOUT (WITHOUT (text, "å", "a"), "Å", "a"), "ä", "a"), "Ä", "a")
#define FOLD_O(text)                                                                               \
  WITHOUT (WITHOUT (WITHOUT (WITHOUT (text, "ö", "o"), "Ö", "o"), "ø", "o"), "Ø", "o")
#define FOLD_E(text)                                                                               \
  WITHOUT (WITHOUT (WITHOUT (WITHOUT (text, "é", "e"), "É", "e"), "è", "e"), "ü", "u")
#define FOLDED_NAME FOLD_A (FOLD_O (FOLD_E ("lower (u.name)")))

/* $4: the text anywhere, $5: the same without dashes, $6 to $9: words of the name, $10 and $11: a
 * card's hashes. */
static const char text_sql[] =
    MINE " AND (o.id LIKE $4 ESCAPE '\\' OR o.code LIKE $4 ESCAPE '\\'"
         " OR lower (u.email) LIKE $4 ESCAPE '\\' OR u.nin LIKE $5 ESCAPE '\\'"
         " OR (" FOLDED_NAME " LIKE $6 ESCAPE '\\' AND " FOLDED_NAME " LIKE $7 ESCAPE '\\'"
         " AND " FOLDED_NAME " LIKE $8 ESCAPE '\\' AND " FOLDED_NAME " LIKE $9 ESCAPE '\\')"
         " OR o.\"user\" IN (SELECT c.\"user\" FROM cards c WHERE c.event = tt.event"
         " AND c.card_hash IN ($10, $11)))"
         " ORDER BY o.created, o.id";

/* "%text%", with what LIKE takes for more than itself escaped. */
static char *
make_pattern (const char *text)
{
  GString *pattern = g_string_new ("%");

  for (const char *p = text; *p != '\0'; p++)
    {
      if (*p == '%' || *p == '_' || *p == '\\')
        g_string_append_c (pattern, '\\');
      g_string_append_c (pattern, *p);
    }
  g_string_append_c (pattern, '%');
  return g_string_free (pattern, FALSE);
}

static char *
remove_dashes (const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, "-", -1);

  return g_strjoinv ("", parts);
}

/* What is searched for, as the statement wants it. */
typedef struct
{
  char *anywhere;         /* (owned) */
  char *nin;              /* (owned) */
  char *words[MAX_WORDS]; /* (owned) */
  char hashes[2][BITKET_KEY_HASH_SIZE];
} Terms;

static void
clear_terms (Terms *terms)
{
  g_clear_pointer (&terms->anywhere, g_free);
  g_clear_pointer (&terms->nin, g_free);
  for (guint i = 0; i < MAX_WORDS; i++)
    g_clear_pointer (&terms->words[i], g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Terms, clear_terms)

/* A text without a letter or digit finds no name: the first pattern then fits nothing. */
static void
read_words (const char *query, Terms *terms)
{
  g_autofree char *folded = bitket_text_fold (query);
  g_auto (GStrv) words = g_strsplit (folded, " ", MAX_WORDS);
  guint n_words = *folded == '\0' ? 0 : g_strv_length (words);

  for (guint i = 0; i < MAX_WORDS; i++)
    terms->words[i] = i < n_words ? make_pattern (words[i]) : g_strdup (i == 0 ? "" : "%");
}

/* Cards are known by their hash under the event's key, so the event must be said. */
static gboolean
read_card (BitketDb *db, const char *event, const char *query, Terms *terms, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  BitketCard card;
  BitketDoorKey key;
  g_autoptr (BitketStatement) statement = NULL;

  if (*event == '\0' || !bitket_card_parse (query, -1, &card, NULL))
    return TRUE;
  statement = bitket_db_prepare (db, "SELECT 1 FROM event_door_keys WHERE event = $1", error);
  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, event);
  if (!bitket_statement_step (statement, &local_error))
    {
      if (local_error != NULL)
        g_propagate_error (error, g_steal_pointer (&local_error));
      return error == NULL || *error == NULL;
    }
  if (!bitket_store_door_key (db, event, &key, error))
    return FALSE;
  bitket_key_hash_text (&key, card.number, terms->hashes[0]);
  if (card.reversed[0] != '\0')
    bitket_key_hash_text (&key, card.reversed, terms->hashes[1]);
  bitket_door_key_clear (&key);
  return TRUE;
}

static JsonArray *
search_text (BitketRequest *request,
             BitketDb *db,
             const char *event,
             const char *query,
             const BitketOwnershipForm *form,
             GError **error)
{
  g_auto (Terms) terms = { 0 };
  g_autofree char *lower = g_utf8_strdown (query, -1);
  g_autofree char *dashless = remove_dashes (query);

  terms.anywhere = make_pattern (lower);
  terms.nin = make_pattern (dashless);
  read_words (query, &terms);
  if (!read_card (db, event, query, &terms, error))
    return NULL;
  return bitket_ownerships_present (
      request, db, text_sql,
      (const char *const[]) { request->caller.is_staff ? "1" : "0", request->caller.email, event,
                              terms.anywhere, terms.nin, terms.words[0], terms.words[1],
                              terms.words[2], terms.words[3], terms.hashes[0], terms.hashes[1],
                              NULL },
      form, NULL, NULL, error);
}

/* A QR's JSON with id and code means exactly that one, or none; anything else is text. */
static gboolean
read_code (const char *query, char **id, char **code)
{
  g_autoptr (JsonNode) node = NULL;
  g_auto (BitketJsonReader) reader = { 0 };
  const char *id_text, *code_text;

  if (*query != '{')
    return FALSE;
  node = bitket_json_parse (query, -1, NULL);
  if (node == NULL || !bitket_json_reader_init (&reader, node, NULL, NULL) ||
      !bitket_json_read_string (&reader, "id", &id_text, NULL) ||
      !bitket_json_read_string (&reader, "code", &code_text, NULL))
    return FALSE;
  *id = g_strdup (id_text);
  *code = g_strdup (code_text);
  return TRUE;
}

static JsonArray *
search_code (BitketRequest *request,
             BitketDb *db,
             const char *event,
             const char *id_text,
             const char *code,
             const BitketOwnershipForm *form,
             GError **error)
{
  char id[BITKET_ID_SIZE];

  if (!bitket_id_parse (id_text, -1, id, NULL))
    return json_array_new ();
  return bitket_ownerships_present (request, db, code_sql,
                                    (const char *const[]) { request->caller.is_staff ? "1" : "0",
                                                            request->caller.email, event, id, code,
                                                            NULL },
                                    form, NULL, NULL, error);
}

static BitketReply *
search (BitketRequest *request, BitketDb *db, GError **error)
{
  const char *event_text = bitket_request_get_query (request, "event");
  const char *query_text = bitket_request_get_query (request, "query");
  g_auto (BitketOwnershipForm) form = { 0 };
  g_autoptr (GError) local_error = NULL;
  g_autofree char *query = NULL;
  g_autofree char *id = NULL;
  g_autofree char *code = NULL;
  char event[BITKET_ID_SIZE] = "";
  JsonArray *array;

  if (!bitket_ownership_form_read (request, &form, error))
    return NULL;
  if (query_text == NULL)
    return bitket_reply_new_field_error ("query", "This field is required.");
  if (event_text != NULL && *event_text != '\0' &&
      !bitket_hyperlink_parse (event_text, bitket_event_schema.collection, event, &local_error))
    return bitket_reply_new_field_error ("event", local_error->message);
  query = g_strstrip (g_strdup (query_text));
  array = read_code (query, &id, &code) ? search_code (request, db, event, id, code, &form, error)
                                        : search_text (request, db, event, query, &form, error);
  return array == NULL ? NULL : bitket_reply_new_array (array);
}

const BitketRoute bitket_routes_search[] = {
  { BITKET_METHOD_GET, "/api/ticket-ownerships/search/", BITKET_NEEDS_STAFF,
    BITKET_DB_TRANSACTION_READ, BITKET_ROUTE_DEFAULT, search, "Ticket Ownership List" },
  { 0 },
};
