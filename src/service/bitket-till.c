/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-till.h"

#include <string.h>

struct _BitketTill
{
  BitketConfig *config; /* (owned) */
  BitketHttp *http;     /* (unowned) outlives the till */
};

BitketTill *
bitket_till_new (BitketConfig *config, BitketHttp *http)
{
  BitketTill *self;

  g_return_val_if_fail (config != NULL && http != NULL, NULL);

  self = g_new0 (BitketTill, 1);
  self->config = bitket_config_ref (config);
  self->http = http;
  return self;
}

void
bitket_till_free (BitketTill *self)
{
  g_return_if_fail (self != NULL);

  bitket_config_unref (self->config);
  g_free (self);
}

void
bitket_charge_result_free (BitketChargeResult *result)
{
  g_return_if_fail (result != NULL);

  g_free (result->stripe_id);
  g_free (result->message);
  g_free (result);
}

gboolean
bitket_till_is_sandbox (BitketTill *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->config->payments == BITKET_PAYMENTS_SANDBOX;
}

static BitketChargeResult *
make_result (BitketChargeOutcome outcome, const char *stripe_id, const char *message)
{
  BitketChargeResult *result = g_new0 (BitketChargeResult, 1);

  result->outcome = outcome;
  result->stripe_id = g_strdup (stripe_id);
  result->message = g_strdup (message);
  return result;
}

/* The sandbox decides by the payload alone, so that asking again gives the same answer. Its cards
 * are Stripe's test cards. */
static BitketChargeResult *
charge_in_sandbox (const BitketCharge *charge)
{
  g_autofree char *id = g_strconcat ("sandbox_", charge->purchase, NULL);

  if (strcmp (charge->payload, "tok_chargeDeclined") == 0 ||
      strcmp (charge->payload, "pm_card_chargeDeclined") == 0)
    return make_result (BITKET_CHARGE_DECLINED, NULL, "Your card was declined.");
  if (!g_str_has_prefix (charge->payload, "tok_") && !g_str_has_prefix (charge->payload, "pm_"))
    return make_result (BITKET_CHARGE_DECLINED, NULL, "The sandbox knows no such card.");
  return make_result (BITKET_CHARGE_SUCCEEDED, id, NULL);
}

static BitketChargeResult *
refuse_without_provider (void)
{
  return make_result (BITKET_CHARGE_REFUSED, NULL, "Card payments are not set up.");
}

void
bitket_till_charge_async (BitketTill *self,
                          const BitketCharge *charge,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  BitketChargeResult *result;

  g_return_if_fail (self != NULL && charge != NULL);
  g_return_if_fail (charge->purchase != NULL && charge->payload != NULL);

  g_task_set_source_tag (task, bitket_till_charge_async);
  result = bitket_till_is_sandbox (self) ? charge_in_sandbox (charge) : refuse_without_provider ();
  g_task_return_pointer (task, result, (GDestroyNotify) bitket_charge_result_free);
}

BitketChargeResult *
bitket_till_charge_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

void
bitket_till_find_async (BitketTill *self,
                        const char *account,
                        const char *purchase,
                        gint64 since_us,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);

  g_return_if_fail (self != NULL && purchase != NULL);

  g_task_set_source_tag (task, bitket_till_find_async);
  /* The sandbox moves no money, so there is never any to find. */
  g_task_return_pointer (task, make_result (BITKET_CHARGE_ABSENT, NULL, NULL),
                         (GDestroyNotify) bitket_charge_result_free);
}

BitketChargeResult *
bitket_till_refund (BitketTill *self,
                    const char *account,
                    const char *stripe_id,
                    gint64 amount_ore,
                    const char *key,
                    GError **error)
{
  g_autofree char *id = NULL;

  g_return_val_if_fail (self != NULL && stripe_id != NULL && key != NULL, NULL);

  if (!bitket_till_is_sandbox (self))
    return refuse_without_provider ();
  id = g_strconcat ("sandbox_", key, NULL);
  return make_result (BITKET_CHARGE_SUCCEEDED, id, NULL);
}
