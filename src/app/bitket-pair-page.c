/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

#include "bitket-pair-page.h"

#include "bitket-camera-source.h"
#include "bitket-camera-view.h"
#include "bitket-door.h"
#include "bitket-error-text.h"

#include <string.h>

struct _BitketPairPage
{
  AdwBin parent_instance;
  AdwEntryRow *server_row;
  AdwEntryRow *code_row;
  BitketCameraView *camera_view;
  char *state_dir;            /* (owned) (nullable) */
  BitketCamera *camera;       /* (owned) (nullable) while scanning */
  GCancellable *cancellable;  /* (owned) (nullable) while pairing */
  const char *error_sentence; /* (unowned) static, (nullable) */
};

enum
{
  PROP_0,
  PROP_BUSY,
  PROP_SCANNING,
  PROP_ERROR_SENTENCE,
  N_PROPS
};

enum
{
  SIGNAL_PAIRED,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (BitketPairPage, bitket_pair_page, ADW_TYPE_BIN)

static gboolean
is_text (gpointer self, const char *text)
{
  return text != NULL && *text != '\0';
}

static void
update (BitketPairPage *self)
{
  const char *code = gtk_editable_get_text (GTK_EDITABLE (self->code_row));

  gtk_widget_action_set_enabled (GTK_WIDGET (self), "page.pair",
                                 is_text (self, code) && self->cancellable == NULL);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_BUSY]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SCANNING]);
}

static void
set_error (BitketPairPage *self, BitketTried tried, const GError *error)
{
  if (error != NULL)
    g_message ("pairing: %s", error->message);
  self->error_sentence = error ? bitket_error_text_find (tried, error).sentence : NULL;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ERROR_SENTENCE]);
}

/* "bitket://pair?server=…&code=…" says the server as well, which is kept for the next start. */
static void
take_server (BitketPairPage *self, const char *code)
{
  g_autoptr (GUri) uri = g_uri_parse (code, G_URI_FLAGS_ENCODED, NULL);
  const char *query = uri ? g_uri_get_query (uri) : NULL;
  g_autoptr (GHashTable) fields = NULL;
  const char *server;

  if (query == NULL || strcmp (g_uri_get_scheme (uri), "bitket") != 0)
    return;
  fields = g_uri_parse_params (query, -1, "&", G_URI_PARAMS_NONE, NULL);
  server = fields ? g_hash_table_lookup (fields, "server") : NULL;
  if (server != NULL)
    gtk_editable_set_text (GTK_EDITABLE (self->server_row), server);
}

static void
stop_camera (BitketPairPage *self)
{
  g_autoptr (BitketCamera) camera = g_steal_pointer (&self->camera);

  if (camera == NULL)
    return;
  g_signal_handlers_disconnect_by_data (camera, self);
  if (self->camera_view != NULL)
    bitket_camera_view_set_camera (self->camera_view, NULL);
  bitket_camera_stop (camera);
}

static void
pair_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BitketPairPage) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *event_name = NULL;
  g_autofree char *door_name = NULL;
  g_autofree char *server = NULL;

  bitket_door_pair_finish (result, &event_name, &door_name, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&self->cancellable);
  update (self);
  set_error (self, BITKET_TRIED_PAIR, error);
  if (error != NULL)
    return;
  server = g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->server_row)));
  gtk_editable_set_text (GTK_EDITABLE (self->code_row), "");
  g_signal_emit (self, signals[SIGNAL_PAIRED], 0, server);
}

static void
pair_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  BitketPairPage *self = BITKET_PAIR_PAGE (widget);
  const char *server;

  stop_camera (self);
  take_server (self, gtk_editable_get_text (GTK_EDITABLE (self->code_row)));
  server = gtk_editable_get_text (GTK_EDITABLE (self->server_row));
  set_error (self, BITKET_TRIED_PAIR, NULL);
  self->cancellable = g_cancellable_new ();
  update (self);
  bitket_door_pair_async (g_str_equal (server, "https://") ? NULL : server,
                          gtk_editable_get_text (GTK_EDITABLE (self->code_row)), self->state_dir,
                          NULL, self->cancellable, pair_cb, g_object_ref (self));
}

/* The QR code's text holds the server as well; it is taken as it is. */
static void
scanned_cb (BitketCamera *camera, GBytes *bytes, gpointer user_data)
{
  BitketPairPage *self = user_data;
  gsize len;
  const char *text = g_bytes_get_data (bytes, &len);
  g_autofree char *code = NULL;

  if (!g_utf8_validate_len (text, len, NULL))
    return;
  code = g_strndup (text, len);
  gtk_editable_set_text (GTK_EDITABLE (self->code_row), code);
  gtk_widget_activate_action (GTK_WIDGET (self), "page.pair", NULL);
}

