/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE  /* memmem */
#define G_LOG_DOMAIN "bitket-door"

#include "bitket-door-store.h"

#include <string.h>

#include "bitket-door-store-private.h"
#include "bitket-text.h"

/* Enough to choose the best from; who finds more has to type more. */
#define MAX_MATCHES 2000

/* All folded texts one behind the other, each ended by NUL, so that a search is one walk over
 * memory. A text that changed is blanked out and put anew at the end. */
typedef struct
{
  gsize offset;
  char ownership[BITKET_ID_SIZE];
} IndexEntry;

struct _BitketDoorIndex
{
  GString *texts;
  GArray *entries;       /* of IndexEntry, by offset */
  GHashTable *positions; /* ownership → position in entries, counted from 1; keys (owned) */
};

static BitketDoorIndex *
create_index (void)
{
  BitketDoorIndex *index = g_new0 (BitketDoorIndex, 1);

  index->texts = g_string_new (NULL);
  index->entries = g_array_new (FALSE, FALSE, sizeof (IndexEntry));
  index->positions = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return index;
}

void
bitket_door_index_free (BitketDoorIndex *index)
{
  g_string_free (index->texts, TRUE);
  g_array_unref (index->entries);
  g_hash_table_unref (index->positions);
  g_free (index);
}

static const char *
get_text (const BitketDoorIndex *index, guint position)
{
  return index->texts->str + g_array_index (index->entries, IndexEntry, position).offset;
}

static char *
fold_ticket (const BitketDoorTicket *ticket)
{
  g_autofree char *text = g_strjoin (" ", ticket->name == NULL ? "" : ticket->name,
                                     ticket->liu_id == NULL ? "" : ticket->liu_id,
                                     ticket->email == NULL ? "" : ticket->email, NULL);

  return bitket_text_fold (text);
}

/* Once there is an index, every written ticket goes into it. */
void
bitket_door_store_index_ticket (BitketDoorStore *store, const BitketDoorTicket *ticket)
{
  BitketDoorIndex *index = store->index;
  g_autofree char *text = NULL;
  guint position;
  IndexEntry entry;

  if (index == NULL)
    return;
  text = fold_ticket (ticket);
  position = GPOINTER_TO_UINT (g_hash_table_lookup (index->positions, ticket->ownership));
  if (position > 0)
    {
      char *old = (char *) get_text (index, position - 1);

      /* What changes most is who is in, not what they are called. */
      if (strcmp (old, text) == 0)
        return;
      memset (old, ' ', strlen (old));
    }
  entry.offset = index->texts->len;
  g_strlcpy (entry.ownership, ticket->ownership, sizeof entry.ownership);
  g_string_append_len (index->texts, text, (gssize) strlen (text) + 1);
  g_array_append_val (index->entries, entry);
  g_hash_table_replace (index->positions, g_strdup (ticket->ownership),
                        GUINT_TO_POINTER (index->entries->len));
}

gboolean
bitket_door_store_index_more (BitketDoorStore *store,
                              guint n_rows,
                              gboolean *is_complete,
                              GError **error)
{
  g_autoptr (BitketStatement) statement = NULL;
  GError *local_error = NULL;
  guint n_read = 0;

  ASSERT_OWNER (store);
  *is_complete = store->is_index_whole;
  if (store->is_index_whole)
    return TRUE;
  if (store->index == NULL)
    store->index = create_index ();
  statement = bitket_db_prepare (store->db,
                                 "SELECT " TICKET_COLUMNS ", rowid FROM tickets "
                                 "WHERE rowid > $1 ORDER BY rowid LIMIT $2",
                                 error);
  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_int64 (statement, 1, store->index_next);
  bitket_statement_bind_int64 (statement, 2, n_rows);
  while (bitket_statement_step (statement, &local_error))
    {
      g_autoptr (BitketDoorTicket) ticket =
          bitket_door_store_read_ticket (store, statement, &local_error);

      if (ticket == NULL)
        break;
      bitket_door_store_index_ticket (store, ticket);
      store->index_next = bitket_statement_get_int64 (statement, N_TICKET_COLUMNS);
      n_read++;
    }
  if (local_error != NULL)
    {
      g_propagate_error (error, local_error);
      return FALSE;
    }
  store->is_index_whole = n_read < n_rows;
  *is_complete = store->is_index_whole;
  return TRUE;
}

void
bitket_door_hit_free (BitketDoorHit *hit)
{
  if (hit == NULL)
    return;
  g_free (hit->ownership);
  g_free (hit->name);
  g_free (hit->email);
  g_free (hit->ticket_type);
  g_strfreev (hit->choices);
  g_free (hit->utilized_by_door);
  g_free (hit);
}

