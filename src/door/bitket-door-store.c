/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-door"

#include "bitket-door-store.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "bitket-door-store-private.h"

#define CACHE_FILE "door.db"
#define LOCK_FILE  "lock"

/* Sealed when the cache is made, opened each time it is: tells a wrong key before anything else
 * fails on it. */
#define KEY_CHECK "bitket-door"

GError *
bitket_door_error_convert (GError *error)
{
  BitketDoorError code = BITKET_DOOR_ERROR_STORE;
  GError *converted;

  if (error == NULL || error->domain != BITKET_DB_ERROR)
    return error;
  if (error->code == BITKET_DB_ERROR_VERSION)
    code = BITKET_DOOR_ERROR_VERSION;
  else if (error->code == BITKET_DB_ERROR_BUSY)
    code = BITKET_DOOR_ERROR_BUSY;
  converted =
      g_error_new (BITKET_DOOR_ERROR, (int) code, "the cache cannot be used: %s", error->message);
  g_error_free (error);
  return converted;
}

/* Sealing. */

GBytes *
bitket_door_store_seal_text (BitketDoorStore *store, const char *text)
{
  return bitket_seal_close (&store->key, text, strlen (text));
}

/* Binds @text sealed, or NULL. */
void
bitket_door_store_bind_sealed (BitketDoorStore *store,
                               BitketStatement *statement,
                               int parameter,
                               const char *text)
{
  g_autoptr (GBytes) sealed = NULL;

  if (text == NULL)
    {
      bitket_statement_bind_null (statement, parameter);
      return;
    }
  sealed = bitket_door_store_seal_text (store, text);
  bitket_statement_bind_blob (statement, parameter, g_bytes_get_data (sealed, NULL),
                              g_bytes_get_size (sealed));
}

/* Returns: (transfer full) (nullable): %NULL without @error for NULL. */
char *
bitket_door_store_unseal_text (BitketDoorStore *store,
                               BitketStatement *statement,
                               int column,
                               GError **error)
{
  g_autoptr (GBytes) plain = NULL;
  gconstpointer sealed;
  gsize len;

  if (bitket_statement_is_null (statement, column))
    return NULL;
  sealed = bitket_statement_get_blob (statement, column, &len);
  plain = bitket_seal_open (&store->key, sealed, len, error);
  if (plain == NULL)
    return NULL;
  return g_strndup (g_bytes_get_data (plain, NULL), g_bytes_get_size (plain));
}

/* Single values. */

static gboolean
write_meta (BitketDoorStore *store,
            const char *name,
            const char *text,
            const char *secret,
            GError **error)
{
  g_autoptr (BitketStatement) statement = bitket_db_prepare (
      store->db,
      "INSERT INTO meta (name, text, sealed) VALUES ($1, $2, $3) "
      "ON CONFLICT (name) DO UPDATE SET text = excluded.text, sealed = excluded.sealed",
      error);

  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, name);
  bitket_statement_bind_text (statement, 2, text);
  bitket_door_store_bind_sealed (store, statement, 3, secret);
  return bitket_statement_run (statement, error);
}

