/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-feed-rows.h"

#include "bitket-store.h"
#include "bitket-time.h"

/* The columns of a row; COLUMN_* count along. */
#define ROW_COLUMNS                                                                                \
  "f.seq, o.id, o.ticket, t.ticket_type, o.code, t.refunded, o.superseded, t.pending, t.utilized," \
  " t.utilized_by_door, u.name, u.email, u.nin, u.liu_id, u.id"
#define ROW_TABLES                                                                                 \
  " FROM feed f JOIN ticket_ownerships o ON o.id = f.ownership JOIN tickets t ON t.id = o.ticket"  \
  " JOIN users u ON u.id = o.\"user\""

enum
{
  COLUMN_SEQ,
  COLUMN_OWNERSHIP,
  COLUMN_TICKET,
  COLUMN_TICKET_TYPE,
  COLUMN_CODE,
  COLUMN_REFUNDED,
  COLUMN_SUPERSEDED,
  COLUMN_PENDING,
  COLUMN_UTILIZED,
  COLUMN_UTILIZED_BY_DOOR,
  COLUMN_NAME,
  COLUMN_EMAIL,
  COLUMN_NIN,
  COLUMN_LIU_ID,
  COLUMN_USER,
};

static const char page_sql[] = "SELECT " ROW_COLUMNS ROW_TABLES
                               " WHERE f.event = $1 AND f.seq > $2 AND f.seq <= $3 ORDER BY f.seq";
static const char one_sql[] =
    "SELECT " ROW_COLUMNS ROW_TABLES " WHERE f.event = $1 AND f.ownership = $2";

/* Where a page ends, and where the feed does. */
static const char bounds_sql[] =
    "SELECT (SELECT MAX (p.seq) FROM (SELECT seq FROM feed WHERE event = $1 AND seq > $2"
    " ORDER BY seq LIMIT $3) p), (SELECT MAX (seq) FROM feed WHERE event = $1)";

/* What a ticket has several of, in the order of the page's rows. */
#define CHOICE_TABLES                                                                              \
  " FROM feed f JOIN ticket_ownerships o ON o.id = f.ownership"                                    \
  " JOIN tickets_variation_choices l ON l.ticket = o.ticket"                                       \
  " JOIN variation_choices c ON c.id = l.target JOIN variations v ON v.id = c.variation"
#define CARD_TABLES                                                                                \
  " FROM feed f JOIN ticket_ownerships o ON o.id = f.ownership"                                    \
  " JOIN cards c ON c.\"user\" = o.\"user\" AND c.event || '' = f.event"
static const char choices_sql[] =
    "SELECT f.seq, c.name" CHOICE_TABLES " WHERE f.event = $1 AND f.seq > $2 AND f.seq <= $3"
    " ORDER BY f.seq, v.\"index\", v.name, c.name";
static const char cards_sql[] =
    "SELECT f.seq, c.card_hash" CARD_TABLES " WHERE f.event = $1 AND f.seq > $2 AND f.seq <= $3"
    " ORDER BY f.seq, c.card_hash";

BitketTicketState
bitket_feed_read_state (BitketStatement *row, int column)
{
  if (!bitket_statement_is_null (row, column))
    return BITKET_TICKET_STATE_REFUNDED;
  if (!bitket_statement_is_null (row, column + 1))
    return BITKET_TICKET_STATE_SUPERSEDED;
  if (bitket_statement_get_int64 (row, column + 2) != 0)
    return BITKET_TICKET_STATE_PENDING;
  return bitket_statement_is_null (row, column + 3) ? BITKET_TICKET_STATE_VALID
                                                    : BITKET_TICKET_STATE_UTILIZED;
}

static void
append_escape (GString *out, guchar c)
{
  static const char hex[] = "0123456789abcdef";
  static const char letters[] = "btn\0fr"; /* from 8 on */

  g_string_append_c (out, '\\');
  if (c == '"' || c == '\\')
    g_string_append_c (out, (char) c);
  else if (c >= '\b' && c <= '\r' && letters[c - '\b'] != '\0')
    g_string_append_c (out, letters[c - '\b']);
  else
    {
      g_string_append (out, "u00");
      g_string_append_c (out, hex[c >> 4]);
      g_string_append_c (out, hex[c & 15]);
    }
}

