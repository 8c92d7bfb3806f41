/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-door"

/* Searching: the index is made in steps, between which scans have their turn. */

#include "bitket-door.h"

#include "bitket-door-private.h"

#define ROWS_A_STEP 2000

typedef struct
{
  BitketDoor *door; /* (unowned): the task holds it */
  BitketDoorJudge *judge;
  char *query; /* (owned) */
  guint limit;
  gboolean is_complete;
} Search;

static void index_cb (GObject *source, GAsyncResult *result, gpointer user_data);

static void
free_search (gpointer data)
{
  Search *search = data;

  g_free (search->query);
  g_free (search);
}

static gpointer
index_job (gpointer data, GCancellable *cancellable, GError **error)
{
  Search *search = data;

  bitket_door_store_index_more (bitket_door_judge_get_store (search->judge), ROWS_A_STEP,
                                &search->is_complete, error);
  return NULL;
}

static gpointer
search_job (gpointer data, GCancellable *cancellable, GError **error)
{
  Search *search = data;

  return bitket_door_store_search (bitket_door_judge_get_store (search->judge),
                                   bitket_door_judge_get_key (search->judge), search->query,
                                   search->limit, error);
}

static void
free_hits (gpointer data)
{
  g_ptr_array_unref (data);
}

static void
searched_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  BitketDoor *self = g_task_get_source_object (task);
  GError *error = NULL;
  GPtrArray *hits = bitket_door_finish_job (self, result, &error);

  if (hits == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, hits, free_hits);
  bitket_door_release (self);
}

static void
index_more (GTask *task)
{
  Search *search = g_task_get_task_data (task);

  bitket_door_run_job (search->door, index_job, search, NULL, NULL, index_cb, task);
}

static void
index_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Search *search = g_task_get_task_data (task);
  BitketDoor *self = search->door;
  GError *error = NULL;

  bitket_door_finish_job (self, result, &error);
  if (error != NULL || g_task_return_error_if_cancelled (task))
    {
      if (error != NULL)
        g_task_return_error (task, error);
      g_object_unref (task);
      bitket_door_release (self);
      return;
    }
  if (search->is_complete)
    bitket_door_run_job (self, search_job, search, NULL, free_hits, searched_cb, task);
  else
    index_more (task);
}

void
bitket_door_search_async (BitketDoor *self,
                          const char *query,
                          guint limit,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  GTask *task;
  Search *search;

  g_return_if_fail (BITKET_IS_DOOR (self));
  g_return_if_fail (query != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, bitket_door_search_async);
  if (self->is_closed || self->close_task != NULL)
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CLOSED, "the door is closed");
      g_object_unref (task);
      return;
    }
  search = g_new0 (Search, 1);
  search->door = self;
  search->judge = self->judge;
  search->query = g_strdup (query);
  search->limit = limit;
  g_task_set_task_data (task, search, free_search);
  bitket_door_hold (self);
  index_more (task);
}

GPtrArray *
bitket_door_search_finish (BitketDoor *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
