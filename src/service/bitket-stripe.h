/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-config.h"
#include "bitket-http.h"

G_BEGIN_DECLS

/* Calls to Stripe: form-encoded, the secret key as Bearer, the version pinned. What the answers
 * mean stands in bitket-stripe-answer.h. */

/* The version of the API whose answers are understood here. */
#define BITKET_STRIPE_VERSION "2024-06-20"

/** bitket_stripe_form_add: appends "name=value", escaped, to @form; @value: (nullable): nothing */
void bitket_stripe_form_add (GString *form, const char *name, const char *value);
/** bitket_stripe_form_add_int64: the same of a number */
void bitket_stripe_form_add_int64 (GString *form, const char *name, gint64 value);

/* One call, ready to be sent as often as is wanted. */
typedef struct
{
  BitketHttpRequest request; /* borrows the rest */
  char *url;                 /* (owned) */
  GPtrArray *headers;        /* (owned) wiped when freed */
  GBytes *body;              /* (owned) (nullable) */
} BitketStripeCall;

/**
 * bitket_stripe_call_new:
 * @method: "GET" or "POST"
 * @url: without a query
 * @form: (nullable): the query of a GET, the body of a POST
 * @account: (nullable): the connected account that is meant
 * @key: (nullable): the idempotency key
 *
 * Returns: (transfer full)
 */
BitketStripeCall *bitket_stripe_call_new (const BitketConfig *config,
                                          const char *method,
                                          const char *url,
                                          const GString *form,
                                          const char *account,
                                          const char *key);
/** bitket_stripe_call_free: (nullable) */
void bitket_stripe_call_free (BitketStripeCall *call);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BitketStripeCall, bitket_stripe_call_free)

/** bitket_stripe_url: Returns: (transfer full): @path behind the API's address */
char *bitket_stripe_url (const BitketConfig *config, const char *path);

G_END_DECLS
