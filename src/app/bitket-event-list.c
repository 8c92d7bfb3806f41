/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

#include "bitket-event-list.h"

#include "bitket-error-text.h"
#include "bitket-text.h"

struct _BitketEventList
{
  GObject parent_instance;
  BitketSession *session;     /* (owned) */
  GCancellable *cancellable;  /* (owned) of the load under way */
  GPtrArray *organizations;   /* (owned) (nullable) of BitketRecord */
  GListStore *store;          /* (owned) of BitketEventItem, as they came */
  GtkFilter *filter;          /* (owned) */
  GListModel *events;         /* (owned) sorted and filtered */
  char *search;               /* (owned) */
  char *folded;               /* (owned) */
  const char *state;          /* (unowned) static */
  BitketErrorText error_text; /* when the state is "error" */
};

enum
{
  PROP_0,
  PROP_EVENTS,
  PROP_SEARCH,
  PROP_STATE,
  PROP_ERROR_TITLE,
  PROP_ERROR_SENTENCE,
  PROP_SIGN_IN_NEEDED,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (BitketEventList, bitket_event_list, G_TYPE_OBJECT)

static void
set_state (BitketEventList *self, const char *state)
{
  self->state = state;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
}

static void
update_state (BitketEventList *self)
{
  if (g_list_model_get_n_items (G_LIST_MODEL (self->store)) == 0)
    set_state (self, "empty");
  else
    set_state (self, g_list_model_get_n_items (self->events) == 0 ? "none-found" : "ready");
}

static void
fail (BitketEventList *self, const GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_message ("could not load the events: %s", error->message);
  self->error_text = bitket_error_text_find (BITKET_TRIED_EVENTS, error);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ERROR_TITLE]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ERROR_SENTENCE]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SIGN_IN_NEEDED]);
  set_state (self, "error");
}

static const char *
find_organization_name (BitketEventList *self, const char *id)
{
  for (guint i = 0; i < self->organizations->len; i++)
    {
      BitketRecord *organization = g_ptr_array_index (self->organizations, i);

      if (g_strcmp0 (bitket_record_get_id (organization), id) == 0)
        return bitket_record_get_text (organization, "name");
    }
  return NULL;
}

static void
events_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BitketEventList) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) events =
      bitket_session_list_finish (BITKET_SESSION (source), result, &error);
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_object_unref);
  gint64 now_us = g_get_real_time ();

  if (events == NULL)
    {
      fail (self, error);
      return;
    }
  for (guint i = 0; i < events->len; i++)
    {
      BitketRecord *event = g_ptr_array_index (events, i);
      const char *organization = bitket_record_get_text (event, "organization");

      g_ptr_array_add (items, bitket_event_item_new (
                                  event, find_organization_name (self, organization), now_us));
    }
  g_list_store_splice (self->store, 0, g_list_model_get_n_items (G_LIST_MODEL (self->store)),
                       items->pdata, items->len);
  update_state (self);
}

static void
organizations_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BitketEventList) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) organizations =
      bitket_session_list_finish (BITKET_SESSION (source), result, &error);

  if (organizations == NULL)
    {
      fail (self, error);
      return;
    }
  g_clear_pointer (&self->organizations, g_ptr_array_unref);
  self->organizations = g_steal_pointer (&organizations);
  bitket_session_list_async (self->session, "events", NULL, self->cancellable, events_cb,
                             g_object_ref (self));
}

static gboolean
filter_cb (gpointer item, gpointer user_data)
{
  BitketEventList *self = user_data;

  return bitket_event_item_matches (item, self->folded);
}

static int
compare_cb (gconstpointer a, gconstpointer b, gpointer user_data)
{
  return bitket_event_item_compare ((BitketEventItem *) a, (BitketEventItem *) b);
}

static void
bitket_event_list_dispose (GObject *object)
{
  BitketEventList *self = BITKET_EVENT_LIST (object);

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->session);
  g_clear_pointer (&self->organizations, g_ptr_array_unref);
  g_clear_object (&self->events);
  g_clear_object (&self->filter);
  g_clear_object (&self->store);
  G_OBJECT_CLASS (bitket_event_list_parent_class)->dispose (object);
}

static void
bitket_event_list_finalize (GObject *object)
{
  BitketEventList *self = BITKET_EVENT_LIST (object);

  g_free (self->search);
  g_free (self->folded);
  G_OBJECT_CLASS (bitket_event_list_parent_class)->finalize (object);
}

