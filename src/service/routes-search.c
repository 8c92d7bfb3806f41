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
  " WHERE k.pending = 0 AND ($3 = '' OR tt.event = $3)"                                            \
  " AND ($1 = '1' OR e.organization IN"                                                            \
  " (SELECT m.organization FROM memberships m WHERE m.email IN ($2, lower ($2))))"

/* What a QR says: $4: the id, $5: the code. */
static const char code_sql[] = MINE " AND o.id = $4 AND o.code = $5";

/* Whom the text may mean. $4: the text anywhere, $5: the same without dashes, $6 to $9: words of
 * the name, folded, $10 and $11: a card's hashes, $12 and $13: whose card it is by a directory. */
#define PEOPLE                                                                                     \
  "SELECT n.id FROM users n WHERE n.nin LIKE $5 ESCAPE '\\'"                                       \
  " UNION SELECT s.\"user\" FROM user_search s WHERE s.email LIKE $4 ESCAPE '\\'"                  \
  " OR (s.name LIKE $6 ESCAPE '\\' AND s.name LIKE $7 ESCAPE '\\'"                                 \
  " AND s.name LIKE $8 ESCAPE '\\' AND s.name LIKE $9 ESCAPE '\\')"                                \
  " UNION SELECT c.\"user\" FROM cards c WHERE c.event = $3 AND c.card_hash IN ($10, $11)"         \
  " UNION SELECT d.id FROM users d WHERE lower (d.email) = lower ($12) OR d.liu_id = $13"

/* The few that fit are found first, in narrow tables, and only they are looked at closely. */
static const char text_sql[] =
    MINE " AND o.id IN (SELECT t.id FROM ticket_ownerships t WHERE t.id LIKE $4 ESCAPE '\\'"
         " OR t.code LIKE $4 ESCAPE '\\'"
         " UNION SELECT p.id FROM ticket_ownerships p WHERE p.\"user\" IN (" PEOPLE "))"
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
             const BitketStudent *student,
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
                              student != NULL ? student->email : "",
                              student != NULL ? student->liu_id : "", NULL },
      form, NULL, NULL, error);
}

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

static gboolean
is_card (const BitketRequest *request, const char *query)
{
  BitketCard card;

  return bitket_directory_is_on (request->shared->directory) &&
         bitket_card_parse (query, -1, &card, NULL);
}

/* Whose card a number is, as the directories know it. When they do not answer, the search goes on
 * without. Returns: (transfer full) (nullable) */
static BitketStudent *
find_card_holder (const BitketRequest *request, const char *query)
{
  g_autoptr (GError) error = NULL;
  BitketStudent *student = NULL;

  if (is_card (request, query) &&
      !bitket_directory_find (request->shared->directory, BITKET_DIRECTORY_BY_CARD, query, &student,
                              &error))
    g_warning ("card not looked up: %s", error->message);
  return student;
}

/* Only what asks a directory must wait for one. */
static BitketRouteFlags
choose_worker (const BitketRequest *request)
{
  const char *text = bitket_request_get_query (request, "query");
  g_autofree char *query = g_strstrip (g_strdup (text != NULL ? text : ""));

  return is_card (request, query) ? BITKET_ROUTE_NETWORK : BITKET_ROUTE_DEFAULT;
}

/* What is searched for. */
typedef struct
{
  const char *event;
  const char *query;
  char *id;               /* (owned) (nullable) what a QR says */
  char *code;             /* (owned) (nullable) */
  BitketStudent *student; /* (owned) (nullable) whose card it is */
} Wanted;

static void
clear_wanted (Wanted *wanted)
{
  g_clear_pointer (&wanted->id, g_free);
  g_clear_pointer (&wanted->code, g_free);
  g_clear_pointer (&wanted->student, bitket_student_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Wanted, clear_wanted)

static JsonArray *
find_in (BitketRequest *request,
         BitketDb *db,
         BitketDbTransaction mode,
         const Wanted *wanted,
         const BitketOwnershipForm *form,
         GError **error)
{
  if (!bitket_db_begin (db, mode, error))
    return NULL;
  request->may_write = mode == BITKET_DB_TRANSACTION_WRITE;
  return wanted->id != NULL
             ? search_code (request, db, wanted->event, wanted->id, wanted->code, form, error)
             : search_text (request, db, wanted->event, wanted->query, wanted->student, form,
                            error);
}

/* A QR's JSON with id and code means exactly that one, or none; anything else is text. The first
 * picture of an event's codes makes its key: the search is then done again, writing. It is done
 * here, as the runner would ask the directory again, inside that transaction. */
static JsonArray *
find_tickets (BitketRequest *request,
              BitketDb *db,
              const char *event,
              const char *query,
              const BitketOwnershipForm *form,
              GError **error)
{
  g_auto (Wanted) wanted = { .event = event, .query = query };
  g_autoptr (GError) local_error = NULL;
  JsonArray *array;

  if (!read_code (query, &wanted.id, &wanted.code))
    wanted.student = find_card_holder (request, query);
  array = find_in (request, db, BITKET_DB_TRANSACTION_READ, &wanted, form, &local_error);
  if (g_error_matches (local_error, BITKET_SERVICE_ERROR, BITKET_SERVICE_ERROR_NEEDS_WRITE))
    {
      g_clear_error (&local_error);
      bitket_db_rollback (db);
      array = find_in (request, db, BITKET_DB_TRANSACTION_WRITE, &wanted, form, &local_error);
    }
  if (local_error != NULL)
    g_propagate_error (error, g_steal_pointer (&local_error));
  return array;
}

static BitketReply *
search (BitketRequest *request, BitketDb *db, GError **error)
{
  const char *event_text = bitket_request_get_query (request, "event");
  const char *query_text = bitket_request_get_query (request, "query");
  g_auto (BitketOwnershipForm) form = { 0 };
  g_autoptr (GError) local_error = NULL;
  g_autofree char *query = NULL;
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
  array = find_tickets (request, db, event, query, &form, error);
  return array == NULL ? NULL : bitket_reply_new_array (array);
}

const BitketRoute bitket_routes_search[] = {
  { BITKET_METHOD_GET, "/api/ticket-ownerships/search/", BITKET_NEEDS_STAFF,
    BITKET_DB_TRANSACTION_NONE, BITKET_ROUTE_NETWORK, search, "Ticket Ownership List",
    choose_worker },
  { 0 },
};
