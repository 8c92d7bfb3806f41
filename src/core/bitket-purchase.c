/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-core"

#include "bitket-purchase.h"

#include <string.h>

/* before and after: what stands around the name; the whole text stands in before when there is no
 * name in it. */
static const struct
{
  const char *code;
  const char *before;
  const char *after;
} refusals[] = {
  [BITKET_REFUSAL_NONE] = { NULL, NULL, NULL },
  [BITKET_REFUSAL_UNAVAILABLE] = { "ticket_type_unavailable", "The ticket type '",
                                   "' is not available for purchase." },
  [BITKET_REFUSAL_ACCESS_CODE_UTILIZED] = { "access_code_utilized",
                                            "The access code is already utilized.", NULL },
  [BITKET_REFUSAL_CONFLICTING] = { "ticket_type_conflicting",
                                   "The ticket type conflicts with another ticket of yours.",
                                   NULL },
  [BITKET_REFUSAL_SOLD_OUT] = { "ticket_type_max_total_quantity_exceeded",
                                "There are no tickets of the type '", "' left." },
  [BITKET_REFUSAL_PERSONAL_LIMIT] = { "ticket_type_max_personal_quantity_exceeded",
                                      "You have reached your personal limit for the ticket type '",
                                      "'." },
  [BITKET_REFUSAL_CHOICE_SOLD_OUT] = { "variation_choice_max_total_quantity_exceeded",
                                       "There are no tickets with the choice '", "' left." },
  [BITKET_REFUSAL_QUEUE_POSITION] = { "bad_queue_position",
                                      "You didn't get a good enough queue position to get the"
                                      " ticket '",
                                      "'." },
};

BitketRefusal
bitket_purchase_check (const BitketPurchaseFacts *facts, gint64 now_us)
{
  BitketAvailabilityFacts availability;

  g_return_val_if_fail (facts != NULL, BITKET_REFUSAL_UNAVAILABLE);

  /* A spent link opens nothing, but the buyer is told that it was the link. */
  availability = facts->availability;
  availability.has_access_code |= facts->has_spent_access_code;
  if (bitket_pricing_availability (&availability, now_us) != BITKET_AVAILABILITY_AVAILABLE)
    return BITKET_REFUSAL_UNAVAILABLE;
  if (facts->has_spent_access_code && !facts->availability.is_generally_available)
    return BITKET_REFUSAL_ACCESS_CODE_UTILIZED;
  if (facts->has_conflict)
    return BITKET_REFUSAL_CONFLICTING;
  if (facts->max_total >= 0 && facts->n_sold >= facts->max_total)
    return BITKET_REFUSAL_SOLD_OUT;
  if (facts->max_personal >= 0 && facts->n_personal >= facts->max_personal)
    return BITKET_REFUSAL_PERSONAL_LIMIT;
  return BITKET_REFUSAL_NONE;
}

const char *
bitket_refusal_to_code (BitketRefusal refusal)
{
  g_return_val_if_fail ((gsize) refusal < G_N_ELEMENTS (refusals), NULL);

  return refusals[refusal].code;
}

BitketRefusal
bitket_refusal_from_code (const char *code)
{
  for (gsize i = 1; i < G_N_ELEMENTS (refusals); i++)
    if (g_strcmp0 (refusals[i].code, code) == 0)
      return (BitketRefusal) i;
  return BITKET_REFUSAL_NONE;
}

char *
bitket_refusal_format (BitketRefusal refusal, const char *name)
{
  g_return_val_if_fail ((gsize) refusal < G_N_ELEMENTS (refusals), NULL);
  g_return_val_if_fail (name != NULL && refusal != BITKET_REFUSAL_NONE, NULL);

  if (refusals[refusal].after == NULL)
    return g_strdup (refusals[refusal].before);
  return g_strconcat (refusals[refusal].before, name, refusals[refusal].after, NULL);
}