static void
bitket_event_list_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  BitketEventList *self = BITKET_EVENT_LIST (object);

  switch (prop_id)
    {
    case PROP_EVENTS:
      g_value_set_object (value, self->events);
      break;
    case PROP_SEARCH:
      g_value_set_string (value, self->search);
      break;
    case PROP_STATE:
      g_value_set_string (value, self->state);
      break;
    case PROP_ERROR_TITLE:
      g_value_set_string (value, self->error_text.title);
      break;
    case PROP_ERROR_SENTENCE:
      g_value_set_string (value, self->error_text.sentence);
      break;
    case PROP_SIGN_IN_NEEDED:
      g_value_set_boolean (value, self->error_text.remedy == BITKET_REMEDY_SIGN_IN);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
bitket_event_list_set_property (GObject *object,
                                guint prop_id,
                                const GValue *value,
                                GParamSpec *pspec)
{
  switch (prop_id)
    {
    case PROP_SEARCH:
      bitket_event_list_set_search (BITKET_EVENT_LIST (object), g_value_get_string (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
bitket_event_list_class_init (BitketEventListClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->dispose = bitket_event_list_dispose;
  object_class->finalize = bitket_event_list_finalize;
  object_class->get_property = bitket_event_list_get_property;
  object_class->set_property = bitket_event_list_set_property;
  properties[PROP_EVENTS] = g_param_spec_object ("events", NULL, NULL, G_TYPE_LIST_MODEL, flags);
  properties[PROP_SEARCH] = g_param_spec_string (
      "search", NULL, NULL, "", flags | G_PARAM_WRITABLE | G_PARAM_EXPLICIT_NOTIFY);
  properties[PROP_STATE] = g_param_spec_string ("state", NULL, NULL, "loading", flags);
  properties[PROP_ERROR_TITLE] = g_param_spec_string ("error-title", NULL, NULL, NULL, flags);
  properties[PROP_ERROR_SENTENCE] = g_param_spec_string ("error-sentence", NULL, NULL, NULL, flags);
  properties[PROP_SIGN_IN_NEEDED] =
      g_param_spec_boolean ("sign-in-needed", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
bitket_event_list_init (BitketEventList *self)
{
  GtkSorter *sorter = GTK_SORTER (gtk_custom_sorter_new (compare_cb, NULL, NULL));
  GtkSortListModel *sorted;

  self->state = "loading";
  self->search = g_strdup ("");
  self->folded = g_strdup ("");
  self->store = g_list_store_new (BITKET_TYPE_EVENT_ITEM);
  self->filter = GTK_FILTER (gtk_custom_filter_new (filter_cb, self, NULL));
  sorted = gtk_sort_list_model_new (G_LIST_MODEL (g_object_ref (self->store)), sorter);
  self->events =
      G_LIST_MODEL (gtk_filter_list_model_new (G_LIST_MODEL (sorted), g_object_ref (self->filter)));
}

BitketEventList *
bitket_event_list_new (BitketSession *session)
{
  BitketEventList *self;

  g_return_val_if_fail (BITKET_IS_SESSION (session), NULL);

  self = g_object_new (BITKET_TYPE_EVENT_LIST, NULL);
  self->session = g_object_ref (session);
  bitket_event_list_reload (self);
  return self;
}

void
bitket_event_list_reload (BitketEventList *self)
{
  g_return_if_fail (BITKET_IS_EVENT_LIST (self));

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  if (g_list_model_get_n_items (G_LIST_MODEL (self->store)) == 0)
    set_state (self, "loading");
  bitket_session_list_async (self->session, "organizations", NULL, self->cancellable,
                             organizations_cb, g_object_ref (self));
}

GListModel *
bitket_event_list_get_events (BitketEventList *self)
{
  return self->events;
}

const char *
bitket_event_list_get_state (BitketEventList *self)
{
  return self->state;
}

void
bitket_event_list_set_search (BitketEventList *self, const char *search)
{
  g_return_if_fail (BITKET_IS_EVENT_LIST (self));

  search = search ? search : "";
  if (g_str_equal (self->search, search))
    return;
  g_free (self->search);
  g_free (self->folded);
  self->search = g_strdup (search);
  self->folded = bitket_text_fold (search);
  gtk_filter_changed (self->filter, GTK_FILTER_CHANGE_DIFFERENT);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SEARCH]);
  if (g_list_model_get_n_items (G_LIST_MODEL (self->store)) > 0)
    update_state (self);
}
