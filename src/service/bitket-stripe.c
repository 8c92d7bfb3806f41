/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-stripe.h"

#include <string.h>

#include "bitket-secret.h"

void
bitket_stripe_form_add (GString *form, const char *name, const char *value)
{
  g_autofree char *escaped_name = NULL;
  g_autofree char *escaped = NULL;

  g_return_if_fail (form != NULL && name != NULL);

  if (value == NULL)
    return;
  /* Brackets stand as they are, as Stripe's own libraries send them. */
  escaped_name = g_uri_escape_string (name, "[]", FALSE);
  escaped = g_uri_escape_string (value, NULL, FALSE);
  g_string_append_printf (form, "%s%s=%s", form->len > 0 ? "&" : "", escaped_name, escaped);
}

void
bitket_stripe_form_add_int64 (GString *form, const char *name, gint64 value)
{
  char text[32];

  g_snprintf (text, sizeof text, "%" G_GINT64_FORMAT, value);
  bitket_stripe_form_add (form, name, text);
}

char *
bitket_stripe_url (const BitketConfig *config, const char *path)
{
  g_return_val_if_fail (config != NULL && path != NULL, NULL);

  return g_strconcat (config->stripe_api_url, path, NULL);
}

/* A value with a line break would become a header of its own. */
static void
add_header (GPtrArray *headers, const char *name, const char *value)
{
  if (value != NULL && *value != '\0' && strpbrk (value, "\r\n") == NULL)
    g_ptr_array_add (headers, g_strconcat (name, ": ", value, NULL));
}

BitketStripeCall *
bitket_stripe_call_new (const BitketConfig *config,
                        const char *method,
                        const char *url,
                        const GString *form,
                        const char *account,
                        const char *key)
{
  BitketStripeCall *call = g_new0 (BitketStripeCall, 1);
  gboolean has_body = strcmp (method, "POST") == 0;
  g_autoptr (BitketSecretString) bearer =
      g_strconcat ("Bearer ", config->stripe_key != NULL ? config->stripe_key : "", NULL);

  call->url = has_body || form == NULL ? g_strdup (url) : g_strconcat (url, "?", form->str, NULL);
  call->headers = g_ptr_array_new_with_free_func ((GDestroyNotify) bitket_secret_free);
  add_header (call->headers, "Authorization", bearer);
  add_header (call->headers, "Stripe-Version", BITKET_STRIPE_VERSION);
  add_header (call->headers, "Stripe-Account", account);
  add_header (call->headers, "Idempotency-Key", key);
  if (has_body)
    {
      add_header (call->headers, "Content-Type", "application/x-www-form-urlencoded");
      call->body = form != NULL ? g_bytes_new (form->str, form->len) : g_bytes_new_static ("", 0);
    }
  g_ptr_array_add (call->headers, NULL);
  call->request.method = method;
  call->request.url = call->url;
  call->request.headers = (const char *const *) call->headers->pdata;
  call->request.body = call->body;
  return call;
}

void
bitket_stripe_call_free (BitketStripeCall *call)
{
  if (call == NULL)
    return;
  g_free (call->url);
  g_ptr_array_unref (call->headers);
  g_clear_pointer (&call->body, g_bytes_unref);
  g_free (call);
}
