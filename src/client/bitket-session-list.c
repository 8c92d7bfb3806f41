/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-client"

#include "bitket-session.h"

#include "bitket-record.h"

#define PAGE_ROWS 200
#define MAX_PAGES 10000

typedef struct
{
  const BitketSchema *schema;
  GPtrArray *records; /* (owned) of BitketRecord */
  guint n_pages;
} List;

static void
list_free (List *list)
{
  g_clear_pointer (&list->records, g_ptr_array_unref);
  g_free (list);
}

static gboolean
add_page (List *list, JsonNode *json, GError **error)
{
  JsonArray *array;

  if (json == NULL || !JSON_NODE_HOLDS_ARRAY (json))
    {
      g_set_error (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_ANSWER,
                   "the answer for \"%s\" is not a list", list->schema->collection);
      return FALSE;
    }
  array = json_node_get_array (json);
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      g_autoptr (BitketRecord) record = bitket_record_new (list->schema);
      g_autoptr (GError) local_error = NULL;

      if (!bitket_record_read_json (record, json_array_get_element (array, i),
                                    BITKET_RECORD_READ_PARTIAL | BITKET_RECORD_READ_TOLERANT,
                                    &local_error))
        {
          g_set_error (error, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_ANSWER,
                       "cannot read row %u of \"%s\": %s", i, list->schema->collection,
                       local_error->message);
          return FALSE;
        }
      bitket_record_mark_clean (record);
      g_ptr_array_add (list->records, g_steal_pointer (&record));
    }
  return TRUE;
}

static void request_page (GTask *task, const char *path);

static void
page_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  List *list = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketResponse) response =
      bitket_session_request_finish (BITKET_SESSION (source), result, &error);
  const char *next;

  if (response == NULL || !add_page (list, bitket_response_get_json (response), &error))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  next = bitket_response_get_next_link (response);
  if (next == NULL)
    g_task_return_pointer (task, g_steal_pointer (&list->records),
                           (GDestroyNotify) g_ptr_array_unref);
  else if (++list->n_pages >= MAX_PAGES)
    g_task_return_new_error (task, BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_ANSWER,
                             "the list of \"%s\" has no end", list->schema->collection);
  else
    request_page (g_steal_pointer (&task), next);
}

/* Takes over the reference to @task. */
static void
request_page (GTask *task, const char *path)
{
  bitket_session_request_async (g_task_get_source_object (task), "GET", path, NULL, NULL,
                                BITKET_REQUEST_RETRY, 0, g_task_get_cancellable (task), page_cb,
                                task);
}

void
bitket_session_list_async (BitketSession *self,
                           const char *collection,
                           const char *query,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_autoptr (GTask) task = NULL;
  g_autofree char *path = NULL;
  List *list;

  g_return_if_fail (BITKET_IS_SESSION (self));
  g_return_if_fail (collection != NULL);
  g_return_if_fail (bitket_schema_find_collection (collection) != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, bitket_session_list_async);
  list = g_new0 (List, 1);
  list->schema = bitket_schema_find_collection (collection);
  list->records = g_ptr_array_new_with_free_func (g_object_unref);
  g_task_set_task_data (task, list, (GDestroyNotify) list_free);
  path = g_strdup_printf ("/api/%s/?limit=%d%s%s", collection, PAGE_ROWS, query ? "&" : "",
                          query ? query : "");
  request_page (g_steal_pointer (&task), path);
}

GPtrArray *
bitket_session_list_finish (BitketSession *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