static void
failed_cb (BitketCamera *camera, const GError *error, gpointer user_data)
{
  BitketPairPage *self = user_data;

  set_error (self, BITKET_TRIED_CAMERA, error);
  stop_camera (self);
  update (self);
}

static void
scan_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  BitketPairPage *self = BITKET_PAIR_PAGE (widget);
  g_autoptr (GError) error = NULL;

  stop_camera (self);
  self->camera = bitket_camera_source_new_camera ();
  g_signal_connect (self->camera, "scanned", G_CALLBACK (scanned_cb), self);
  g_signal_connect (self->camera, "failed", G_CALLBACK (failed_cb), self);
  bitket_camera_view_set_camera (self->camera_view, self->camera);
  if (!bitket_camera_start (self->camera, &error))
    stop_camera (self);
  set_error (self, BITKET_TRIED_CAMERA, error);
  update (self);
}

static void
activated_cb (BitketPairPage *self)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "page.pair", NULL);
}

static void
changed_cb (BitketPairPage *self)
{
  update (self);
}

static void
bitket_pair_page_dispose (GObject *object)
{
  BitketPairPage *self = BITKET_PAIR_PAGE (object);

  stop_camera (self);
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  G_OBJECT_CLASS (bitket_pair_page_parent_class)->dispose (object);
}

static void
bitket_pair_page_finalize (GObject *object)
{
  g_free (BITKET_PAIR_PAGE (object)->state_dir);
  G_OBJECT_CLASS (bitket_pair_page_parent_class)->finalize (object);
}

static void
bitket_pair_page_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  BitketPairPage *self = BITKET_PAIR_PAGE (object);

  switch (prop_id)
    {
    case PROP_BUSY:
      g_value_set_boolean (value, self->cancellable != NULL);
      break;
    case PROP_SCANNING:
      g_value_set_boolean (value, self->camera != NULL);
      break;
    case PROP_ERROR_SENTENCE:
      g_value_set_string (value, self->error_sentence);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
bitket_pair_page_class_init (BitketPairPageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  g_type_ensure (BITKET_TYPE_CAMERA_VIEW);
  object_class->dispose = bitket_pair_page_dispose;
  object_class->finalize = bitket_pair_page_finalize;
  object_class->get_property = bitket_pair_page_get_property;
  properties[PROP_BUSY] = g_param_spec_boolean ("busy", NULL, NULL, FALSE, flags);
  properties[PROP_SCANNING] = g_param_spec_boolean ("scanning", NULL, NULL, FALSE, flags);
  properties[PROP_ERROR_SENTENCE] = g_param_spec_string ("error-sentence", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[SIGNAL_PAIRED] = g_signal_new ("paired", BITKET_TYPE_PAIR_PAGE, G_SIGNAL_RUN_LAST, 0,
                                         NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/se/bitket/Bitket/ui/bitket-pair-page.ui");
  gtk_widget_class_bind_template_child (widget_class, BitketPairPage, server_row);
  gtk_widget_class_bind_template_child (widget_class, BitketPairPage, code_row);
  gtk_widget_class_bind_template_child (widget_class, BitketPairPage, camera_view);
  gtk_widget_class_bind_template_callback (widget_class, is_text);
  gtk_widget_class_bind_template_callback (widget_class, activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, changed_cb);
  gtk_widget_class_install_action (widget_class, "page.pair", NULL, pair_action);
  gtk_widget_class_install_action (widget_class, "page.scan", NULL, scan_action);
}

static void
bitket_pair_page_init (BitketPairPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  update (self);
}

void
bitket_pair_page_begin (BitketPairPage *self, const char *state_dir, const char *server)
{
  g_return_if_fail (BITKET_IS_PAIR_PAGE (self));

  bitket_pair_page_cancel (self);
  g_free (self->state_dir);
  self->state_dir = g_strdup (state_dir);
  if (server != NULL)
    gtk_editable_set_text (GTK_EDITABLE (self->server_row), server);
  gtk_widget_grab_focus (GTK_WIDGET (self->code_row));
}

void
bitket_pair_page_cancel (BitketPairPage *self)
{
  g_return_if_fail (BITKET_IS_PAIR_PAGE (self));

  stop_camera (self);
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  set_error (self, BITKET_TRIED_PAIR, NULL);
  update (self);
}