/* Takes what it can from @ticket. */
static BitketDoorHit *
make_hit (BitketDoorStore *store, BitketDoorTicket *ticket)
{
  BitketDoorHit *hit = g_new0 (BitketDoorHit, 1);

  hit->ownership = g_strdup (ticket->ownership);
  hit->name = g_steal_pointer (&ticket->name);
  hit->email = g_steal_pointer (&ticket->email);
  hit->ticket_type = g_strdup (bitket_door_store_get_type_name (store, ticket->ticket_type));
  hit->choices = g_steal_pointer (&ticket->choices);
  hit->state = ticket->state;
  hit->utilized_us = ticket->utilized_us;
  hit->utilized_by_door = g_steal_pointer (&ticket->utilized_by);
  return hit;
}

typedef struct
{
  const char *ownership; /* (unowned) */
  const char *text;      /* (unowned) */
} Match;

/* Those whose name begins with what was typed come first, then by name. */
static int
compare_matches (gconstpointer a, gconstpointer b, gpointer query)
{
  const Match *left = a, *right = b;
  gboolean left_begins = g_str_has_prefix (left->text, query);
  gboolean right_begins = g_str_has_prefix (right->text, query);
  int order;

  if (left_begins != right_begins)
    return left_begins ? -1 : 1;
  order = strcmp (left->text, right->text);
  return order != 0 ? order : strcmp (left->ownership, right->ownership);
}

/* The longest word of the query stands in the fewest texts. */
static char *
dup_longest_word (const char *folded_query)
{
  g_auto (GStrv) words = g_strsplit (folded_query, " ", -1);
  const char *longest = "";

  for (guint i = 0; words[i] != NULL; i++)
    if (strlen (words[i]) > strlen (longest))
      longest = words[i];
  return g_strdup (longest);
}

/* The entry in whose text @offset lies. */
static guint
find_position (const BitketDoorIndex *index, gsize offset)
{
  guint low = 0, high = index->entries->len;

  while (high - low > 1)
    {
      guint middle = low + (high - low) / 2;

      if (g_array_index (index->entries, IndexEntry, middle).offset <= offset)
        low = middle;
      else
        high = middle;
    }
  return low;
}

static GArray *
find_matches (BitketDoorStore *store, const char *folded_query)
{
  const BitketDoorIndex *index = store->index;
  GArray *matches = g_array_new (FALSE, FALSE, sizeof (Match));
  g_autofree char *word = dup_longest_word (folded_query);
  gsize offset = 0;

  if (index == NULL || *word == '\0')
    return matches;
  while (offset < index->texts->len && matches->len < MAX_MATCHES)
    {
      const char *found =
          memmem (index->texts->str + offset, index->texts->len - offset, word, strlen (word));
      guint position;
      Match match;

      if (found == NULL)
        break;
      position = find_position (index, (gsize) (found - index->texts->str));
      match.ownership = g_array_index (index->entries, IndexEntry, position).ownership;
      match.text = get_text (index, position);
      if (bitket_text_matches (match.text, folded_query))
        g_array_append_val (matches, match);
      offset = (gsize) (match.text - index->texts->str) + strlen (match.text) + 1;
    }
  g_array_sort_with_data (matches, compare_matches, (gpointer) folded_query);
  return matches;
}

static gboolean
add_code_hits (BitketDoorStore *store,
               const BitketDoorKey *key,
               const char *query,
               GPtrArray *hits,
               GError **error)
{
  g_autofree char *code = g_ascii_strdown (query, -1);
  g_autoptr (GPtrArray) tickets = bitket_door_store_lookup_code (store, key, code, error);

  if (tickets == NULL)
    return FALSE;
  for (guint i = 0; i < tickets->len; i++)
    g_ptr_array_add (hits, make_hit (store, g_ptr_array_index (tickets, i)));
  return TRUE;
}

/**
 * bitket_door_store_search:
 * @key: (nullable): to find a ticket's code as well
 *
 * Only what bitket_door_store_index_more() has read is found by name.
 */
GPtrArray *
bitket_door_store_search (BitketDoorStore *store,
                          const BitketDoorKey *key,
                          const char *query,
                          guint limit,
                          GError **error)
{
  g_autoptr (GPtrArray) hits =
      g_ptr_array_new_with_free_func ((GDestroyNotify) bitket_door_hit_free);
  g_autofree char *folded = bitket_text_fold (query);
  g_autoptr (GArray) matches = find_matches (store, folded);

  ASSERT_OWNER (store);
  if (key != NULL && bitket_ticket_code_is_code (query) &&
      !add_code_hits (store, key, query, hits, error))
    return NULL;
  for (guint i = 0; i < matches->len && hits->len < limit; i++)
    {
      GError *local_error = NULL;
      g_autoptr (BitketDoorTicket) ticket = bitket_door_store_lookup_ticket (
          store, g_array_index (matches, Match, i).ownership, &local_error);

      if (local_error != NULL)
        {
          g_propagate_error (error, local_error);
          return NULL;
        }
      if (ticket != NULL)
        g_ptr_array_add (hits, make_hit (store, ticket));
    }
  return g_steal_pointer (&hits);
}
