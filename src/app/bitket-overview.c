/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

#include "bitket-overview.h"

#include "bitket-error-text.h"
#include "bitket-figure.h"
#include "bitket-sales.h"
#include "bitket-stream.h"

/* A door that lets in three a second is not a reason for three reloads a second. */
#define RELOAD_DELAY_MS 700

struct _BitketOverview
{
  GObject parent_instance;
  BitketSession *session;    /* (owned) */
  BitketEventItem *item;     /* (owned) */
  BitketStream *stream;      /* (owned) (nullable) */
  GCancellable *cancellable; /* (owned) of the requests under way */
  guint n_pending;           /* requests under way */
  guint reload_source;       /* 0: none */
  GListStore *days;          /* (owned) of BitketFigure */
  GListStore *types;         /* (owned) of BitketFigure */
  BitketSales sales;
  gint64 capacity;
  const char *state; /* (unowned) static */
  BitketErrorText error_text;
};

enum
{
  PROP_0,
  PROP_ITEM,
  PROP_STATE,
  PROP_ERROR_TITLE,
  PROP_ERROR_SENTENCE,
  PROP_SOLD,
  PROP_PENDING,
  PROP_REFUNDED,
  PROP_INSIDE,
  PROP_CAPACITY,
  PROP_REVENUE,
  PROP_DAYS,
  PROP_TYPES,
  PROP_LIVE,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (BitketOverview, bitket_overview, G_TYPE_OBJECT)

static void
set_state (BitketOverview *self, const char *state)
{
  self->state = state;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
}

static void
fail (BitketOverview *self, const GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_message ("could not load the figures: %s", error->message);
  g_cancellable_cancel (self->cancellable);
  self->error_text = bitket_error_text_find (BITKET_TRIED_OVERVIEW, error);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ERROR_TITLE]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ERROR_SENTENCE]);
  set_state (self, "error");
}

static void
finish_one (BitketOverview *self)
{
  if (--self->n_pending > 0)
    return;
  for (guint i = PROP_SOLD; i <= PROP_REVENUE; i++)
    g_object_notify_by_pspec (G_OBJECT (self), properties[i]);
  set_state (self, "ready");
}

static void
replace_all (GListStore *store, GPtrArray *items)
{
  g_list_store_splice (store, 0, g_list_model_get_n_items (G_LIST_MODEL (store)), items->pdata,
                       items->len);
}

static void
types_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BitketOverview) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) types =
      bitket_session_list_finish (BITKET_SESSION (source), result, &error);
  g_autoptr (GPtrArray) figures = g_ptr_array_new_with_free_func (g_object_unref);
  gint64 capacity = 0;

  if (types == NULL)
    {
      fail (self, error);
      return;
    }
  for (guint i = 0; i < types->len; i++)
    {
      BitketFigure *figure = bitket_sales_figure_from_type (g_ptr_array_index (types, i));
      gint64 limit = bitket_figure_get_capacity (figure);

      capacity = capacity < 0 || limit < 0 ? -1 : capacity + limit;
      g_ptr_array_add (figures, figure);
    }
  self->capacity = capacity;
  replace_all (self->types, figures);
  finish_one (self);
}

static void
days_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BitketOverview) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketResponse) response =
      bitket_session_request_finish (BITKET_SESSION (source), result, &error);
  g_autoptr (GPtrArray) figures = NULL;

  if (response != NULL)
    figures = bitket_sales_read (bitket_response_get_json (response), &self->sales, &error);
  if (figures == NULL)
    {
      fail (self, error);
      return;
    }
  replace_all (self->days, figures);
  finish_one (self);
}

static gboolean
reload_cb (gpointer user_data)
{
  BitketOverview *self = user_data;

  self->reload_source = 0;
  bitket_overview_reload (self);
  return G_SOURCE_REMOVE;
}

static void
message_cb (BitketStream *stream, JsonNode *message, gpointer user_data)
{
  BitketOverview *self = user_data;

  if (self->reload_source == 0)
    self->reload_source = g_timeout_add (RELOAD_DELAY_MS, reload_cb, self);
}

static void
connected_cb (BitketStream *stream, GParamSpec *pspec, gpointer user_data)
{
  BitketOverview *self = user_data;

  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LIVE]);
  /* What happened while the stream was away was not told. */
  if (bitket_stream_is_connected (stream) && g_strcmp0 (self->state, "loading") != 0)
    message_cb (stream, NULL, self);
}

static void
bitket_overview_dispose (GObject *object)
{
  BitketOverview *self = BITKET_OVERVIEW (object);

  bitket_overview_stop (self);
  g_clear_object (&self->session);
  g_clear_object (&self->item);
  g_clear_object (&self->days);
  g_clear_object (&self->types);
  G_OBJECT_CLASS (bitket_overview_parent_class)->dispose (object);
}