/* As core writes strings: runs of what needs no escape at once. */
void
bitket_feed_append_json_text (GString *out, const char *text)
{
  const char *run = text;
  const char *p;

  if (text == NULL)
    {
      g_string_append (out, "null");
      return;
    }
  g_string_append_c (out, '"');
  for (p = text; *p != '\0'; p++)
    {
      if ((guchar) *p >= 0x20 && *p != '"' && *p != '\\')
        continue;
      g_string_append_len (out, run, p - run);
      append_escape (out, (guchar) *p);
      run = p + 1;
    }
  g_string_append_len (out, run, p - run);
  g_string_append_c (out, '"');
}

/* Several texts per row: read once for the page, then walked along with its rows. */
typedef struct
{
  GArray *seqs;        /* (owned) gint64 */
  GPtrArray *texts;    /* (owned) borrowed from @chunk */
  GStringChunk *chunk; /* (owned): few different names, many times */
  guint at;
} SideList;

static void
clear_side_list (SideList *list)
{
  g_clear_pointer (&list->seqs, g_array_unref);
  g_clear_pointer (&list->texts, g_ptr_array_unref);
  g_clear_pointer (&list->chunk, g_string_chunk_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SideList, clear_side_list)

static BitketStatement *
prepare_range (BitketDb *db,
               const char *sql,
               const char *event,
               gint64 after,
               gint64 last,
               GError **error)
{
  BitketStatement *statement = bitket_db_prepare (db, sql, error);

  if (statement == NULL)
    return NULL;
  bitket_statement_bind_text (statement, 1, event);
  bitket_statement_bind_int64 (statement, 2, after);
  bitket_statement_bind_int64 (statement, 3, last);
  return statement;
}

static gboolean
load_side_list (BitketDb *db,
                const char *sql,
                const char *event,
                gint64 after,
                gint64 last,
                SideList *list,
                GError **error)
{
  g_autoptr (BitketStatement) statement = prepare_range (db, sql, event, after, last, error);
  g_autoptr (GError) local_error = NULL;

  if (statement == NULL)
    return FALSE;
  list->seqs = g_array_new (FALSE, FALSE, sizeof (gint64));
  list->texts = g_ptr_array_new ();
  list->chunk = g_string_chunk_new (4096);
  while (bitket_statement_step (statement, &local_error))
    {
      gint64 seq = bitket_statement_get_int64 (statement, 0);

      g_array_append_val (list->seqs, seq);
      g_ptr_array_add (list->texts, g_string_chunk_insert_const (
                                        list->chunk, bitket_statement_get_text (statement, 1)));
    }
  if (local_error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

/* Returns: the next text of row @seq, or %NULL. */
static const char *
take_text (SideList *list, gint64 seq)
{
  while (list->at < list->seqs->len && g_array_index (list->seqs, gint64, list->at) < seq)
    list->at++;
  if (list->at >= list->seqs->len || g_array_index (list->seqs, gint64, list->at) != seq)
    return NULL;
  return list->texts->pdata[list->at++];
}

static void
append_side_list (GString *out, SideList *list, gint64 seq)
{
  const char *text;
  const char *comma = "";

  g_string_append_c (out, '[');
  while ((text = take_text (list, seq)) != NULL)
    {
      g_string_append (out, comma);
      bitket_feed_append_json_text (out, text);
      comma = ",";
    }
  g_string_append_c (out, ']');
}

/* Texts that say nothing are not there. */
static const char *
get_said (BitketStatement *row, int column)
{
  const char *text = bitket_statement_get_text (row, column);

  return text == NULL || *text == '\0' ? NULL : text;
}

static void
append_time (GString *out, BitketStatement *row, int column)
{
  g_autofree char *text = NULL;

  if (!bitket_statement_is_null (row, column))
    text = bitket_time_format (bitket_statement_get_int64 (row, column));
  bitket_feed_append_json_text (out, text);
}

static void
append_member (GString *out, const char *before, const char *text)
{
  g_string_append (out, before);
  bitket_feed_append_json_text (out, text);
}

static void
append_row (GString *out,
            BitketStatement *row,
            const BitketDoorKey *key,
            SideList *cards,
            SideList *choices)
{
  char hash[BITKET_KEY_HASH_SIZE];
  const char *nin = get_said (row, COLUMN_NIN);
  gint64 seq = bitket_statement_get_int64 (row, COLUMN_SEQ);

  append_member (out, "{\"ownership\":", bitket_statement_get_text (row, COLUMN_OWNERSHIP));
  append_member (out, ",\"ticket\":", bitket_statement_get_text (row, COLUMN_TICKET));
  append_member (out, ",\"ticket_type\":", bitket_statement_get_text (row, COLUMN_TICKET_TYPE));
  bitket_key_hash_code (key, bitket_statement_get_text (row, COLUMN_OWNERSHIP),
                        bitket_statement_get_text (row, COLUMN_CODE), hash);
  append_member (out, ",\"code_hash\":", hash);
  append_member (out, ",\"state\":",
                 bitket_ticket_state_to_string (bitket_feed_read_state (row, COLUMN_REFUNDED)));
  g_string_append (out, ",\"utilized\":");
  append_time (out, row, COLUMN_UTILIZED);
  append_member (out, ",\"utilized_by_door\":", get_said (row, COLUMN_UTILIZED_BY_DOOR));
  append_member (out, ",\"holder\":{\"name\":", get_said (row, COLUMN_NAME));
  append_member (out, ",\"email\":", get_said (row, COLUMN_EMAIL));
  if (nin != NULL)
    bitket_key_hash_text (key, nin, hash);
  append_member (out, ",\"nin_hash\":", nin != NULL ? hash : NULL);
  append_member (out, ",\"liu_id\":", get_said (row, COLUMN_LIU_ID));
  g_string_append (out, "},\"card_hashes\":");
  append_side_list (out, cards, seq);
  g_string_append (out, ",\"choices\":");
  append_side_list (out, choices, seq);
  g_string_append_c (out, '}');
}

static gboolean
read_bounds (BitketDb *db,
             const char *event,
             gint64 after,
             guint limit,
             gint64 *last,
             gboolean *has_more,
             GError **error)
{
  g_autoptr (BitketStatement) statement =
      prepare_range (db, bounds_sql, event, after, limit, error);

  if (statement == NULL || !bitket_statement_step (statement, error))
    return FALSE;
  *last =
      bitket_statement_is_null (statement, 0) ? after : bitket_statement_get_int64 (statement, 0);
  *has_more = bitket_statement_get_int64 (statement, 1) > *last;
  return TRUE;
}

static gboolean
append_rows (BitketDb *db,
             const char *event,
             gint64 after,
             gint64 last,
             const BitketDoorKey *key,
             GString *out,
             GError **error)
{
  g_auto (SideList) cards = { 0 };
  g_auto (SideList) choices = { 0 };
  g_autoptr (BitketStatement) statement = NULL;
  g_autoptr (GError) local_error = NULL;
  const char *comma = "";

  if (!load_side_list (db, cards_sql, event, after, last, &cards, error) ||
      !load_side_list (db, choices_sql, event, after, last, &choices, error))
    return FALSE;
  statement = prepare_range (db, page_sql, event, after, last, error);
  if (statement == NULL)
    return FALSE;
  g_string_append_c (out, '[');
  while (bitket_statement_step (statement, &local_error))
    {
      g_string_append (out, comma);
      append_row (out, statement, key, &cards, &choices);
      comma = ",";
    }
  g_string_append_c (out, ']');
  if (local_error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

gboolean
bitket_feed_append_page (BitketDb *db,
                         const char *event,
                         gint64 after,
                         guint limit,
                         GString *out,
                         gint64 *last,
                         gboolean *has_more,
                         GError **error)
{
  BitketDoorKey key;
  gint64 page_last;
  gboolean more, success;

  g_return_val_if_fail (db != NULL && event != NULL && out != NULL, FALSE);

  if (!read_bounds (db, event, after, limit, &page_last, &more, error) ||
      !bitket_store_door_key (db, event, &key, error))
    return FALSE;
  success = append_rows (db, event, after, page_last, &key, out, error);
  bitket_door_key_clear (&key);
  if (!success)
    return FALSE;
  *last = page_last;
  *has_more = more;
  return TRUE;
}

static JsonArray *
read_strings (BitketDb *db, const char *sql, const char *event, gint64 seq, GError **error)
{
  g_auto (SideList) list = { 0 };
  JsonArray *array;

  if (!load_side_list (db, sql, event, seq - 1, seq, &list, error))
    return NULL;
  array = json_array_new ();
  for (guint i = 0; i < list.texts->len; i++)
    json_array_add_string_element (array, list.texts->pdata[i]);
  return array;
}

static JsonNode *
make_row (BitketDb *db,
          const char *event,
          BitketStatement *row,
          const BitketDoorKey *key,
          GError **error)
{
  gint64 seq = bitket_statement_get_int64 (row, COLUMN_SEQ);
  g_autoptr (JsonArray) cards = NULL;
  g_autoptr (JsonArray) choices = NULL;
  const char *nin = get_said (row, COLUMN_NIN);
  char nin_hash[BITKET_KEY_HASH_SIZE];
  BitketFeedTicket ticket = {
    .state = bitket_feed_read_state (row, COLUMN_REFUNDED),
    .utilized_us = bitket_statement_get_int64 (row, COLUMN_UTILIZED),
    .utilized_by_door = get_said (row, COLUMN_UTILIZED_BY_DOOR),
    .name = get_said (row, COLUMN_NAME),
    .email = get_said (row, COLUMN_EMAIL),
    .liu_id = get_said (row, COLUMN_LIU_ID),
  };

  g_strlcpy (ticket.ownership, bitket_statement_get_text (row, COLUMN_OWNERSHIP), BITKET_ID_SIZE);
  g_strlcpy (ticket.ticket, bitket_statement_get_text (row, COLUMN_TICKET), BITKET_ID_SIZE);
  g_strlcpy (ticket.ticket_type, bitket_statement_get_text (row, COLUMN_TICKET_TYPE),
             BITKET_ID_SIZE);
  bitket_key_hash_code (key, ticket.ownership, bitket_statement_get_text (row, COLUMN_CODE),
                        ticket.code_hash);
  if (nin != NULL)
    {
      bitket_key_hash_text (key, nin, nin_hash);
      ticket.nin_hash = nin_hash;
    }
  cards = read_strings (db, cards_sql, event, seq, error);
  choices = cards == NULL ? NULL : read_strings (db, choices_sql, event, seq, error);
  if (choices == NULL)
    return NULL;
  ticket.card_hashes = cards;
  ticket.choices = choices;
  return bitket_feed_ticket_to_json (&ticket);
}

JsonNode *
bitket_feed_row (BitketDb *db, const char *event, const char *ownership, GError **error)
{
  g_autoptr (BitketStatement) statement = NULL;
  BitketDoorKey key;
  JsonNode *node = NULL;

  g_return_val_if_fail (db != NULL && event != NULL && ownership != NULL, NULL);

  statement = bitket_db_prepare (db, one_sql, error);
  if (statement == NULL)
    return NULL;
  bitket_statement_bind_text (statement, 1, event);
  bitket_statement_bind_text (statement, 2, ownership);
  if (!bitket_statement_step (statement, error))
    return NULL;
  if (bitket_store_door_key (db, event, &key, error))
    {
      node = make_row (db, event, statement, &key, error);
      bitket_door_key_clear (&key);
    }
  return node;
}
