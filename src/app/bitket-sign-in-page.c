/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

#include "bitket-sign-in-page.h"

#include "bitket-error-text.h"

struct _BitketSignInPage
{
  AdwBin parent_instance;
  AdwEntryRow *server_row;
  AdwEntryRow *email_row;
  AdwEntryRow *password_row;
  GCancellable *cancellable;  /* (owned) (nullable) while a sign-in is under way */
  const char *error_sentence; /* (unowned) static, (nullable) */
};

enum
{
  PROP_0,
  PROP_BUSY,
  PROP_ERROR_SENTENCE,
  N_PROPS
};

enum
{
  SIGNAL_SIGNED_IN,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (BitketSignInPage, bitket_sign_in_page, ADW_TYPE_BIN)

static gboolean
is_text (gpointer self, const char *text)
{
  return text != NULL && *text != '\0';
}

static const char *
get_row_text (AdwEntryRow *row)
{
  return gtk_editable_get_text (GTK_EDITABLE (row));
}

static void
update (BitketSignInPage *self)
{
  gboolean is_complete = is_text (self, get_row_text (self->server_row)) &&
                         is_text (self, get_row_text (self->email_row)) &&
                         is_text (self, get_row_text (self->password_row));

  gtk_widget_action_set_enabled (GTK_WIDGET (self), "page.sign-in",
                                 is_complete && self->cancellable == NULL);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_BUSY]);
}

static void
set_error (BitketSignInPage *self, const GError *error)
{
  self->error_sentence =
      error ? bitket_error_text_find (BITKET_TRIED_SIGN_IN, error).sentence : NULL;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ERROR_SENTENCE]);
}

static void
sign_in_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BitketSignInPage) self = user_data;
  g_autoptr (BitketSession) session = BITKET_SESSION (source);
  g_autoptr (GError) error = NULL;
  g_autofree char *email = NULL;

  bitket_session_sign_in_finish (session, result, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&self->cancellable);
  update (self);
  set_error (self, error);
  if (error != NULL)
    {
      g_message ("could not sign in: %s", error->message);
      gtk_widget_grab_focus (GTK_WIDGET (self->password_row));
      return;
    }
  email = g_strdup (get_row_text (self->email_row));
  gtk_editable_set_text (GTK_EDITABLE (self->password_row), "");
  g_signal_emit (self, signals[SIGNAL_SIGNED_IN], 0, session, email);
}

static void
sign_in_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  BitketSignInPage *self = BITKET_SIGN_IN_PAGE (widget);
  g_autoptr (GError) error = NULL;
  g_autofree char *address = g_strstrip (g_strdup (get_row_text (self->server_row)));
  BitketSession *session = bitket_session_new (address, &error);

  set_error (self, error);
  if (session == NULL)
    {
      gtk_widget_grab_focus (GTK_WIDGET (self->server_row));
      return;
    }
  self->cancellable = g_cancellable_new ();
  update (self);
  bitket_session_sign_in_async (session, get_row_text (self->email_row),
                                get_row_text (self->password_row), self->cancellable, sign_in_cb,
                                g_object_ref (self));
}

static void
activated_cb (BitketSignInPage *self)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "page.sign-in", NULL);
}

static void
changed_cb (BitketSignInPage *self)
{
  update (self);
}

static void
bitket_sign_in_page_dispose (GObject *object)
{
  BitketSignInPage *self = BITKET_SIGN_IN_PAGE (object);

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  G_OBJECT_CLASS (bitket_sign_in_page_parent_class)->dispose (object);
}

static void
bitket_sign_in_page_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  BitketSignInPage *self = BITKET_SIGN_IN_PAGE (object);

  switch (prop_id)
    {
    case PROP_BUSY:
      g_value_set_boolean (value, self->cancellable != NULL);
      break;
    case PROP_ERROR_SENTENCE:
      g_value_set_string (value, self->error_sentence);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
bitket_sign_in_page_class_init (BitketSignInPageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->dispose = bitket_sign_in_page_dispose;
  object_class->get_property = bitket_sign_in_page_get_property;
  properties[PROP_BUSY] = g_param_spec_boolean ("busy", NULL, NULL, FALSE, flags);
  properties[PROP_ERROR_SENTENCE] = g_param_spec_string ("error-sentence", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[SIGNAL_SIGNED_IN] =
      g_signal_new ("signed-in", BITKET_TYPE_SIGN_IN_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                    G_TYPE_NONE, 2, BITKET_TYPE_SESSION, G_TYPE_STRING);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/se/bitket/Bitket/ui/bitket-sign-in-page.ui");
  gtk_widget_class_bind_template_child (widget_class, BitketSignInPage, server_row);
  gtk_widget_class_bind_template_child (widget_class, BitketSignInPage, email_row);
  gtk_widget_class_bind_template_child (widget_class, BitketSignInPage, password_row);
  gtk_widget_class_bind_template_callback (widget_class, is_text);
  gtk_widget_class_bind_template_callback (widget_class, activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, changed_cb);
  gtk_widget_class_install_action (widget_class, "page.sign-in", NULL, sign_in_action);
}

static void
bitket_sign_in_page_init (BitketSignInPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  update (self);
}

void
bitket_sign_in_page_prefill (BitketSignInPage *self, const char *server, const char *email)
{
  g_return_if_fail (BITKET_IS_SIGN_IN_PAGE (self));

  if (server != NULL)
    gtk_editable_set_text (GTK_EDITABLE (self->server_row), server);
  if (email != NULL)
    gtk_editable_set_text (GTK_EDITABLE (self->email_row), email);
  gtk_widget_grab_focus (email != NULL ? GTK_WIDGET (self->password_row)
                                       : GTK_WIDGET (self->server_row));
}

void
bitket_sign_in_page_tell_signed_out (BitketSignInPage *self)
{
  g_autoptr (GError) error = g_error_new_literal (
      BITKET_CLIENT_ERROR, BITKET_CLIENT_ERROR_UNAUTHORIZED, "the service refused the account");

  g_return_if_fail (BITKET_IS_SIGN_IN_PAGE (self));

  self->error_sentence = bitket_error_text_find (BITKET_TRIED_EVENTS, error).sentence;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ERROR_SENTENCE]);
}

void
bitket_sign_in_page_cancel (BitketSignInPage *self)
{
  g_return_if_fail (BITKET_IS_SIGN_IN_PAGE (self));

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  gtk_editable_set_text (GTK_EDITABLE (self->password_row), "");
  set_error (self, NULL);
  update (self);
}