/* @text: (out) (nullable): the readable or the sealed value, %NULL when there is none. */
static gboolean
read_meta (BitketDoorStore *store, const char *name, char **text, GError **error)
{
  g_autoptr (BitketStatement) statement =
      bitket_db_prepare (store->db, "SELECT text, sealed FROM meta WHERE name = $1", error);
  g_autoptr (GError) local_error = NULL;

  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, name);
  *text = NULL;
  if (!bitket_statement_step (statement, &local_error))
    {
      if (local_error == NULL)
        return TRUE;
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  if (!bitket_statement_is_null (statement, 0))
    *text = g_strdup (bitket_statement_get_text (statement, 0));
  else
    *text = bitket_door_store_unseal_text (store, statement, 1, &local_error);
  if (local_error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

/* What is kept in memory. */

static void
forget_all (BitketDoorStore *store)
{
  g_clear_pointer (&store->event, bitket_feed_event_free);
  g_clear_pointer (&store->event_text, g_free);
  g_clear_pointer (&store->cursor, g_free);
  g_clear_pointer (&store->index, bitket_door_index_free);
  store->index_next = 0;
  g_hash_table_remove_all (store->counts);
  g_hash_table_remove_all (store->touched);
  store->is_index_whole = FALSE;
  store->is_synced = FALSE;
}

static BitketFeedEvent *
parse_event (JsonNode *node, GError **error)
{
  g_auto (BitketJsonReader) reader = { 0 };

  if (!bitket_json_reader_init (&reader, node, "event", error))
    return NULL;
  return bitket_feed_event_from_reader (&reader, error);
}

static gboolean
load_event (BitketDoorStore *store, GError **error)
{
  g_autofree char *synced = NULL;
  g_autofree char *over = NULL;
  g_autoptr (JsonNode) node = NULL;

  if (!read_meta (store, "event", &store->event_text, error) ||
      !read_meta (store, "event_id", &store->event_id, error) ||
      !read_meta (store, "cursor", &store->cursor, error) ||
      !read_meta (store, "synced", &synced, error) || !read_meta (store, "over", &over, error))
    return FALSE;
  if (over != NULL)
    store->retirement = BITKET_DOOR_RETIRED_OVER;
  store->is_synced = synced != NULL;
  if (store->event_text == NULL)
    return TRUE;
  node = bitket_json_parse (store->event_text, -1, error);
  if (node == NULL)
    return FALSE;
  store->event = parse_event (node, error);
  return store->event != NULL;
}

static gboolean
load_counts (BitketDoorStore *store, GError **error)
{
  g_autoptr (BitketStatement) counts =
      bitket_db_prepare (store->db, "SELECT ticket_type, n_total, n_inside FROM counts", error);
  g_autoptr (BitketStatement) waiting =
      counts == NULL
          ? NULL
          : bitket_db_prepare (store->db, "SELECT count(*) FROM scans WHERE sent = 1", error);
  GError *local_error = NULL;

  if (waiting == NULL)
    return FALSE;
  while (bitket_statement_step (counts, &local_error))
    {
      TypeCount *count =
          bitket_door_store_ensure_count (store->counts, bitket_statement_get_text (counts, 0));

      count->n_total = bitket_statement_get_int64 (counts, 1);
      count->n_inside = bitket_statement_get_int64 (counts, 2);
    }
  if (local_error == NULL && bitket_statement_step (waiting, &local_error))
    store->n_waiting = bitket_statement_get_int64 (waiting, 0);
  if (local_error == NULL)
    return TRUE;
  g_propagate_error (error, local_error);
  return FALSE;
}

/* Transactions. */

gboolean
bitket_door_store_begin (BitketDoorStore *store, GError **error)
{
  ASSERT_OWNER (store);
  return bitket_db_begin (store->db, BITKET_DB_TRANSACTION_WRITE, error);
}

gboolean
bitket_door_store_commit (BitketDoorStore *store, GError **error)
{
  ASSERT_OWNER (store);
  if (!bitket_door_store_write_deltas (store, error) || !bitket_db_commit (store->db, error))
    {
      bitket_door_store_rollback (store);
      return FALSE;
    }
  store->is_changed = FALSE;
  bitket_door_store_apply_deltas (store);
  bitket_door_store_publish (store);
  return TRUE;
}

/* Event and cursor are kept in memory too: after a transaction that touched them came to nothing,
 * they are read anew, so that the memory cannot tell what the file does not. */
static void
reload (BitketDoorStore *store)
{
  g_autoptr (GError) error = NULL;

  store->is_changed = FALSE;
  forget_all (store);
  g_clear_pointer (&store->event_id, g_free);
  if (!load_event (store, &error) || !load_counts (store, &error))
    g_warning ("the cache could not be read again: %s", error->message);
}

void
bitket_door_store_rollback (BitketDoorStore *store)
{
  ASSERT_OWNER (store);
  bitket_db_rollback (store->db);
  bitket_door_store_forget_deltas (store);
  if (store->is_changed)
    reload (store);
}

/* The event. */

const BitketFeedEvent *
bitket_door_store_get_event (BitketDoorStore *store)
{
  return store->event;
}

const char *
bitket_door_store_get_type_name (BitketDoorStore *store, const char *ticket_type)
{
  if (store->event == NULL)
    return NULL;
  for (guint i = 0; i < store->event->ticket_types->len; i++)
    {
      const BitketFeedTicketType *type = g_ptr_array_index (store->event->ticket_types, i);

      if (strcmp (type->id, ticket_type) == 0)
        return type->name;
    }
  return NULL;
}

/**
 * bitket_door_store_set_event:
 * @event: the feed's "event"; written only when it changed
 *
 * Inside a transaction. Errors: EVENT when it is another than the one this store is for.
 */
gboolean
bitket_door_store_set_event (BitketDoorStore *store, JsonNode *event, GError **error)
{
  g_autofree char *text = bitket_json_to_string (event);
  g_autoptr (BitketFeedEvent) parsed = NULL;

  ASSERT_OWNER (store);
  if (store->retirement != BITKET_DOOR_RETIRED_NOT ||
      (store->event != NULL && g_strcmp0 (text, store->event_text) == 0))
    return TRUE;
  parsed = parse_event (event, error);
  if (parsed == NULL)
    return FALSE;
  if (store->event_id != NULL && strcmp (store->event_id, parsed->id) != 0)
    {
      g_set_error (error, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_EVENT,
                   "the service told of event \"%s\", this door is for \"%s\"", parsed->id,
                   store->event_id);
      return FALSE;
    }
  store->is_changed = TRUE;
  if (!write_meta (store, "event", NULL, text, error) ||
      !write_meta (store, "event_id", parsed->id, NULL, error))
    return FALSE;
  g_clear_pointer (&store->event, bitket_feed_event_free);
  store->event = g_steal_pointer (&parsed);
  g_free (store->event_text);
  store->event_text = g_steal_pointer (&text);
  g_free (store->event_id);
  store->event_id = g_strdup (store->event->id);
  return TRUE;
}

const char *
bitket_door_store_get_cursor (BitketDoorStore *store)
{
  return store->cursor;
}

/** bitket_door_store_set_cursor: inside the transaction of the page that it comes with */
gboolean
bitket_door_store_set_cursor (BitketDoorStore *store,
                              const char *cursor,
                              gboolean has_more,
                              GError **error)
{
  ASSERT_OWNER (store);
  if (store->retirement != BITKET_DOOR_RETIRED_NOT)
    return TRUE;
  store->is_changed = TRUE;
  if (!write_meta (store, "cursor", cursor, NULL, error))
    return FALSE;
  if (!has_more && !store->is_synced && !write_meta (store, "synced", "1", NULL, error))
    return FALSE;
  g_free (store->cursor);
  store->cursor = g_strdup (cursor);
  store->is_synced = store->is_synced || !has_more;
  return TRUE;
}

gboolean
bitket_door_store_wipe (BitketDoorStore *store, GError **error)
{
  ASSERT_OWNER (store);
  if (!bitket_door_store_begin (store, error))
    return FALSE;
  if (!bitket_db_execute (store->db,
                          "DELETE FROM tickets; DELETE FROM cards; DELETE FROM counts;"
                          "DELETE FROM scans WHERE sent <> 1;"
                          "DELETE FROM meta WHERE name IN ('event', 'cursor', 'synced', 'over')",
                          error))
    {
      bitket_door_store_rollback (store);
      return FALSE;
    }
  forget_all (store);
  store->is_changed = TRUE;
  if (!bitket_door_store_commit (store, error))
    return FALSE;
  /* What was deleted shall not lie about in free pages, nor in the log. */
  return bitket_db_execute (store->db, "VACUUM; PRAGMA wal_checkpoint (TRUNCATE)", error);
}

gboolean
bitket_door_store_retire (BitketDoorStore *store, BitketDoorRetirement retirement, GError **error)
{
  ASSERT_OWNER (store);
  store->retirement = retirement;
  if (!bitket_door_store_wipe (store, error))
    return FALSE;
  return retirement != BITKET_DOOR_RETIRED_OVER || write_meta (store, "over", "1", NULL, error);
}

gboolean
bitket_door_store_adopt_event (BitketDoorStore *store, const char *event_id, GError **error)
{
  ASSERT_OWNER (store);
  if (g_strcmp0 (store->event_id, event_id) == 0)
    return TRUE;
  if (store->event_id != NULL && store->n_waiting > 0)
    {
      g_set_error (error, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_EVENT,
                   "%" G_GINT64_FORMAT " entries of another event still wait to be sent from here",
                   store->n_waiting);
      return FALSE;
    }
  if (store->event_id != NULL && !bitket_door_store_wipe (store, error))
    return FALSE;
  store->retirement = BITKET_DOOR_RETIRED_NOT;
  if (!write_meta (store, "event_id", event_id, NULL, error))
    return FALSE;
  g_free (store->event_id);
  store->event_id = g_strdup (event_id);
  bitket_door_store_publish (store);
  return TRUE;
}

/* Opening. */

/* The lock is on a file of its own: SQLite has its own locks on the cache. */
static gboolean
lock_state_dir (BitketDoorStore *store, const char *state_dir, GError **error)
{
  g_autofree char *path = g_build_filename (state_dir, LOCK_FILE, NULL);

  if (g_mkdir_with_parents (state_dir, 0700) != 0)
    {
      g_set_error (error, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_STORE,
                   "cannot make the directory \"%s\": %s", state_dir, g_strerror (errno));
      return FALSE;
    }
  store->lock_fd = g_open (path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  if (store->lock_fd < 0)
    {
      g_set_error (error, BITKET_DOOR_ERROR, BITKET_DOOR_ERROR_STORE, "cannot open \"%s\": %s",
                   path, g_strerror (errno));
      return FALSE;
    }
  if (flock (store->lock_fd, LOCK_EX | LOCK_NB) == 0)
    return TRUE;
  g_set_error (error, BITKET_DOOR_ERROR,
               errno == EWOULDBLOCK ? BITKET_DOOR_ERROR_BUSY : BITKET_DOOR_ERROR_STORE,
               errno == EWOULDBLOCK ? "another program has \"%s\" open" : "cannot lock \"%s\"",
               state_dir);
  return FALSE;
}

/* Linux says which run of the machine this is; elsewhere it is told from no other run of this
 * program. */
static char *
read_boot (void)
{
  char *boot = NULL;

  if (!g_file_get_contents ("/proc/sys/kernel/random/boot_id", &boot, NULL, NULL))
    return g_uuid_string_random ();
  return g_strstrip (boot);
}

static gboolean
check_key (BitketDoorStore *store, BitketDoorStoreFlags flags, GError **error)
{
  g_autofree char *check = NULL;

  if (!read_meta (store, "key_check", &check, error))
    {
      g_prefix_error (error, "the key is not this cache's: ");
      return FALSE;
    }
  if (check == NULL && (flags & BITKET_DOOR_STORE_LOOK) == 0)
    return write_meta (store, "key_check", NULL, KEY_CHECK, error);
  return TRUE;
}

/* Who only looks cannot bring a cache up to date. */
static gboolean
check_version (BitketDoorStore *store, GError **error)
{
  g_autoptr (BitketStatement) statement = bitket_db_prepare (
      store->db, "SELECT max(version) FROM schema_migrations WHERE application = $1", error);

  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, "bitket-door");
  if (!bitket_statement_step (statement, error))
    return FALSE;
  if (bitket_statement_get_int64 (statement, 0) == (gint64) bitket_door_n_migrations)
    return TRUE;
  g_set_error_literal (error, BITKET_DB_ERROR, BITKET_DB_ERROR_VERSION,
                       "the cache was made by another version of this program");
  return FALSE;
}

static gboolean
open_database (BitketDoorStore *store,
               const char *state_dir,
               BitketDoorStoreFlags flags,
               GError **error)
{
  g_autofree char *path = g_build_filename (state_dir, CACHE_FILE, NULL);
  g_autofree char *uri = g_strconcat ("sqlite:", path, NULL);

  if ((flags & BITKET_DOOR_STORE_LOOK) != 0)
    {
      store->db = bitket_db_open (uri, BITKET_DB_OPEN_READ_ONLY | BITKET_DB_OPEN_EXISTING, error);
      return store->db != NULL && check_version (store, error);
    }
  store->db = bitket_db_open (uri, BITKET_DB_OPEN_DURABLE, error);
  if (store->db == NULL)
    return FALSE;
  if (g_chmod (path, 0600) != 0)
    g_warning ("cannot make the cache private: %s", g_strerror (errno));
  return bitket_db_migrate (store->db, "bitket-door", bitket_door_migrations,
                            bitket_door_n_migrations, error);
}

/**
 * bitket_door_store_open:
 * @state_dir: made with mode 0700 when missing
 * @key: copied
 * @flags: with LOOK what is written later fails
 *
 * Errors: BUSY when another program has @state_dir, KEY when the cache was sealed with another key,
 * VERSION when a newer program made it, STORE for the rest. Nothing is changed or lost then.
 *
 * Returns: (transfer full): owned by the calling thread, or %NULL
 */
BitketDoorStore *
bitket_door_store_open (const char *state_dir,
                        const BitketSealKey *key,
                        BitketDoorStoreFlags flags,
                        GError **error)
{
  g_autoptr (BitketDoorStore) store = g_new0 (BitketDoorStore, 1);
  GError *local_error = NULL;

  store->owner = g_thread_self ();
  store->lock_fd = -1;
  store->key = *key;
  store->boot = read_boot ();
  store->counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  store->deltas = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  store->touched = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_mutex_init (&store->snapshot_mutex);
  if ((flags & BITKET_DOOR_STORE_LOOK) == 0 && !lock_state_dir (store, state_dir, error))
    return NULL;
  if (!open_database (store, state_dir, flags, &local_error) ||
      !check_key (store, flags, &local_error) || !load_event (store, &local_error) ||
      !load_counts (store, &local_error))
    {
      g_propagate_error (error, bitket_door_error_convert (local_error));
      return NULL;
    }
  bitket_door_store_publish (store);
  return g_steal_pointer (&store);
}

/** bitket_door_store_close: (nullable) */
void
bitket_door_store_close (BitketDoorStore *store)
{
  if (store == NULL)
    return;
  ASSERT_OWNER (store);
  bitket_db_close (store->db);
  forget_all (store);
  g_free (store->event_id);
  g_free (store->boot);
  g_hash_table_unref (store->counts);
  g_hash_table_unref (store->deltas);
  g_hash_table_unref (store->touched);
  g_clear_pointer (&store->snapshot, bitket_door_snapshot_unref);
  g_mutex_clear (&store->snapshot_mutex);
  bitket_seal_key_clear (&store->key);
  if (store->lock_fd >= 0)
    close (store->lock_fd);
  g_free (store);
}

gboolean
bitket_door_store_exists (const char *state_dir)
{
  g_autofree char *path = g_build_filename (state_dir, CACHE_FILE, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}