static void
bitket_overview_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  BitketOverview *self = BITKET_OVERVIEW (object);

  switch (prop_id)
    {
    case PROP_ITEM:
      g_value_set_object (value, self->item);
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
    case PROP_SOLD:
      g_value_set_int64 (value, self->sales.sold);
      break;
    case PROP_PENDING:
      g_value_set_int64 (value, self->sales.pending);
      break;
    case PROP_REFUNDED:
      g_value_set_int64 (value, self->sales.refunded);
      break;
    case PROP_INSIDE:
      g_value_set_int64 (value, self->sales.utilized);
      break;
    case PROP_CAPACITY:
      g_value_set_int64 (value, self->capacity);
      break;
    case PROP_REVENUE:
      g_value_set_int64 (value, self->sales.revenue_ore);
      break;
    case PROP_DAYS:
      g_value_set_object (value, self->days);
      break;
    case PROP_TYPES:
      g_value_set_object (value, self->types);
      break;
    case PROP_LIVE:
      g_value_set_boolean (value, self->stream && bitket_stream_is_connected (self->stream));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
bitket_overview_class_init (BitketOverviewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->dispose = bitket_overview_dispose;
  object_class->get_property = bitket_overview_get_property;
  properties[PROP_ITEM] = g_param_spec_object ("item", NULL, NULL, BITKET_TYPE_EVENT_ITEM, flags);
  properties[PROP_STATE] = g_param_spec_string ("state", NULL, NULL, "loading", flags);
  properties[PROP_ERROR_TITLE] = g_param_spec_string ("error-title", NULL, NULL, NULL, flags);
  properties[PROP_ERROR_SENTENCE] = g_param_spec_string ("error-sentence", NULL, NULL, NULL, flags);
  properties[PROP_SOLD] = g_param_spec_int64 ("sold", NULL, NULL, 0, G_MAXINT64, 0, flags);
  properties[PROP_PENDING] = g_param_spec_int64 ("pending", NULL, NULL, 0, G_MAXINT64, 0, flags);
  properties[PROP_REFUNDED] = g_param_spec_int64 ("refunded", NULL, NULL, 0, G_MAXINT64, 0, flags);
  properties[PROP_INSIDE] = g_param_spec_int64 ("inside", NULL, NULL, 0, G_MAXINT64, 0, flags);
  properties[PROP_CAPACITY] =
      g_param_spec_int64 ("capacity", NULL, NULL, -1, G_MAXINT64, -1, flags);
  properties[PROP_REVENUE] =
      g_param_spec_int64 ("revenue", NULL, NULL, G_MININT64, G_MAXINT64, 0, flags);
  properties[PROP_DAYS] = g_param_spec_object ("days", NULL, NULL, G_TYPE_LIST_MODEL, flags);
  properties[PROP_TYPES] = g_param_spec_object ("types", NULL, NULL, G_TYPE_LIST_MODEL, flags);
  properties[PROP_LIVE] = g_param_spec_boolean ("live", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
bitket_overview_init (BitketOverview *self)
{
  self->state = "loading";
  self->capacity = -1;
  self->days = g_list_store_new (BITKET_TYPE_FIGURE);
  self->types = g_list_store_new (BITKET_TYPE_FIGURE);
}

BitketOverview *
bitket_overview_new (BitketSession *session, BitketEventItem *item)
{
  BitketOverview *self;
  g_autofree char *path = NULL;

  g_return_val_if_fail (BITKET_IS_SESSION (session), NULL);
  g_return_val_if_fail (BITKET_IS_EVENT_ITEM (item), NULL);

  self = g_object_new (BITKET_TYPE_OVERVIEW, NULL);
  self->session = g_object_ref (session);
  self->item = g_object_ref (item);
  path = g_strdup_printf ("/api/events/%s/stream/", bitket_event_item_get_id (item));
  self->stream = bitket_stream_new (session, path);
  g_signal_connect_object (self->stream, "message", G_CALLBACK (message_cb), self, 0);
  g_signal_connect_object (self->stream, "notify::connected", G_CALLBACK (connected_cb), self, 0);
  bitket_stream_start (self->stream);
  bitket_overview_reload (self);
  return self;
}

void
bitket_overview_reload (BitketOverview *self)
{
  const char *id;
  g_autofree char *query = NULL;
  g_autofree char *path = NULL;

  g_return_if_fail (BITKET_IS_OVERVIEW (self));

  id = bitket_event_item_get_id (self->item);
  query = g_strdup_printf ("event=%s", id);
  path = g_strdup_printf ("/api/events/%s/sales/?group_by=day", id);
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  if (g_str_equal (self->state, "error"))
    set_state (self, "loading");
  self->n_pending = 2;
  bitket_session_list_async (self->session, "ticket-types", query, self->cancellable, types_cb,
                             g_object_ref (self));
  bitket_session_request_async (self->session, "GET", path, NULL, NULL, BITKET_REQUEST_RETRY, 0,
                                self->cancellable, days_cb, g_object_ref (self));
}

void
bitket_overview_stop (BitketOverview *self)
{
  g_return_if_fail (BITKET_IS_OVERVIEW (self));

  g_clear_handle_id (&self->reload_source, g_source_remove);
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  if (self->stream != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->stream, self);
      bitket_stream_stop (self->stream);
    }
  g_clear_object (&self->stream);
}

BitketEventItem *
bitket_overview_get_item (BitketOverview *self)
{
  return self->item;
}

const char *
bitket_overview_get_state (BitketOverview *self)
{
  return self->state;
}
